/**
 * A shop that lives through years in seconds: the local Shopify, the worker's routes and its queue in this process, one clock for all of them that
 * is wound by hand. Only the database's own clock goes on by itself, and it is never heard. One at a time.
 */
import pg from "pg";
import { expect } from "vitest";
import { createApp, openRooms } from "../worker/app.ts";
import type { Program } from "../worker/domain/program.ts";
import { bookDueMembers } from "../worker/flows/book-due.ts";
import { saveDraftAs } from "../worker/flows/edit-program.ts";
import { finishRedemption } from "../worker/flows/finish-redemptions.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import { runJobs } from "../worker/flows/run-jobs.ts";
import { askWhatIf } from "../worker/flows/what-if.ts";
import type { Ledger } from "../worker/ledger/ledger.ts";
import type { Loaded } from "../worker/ledger/load.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { auditLedger } from "./audit.ts";
import { noLimits } from "./no-limits.ts";
import type { Network } from "./painted-shop.fixture.ts";
import { publishProgram } from "./publish-program.ts";
import { apiKey, apiSecret, localSettings } from "./settings.ts";
import type { Purchase } from "./shopify/checkout.ts";
import { createLocalShopify, type RunningLocalShopify } from "./shopify/local-shopify.ts";
import type { RefundRequest } from "./shopify/refunds.ts";
import type { LocalShop } from "./shopify/shop-state.ts";
import type { Delivery } from "./shopify/webhooks.ts";
import { newDatabase, type TestDatabase } from "./test-bed.ts";
import { KeptQueue } from "./test-rooms.ts";

export interface SimulationOptions {
  readonly currency: string;
  readonly timeZone: string;
  /** When the program begins: a moment such as `2024-01-01T09:00:00Z`. */
  readonly startsAt: string;
  /** The program, for the products that the shop has. */
  readonly program: (own: LocalShop) => Program;
}

/** What the storefront shows a shopper. */
export interface ShownMember {
  readonly available: number;
  readonly pending: number;
  readonly held: number;
  readonly owed: number;
  readonly tier: string | null;
}

const DOMAIN = "simulated.myshopify.com";
const CUSTOMER = "7001";

/** A shop with this program, in force from the moment that it starts. */
export async function openSimulation(network: Network, options: SimulationOptions): Promise<Simulation> {
  const { currency, timeZone, startsAt } = options;
  const database = await newDatabase();
  const clock = { nowMs: Date.parse(startsAt) };
  const queue = new KeptQueue();
  const rooms = roomsAt(openRooms(localSettings(database.name), queue), () => clock.nowMs);
  const app = createApp(() => rooms, noLimits);
  const shopify = createLocalShopify({
    apiKey,
    apiSecret,
    workerUrl: () => "http://worker.test",
    clock: () => new Date(clock.nowMs),
    log: () => undefined,
    wait: () => Promise.resolve(),
    webhooks: { concurrency: 1, send: async (url, init) => app.request(url, init) },
    sendProxied: async (request) => app.request(request),
  });
  network.answer = (request) => shopify.adminApi(request);
  const accessToken = "test-token";
  const own = shopify.state.putShop({ domain: DOMAIN, currency, timezone: timeZone, accessToken });
  const pool = new pg.Pool({ connectionString: database.superuserUrl, max: 2 });
  pool.on("error", () => undefined);
  const program = options.program(own);
  const published = { inForceFrom: startsAt, publishedAt: startsAt };
  await publishProgram(database.superuserUrl, { domain: DOMAIN, currency, program, accessToken, ...published });
  await pool.query("update shops set time_zone = $1", [timeZone]);
  const shop = await rooms.shops.findOne(DOMAIN, clock.nowMs);
  if (!shop) throw new Error("The simulated shop was not found.");
  return new Simulation({ rooms, queue, shopify, own, shop, clock, database, pool });
}

