/** A throwaway database, two isolates of the worker over it, and a local Shopify, all in this process: for thousands of redemptions. */
import type { Hono } from "hono";
import pg from "pg";
import { createApp, openRooms } from "../../worker/app.ts";
import type { Program } from "../../worker/domain/program.ts";
import type { Job, JobQueue } from "../../worker/flows/jobs.ts";
import type { Rooms } from "../../worker/flows/rooms.ts";
import { runJobs } from "../../worker/flows/run-jobs.ts";
import type { Shop } from "../../worker/shops/shops.ts";
import { sealToken } from "../../worker/shops/tokens.ts";
import { forgetShops, superuserUrl } from "../databases.ts";
import { noLimits } from "../no-limits.ts";
import { simpleProgram } from "../publish-program.ts";
import { apiSecret, localSettings, tokenKey } from "../settings.ts";
import { signProxyQuery } from "../shopify/proxy.ts";
import type { LocalShop } from "../shopify/shop-state.ts";
import { type Actor, type Network, openNetwork, passAs } from "./shopify-network.ts";

const TOKEN = "shpat_of-this-world";
const rewards = ["500:50.00", "300:20.00"];

/** A shop of one story, as we know it and as Shopify does. */
export interface StoryShop {
  readonly shop: Shop;
  readonly local: LocalShop;
}

export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Balances are painted in one shop of so many: it is no part of the protocol, and costs more than the rest. */
const PAINTED_ONE_IN = 8;

/** The queue, shop by shop: a job that was not done comes again. */
class ShopQueues implements JobQueue {
  readonly #jobs = new Map<string, Job[]>();

  send(jobs: readonly Job[]): Promise<void> {
    return passAs("queue", async () => this.put(jobs));
  }

  put(jobs: readonly Job[]): void {
    const kept = jobs.filter(({ kind, shop }) => kind !== "paint-members" || isPainted(shop));
    for (const job of kept) this.#jobs.set(job.shop, [...(this.#jobs.get(job.shop) ?? []), job]);
  }

  waiting(shop: string): readonly Job[] {
    return this.#jobs.get(shop) ?? [];
  }

  take(shop: string): Job[] {
    const jobs = this.#jobs.get(shop) ?? [];
    this.#jobs.delete(shop);
    return jobs;
  }
}

function isPainted(shop: string): boolean {
  return Number(/\d+/.exec(shop)?.[0] ?? 0) % PAINTED_ONE_IN === 0;
}

export class ShopifyWorld {
  readonly network: Network;
  readonly #isolates: readonly { readonly rooms: Rooms; readonly app: Pick<Hono, "fetch"> }[];
  readonly #queues = new ShopQueues();
  readonly #pool: pg.Pool;
  #made = 0;
  #turn = 0;

