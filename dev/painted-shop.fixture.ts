/** A shop in the local Shopify whose members are painted: what the worker asks for is seen, held and lost. One at a time. */
import { expect } from "vitest";
import { adjustMember } from "../worker/flows/change-member.ts";
import type { Job } from "../worker/flows/jobs.ts";
import { runJobs } from "../worker/flows/run-jobs.ts";
import { newWorld as newShopify, type World as ShopifyWorld } from "./shopify/local-shopify.fixture.ts";
import type { LocalMetafield } from "./shopify/metafield-book.ts";
import type { LocalShop } from "./shopify/shop-state.ts";
import { newWorld, type TestWorld, type WorldOptions } from "./test-rooms.ts";

/** The network as the official client found it when it was loaded: whoever imports this has put it there before. */
export interface Network {
  answer: (request: Request) => Promise<Response>;
}

export interface PaintedShop {
  readonly world: TestWorld;
  readonly store: ShopifyWorld;
  readonly own: LocalShop;
  /** The operations that Shopify was asked for, one after the other. */
  readonly asked: string[];
  /** Points of the rate limit that all of it cost. */
  cost: number;
  /** What Shopify is asked passes through here first; it may wait, refuse, or lose the answer. */
  between: (operation: string, answer: () => Promise<Response>) => Promise<Response>;
  give(points: number, customerId?: string): Promise<void>;
  /** Runs what is queued as one batch. */
  work(): Promise<Job[]>;
  metafield(key: string, customerId?: string): LocalMetafield | undefined;
  /** What Liquid shows as available; undefined where nothing is painted. */
  shown(customerId?: string): number | undefined;
  /** Makes all entries and paintings a minute and a half older, entries some seconds more: as if nobody had painted at once. */
  age(): Promise<void>;
}

/** A new shop, which the network leads to. */
export async function openPaintedShop(network: Network, options: WorldOptions = {}): Promise<PaintedShop> {
  const world = await newWorld(options);
  const store = newShopify({ currency: "USD" });
  store.pass(Date.now() - store.shopify.state.clock().getTime());
  const own = store.shopify.state.putShop({ domain: world.shop.domain, currency: "USD", accessToken: "test-token" });
  let given = 0;
  const shop: PaintedShop = {
    ...{ world, store, own, asked: [], cost: 0 },
    between: (_, answer) => answer(),
    async give(points, customerId = "7001") {
      given += 1;
      const change = { id: `gift-${given}`, points, reason: "a gift" };
      expect(await adjustMember(world.rooms, world.shop, customerId, change)).toMatchObject({ kind: "done" });
    },
    async work() {
      const jobs = world.queue.jobs.splice(0);
      expect(await runJobs(world.rooms, jobs)).toEqual(jobs.map(() => null));
      return jobs;
    },
    metafield: (key, customerId = "7001") => own.metafields.find(`gid://shopify/Customer/${customerId}`, "$app", key),
    shown: (customerId) => {
      const value = shop.metafield("loyalty", customerId)?.value;
      return value === undefined ? undefined : (JSON.parse(value) as { available: number }).available;
    },
    age: async () => {
      await world.look(
        `set session_replication_role = replica; update entries set recorded_at = recorded_at - interval '95 seconds';
         set session_replication_role = origin; update painted_members set read_at = read_at - interval '90 seconds'`,
      );
    },
  };
  network.answer = async (request) => {
    const { query } = (await request.clone().json()) as { query: string };
    const operation = /(?:query|mutation) (\w+)/.exec(query)?.[1] ?? "";
    shop.asked.push(operation);
    return shop.between(operation, async () => {
      const response = await store.shopify.adminApi(request);
      const { extensions } = (await response.clone().json()) as {
        extensions?: { cost?: { actualQueryCost?: number } };
      };
      shop.cost += extensions?.cost?.actualQueryCost ?? 0;
      return response;
    });
  };
  return shop;
}
