/** The webhook's door inside workerd, where no database is to be reached: what it takes, what it queues, and what its event says. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { apiSecret } from "../../dev/settings.ts";
import { signWebhook } from "../../dev/shopify/webhooks.ts";
import { largeOrder } from "../../dev/test-orders.ts";
import { orderText, proxyQuery, sign, webhookHeaders } from "../../dev/test-requests.ts";
import type { Env } from "../env.ts";

const SHOP = "ingest.myshopify.com";
const nowhere = "postgres://nobody:x@nowhere.invalid/none";

/** What was sent to each of the two queues. */
let sent: { JOBS: unknown[]; BULK: unknown[] };
let events: Record<string, unknown>[];

beforeEach(() => {
  sent = { JOBS: [], BULK: [] };
  events = [];
  vi.resetModules();
  vi.spyOn(console, "log").mockImplementation((line: string) => void events.push(JSON.parse(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

/** The worker from its start, with these settings and without a database. */
async function newWorker(settings: Partial<Env> = {}) {
  const { default: worker } = await import("../index.ts");
  const queue = (name: keyof typeof sent) =>
    ({ send: async (job: unknown) => void sent[name].push(job) }) as unknown as Queue;
  const own: Env = {
    ...(env as unknown as Env),
    DATABASE_URL: nowhere,
    JOBS: queue("JOBS"),
    BULK: queue("BULK"),
    ...settings,
  };
  return (request: Request) => worker.fetch(request, own, createExecutionContext());
}

function delivery(body: string, topic = "orders/updated", secret = apiSecret): Request {
  const headers = webhookHeaders(SHOP, topic, signWebhook(body, secret));
  return new Request("https://lojal.test/webhooks", { method: "POST", headers, body });
}

test("while the app's secret is rotated both are taken, of webhooks and of the proxy; the old one alone, or a third one, never", async () => {
  const old = "the-secret-before";
  /** Without a database a rightly signed proxy request gets as far as 503. */
  const answers = async (settings: Partial<Env>, secret: string) => {
    vi.resetModules();
    const fetchFrom = await newWorker(settings);
    const query = sign(proxyQuery({ shop: SHOP, customer: "7001" }), secret);
    const requests = [delivery("{}", "orders/paid", secret), new Request(`https://lojal.test/proxy/member?${query}`)];
    return (await Promise.all(requests.map(fetchFrom))).map(({ status }) => status);
  };
  const both = { SHOPIFY_API_SECRET_PREVIOUS: old };
  for (const secret of [old, apiSecret]) expect(await answers(both, secret)).toEqual([200, 503]);
  expect(await answers(both, "a third one")).toEqual([401, 401]);
  expect(await answers({}, old)).toEqual([401, 401]);
});

test.each([
  ["700 lines, a third of them refunded", 700, 120_001, "packed"],
  ["nearly 5 MiB", 19_600, 0.95 * 5 * 1024 * 1024, "read-order"],
])("an order of %s is accepted without the database", async (_name, lines, atLeast, kind) => {
  const order = largeOrder(lines);
  const body = JSON.stringify(order);
  expect(body.length).toBeGreaterThanOrEqual(atLeast);
  const answer = await (await newWorker())(delivery(body));
  expect([answer.status, await answer.json()]).toEqual([200, { accepted: true, outcome: "queued" }]);
  const content = kind === "packed" ? { gzip: expect.any(String) } : { orderId: String(order.id) };
  expect(sent.JOBS).toEqual([{ kind, shop: SHOP, topic: "orders/updated", deliveryId: null, ...content }]);
  expect(JSON.stringify(sent.JOBS[0]).length).toBeLessThan(128_000);
});

test("what a shop sends beyond its share takes the second lane", async () => {
  const fetchFrom = await newWorker();
  const body = orderText({ customer: "7001" }, 100);
  for (let time = 0; time < 200; time++) expect((await fetchFrom(delivery(body))).status).toBe(200);
  expect(sent.JOBS.length).toBeGreaterThanOrEqual(20);
  expect(sent.BULK.length).toBeGreaterThan(0);
  expect(sent.JOBS.length + sent.BULK.length).toBe(200);
});

test("each delivery is one event: who, what, and what became of it", async () => {
  const fetchFrom = await newWorker();
  await fetchFrom(delivery(orderText({ customer: "7001" }, 100)));
  await fetchFrom(delivery("{}", "themes/publish"));
  await fetchFrom(delivery("{}", "orders/paid", "another secret"));
  const refuse = () => Promise.reject(new Error("the queue's own words"));
  vi.resetModules();
  const refusing = await newWorker({ JOBS: { send: refuse } as unknown as Queue });
  await refusing(delivery(orderText({ customer: "7001" }, 100)));
  const common = { event: "request", route: "/webhooks", durationMs: expect.any(Number) };
  const known = { ...common, shop: SHOP, status: 200, accepted: true };
  expect(events).toEqual([
    { ...known, topic: "orders/updated", outcome: "queued" },
    { ...known, topic: "themes/publish", outcome: "recorded", reason: "unknown-topic" },
    { ...common, status: 401 },
    { ...known, topic: "orders/updated", status: 503, accepted: false, work: "accept", fault: "Error", code: null },
  ]);
});
