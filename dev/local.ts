/** Everything on one machine: Postgres, the worker in workerd, the local Shopify, the storefront; kept up until it is stopped. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerType, serve } from "@hono/node-server";
import { Hono } from "hono";
import { onServer } from "./databases.ts";
import { endAbandonedWorker, isSomebodyElses, removeState, writeState } from "./local-state.ts";
import { makeSweepsDue, type SweptStack, sweepRoutes } from "./local-sweep.ts";
import { migrate } from "./migrate.ts";
import { neonEndpoint } from "./neon-endpoint.ts";
import { startNetwork } from "./network.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { claimPort } from "./processes.ts";
import { publishProgram, simpleProgram } from "./publish-program.ts";
import * as settings from "./settings.ts";
import { createLocalShopify, type RunningLocalShopify } from "./shopify/local-shopify.ts";
import { startLocalAdmin } from "./shopify-admin/local-admin.ts";
import { localStorefront } from "./storefront/local-shop.ts";
import { createStorefront } from "./storefront/storefront.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

export interface LocalOptions {
  readonly workerPort: number;
  readonly storePort: number;
  /** Where local.json is written for other programs; nothing is written without it. */
  readonly stateFile?: string;
  /** False in tests: nothing needs to survive a power cut. */
  readonly durable: boolean;
  /** One plain line for a person. */
  readonly say: (line: string) => void;
  /** The worker's structured events. */
  readonly log: (level: string, line: string) => void;
}

export interface Local {
  readonly workerUrl: string;
  readonly storeUrl: string;
  /** Over TCP as the owner: above row-level security. */
  readonly databaseUrl: string;
  readonly shopify: RunningLocalShopify;
  /** Runs the cron now instead of at the next minute. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
}

const CRON_EVERY_MS = 60_000;

/** Starts all of it; throws a StartFailure with one clear line, and then leaves nothing running. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const undo: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await bringUp(options, undo, stop);
  } catch (fault) {
    await stop();
    throw fault;
  }
}

async function bringUp(options: LocalOptions, undo: (() => unknown)[], stop: () => Promise<void>): Promise<Local> {
  if (options.stateFile) await endAbandonedWorker(options.stateFile);
  const storePort = await claimPort(options.storePort, "The local store");
  const home = mkdtempSync(join(tmpdir(), "lojal-"));
  undo.push(() => rmSync(home, { recursive: true, force: true }));
  // Postgres may run as another user than the one who owns this folder.
  chmodSync(home, 0o755);

  const machine = new Machine(options, home);
  undo.push(() => machine.stop());
  const databaseUrl = await machine.startDatabase();
  const endpoint = neonEndpoint({ postgresPort: machine.postgresPort });
  undo.push(() => endpoint.stop());

  const shopify = createLocalShopify({
    apiKey: settings.apiKey,
    apiSecret: settings.apiSecret,
    workerUrl: () => machine.workerUrl,
    clock: () => new Date(),
    log: (line) => options.log("warn", line),
  });
  const routes = (host: string) => {
    if (host === settings.neonHost) return endpoint.handle;
    return host.endsWith(".myshopify.com") ? shopify.adminApi : undefined;
  };
  const network = await startNetwork({ routes, log: (line) => options.log("warn", line) });
  undo.push(() => network.stop());

  await addDevShop(databaseUrl, shopify);
  await machine.startWorker(network.port);
  const stack = { databaseUrl, cron: () => machine.sweep() };
  // The local queue is lost with its worker, and Shopify's messages with it: what a real queue would have kept is read back.
  const startedAt = new Date();
  machine.whenAgain = () => makeSweepsDue(stack, startedAt);
  const admin = await startLocalAdmin({
    storeUrl: `http://127.0.0.1:${storePort}`,
    workerUrl: () => machine.workerUrl,
    shop: settings.shop,
    shopOf: (domain) => shopify.state.shop(domain),
  });
  undo.push(() => admin.stop());
  const store = await serveStore(shopify, storePort, stack, admin.routes);
  undo.push(() => closeServer(store));
  machine.noteState(`http://127.0.0.1:${storePort}`);
  const cron = setInterval(() => void machine.sweep().catch(() => undefined), CRON_EVERY_MS);
  undo.push(() => clearInterval(cron));
  await machine.sweep();
  return {
    get workerUrl() {
      return machine.workerUrl;
    },
    storeUrl: `http://127.0.0.1:${storePort}`,
    databaseUrl,
    shopify,
    sweep: () => machine.sweep(),
    stop,
  };
}

/** The two processes that can die by themselves, and are started again when they do. */
class Machine {
  readonly #options: LocalOptions;
  readonly #home: string;
  #postgres: Postgres | null = null;
  #worker: RunningWorker | null = null;
  #networkPort = 0;
  #storeUrl = "";
  #isStopping = false;
  #hasNotedState = false;
  #restarts: Promise<void> = Promise.resolve();
  /** What is done after a part was started again. */
  whenAgain: () => Promise<void> = () => Promise.resolve();

