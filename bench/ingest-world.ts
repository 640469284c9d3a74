/** The real worker in workerd, what it is held against in the same runtime, shops, and a Shopify that only delivers. */
import { Agent, request } from "node:http";
import pg from "pg";
import { auditLedger } from "../dev/audit.ts";
import { publishProgram, simpleProgram } from "../dev/publish-program.ts";
import { apiSecret, localSettings } from "../dev/settings.ts";
import { signWebhook } from "../dev/shopify/webhooks.ts";
import { startWorker, type WorkerPart } from "../dev/worker.ts";
import type { Bed } from "./bed.ts";
import { seededRandom } from "./random.ts";

/** Each is a worker in one workerd: ours whole; ours without a consumer; the floor; ours with batches of one; ours with one lane. */
export const WORKERS = ["lojal", "accept-only", "floor", "one-by-one", "one-lane"] as const;
export type WorkerName = (typeof WORKERS)[number];

const CONNECTIONS = 64;

export interface IngestWorld {
  /** Adds a shop of 1 point per 1.00 without an Admin API token: nothing is painted. */
  newShop(domain: string): Promise<void>;
  /** Delivers; the answer's status and how long it took. */
  deliver(worker: WorkerName, delivery: SignedDelivery): Promise<{ status: number; tookMs: number }>;
  look<Row extends pg.QueryResultRow>(query: string, values?: unknown[]): Promise<Row[]>;
  audit(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openIngestWorld(bed: Bed): Promise<IngestWorld> {
  const database = await bed.newDatabase("bench_ingest");
  const pool = new pg.Pool({ connectionString: database.superuserUrl, max: 2 });
  pool.on("error", () => undefined);
  const log = () => undefined;
  const settings = localSettings(database.name);
  const worker = await startWorker({ networkPort: bed.endpointPort, settings, beside: besideOf, log });
  const urls = new Map<WorkerName, URL>();
  for (const name of WORKERS) urls.set(name, new URL(await worker.directUrlOf(name)));
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const look: IngestWorld["look"] = async <Row extends pg.QueryResultRow>(query: string, values: unknown[] = []) =>
    (await pool.query<Row>(query, values)).rows;
  return {
    newShop: async (domain) => {
      const program = simpleProgram({ currency: "USD", points: 1, perMinor: 100, pendingDays: 0, rewards: [] });
      const publication = { domain, currency: "USD", program, inForceFrom: "2000-01-01", accessToken: "none" };
      await publishProgram(database.superuserUrl, publication);
      await look("update shops set access_token_sealed = null where domain = $1", [domain]);
    },
    deliver: (name, delivery) => deliver(agent, urls.get(name), delivery),
    look,
    audit: () => auditLedger({ look }),
    close: async () => {
      agent.destroy();
      await worker.stop();
      await pool.end();
      await database.drop();
    },
  };
}

/** Ours again under other names and queues, and the floor. */
function besideOf(own: WorkerPart): WorkerPart[] {
  const consumer = { maxBatchTimeout: 1, maxRetries: 100 };
  const ours = (name: WorkerName, consumers: object, bulk = `${name}-bulk`): WorkerPart =>
    ({
      ...own,
      name,
      queueProducers: { JOBS: { queueName: `${name}-jobs` }, BULK: { queueName: bulk } },
      queueConsumers: consumers,
    }) as WorkerPart;
  return [
    ours("accept-only", {}),
    ours("one-by-one", {
      "one-by-one-jobs": { ...consumer, maxBatchSize: 1, maxBatchTimeout: 0 },
      "one-by-one-bulk": { ...consumer, maxBatchSize: 1, maxBatchTimeout: 0 },
    }),
    ours("one-lane", { "one-lane-jobs": { ...consumer, maxBatchSize: 100 } }, "one-lane-jobs"),
    {
      ...own,
      name: "floor",
      modules: [{ type: "ESModule", path: "floor.mjs", contents: FLOOR }],
      bindings: { SECRET: apiSecret },
      queueProducers: { QUEUE: { queueName: "floor-jobs" } },
      queueConsumers: {},
    } as WorkerPart,
  ];
}

/** The least that accepting can be: the signature under a key that is kept, one send, an answer. Nothing is read, chosen or logged. */
const FLOOR = `
let key;
export default {
  async fetch(request, env) {
    const body = await request.arrayBuffer();
    const secret = new TextEncoder().encode(env.SECRET);
    key ??= await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    const signature = Uint8Array.from(atob(request.headers.get("X-Shopify-Hmac-Sha256")), (c) => c.charCodeAt(0));
    if (!(await crypto.subtle.verify("HMAC", key, signature, body))) return new Response(null, { status: 401 });
    await env.QUEUE.send(new TextDecoder().decode(body), { contentType: "text" });
    return Response.json({ accepted: true });
  },
};`;

export interface SignedDelivery {
  readonly orderId: string;
  readonly shop: string;
  readonly points: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function deliver(
  agent: Agent,
  url: URL | undefined,
  delivery: SignedDelivery,
): Promise<{ status: number; tookMs: number }> {
  const { headers, body } = delivery;
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const options = { host: url?.hostname, port: url?.port, method: "POST", path: "/webhooks", agent, headers };
    const sent = request(options, (response) => {
      response.on("end", () => resolve({ status: response.statusCode ?? 0, tookMs: performance.now() - startedMs }));
      response.resume();
    });
    sent.on("error", (fault) => {
      // A connection that was kept too long was closed by the other side just then: another one is taken, as any sender does.
      if (sent.reusedSocket) deliver(agent, url, delivery).then(resolve, reject);
      else reject(fault);
    });
    sent.end(body);
  });
}

/** Makes signed deliveries of paid orders, each of an order of its own. */
export class Deliveries {
  #orders = 0;
  readonly #random = seededRandom(20_261_126);

