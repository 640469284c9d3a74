/**
 * The network between the worker's flows, Postgres and the local Shopify, in this process and without sockets. Whoever acts has a plan of what
 * befalls each of their requests: the plan goes along with the asynchronous calls, so that the code under test is the worker's own, unchanged.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { neonConfig } from "@neondatabase/serverless";
import { setAbstractFetchFunc } from "@shopify/shopify-api/runtime";
import { inProcessNeon } from "../histories/postgres-driver.ts";
import { apiKey, apiSecret } from "../settings.ts";
import { LATE_MS } from "../shopify/admin-faults.ts";
import { type FaultName, faultNames } from "../shopify/faults.ts";
import { createLocalShopify, type RunningLocalShopify } from "../shopify/local-shopify.ts";

/** The connection breaks, or the worker dies, before the request has its effect or after. */
export const cutNames = ["cut-before", "cut-after", "die-before", "die-after"] as const;
export type CutName = (typeof cutNames)[number];
export type Suffering = FaultName | CutName;

export type Door = "database" | "shopify" | "queue";

const isFaultName = (name: Suffering): name is FaultName => (faultNames as readonly string[]).includes(name);

/** Never answered: who waits for it is dead. */
const never = <Answer>(): Promise<Answer> => new Promise(() => undefined);

/** One request or batch on its way through the worker, and what befalls it. */
export class Actor {
  readonly suffered: Suffering[] = [];
  readonly #plan: (door: Door, step: number) => Suffering | null;
  readonly #lateness: () => Promise<void>;
  readonly #steps: Record<Door, number> = { database: 0, shopify: 0, queue: 0 };
  #isDead = false;
  #die: () => void = () => undefined;

  constructor(plan: (door: Door, step: number) => Suffering | null, lateness: () => Promise<void>) {
    this.#plan = plan;
    this.#lateness = lateness;
  }

  /** Carries on until it is done or the worker dies under it: then null. */
  async act<Answer>(run: () => Promise<Answer>): Promise<Answer | null> {
    const died = new Promise<null>((resolve) => {
      this.#die = () => resolve(null);
    });
    return await Promise.race([actors.run(this, run), died]);
  }

  /** When a late call of this actor has its effect. */
  late(): Promise<void> {
    return this.#lateness();
  }

  /** Passes one request through a door. */
  async pass<Answer>(door: Door, request: (fault: FaultName | null) => Promise<Answer>): Promise<Answer> {
    if (this.#isDead) return await never();
    const suffering = this.#plan(door, this.#steps[door]++);
    if (suffering !== null) this.suffered.push(suffering);
    if (suffering === "die-before") return await this.#end();
    if (suffering === "cut-before") throw new TypeError("fetch failed");
    const answer = await request(suffering !== null && isFaultName(suffering) ? suffering : null);
    if (suffering === "die-after") return await this.#end();
    if (suffering === "cut-after") throw new TypeError("fetch failed");
    // Another of its requests may have been its end.
    return this.#isDead ? await never() : answer;
  }

  #end(): Promise<never> {
    this.#isDead = true;
    this.#die();
    return never();
  }
}

const actors = new AsyncLocalStorage<Actor>();

/** Passes a request through a door as whoever acts; whoever has no plan passes unharmed. */
export function passAs<Answer>(door: Door, request: (fault: FaultName | null) => Promise<Answer>): Promise<Answer> {
  return actors.getStore()?.pass(door, request) ?? request(null);
}

export interface Network {
  readonly shopify: RunningLocalShopify;
  /** Lets time pass at the local Shopify. */
  pass(ms: number): void;
  close(): Promise<void>;
}

export interface NetworkOptions {
  readonly port: number;
  /** How long a use takes to show in Shopify's counter. */
  readonly usageLagMs: number;
  /** Carries webhooks to the worker. */
  readonly deliver: (url: string, init: RequestInit) => Promise<Response>;
}

/** Takes the ways to databases and to Shopify for the whole program. */
export function openNetwork({ port, usageLagMs, deliver }: NetworkOptions): Network {
  let aheadMs = 0;
  const neon = inProcessNeon(port);
  const shopify = createLocalShopify({
    apiKey,
    apiSecret,
    workerUrl: () => "http://worker.internal",
    clock: () => new Date(Date.now() + aheadMs),
    log: () => undefined,
    usageLagMs,
    // Nobody waits out a timeout; a late call waits for its story; a webhook that failed comes again soon.
    wait: (ms) => {
      const actor = actors.getStore();
      if (actor && ms === LATE_MS) return actor.late();
      return actor ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, 5));
    },
    webhooks: { concurrency: 32, send: (url, init) => actors.exit(() => deliver(url, init)) },
  });
  const before = neonConfig.fetchFunction;
  neonConfig.fetchFunction = (url: string, init: Parameters<typeof neon.fetch>[1]) =>
    passAs("database", () => neon.fetch(url, init));
  setAbstractFetchFunc(((input: string, init: RequestInit) =>
    passAs("shopify", (fault) => ask(shopify, input, init, fault))) as typeof fetch);
  return {
    shopify,
    pass: (ms) => {
      aheadMs += ms;
    },
    close: async () => {
      neonConfig.fetchFunction = before;
      await neon.end();
    },
  };
}

async function ask(
  shopify: RunningLocalShopify,
  url: string,
  { method = "GET", headers = {}, body = null }: RequestInit,
  fault: FaultName | null,
): Promise<Response> {
  if (fault !== null) shopify.faults.order({ next: 1, fault, shop: new URL(url).hostname });
  try {
    return await shopify.adminApi(new Request(url, { method, headers, body }));
  } catch (broken) {
    if (!(broken instanceof Error) || broken.name !== "DropConnection") throw broken;
    if (fault?.startsWith("timeout"))
      throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
    throw new TypeError("fetch failed");
  }
}