  constructor(options: LocalOptions, home: string) {
    this.#options = options;
    this.#home = home;
  }

  get postgresPort(): number {
    return this.#postgres?.port ?? 0;
  }

  get workerUrl(): string {
    return this.#worker?.url ?? `http://127.0.0.1:${this.#options.workerPort}`;
  }

  async startDatabase(): Promise<string> {
    const postgres = await this.#runPostgres();
    await onServer(postgres.port, `create database ${settings.databaseName}`);
    const url = postgres.superuserUrl(settings.databaseName);
    await migrate(url, { workerPassword: settings.workerPassword });
    return url;
  }

  async #runPostgres(): Promise<Postgres> {
    const port = this.#postgres ? { port: this.#postgres.port } : {};
    const postgres = await startPostgres({
      dataDir: join(this.#home, "data"),
      durable: this.#options.durable,
      ...port,
    });
    this.#postgres = postgres;
    void postgres.exited.then(() => this.#again("Postgres", () => this.#runPostgres()));
    return postgres;
  }

  async startWorker(networkPort: number): Promise<void> {
    this.#networkPort = networkPort;
    await this.#runWorker();
  }

  async #runWorker(): Promise<void> {
    const worker = await startWorker({
      networkPort: this.#networkPort,
      port: this.#options.workerPort,
      // After a crash the same program comes back, whatever has become of its sources since.
      bundleFolder: join(this.#home, "worker"),
      settings: settings.localSettings(settings.databaseName),
      log: this.#options.log,
    });
    this.#worker = worker;
    void worker.exited.then(() => this.#again("The worker", () => this.#runWorker()));
  }

  /** Started again after a crash, one at a time; a part that will not start again is told, and the rest stays up. */
  #again(part: string, start: () => Promise<unknown>): void {
    if (this.#isStopping) return;
    this.#options.say(`${part} ended by itself; starting it again.`);
    this.#restarts = this.#restarts.then(async () => {
      if (this.#isStopping) return;
      try {
        await start();
        this.noteState(this.#storeUrl);
        await this.whenAgain().catch((fault: unknown) =>
          this.#options.log("error", `after a restart: ${String(fault)}`),
        );
      } catch (fault) {
        this.#options.say(`${part} does not start again: ${fault instanceof Error ? fault.message : String(fault)}`);
      }
    });
  }

  /** Tells other programs where everything is. */
  noteState(storeUrl: string): void {
    this.#storeUrl = storeUrl;
    const { stateFile } = this.#options;
    if (!stateFile || !this.#postgres || !this.#worker || isSomebodyElses(stateFile, this.#worker.pid)) return;
    this.#hasNotedState = true;
    writeState(stateFile, {
      worker_url: this.#worker.url,
      store_url: storeUrl,
      database_url: this.#postgres.superuserUrl(settings.databaseName),
      pids: { postgres: this.#postgres.pid, worker: this.#worker.pid },
    });
  }

  async sweep(): Promise<void> {
    await this.#worker?.scheduled();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#restarts;
    await this.#worker?.stop();
    await this.#postgres?.stop();
    if (this.#options.stateFile && this.#hasNotedState) removeState(this.#options.stateFile);
  }
}

const DEV_TOKEN = "shpat_lojal-dev-token";

/** The shop that is there from the start: 10 points per 1.00, two rewards, no return window. */
async function addDevShop(databaseUrl: string, shopify: RunningLocalShopify): Promise<void> {
  const currency = "USD";
  const rewards = ["500:5.00", "1500:20.00"];
  const program = simpleProgram({ currency, points: 10, perMinor: 100, pendingDays: 0, rewards });
  const publication = { domain: settings.shop, currency, program, accessToken: DEV_TOKEN };
  await publishProgram(databaseUrl, { ...publication, inForceFrom: "2000-01-01" });
  const shop = shopify.state.putShop({
    domain: settings.shop,
    currency,
    name: "Lojal Goods",
    accessToken: DEV_TOKEN,
    taxesIncluded: false,
  });
  for (const customer of ["7001", "7002"]) shop.adoptCustomer(customer);
}

function serveStore(
  shopify: RunningLocalShopify,
  port: number,
  stack: SweptStack,
  adminRoutes: Hono,
): Promise<ServerType> {
  const app = new Hono();
  // A shop that was just added has its program painted at once, as the minute's cron would.
  app.use("/switchboard/shops", async (c, next) => {
    await next();
    if (c.req.method === "POST" && c.res.ok) await stack.cron().catch(() => undefined);
  });
  app.route("/", sweepRoutes(stack));
  app.route("/", adminRoutes);
  app.route("/", shopify.switchboard);
  app.route("/", createStorefront(localStorefront(shopify, settings.shop)));
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () => resolve(server));
    server.once("error", reject);
  });
}

function closeServer(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}
