import { type ChildProcess, spawn } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4MiniflareOptions } from "miniflare";
import { outboundWorker } from "./outbound.ts";
import { claimPort, errorCode, portTaken } from "./processes.ts";
import type { localSettings } from "./settings.ts";
import { StartFailure } from "./start-failure.ts";

export interface WorkerOptions {
  /** Where all that the worker fetches goes. */
  readonly networkPort: number;
  /** Default: any free port. */
  readonly port?: number;
  readonly settings: ReturnType<typeof localSettings>;
  /** Where the bundle lies, or is put by the first start; it stays there. Default: bundled anew, and gone with the worker. */
  readonly bundleFolder?: string;
  /** Whether requests are counted as in a deployment; default: yes. No: for a run that asks more than a shopper may. */
  readonly isLimited?: boolean;
  /** More workers in the same runtime, made of ours: for what ours is measured against. */
  readonly beside?: (own: WorkerPart) => readonly WorkerPart[];
  /** Receives what the worker writes with console; default: this program's own console. */
  readonly log?: (level: string, line: string) => void;
}

export interface RunningWorker {
  readonly url: string;
  /** The same worker without Miniflare's own front door, which costs more than a small request: for load tests. */
  readonly directUrl: string;
  /** The same of a worker beside it. */
  directUrlOf(name: string): Promise<string>;
  /** Of workerd itself. */
  readonly pid: number;
  stop(): Promise<void>;
  /** Resolves when workerd has ended, by stop() or by whatever else. It is not started again by itself. */
  readonly exited: Promise<void>;
  /** Fires a cron by hand; default: the first in wrangler.toml. */
  scheduled(cron?: string): Promise<void>;
}

const root = join(import.meta.dirname, "..");
/** What the bundler writes. */
const bundled = "index.js";
const configPath = join(root, "wrangler.toml");

/** Bundles the worker as a deployment would and runs it in the real runtime; every request it makes goes to the local network. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const port = await claimPort(options.port ?? 0, "The worker");
  const folder = options.bundleFolder ?? mkdtempSync(join(tmpdir(), "lojal-worker-"));
  const tidy = () => {
    if (options.bundleFolder === undefined) rmSync(folder, { recursive: true, force: true });
  };
  // Updates and request metadata would be fetched from the internet otherwise.
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
  const workerd = watchForWorkerd();
  let miniflare: Miniflare | undefined;
  try {
    const [fromConfig] = await Promise.all([optionsFromConfig(), existsSync(join(folder, bundled)) || bundle(folder)]);
    const given = convertV4MiniflareOptions(miniflareOptions(options, port, folder, fromConfig));
    miniflare = keepingSignals(() => new Miniflare(given));
    const url = (await miniflare.ready).origin;
    const directUrl = (await miniflare.unsafeGetDirectURL()).origin;
    const process = workerd.found();
    if (process?.pid === undefined) throw new StartFailure("The worker's runtime did not start.");
    return running(miniflare, process, tidy, { url, directUrl, pid: process.pid }, firstCron(fromConfig));
  } catch (error) {
    await miniflare?.dispose().catch(() => {});
    tidy();
    throw asStartFailure(error, port);
  } finally {
    workerd.stop();
  }
}

function running(
  miniflare: Miniflare,
  workerd: ChildProcess,
  tidy: () => void,
  facts: Pick<RunningWorker, "url" | "directUrl" | "pid">,
  defaultCron: string | undefined,
): RunningWorker {
  let disposed: Promise<void> | undefined;
  const dispose = () => {
    disposed ??= miniflare
      .dispose()
      .catch((error: unknown) => console.error(`The worker did not end in order: ${String(error)}`))
      .finally(tidy);
    return disposed;
  };
  const ended = new Promise<void>((resolve) => {
    if (workerd.exitCode !== null || workerd.signalCode !== null) resolve();
    workerd.once("exit", () => resolve());
  });
  // Miniflare would start a dead runtime again behind our back; whoever started the worker decides about that.
  const exited = ended.then(dispose);
  return {
    ...facts,
    directUrlOf: async (name) => (await miniflare.unsafeGetDirectURL(name)).origin,
    exited,
    stop: async () => {
      await dispose();
      await exited;
    },
    scheduled: async (cron = defaultCron) => {
      const worker = (await miniflare.getWorker()) as unknown as ScheduledDoor;
      const { outcome } = await worker.scheduled(cron === undefined ? {} : { cron });
      if (outcome !== "ok") throw new Error(`the scheduled run ended with ${outcome}`);
    },
  };
}

/** Miniflare would end this whole program at Ctrl-C, before the rest has stopped: signals stay with whoever started us. */
function keepingSignals<Made>(make: () => Made): Made {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const before = signals.map((signal) => process.listeners(signal));
  const made = make();
  for (const [index, signal] of signals.entries()) {
    for (const listener of process.listeners(signal)) {
      if (!before[index]?.includes(listener)) process.removeListener(signal, listener);
    }
  }
  return made;
}

