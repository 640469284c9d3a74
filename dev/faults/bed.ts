/**
 * What all faults of the suite lie in: real Postgres, the local Shopify and the local network, with a wire of chosen bad luck in front of each
 * host; the worker in workerd, or its entry in this process.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { neonConfig } from "@neondatabase/serverless";
import { setAbstractFetchFunc } from "@shopify/shopify-api/runtime";
import pg from "pg";
import { auditLedger } from "../audit.ts";
import { forgetShops, onServer } from "../databases.ts";
import { migrate } from "../migrate.ts";
import { type NeonEndpoint, neonEndpoint } from "../neon-endpoint.ts";
import { startNetwork } from "../network.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { installAgain, publishProgram, simpleProgram } from "../publish-program.ts";
import * as settings from "../settings.ts";
import { createLocalShopify, type RunningLocalShopify } from "../shopify/local-shopify.ts";
import { type RunningWorker, startWorker } from "../worker.ts";
import { DurableQueue } from "./durable-queue.ts";
import { Isolate } from "./isolate.ts";
import { Life } from "./life.ts";
import { type Delivery, type Earning, Store } from "./store.ts";
import { Wire } from "./wire.ts";

/** What one run of the suite starts once. */
export interface Machine {
  /** A bed with an empty database and a Shopify without shops. One at a time. */
  newBed(): Promise<Bed>;
  stop(): Promise<void>;
}

const template = "faults_template";

interface Parts {
  readonly home: string;
  postgres: Postgres;
}

