/** A shop in the local Shopify that installed the app as merchants do, and has tokens that expire. One at a time; time passes when it is told to. */

import pg from "pg";
import { createApp, openRooms } from "../worker/app.ts";
import { admitShop } from "../worker/flows/install-shop.ts";
import { adminApiOf, type Rooms } from "../worker/flows/rooms.ts";
import { ASK_ACCESS } from "../worker/shopify/access.ts";
import type { VerifiedSession } from "../worker/shopify/verify-session.ts";
import { noLimits } from "./no-limits.ts";
import * as settings from "./settings.ts";
import { newWorld as newShopify, type World as ShopifyWorld } from "./shopify/local-shopify.fixture.ts";
import { sessionClaims, signSession } from "./shopify/session-token.ts";
import type { LocalShop } from "./shopify/shop-state.ts";
import { newDatabase, type TestDatabase } from "./test-bed.ts";
import { KeptQueue } from "./test-rooms.ts";

/** The network as the official client found it when it was loaded: whoever imports this has put it there before. */
export interface Network {
  answer: (request: Request) => Promise<Response>;
}

export const domain = "merchant.myshopify.com";

export let store: ShopifyWorld;
export let local: LocalShop;
/** What was asked of Shopify, one after the other: a grant, or `graphql`. */
export let asked: string[];
let database: TestDatabase;
let pool: pg.Pool;

/** An empty database, and a shop that Shopify has just installed the app in: nobody has opened it yet. */
export async function openShopify(network: Network): Promise<void> {
  database = await newDatabase();
  pool = new pg.Pool({ connectionString: database.superuserUrl, max: 2 });
  pool.on("error", () => undefined);
  store = newShopify();
  store.pass(Date.now() - store.shopify.state.clock().getTime());
  local = store.shopify.state.putShop({ domain, currency: "SEK", timezone: "Europe/Stockholm" });
  asked = [];
  network.answer = askShopify;
}

export async function closeShopify(): Promise<void> {
  await pool.end();
  await database.drop();
}

/** Shopify as it is when nothing fails. */
export async function askShopify(request: Request): Promise<Response> {
  const body = await request.clone().text();
  asked.push(/"grant_type":"(?:[\w:-]*:)?([\w-]+)"/.exec(body)?.[1] ?? "graphql");
  return store.shopify.adminApi(request);
}

export const timesAsked = (what: string) => asked.filter((one) => one === what).length;

/** Rooms of a worker of its own: it shares nothing with another but the database. */
export function newRooms(changes: Partial<Rooms["settings"]> = {}): Rooms {
  return openRooms({ ...settings.localSettings(database.name), ...changes }, new KeptQueue());
}

/** Looks, and writes, behind row-level security. */
export async function look<Row extends pg.QueryResultRow>(query: string, values: unknown[] = []): Promise<Row[]> {
  return (await pool.query<Row>(query, values)).rows;
}

/** What App Bridge hands out to a merchant of this shop, as the worker has verified it. */
export function session(shop = domain): VerifiedSession {
  // Good by both clocks: this machine's goes on by itself, the local store's is wound by hand.
  const clocks = [Date.now(), store.shopify.state.clock().getTime()];
  const claims = {
    ...sessionClaims(shop, settings.apiKey, new Date(Math.min(...clocks))),
    exp: Math.ceil(Math.max(...clocks) / 1000) + 60,
  };
  return { shop, staffId: claims.sub, token: signSession(claims, settings.apiSecret), secret: settings.apiSecret };
}

/** Lets a merchant open the app. */
export async function openApp(rooms: Rooms = newRooms()): Promise<void> {
  const admission = await admitShop(rooms, session());
  if (admission.kind !== "admitted") throw new Error(`The shop was not admitted: ${admission.kind}.`);
}

/** Time passes for Shopify and for the database: what ends there ends so much earlier. */
export async function pass(ms: number): Promise<void> {
  store.pass(ms);
  const columns = ["token_expires_at", "refresh_token_expires_at", "token_due_at", "token_lease_until"];
  const changes = columns.map((column) => `${column} = ${column} - ${ms} * interval '1 millisecond'`);
  await look(`update shops set ${changes.join(", ")}`);
}

/** One call of the Admin API in the shop's name; null where it has no token. */
export async function call(rooms: Rooms): Promise<string | null> {
  const shop = await rooms.shops.findOne(domain, rooms.nowMs());
  const api = shop && (await adminApiOf(rooms, shop));
  if (!api) return null;
  return (await api.request(ASK_ACCESS, {})).shop.id;
}

/** One request to the worker, as a browser would send it. */
export async function request(path: string, headers: Record<string, string> = {}, rooms: Rooms = newRooms()) {
  return await createApp(() => rooms, noLimits).request(path, { headers });
}