/** The part of Miniflare's worker handle that its types leave out. */
interface ScheduledDoor {
  scheduled(options: { cron?: string }): Promise<{ outcome: string }>;
}

/** One worker among those of a runtime, in Miniflare's words. */
export type WorkerPart = Extract<V4MiniflareOptions, { workers: unknown }>["workers"][number];

type Counters = NonNullable<WorkerPart["ratelimits"]>;

type ConfigOptions = Awaited<ReturnType<typeof optionsFromConfig>>;

/** Compatibility, queues and crons as wrangler reads them from wrangler.toml: there is no second list of them. */
async function optionsFromConfig() {
  // The secrets that a deployment must have are given below, so that wrangler's warning about them would be untrue.
  process.env["WRANGLER_LOG"] ??= "error";
  const { unstable_getMiniflareWorkerOptions } = await import("wrangler");
  const { modulesRules: _, ...options } = unstable_getMiniflareWorkerOptions(configPath).workerOptions;
  return options as V4MiniflareOptions & {
    bindings?: object;
    cronTriggers?: string[];
    ratelimits?: Counters;
  };
}

function firstCron({ cronTriggers }: ConfigOptions): string | undefined {
  return cronTriggers?.[0];
}

function miniflareOptions(
  { networkPort, settings, log, isLimited = true, beside = () => [] }: WorkerOptions,
  port: number,
  folder: string,
  fromConfig: ConfigOptions,
): V4MiniflareOptions {
  const outbound = outboundWorker(networkPort);
  const worker: WorkerPart = {
    ...fromConfig,
    name: "lojal",
    rootPath: folder,
    modulesRoot: folder,
    modules: [{ type: "ESModule" as const, path: join(folder, bundled) }],
    bindings: { ...fromConfig.bindings, ...settings },
    ...(isLimited ? {} : { ratelimits: unlimited(fromConfig) }),
    outboundService: outbound.name,
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
  return {
    workers: [worker, outbound, ...beside(worker)],
    host: "127.0.0.1",
    port,
    cf: false,
    telemetry: { enabled: false },
    logRequests: false,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ level, message }) => (log ?? print)(level, message),
  };
}

/** The same counters, which nobody fills. */
function unlimited({ ratelimits = {} }: ConfigOptions): Counters {
  const wide = Object.entries(ratelimits).map(([name, { simple, ...rest }]) => [
    name,
    { ...rest, simple: { ...simple, limit: Number.MAX_SAFE_INTEGER } },
  ]);
  return Object.fromEntries(wide) as Counters;
}

function print(level: string, line: string): void {
  if (level === "error" || level === "warn") console.error(line);
  else console.log(line);
}

/** Wrangler's own bundler, so that what runs here is byte for byte what a deployment would upload. */
async function bundle(folder: string): Promise<void> {
  const quiet = { WRANGLER_HIDE_BANNER: "true", WRANGLER_SEND_METRICS: "false", WRANGLER_SEND_ERROR_REPORTS: "false" };
  const program = join(root, "node_modules/wrangler/bin/wrangler.js");
  const child = spawn(
    process.execPath,
    [program, "deploy", "--dry-run", "--outdir", folder, "--config", configPath, "--env="],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...quiet, CI: "true" },
    },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new StartFailure(`The worker cannot be bundled:\n${said.trim()}`);
}

/** Miniflare keeps its runtime process to itself; Node announces every process that this program starts. */
function watchForWorkerd() {
  let newest: ChildProcess | undefined;
  const onProcess = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess };
    queueMicrotask(() => {
      if (/workerd(\.exe)?$/.test(child.spawnfile ?? "")) newest = child;
    });
  };
  subscribe("child_process", onProcess);
  return { found: () => newest, stop: () => unsubscribe("child_process", onProcess) };
}

function asStartFailure(error: unknown, port: number): unknown {
  if (error instanceof StartFailure) return error;
  if (errorCode(error) === "ERR_ADDRESS_IN_USE") return portTaken(port, "The worker");
  const message = error instanceof Error ? error.message : String(error);
  return new StartFailure(`The worker does not start: ${message}`);
}
