/** `npm start`: everything up on this machine, one real order played through, and up it stays. `-- --once` plays it and exits. */
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Local, startLocal } from "./local.ts";
import { playOrder, StepFailed } from "./play-order.ts";
import { storePort, workerPort } from "./settings.ts";
import { machineFault, StartFailure } from "./start-failure.ts";

const isOnce = process.argv.includes("--once");
const stateFolder = join(import.meta.dirname, "../.lojal");

process.exitCode = await main();

async function main(): Promise<number> {
  let local: Local | null = null;
  const stopped = stopSignal();
  try {
    local = await bringUp();
    say("");
    await playOrder(local, (line) => say(`  ${line}`));
    say("");
    if (isOnce) {
      say("Every step held.");
      return 0;
    }
    sayAddresses(local);
    await stopped;
    return 0;
  } catch (fault) {
    const line = lineOf(fault);
    if (line === null) throw fault;
    console.error(`lojal: ${line}`);
    return 1;
  } finally {
    await local?.stop();
    // Nothing of ours is left; connections that others keep open to us need no waiting for.
    setImmediate(() => process.exit());
  }
}

/** What is expected to go wrong on a machine, in one line; null for a fault of our own. */
function lineOf(fault: unknown): string | null {
  if (fault instanceof StepFailed) return `a step did not hold: ${fault.message}`;
  return fault instanceof StartFailure ? fault.message : machineFault(fault);
}

async function bringUp(): Promise<Local> {
  say("Lojal on this machine: Postgres, the worker in workerd, a local Shopify, a storefront.");
  const startedMs = performance.now();
  mkdirSync(stateFolder, { recursive: true });
  const events = createWriteStream(join(stateFolder, "worker.log"));
  events.once("error", (fault) =>
    console.error(`lojal: the events are not kept: ${machineFault(fault) ?? fault.message}`),
  );
  const local = await startLocal({
    workerPort: portOf("PORT", workerPort),
    storePort: portOf("STORE_PORT", storePort),
    stateFile: join(stateFolder, "local.json"),
    durable: true,
    say: (line) => console.error(line),
    log: (level, line) => {
      events.write(`${level} ${line}\n`);
    },
  });
  say(`Up in ${((performance.now() - startedMs) / 1000).toFixed(1)} s.`);
  return local;
}

function portOf(name: string, preset: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return preset;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new StartFailure(`${name} is "${text}", which is no port; choose a number from 1 to 65535.`);
}

/** Resolves at Ctrl-C or a polite kill; a second one does not wait. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        say("Stopping.");
        resolve();
      });
    }
  });
}

function sayAddresses(local: Local): void {
  say(`  shop          ${local.storeUrl}/            (choose who is signed in at the top)`);
  say(`  admin         ${local.storeUrl}/admin/lojal  (be the merchant)`);
  say(`  switchboard   ${local.storeUrl}/switchboard  (buy, refund, cancel, make Shopify fail)`);
  say(`  worker        ${local.workerUrl}/healthz`);
  say("  events        .lojal/worker.log, addresses and process ids in .lojal/local.json");
  say("");
  say("Ctrl-C stops all of it; the next start begins with an empty database.");
}

function say(line: string): void {
  console.log(line);
}