  /** Whole numbers below `bound`. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  next(shop: string, customer = this.below(200)): SignedDelivery {
    this.#orders += 1;
    const id = 9_100_000_000 + this.#orders;
    const prices = [this.below(90), this.below(90), this.below(90)].map((price) => 10 + price);
    const points = prices.reduce((sum, price) => sum + price, 0);
    const body = JSON.stringify(bodyOf(id, customer, prices));
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.byteLength(body)),
      "X-Shopify-Topic": "orders/paid",
      "X-Shopify-Shop-Domain": shop,
      "X-Shopify-Hmac-Sha256": signWebhook(body, apiSecret),
      "X-Shopify-Webhook-Id": `delivery-${id}`,
      "X-Shopify-Triggered-At": "2026-11-01T10:00:01.000Z",
    };
    return { orderId: String(id), shop, points, headers, body };
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const all = [...items];
    for (let at = all.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      const [a, b] = [all[at], all[other]];
      if (a !== undefined && b !== undefined) [all[at], all[other]] = [b, a];
    }
    return all;
  }
}

/** The fields that shopify.app.toml asks for. */
function bodyOf(id: number, customer: number, prices: readonly number[]) {
  const money = (amount: number) => `${amount}.00`;
  const set = (amount: number) => ({ shop_money: { amount: money(amount), currency_code: "USD" } });
  const total = prices.reduce((sum, price) => sum + price, 0);
  return {
    id,
    admin_graphql_api_id: `gid://shopify/Order/${id}`,
    name: `#${id}`,
    created_at: "2026-11-01T10:00:00Z",
    processed_at: "2026-11-01T10:00:00Z",
    updated_at: "2026-11-01T10:00:01Z",
    cancelled_at: null,
    currency: "USD",
    financial_status: "paid",
    taxes_included: false,
    test: false,
    total_price: money(total),
    current_total_price: money(total),
    current_total_price_set: set(total),
    total_outstanding: "0.00",
    total_tip_received: "0.00",
    customer: { id: 7_000_000 + customer, admin_graphql_api_id: `gid://shopify/Customer/${7_000_000 + customer}` },
    discount_codes: [],
    discount_applications: [],
    line_items: prices.map((price, index) => ({
      id: id * 10 + index,
      title: `Sample product ${index}`,
      price: money(price),
      price_set: set(price),
      quantity: 1,
      current_quantity: 1,
      gift_card: false,
      product_id: 8_000 + index,
      total_discount: "0.00",
      discount_allocations: [],
      tax_lines: [{ price: "0.00", rate: 0.0, title: "VAT" }],
    })),
    refunds: [],
  };
}