/** The rooms with another clock: where the database tells the time, it is the simulation's. */
function roomsAt(rooms: Rooms, nowMs: () => number): Rooms {
  const dated = (loaded: Loaded): Loaded => ({ ...loaded, nowMs: nowMs() });
  const ledger: Ledger = {
    ...rooms.ledger,
    load: async (wanted, options) => dated(await rooms.ledger.load(wanted, options)),
    commitOrLoad: async (units, options) => {
      const { won, loaded } = await rooms.ledger.commitOrLoad(units, options);
      return { won, loaded: loaded && dated(loaded) };
    },
  };
  return { ...rooms, ledger, nowMs };
}

interface Parts {
  readonly rooms: Rooms;
  readonly queue: KeptQueue;
  readonly shopify: RunningLocalShopify;
  readonly own: LocalShop;
  readonly shop: Shop;
  readonly clock: { nowMs: number };
  readonly database: TestDatabase;
  readonly pool: pg.Pool;
}

export class Simulation {
  readonly own: LocalShop;
  readonly rooms: Rooms;
  readonly shop: Shop;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.own = parts.own;
    this.rooms = parts.rooms;
    this.shop = parts.shop;
    this.#parts = parts;
  }

  /** Looks behind row-level security. */
  async look<Row extends pg.QueryResultRow>(query: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#parts.pool.query<Row>(query, values)).rows;
  }

  /** Time passes until nine o'clock UTC of a day; whatever falls due on the way is booked when it does, as the cron would. */
  async passTo(day: string): Promise<void> {
    const untilMs = Date.parse(`${day}T09:00:00Z`);
    const { clock } = this.#parts;
    if (untilMs < clock.nowMs) throw new Error("Time goes one way.");
    for (;;) {
      const due = await this.#nextDue();
      if (due === null || due.atMs > untilMs) break;
      clock.nowMs = Math.max(clock.nowMs, due.atMs);
      if (due.redemptionId !== null) await finishRedemption(this.rooms, this.shop, due.redemptionId);
      else await bookDueMembers(this.rooms, this.shop, [due.memberId]);
      await this.#work();
    }
    clock.nowMs = untilMs;
  }

  /** Buys on a day, and everything that follows at once. Returns the number of the order. */
  async buy(day: string, purchase: Omit<Purchase, "customerId"> & { readonly customerId?: string }): Promise<string> {
    await this.passTo(day);
    const result = await this.#parts.shopify.checkout(this.own, { customerId: CUSTOMER, ...purchase });
    if (!result.ok) throw new Error(`The checkout refused: ${result.code}.`);
    this.#expectDelivered(result.deliveries);
    await this.#work();
    return result.order.gid.split("/").at(-1) ?? "";
  }

  /** All of an order's first line, or an amount, goes back on a day. */
  async refund(day: string, orderId: string, more: Omit<RefundRequest, "order_id"> = {}): Promise<void> {
    await this.passTo(day);
    const lines = more.amount === undefined ? [{ index: 0, quantity: 1 }] : undefined;
    const result = await this.#parts.shopify.refund(this.own, { order_id: orderId, lines, ...more });
    if (!result.ok) throw new Error(`The refund was refused: ${result.reason}.`);
    this.#expectDelivered(result.deliveries);
    await this.#work();
  }

  /** Chooses a reward on the storefront; tells the code, or the name of the problem. */
  async redeem(day: string, rewardId: string, more: { points?: number; customerId?: string } = {}): Promise<string> {
    await this.passTo(day);
    const { points, customerId } = more;
    const body = JSON.stringify({ id: crypto.randomUUID(), reward_id: rewardId, points });
    const answer = await this.#ask("/redemptions", customerId, { method: "POST", body });
    await this.#work();
    const told = (await answer.json()) as { code?: string | null; state?: string; type?: string };
    if (answer.status === 201) return told.code ?? told.state ?? "";
    return told.type?.split(/[:/]/).at(-1) ?? String(answer.status);
  }

  /** The shopper as the storefront shows them. */
  async member(customerId?: string): Promise<ShownMember> {
    const answer = await this.#ask("/member", customerId);
    const { available, pending, held, owed, tier } = (await answer.json()) as ShownMember;
    return { available, pending, held, owed, tier };
  }

  /** What moved, oldest first: the kind of each entry, and its points. */
  async entries(customerId: string = CUSTOMER): Promise<(readonly [kind: string, points: number])[]> {
    const rows = await this.look<{ kind: string; points: number }>(
      `select e.kind, e.points::int as points from entries e join members m on m.shop_id = e.shop_id and m.id = e.member_id
       where m.customer_id = $1 order by e.id`,
      [customerId],
    );
    return rows.map(({ kind, points }) => [kind, points]);
  }

  /** The state of each redemption, oldest first. */
  async redemptions(): Promise<(readonly [rewardId: string, state: string])[]> {
    const rows = await this.look<{ reward_id: string; state: string }>(
      "select reward ->> 'id' as reward_id, state from redemptions order by created_at",
    );
    return rows.map((row) => [row.reward_id, row.state]);
  }

  /** What Liquid finds: the tier by its id. */
  paintedTier(customerId: string = CUSTOMER): string | undefined {
    return this.own.metafields.find(`gid://shopify/Customer/${customerId}`, "$app", "tier")?.value;
  }

  /** Every invariant of the books holds, and all orders replayed under the unchanged program come to what the ledger holds. */
  async expectSound(): Promise<void> {
    expect(await auditLedger(this)).toEqual([]);
    const [row] = await this.look<{ program: unknown }>("select program from program_versions");
    const draft = { content: row?.program, basedOn: 1, revision: 0 };
    expect(await saveDraftAs(this.rooms, this.shop, "operator", draft)).toMatchObject({ kind: "saved", revision: 1 });
    const answer = await askWhatIf(this.rooms, this.shop, { revision: 1, sinceMs: 0, after: null });
    if (answer.kind === "refused") throw new Error(answer.refusal.code);
    const { today, draft: replayed, ledgerPoints: points, differing } = answer.whatIf;
    expect({ differing, today, replayed }).toMatchObject({ differing: 0, today: { points }, replayed: { points } });
  }

  async close(): Promise<void> {
    await this.#parts.pool.end();
    await this.#parts.database.drop();
  }

  #ask(path: string, customerId: string = CUSTOMER, init: RequestInit = {}): Promise<Response> {
    const request = new Request(`https://${DOMAIN}/apps/lojal${path}`, {
      ...init,
      headers: { "content-type": "application/json" },
    });
    return this.#parts.shopify.proxy(request, { shop: DOMAIN, customerId });
  }

  /** The soonest moment at which a member's points or tier, or an open code, are due. */
  async #nextDue(): Promise<{ memberId: string; redemptionId: string | null; atMs: number } | null> {
    const [row] = await this.look<{ member_id: string; redemption_id: string | null; at_ms: string }>(
      `select member_id::text, redemption_id, round(extract(epoch from at) * 1000)::text as at_ms from (
         select member_id, null as redemption_id, next_due_at as at from accounts where next_due_at is not null
         union all
         select member_id, id, ends_at from redemptions
         where state in ('held', 'issued') and reward ->> 'kind' <> 'experience'
       ) due order by at limit 1`,
    );
    return row ? { memberId: row.member_id, redemptionId: row.redemption_id, atMs: Number(row.at_ms) } : null;
  }

  /** The queue, until it is empty. */
  async #work(): Promise<void> {
    const { queue } = this.#parts;
    while (queue.jobs.length > 0) {
      const jobs = queue.jobs.splice(0);
      expect(await runJobs(this.rooms, jobs)).toEqual(jobs.map(() => null));
    }
  }

  #expectDelivered(deliveries: readonly Delivery[]): void {
    expect(deliveries.map(({ topic, state }) => [topic, state])).toEqual(
      deliveries.map(({ topic }) => [topic, "delivered"]),
    );
    expect(deliveries).not.toHaveLength(0);
  }
}
