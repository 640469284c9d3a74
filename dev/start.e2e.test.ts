/** `npm start`, its `-- --once` and `npm run shop:add` as programs: what they print, how they end, and that nothing of theirs stays behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { claimPort, isAlive } from "./processes.ts";

const root = join(import.meta.dirname, "..");
/** It brings up Postgres, workerd and more, beside whatever else the machine does. */
const patient = { timeout: 90_000, interval: 50 };
vi.setConfig({ testTimeout: 180_000 });

/** A checkout of the tests' own: `.lojal/` of the one we run in may belong to somebody's running `npm start`. */
let checkout: string;
let stateFile: string;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), "lojal-checkout-"));
  stateFile = join(checkout, ".lojal/local.json");
  const elsewhere = new Set(["node_modules", ".git", ".lojal", ".wrangler", "test-output", "dist"]);
  cpSync(root, checkout, { recursive: true, filter: (path) => !elsewhere.has(basename(path)) });
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
});
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

interface Program {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  /** The exit code, once it has ended and said everything. */
  readonly ended: Promise<number | null>;
}

let ports: { PORT: string; STORE_PORT: string };
const running: Program[] = [];
beforeEach(async () => {
  const [worker, store] = [await claimPort(0, "The worker"), await claimPort(0, "The local store")];
  ports = { PORT: String(worker), STORE_PORT: String(store) };
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill("SIGTERM");
    await ended;
  }
});

function run(program: string, args: readonly string[] = [], env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, ["dev/run.mjs", program, ...args], {
    cwd: checkout,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...ports, ...env },
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.err += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const started = { child, out: () => said.out, err: () => said.err, ended };
  running.push(started);
  return started;
}

const stateShape = z.object({
  worker_url: z.string(),
  store_url: z.string(),
  database_url: z.string().startsWith("postgres://"),
  pids: z.object({ postgres: z.number(), worker: z.number() }),
});

/** What .lojal/local.json says while everything is up. */
async function stateOf(): Promise<z.infer<typeof stateShape>> {
  await expect.poll(() => existsSync(stateFile), patient).toBe(true);
  const state = stateShape.parse(JSON.parse(readFileSync(stateFile, "utf8")));
  expect([isAlive(state.pids.postgres), isAlive(state.pids.worker)]).toEqual([true, true]);
  return state;
}

async function expectNothingLeft({ pids, worker_url, store_url }: z.infer<typeof stateShape>): Promise<void> {
  expect([isAlive(pids.postgres), isAlive(pids.worker)]).toEqual([false, false]);
  expect(existsSync(stateFile)).toBe(false);
  for (const url of [worker_url, store_url]) await expect(fetch(url)).rejects.toThrow();
}

/** One line for a person, and no stack. */
function expectOneLine(program: Program, line: RegExp): void {
  expect(program.err().trimEnd().split("\n")).toEqual([expect.stringMatching(line)]);
  expect(program.out()).not.toMatch(/^\s+at /m);
}

