/** A shop in the local Shopify whose orders the worker reads back; of what is bought there nobody tells it. One at a time. */
import { expect } from "vitest";
import { fanOut } from "../worker/flows/fan-out.ts";
import type { Job } from "../worker/flows/jobs.ts";
import { readBalance } from "../worker/flows/read-member.ts";
import { runJobs } from "../worker/flows/run-jobs.ts";
import { readSnapshot } from "../worker/shopify/snapshot.ts";
import { auditLedger } from "./audit.ts";
import type { JsonObject } from "./shopify/exact-json.ts";
import { newWorld as newShopify, type World as ShopifyWorld } from "./shopify/local-shopify.fixture.ts";
import type { LocalOrder } from "./shopify/shop-state.ts";
import { newWorld, type TestWorld } from "./test-rooms.ts";

/** The network as the official client found it when it was loaded: whoever imports this has put it there before. */
export interface Network {
  answer: (request: Request) => Promise<Response>;
}

export let world: TestWorld;
export let store: ShopifyWorld;
/** The operations that Shopify was asked for, one after the other. */
export let asked: string[];

/** A new shop, which the network leads to. */
export async function openShop(network: Network): Promise<void> {
  world = await newWorld();
  store = newShopify({ currency: "USD" });
  store.pass(Date.now() - store.shopify.state.clock().getTime());
  store.shopify.state.putShop({ domain: world.shop.domain, currency: "USD", accessToken: "test-token" });
  asked = [];
  network.answer = askStore;
}

export async function closeShop(): Promise<void> {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
}

/** Shopify as it is when nothing fails. */
export async function askStore(request: Request): Promise<Response> {
  const { query } = (await request.clone().json()) as { query: string };
  asked.push(/(?:query|mutation) (\w+)/.exec(query)?.[1] ?? "");
  return store.shopify.adminApi(request);
}

export const listings = () => asked.filter((operation) => operation === "LojalListChangedOrders").length;
export const readings = () => asked.filter((operation) => operation === "LojalReadOrder").length;
export const own = () => {
  const shop = store.shopify.state.shop(world.shop.domain);
  if (!shop) throw new Error("no shop");
  return shop;
};

/** An order at Shopify of which nobody tells the worker. */
export async function buy(total: string, customerId = "7001"): Promise<LocalOrder> {
  const bought = await store.shopify.checkout(own(), { customerId, total });
  if (!bought.ok) throw new Error(bought.reason);
  return bought.order;
}

/** So many orders of 1.00, each a second after the one before, as copies of one. */
export async function buyMany(count: number): Promise<void> {
  const { body } = await buy("1.00");
  const now = store.shopify.state.clock().getTime();
  for (let index = 1; index < count; index++) {
    const at = new Date(now - (count - index) * 1_000).toISOString();
    const id = Number(body["id"]) * 10 + index;
    const copy = { ...body, id, admin_graphql_api_id: `gid://shopify/Order/${id}`, updated_at: at, created_at: at };
    own().takeOrder(JSON.stringify(copy), copy);
  }
}

export function change(order: LocalOrder, changes: JsonObject): void {
  const body = { ...order.body, updated_at: store.shopify.state.clock().toISOString(), ...changes };
  own().takeOrder(JSON.stringify(body), body);
}

/** The worker hears of orders as they are now. */
export async function tell(...orders: LocalOrder[]): Promise<void> {
  expect(await runJobs(world.rooms, orders.map(jobOf))).toEqual(orders.map(() => null));
}

export function jobOf(order: LocalOrder): Job {
  const verdict = readSnapshot("orders/updated", order.source, store.shopify.state.clock().getTime());
  if (verdict.kind !== "order") throw new Error(JSON.stringify(verdict));
  return { kind: "order", shop: world.shop.domain, topic: "orders/updated", deliveryId: null, ...verdict.snapshot };
}

/** Runs what is queued, and what that queues, but for paintings. Returns what was run. */
export async function work(only: (job: Job) => boolean = () => true): Promise<Job[]> {
  const ran: Job[] = [];
  for (;;) {
    const jobs = world.queue.jobs
      .splice(0)
      .filter((job) => job.kind !== "paint-members" && job.kind !== "paint-program");
    const [now, later] = [jobs.filter(only), jobs.filter((job) => !only(job))];
    world.queue.jobs.push(...later);
    if (now.length === 0) return ran;
    await runJobs(world.rooms, now);
    ran.push(...now);
    store.pass(2_000);
  }
}

export const isSweep = (job: Job): boolean => job.kind === "sweep-orders";
export const isReading = (job: Job): boolean => job.kind === "read-order";

/** One sweep by the cron, and all that it leads to. */
export async function sweep(): Promise<Job[]> {
  await makeDue();
  await fanOut(world.rooms);
  return work();
}

export const makeDue = () => world.look("update sweeps set due_at = now(), statement_due_at = now()");
/** The shop's first sweep reads its past; tests about the later ones begin after it. */
export async function afterFirstSweep(): Promise<void> {
  await sweep();
  asked = [];
}

export const points = async (customerId = "7001"): Promise<number> => {
  const { pending, available, owed } = await readBalance(world.rooms, world.shop, customerId);
  return pending + available - owed;
};
export const row = async () => (await world.look("select * from sweeps"))[0] ?? {};
export const statement = async () =>
  (await world.look("select *, day::text from statements order by statements.day desc"))[0] ?? {};
export const differences = () =>
  world.look("select order_id, reason, mended_at is not null as mended from order_differences order by order_id");
export const idOf = (order: LocalOrder) => order.gid.split("/").at(-1) ?? "";