  /** `skewMs` is how far the workers' clocks are ahead of the database's. */
  constructor(database: { readonly port: number; readonly name: string }, { usageLagMs = 0, skewMs = 0 } = {}) {
    this.network = openNetwork({
      port: database.port,
      usageLagMs,
      deliver: async (url, init) => await this.#next().app.fetch(new Request(url, init)),
    });
    this.#isolates = [1, 2].map(() => {
      const opened = openRooms(localSettings(database.name), this.#queues);
      const rooms = { ...opened, nowMs: () => Date.now() + skewMs };
      return { rooms, app: createApp(() => rooms, noLimits) as unknown as Pick<Hono, "fetch"> };
    });
    this.#pool = new pg.Pool({ connectionString: superuserUrl(database.port, database.name), max: 3 });
    this.#pool.on("error", () => undefined);
  }

  /** Any of the isolates, as the platform would choose. */
  get rooms(): Rooms {
    return this.#next().rooms;
  }

  /** Looks, and writes, behind row-level security. */
  async look<Row extends pg.QueryResultRow>(query: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query<Row>(query, values)).rows;
  }

  /** So many new shops with a token and a program, here and at Shopify. */
  async addShops(count: number, changes: Partial<Program> = {}): Promise<StoryShop[]> {
    const simple = simpleProgram({ currency: "USD", points: 1, perMinor: 100, pendingDays: 0, rewards });
    const program = { ...simple, ...changes };
    const rows = await Promise.all(
      Array.from({ length: count }, async () => {
        this.#made += 1;
        const domain = `redeem-${this.#made}.myshopify.com`;
        return { domain, token: await sealToken(TOKEN, domain, [tokenKey]) };
      }),
    );
    await this.look(
      `with made as (
         insert into shops (domain, currency, newest_program_version, painted_program_version, access_token_sealed)
         select domain, 'USD', 1, 1, token from json_to_recordset($1::json) as i (domain text, token text) returning id)
       insert into program_versions (shop_id, version, in_force_from, program) select id, 1, '2000-01-01', $2::jsonb from made`,
      [JSON.stringify(rows), JSON.stringify(program)],
    );
    const domains = rows.map(({ domain }) => domain);
    const found = await Promise.all(this.#isolates.map(({ rooms }) => rooms.shops.find(domains, rooms.nowMs())));
    return domains.map((domain) => {
      const shop = found[0]?.get(domain);
      if (!shop) throw new Error("A shop of a story was not found.");
      const settings = { domain, currency: "USD", accessToken: TOKEN };
      return { shop, local: this.network.shopify.state.putShop(settings) };
    });
  }

  /** One request of a shopper through Shopify's proxy; null when the worker died over it. */
  async ask(
    actor: Actor,
    shopper: { shop: string; customer: string },
    path: string,
    json?: unknown,
    signedMs = Date.now(),
  ) {
    const query = new URLSearchParams({
      shop: shopper.shop,
      path_prefix: "/apps/lojal",
      timestamp: String(Math.floor(signedMs / 1000)),
      logged_in_customer_id: shopper.customer,
    });
    query.set("signature", signProxyQuery(query, apiSecret));
    const init = json === undefined ? {} : { method: "POST", body: JSON.stringify(json) };
    const request = new Request(`http://worker.internal/proxy${path}?${query}`, init);
    const answer = await actor.act(async () => await this.#next().app.fetch(request));
    if (answer === null) return null;
    return { status: answer.status, body: (await answer.json()) as Answered["body"] };
  }

  /** One batch of the queue's for a shop; jobs that were not done, or whose worker died, come again. Tells whether there was any. */
  async consume(actor: Actor, shop: string): Promise<boolean> {
    const waiting = this.#queues.take(shop);
    const jobs = waiting.slice(0, 100);
    this.#queues.put(waiting.slice(100));
    if (jobs.length === 0) return false;
    const faults = await actor.act(() => runJobs(this.rooms, jobs));
    this.#queues.put(jobs.filter((_, index) => faults?.[index] !== null));
    return true;
  }

  /** Any request whatever, unharmed. */
  async fetch(request: Request): Promise<Response> {
    return await this.#next().app.fetch(request);
  }

  /** The jobs of a shop that were not done. */
  waiting(shop: string): readonly Job[] {
    return this.#queues.waiting(shop);
  }

  /** What the cron would put on the queue for a shop now. */
  async sweep({ shop }: StoryShop): Promise<number> {
    const { redemptionIds } = await this.rooms.ledger.due(shop.id);
    this.#queues.put(
      redemptionIds.map((redemptionId) => ({ kind: "finish-redemption", shop: shop.domain, redemptionId }) as const),
    );
    return redemptionIds.length;
  }

  /** Forgets all shops. */
  async clear(): Promise<void> {
    await this.#pool.query("analyze");
    await forgetShops(this.#pool);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.network.close()]);
  }

  #next() {
    this.#turn += 1;
    const isolate = this.#isolates[this.#turn % this.#isolates.length];
    if (!isolate) throw new Error("A world has no isolate.");
    return isolate;
  }
}