describe("npm start", () => {
  test("-- --once plays one order through step by step, exits 0, and leaves nothing running", async () => {
    const start = run("dev/start.ts", ["--once"]);
    const state = await stateOf();
    expect(state.worker_url).toBe(`http://127.0.0.1:${ports.PORT}`);
    expect(state.store_url).toBe(`http://127.0.0.1:${ports.STORE_PORT}`);
    expect(await start.ended, start.err()).toBe(0);
    const steps = ["order", "webhook", "points", "product", "redeem", "discount", "checkout", "used", "ledger"];
    const told = start
      .out()
      .split("\n")
      .map((line) => line.trim().split(/\s+/)[0] ?? "");
    expect(told.filter((word) => steps.includes(word))).toEqual(steps);
    expect(start.out()).toMatch(/answered 200[\s\S]*points left[\s\S]*difference 0\s+Every step held\.\s*$/);
    expect(start.err()).toBe("");
    await expectNothingLeft(state);
  });

  test.each([
    ["PORT", /The worker cannot start: port \d+ of 127\.0\.0\.1 is taken/],
    ["STORE_PORT", /The local store cannot start: port \d+ of 127\.0\.0\.1 is taken/],
  ] as const)("exits 1 with one clear line when %s is taken, and leaves nothing running", async (name, line) => {
    const squatter = await listen(Number(ports[name]));
    try {
      const start = run("dev/start.ts", ["--once"]);
      expect(await start.ended).toBe(1);
      expectOneLine(start, line);
      expect(start.err()).toContain(ports[name]);
      expect(existsSync(stateFile)).toBe(false);
    } finally {
      squatter.close();
    }
  });

  test("exits 1 with one clear line when PORT is no port", async () => {
    const starts = ["x", "70000"].map((PORT) => run("dev/start.ts", ["--once"], { PORT }));
    for (const start of starts) {
      expect(await start.ended).toBe(1);
      expectOneLine(start, /^lojal: PORT is ".+", which is no port/);
    }
  });

  test("stays up, takes shops while it runs, and ends whole at a polite kill", async () => {
    const start = run("dev/start.ts");
    await expect.poll(start.out, patient).toContain("Ctrl-C stops all of it");
    const state = await stateOf();
    const wish = ["--domain", "added.myshopify.com", "--currency", "HKD", "--points", "10", "--per", "10000"];
    const rest = ["--since", "2000-01-01", "--pending-days", "0", "--reward", "500:50.00"];
    for (const version of [1, 2]) {
      const add = run("dev/shop-add.ts", [...wish, ...rest]);
      expect(await add.ended, add.err()).toBe(0);
      expect(add.out()).toMatch(new RegExp(`added\\.myshopify\\.com: program version ${version}\\b.*HKD`));
    }
    const customer = "7001";
    const order = { shop: "added.myshopify.com", customer_id: customer, total: "1234.00" };
    const headers = { "content-type": "application/json" };
    const bought = await fetch(`${state.store_url}/switchboard/buy`, {
      method: "POST",
      headers,
      body: JSON.stringify(order),
    });
    const { deliveries } = (await bought.json()) as { deliveries: { last_status: number }[] };
    expect(deliveries.map(({ last_status }) => last_status)).toEqual([200, 200]);
    const added = ["--domain", "added.myshopify.com"];
    await expectRefusals([
      [[...added, "--currency", "USD"], /counts in HKD; a shop's currency cannot be changed/],
      [[...added, "--currency", "HKD", "--per", "0"], /per/i],
      [[...added, "--currency", "HKD", "--pending-days", "91"], /pending-?days/i],
      [[...added, "--currency", "HKD", "--reward", "500"], /A reward is POINTS:AMOUNT/],
      [[...added, "--currency", "HKD", "--since", "+9999999"], /since/],
    ]);
    start.child.kill("SIGTERM");
    expect(await start.ended).toBe(0);
    expect(start.err()).toBe("");
    await expectNothingLeft(state);
  }, 120_000);
});

describe("npm run shop:add", () => {
  const domain = ["--domain", "x.myshopify.com"];

  test("without anything running: exits 1 with one clear line that says what to do", async () => {
    const add = run("dev/shop-add.ts", domain);
    expect(await add.ended).toBe(1);
    expectOneLine(add, /^lojal: Nothing runs here: start it with `npm start`/);
  });

  test("with wrong options: exits 1 with one clear line that names the option", async () => {
    await expectRefusals([
      [[], /^lojal: domain: /],
      [["--domain", "example.com"], /^lojal: domain: a domain like/],
      [[...domain, "--currency", "dollars"], /^lojal: currency: three capital letters/],
      [[...domain, "--points", "ten"], /^lojal: points: a whole number/],
      [[...domain, "--since", "yesterday"], /^lojal: since: a date/],
      [[...domain, "--colour", "red"], /^lojal: .*--colour/],
      [[...domain, "loose"], /^lojal: .*loose/],
    ]);
  });
});

/** `shop:add` with each of these arguments exits 1 and says why in one line. */
async function expectRefusals(cases: readonly [args: readonly string[], line: RegExp][]): Promise<void> {
  const runs = cases.map(([args, line]) => ({ add: run("dev/shop-add.ts", args), line }));
  for (const { add, line } of runs) {
    expect(await add.ended).toBe(1);
    expectOneLine(add, line);
  }
}

function listen(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