/** Starts Postgres. Commits do not wait for the disk until a bed says that they must. */
export async function startMachine(): Promise<Machine> {
  const home = mkdtempSync(join(tmpdir(), "lojal-faults-"));
  // mkdtemp closes the folder to the user that Postgres runs as; the data inside is closed by Postgres itself.
  chmodSync(home, 0o755);
  const parts: Parts = { home, postgres: await startPostgres({ dataDir: join(home, "data"), durable: false }) };
  await onServer(parts.postgres.port, `create database ${template}`);
  await migrate(parts.postgres.superuserUrl(template), { workerPassword: settings.workerPassword });
  let beds = 0;
  return {
    newBed: async () => {
      beds += 1;
      const database = `faults_${beds}`;
      await onServer(parts.postgres.port, `create database ${database} template ${template}`);
      return Bed.make(parts, database);
    },
    stop: async () => {
      await parts.postgres.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export class Bed {
  /** The bed's own; others can be made from it. */
  readonly database: string;
  readonly shopify: RunningLocalShopify;
  /** Shopify's time: it need not be the database's. */
  shopifyClock: () => Date = () => new Date();
  /** The queue of the workers in this process. */
  readonly queue = new DurableQueue();
  /** In front of Neon's endpoint: one request is one round trip to the database. */
  readonly neon: Wire;
  /** In front of Shopify's Admin API. */
  readonly admin: Wire;
  /** How often Postgres itself answered with which SQLSTATE. */
  readonly refused = new Map<string, number>();
  readonly #parts: Parts;
  readonly #outbox = new Map<string, Delivery[]>();
  readonly #undo: (() => unknown)[] = [];
  #endpoint: NeonEndpoint;
  #pool: pg.Pool;
  #networkPort = 0;
  #stores = 0;
  /** Who answers the requests that Shopify's proxy hands on. */
  #front: (request: Request) => Promise<Response> = () => Promise.reject(new Error("No worker runs yet."));

  private constructor(parts: Parts, database: string) {
    this.#parts = parts;
    this.database = database;
    this.#endpoint = neonEndpoint({ postgresPort: parts.postgres.port });
    this.#pool = this.#newPool();
    this.shopify = createLocalShopify({
      apiKey: settings.apiKey,
      apiSecret: settings.apiSecret,
      workerUrl: () => "http://worker.internal",
      clock: () => this.shopifyClock(),
      log: () => undefined,
      wait: () => Promise.resolve(),
      webhooks: { concurrency: 1, send: (_url, init) => this.#keep(init) },
      sendProxied: (request) => this.#front(request),
    });
    this.neon = new Wire((request) => this.#askPostgres(request));
    this.admin = new Wire((request) => this.shopify.adminApi(request));
  }

  static async make(parts: Parts, database: string): Promise<Bed> {
    const bed = new Bed(parts, database);
    const network = await startNetwork({ routes: (host) => bed.#wireOf(host)?.carry, log: () => undefined });
    bed.#networkPort = network.port;
    bed.#undo.push(() => network.stop());
    bed.#carryInProcess();
    return bed;
  }

  /** One more shop that is installed: 10 points per 1.00 USD, no return window unless told, 500 points for 5.00. */
  async newStore({ points = 10, perMinor = 100, pendingDays = 0 } = {}): Promise<Store> {
    const earning = { points, perMinor };
    this.#stores += 1;
    const domain = `${this.database.replaceAll("_", "-")}-${this.#stores}.myshopify.com`;
    const [currency, accessToken] = ["USD", `shpat_${domain}`];
    const program = simpleProgram({ currency, ...earning, pendingDays, rewards: ["500:5.00"] });
    const publication = { domain, currency, program, accessToken, inForceFrom: "2000-01-01" };
    await publishProgram(this.superuserUrl(), publication);
    const shop = this.shopify.state.putShop({ domain, currency, accessToken, taxesIncluded: false });
    return new Store(this.shopify, shop, earning, this.#outbox);
  }

  /** The merchant publishes other rules, in force from that moment. */
  async publish(store: Store, earning: Earning, from: Date): Promise<void> {
    const { domain, shop } = store;
    const program = simpleProgram({ currency: shop.currency, ...earning, pendingDays: 14, rewards: ["500:5.00"] });
    const publication = { domain, currency: shop.currency, program, accessToken: `shpat_${domain}` };
    await publishProgram(this.superuserUrl(), { ...publication, inForceFrom: from.toISOString() });
    store.change({ ...earning, fromMs: from.getTime() });
  }

  /** The merchant installs the app again: a new token, and all as it was left. */
  async installAgain({ domain, shop }: Store): Promise<void> {
    const accessToken = `shpat_again_${domain}`;
    shop.isAppInstalled = true;
    shop.accessTokens.add(accessToken);
    await installAgain(this.superuserUrl(), { domain, accessToken });
  }

  /** Forgets all shops. */
  async clear(): Promise<void> {
    await forgetShops(this.#pool);
  }

  /** The worker's entry in this process, with empty memories, on the bed's queue. */
  async newIsolate(database = this.database): Promise<Isolate> {
    const isolate = await Isolate.start(database, this.queue);
    // The official client takes the `fetch` that was there when it was loaded; it was loaded with the entry.
    setAbstractFetchFunc((input: string | URL | Request, init?: RequestInit) =>
      Life.request(() => this.#ask(new Request(input, init))),
    );
    this.employ(isolate);
    return isolate;
  }

  /** This worker is it who answers from now on. */
  employ(isolate: Isolate): void {
    this.#front = (request) => isolate.fetch(request);
  }

  /** The worker in workerd, as it would be deployed. Its queue is Miniflare's, and dies with it. */
  async startWorkerd(database = this.database): Promise<RunningWorker> {
    const worker = await startWorker({
      networkPort: this.#networkPort,
      bundleFolder: join(this.#parts.home, "worker"),
      settings: settings.localSettings(database),
      isLimited: false,
      log: () => undefined,
    });
    this.#front = (request) => fetch(request.url.replace("http://worker.internal", worker.url), request);
    return worker;
  }

  /** Posts what Shopify posts to whichever worker was started last. */
  post({ headers, body }: Delivery): Promise<Response> {
    return this.#front(new Request("http://worker.internal/webhooks", { method: "POST", headers, body }));
  }

  /** A shopper's request through Shopify's proxy, which signs it. */
  ask(store: Store, customerId: string, path: string, json?: object): Promise<Response> {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(json) };
    const request = new Request(`https://${store.domain}/apps/lojal${path}`, json === undefined ? {} : init);
    return this.shopify.proxy(request, { shop: store.domain, customerId });
  }

  superuserUrl(database = this.database): string {
    return this.#parts.postgres.superuserUrl(database);
  }

  /** Looks behind row-level security. */
  async look<Row extends pg.QueryResultRow>(query: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query<Row>(query, values)).rows;
  }

  /** The invariants that do not hold. */
  audit(): Promise<string[]> {
    return auditLedger({ look: (query) => this.look(query) });
  }

  /** A statement about whole databases. */
  onServer(statement: string): Promise<void> {
    return onServer(this.#parts.postgres.port, statement);
  }

  /** Copies the database as it is at this moment. */
  async backUp(): Promise<void> {
    await this.#copy(this.database, `${this.database}_backup`);
  }

  /** The database is gone, and comes back as it was at the last backup. */
  async restore(): Promise<void> {
    await this.#copy(`${this.database}_backup`, this.database);
  }

  async #copy(from: string, to: string): Promise<void> {
    // Postgres copies a database that nobody is connected to.
    await this.onServer(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${from}'`);
    await this.onServer(`drop database if exists ${to} with (force)`);
    await this.onServer(`create database ${to} template ${from} strategy file_copy`);
  }

  /** From now on a commit that was answered survives the death of Postgres: for faults that kill it. */
  async makeDurable(): Promise<void> {
    await this.#parts.postgres.stop();
    await this.restartPostgres();
  }

  /** The postmaster dies in the middle of what it does, and its children with it. */
  async killPostgres(): Promise<void> {
    process.kill(this.#parts.postgres.pid, "SIGKILL");
    await this.#parts.postgres.exited;
  }

  /** Starts Postgres again on what is on the disk, durable from now on; it recovers by itself. */
  async restartPostgres(): Promise<void> {
    const { port, dataDir } = this.#parts.postgres;
    this.#parts.postgres = await startPostgres({ dataDir, port, durable: true });
  }

  async close(): Promise<void> {
    await this.#pool.end();
    for (const step of this.#undo.splice(0).reverse()) await step();
    await this.#endpoint.stop();
    await this.onServer(`drop database ${this.database} with (force)`);
    await this.onServer(`drop database if exists ${this.database}_backup with (force)`);
  }

  #newPool(): pg.Pool {
    const pool = new pg.Pool({ connectionString: this.superuserUrl(), max: 2 });
    // A connection that died with Postgres has left the pool already.
    pool.on("error", () => undefined);
    return pool;
  }

  #keep(init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const shop = headers.get("x-shopify-shop-domain") ?? "";
    const delivery = { headers, body: new Uint8Array(init.body as Uint8Array<ArrayBuffer>) };
    this.#outbox.set(shop, [...(this.#outbox.get(shop) ?? []), delivery]);
    return Promise.resolve(new Response(null, { status: 200 }));
  }

  #wireOf(host: string): Wire | undefined {
    if (host === settings.neonHost) return this.neon;
    return host.endsWith(".myshopify.com") ? this.admin : undefined;
  }

  async #askPostgres(request: Request): Promise<Response> {
    const answer = await this.#endpoint.handle(request);
    if (answer.status !== 400) return answer;
    const { code } = (await answer.clone().json()) as { code?: string };
    if (code !== undefined) this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
    return answer;
  }

  /** The same hosts for a worker in this process; a broken connection shows as Node shows it. */
  async #ask(request: Request): Promise<Response> {
    const { hostname } = new URL(request.url);
    const wire = this.#wireOf(hostname);
    if (!wire) throw new TypeError(`the local network has no host ${hostname}`);
    try {
      return await wire.carry(request);
    } catch (fault) {
      throw new TypeError("fetch failed", { cause: fault });
    }
  }

  #carryInProcess(): void {
    const before = neonConfig.fetchFunction;
    neonConfig.fetchFunction = (url: string, init: RequestInit) =>
      Life.request(() => this.#ask(new Request(url, init)));
    this.#undo.push(() => {
      neonConfig.fetchFunction = before;
    });
  }
}
