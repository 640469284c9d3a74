/** The whole path on one machine, as npm start brings it up: Shopify's messages in, points, codes, the checkout and the storefront out. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { formatMoney } from "../worker/domain/money.ts";
import { auditLedger } from "./audit.ts";
import { findBrowser, launchBrowser } from "./browser.ts";
import { type Local, startLocal } from "./local.ts";
import { oraclePoints } from "./oracle/order-points.ts";
import { claimPort } from "./processes.ts";
import { publishProgram, simpleProgram } from "./publish-program.ts";
import { shop as devShop } from "./settings.ts";
import { newWorld } from "./shopify/local-shopify.fixture.ts";
import { proxyQuery, right, sign, webhookHeaders } from "./test-requests.ts";

/** Checks until it holds; unlike `expect.poll` this serves several tests at once. */
const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 100 });
/** The shops that write our messages live a year back, so that no return window is open. */
const YEAR_MS = 365 * 86_400_000;
const fixtures = join(import.meta.dirname, "fixtures/webhooks");
const pictures = join(import.meta.dirname, "../test-output/screenshots");

let local: Local;
let home: string;
let stateFile: string;
let pool: pg.Pool;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "lojal-whole-path-"));
  stateFile = join(home, "local.json");
  const [workerPort, storePort] = [await claimPort(0, "The worker"), await claimPort(0, "The local store")];
  const quiet = () => undefined;
  // Durable, as with npm start: one test kills Postgres and looks for what was there before.
  local = await startLocal({ workerPort, storePort, stateFile, durable: true, say: quiet, log: quiet });
  pool = new pg.Pool({ connectionString: local.databaseUrl, max: 2 });
  pool.on("error", () => undefined);
});
afterEach(async () => {
  expect(await auditLedger({ look })).toEqual([]);
});
afterAll(async () => {
  await pool?.end();
  await local?.stop();
  if (home) rmSync(home, { recursive: true, force: true });
});

async function look<Row extends pg.QueryResultRow>(query: string, values: unknown[] = []): Promise<Row[]> {
  return (await pool.query<Row>(query, values)).rows;
}

interface ShopWish {
  readonly currency?: string;
  readonly points?: number;
  readonly perMinor?: number;
  readonly rewards?: readonly string[];
}

let shops = 0;

/** One more shop, as `npm run shop:add` adds it: 1 point per 1.00, no return window, 500 points for 50.00. */
async function addShop(wish: ShopWish = {}): Promise<string> {
  const { currency = "USD", points = 1, perMinor = 100, rewards = ["500:50.00"] } = wish;
  const domain = `whole-path-${++shops}.myshopify.com`;
  const accessToken = `shpat_${domain}`;
  const program = simpleProgram({ currency, points, perMinor, pendingDays: 0, rewards });
  await publishProgram(local.databaseUrl, { domain, currency, program, accessToken, inForceFrom: "2000-01-01" });
  await press("shops", { domain, currency, access_token: accessToken });
  return domain;
}

/** The switchboard of the local store. */
async function press(path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch(`${local.storeUrl}/switchboard/${path}`, request);
  return { status: answer.status, ...((await answer.json()) as object) };
}

interface Message {
  readonly topic: string;
  readonly text: string;
}

/** What Shopify itself would post to the worker. */
async function deliver(shop: string, { topic, text }: Message): Promise<number> {
  const headers = {
    ...webhookHeaders(shop, topic, right(text)),
    "X-Shopify-Webhook-Id": crypto.randomUUID(),
    "X-Shopify-Triggered-At": new Date().toISOString(),
  };
  return (await fetch(`${local.workerUrl}/webhooks`, { method: "POST", headers, body: text })).status;
}

interface Shopper {
  readonly shop: string;
  readonly customer: string;
}

/** A request through the app proxy, signed as Shopify signs it. */
async function ask(
  shopper: Shopper,
  path: string,
  json?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const query = sign(proxyQuery(shopper));
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(json) };
  const answer = await fetch(`${local.workerUrl}/proxy${path}?${query}`, json === undefined ? {} : init);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const balance = async (shopper: Shopper) => (await ask(shopper, "/member")).body;
const redeem = (shopper: Shopper, id: string = crypto.randomUUID()) =>
  ask(shopper, "/redemptions", { id, reward_id: "off-500" });
const cancel = (shopper: Shopper, id: unknown) => ask(shopper, `/redemptions/${id}/cancel`, {});
const stateOf = async (shopper: Shopper, id: unknown) => (await ask(shopper, `/redemptions/${id}`)).body["state"];

const soonHas = (shopper: Shopper, pots: Record<string, number>) =>
  soon(async () => expect(await balance(shopper)).toMatchObject(pots));
const soonIs = (shopper: Shopper, id: unknown, state: string) =>
  soon(async () => expect(await stateOf(shopper, id)).toBe(state));

/** A shopper of a shop's own who has bought for so many points. */
async function newShopper(points: number): Promise<Shopper> {
  const shopper = { shop: await addShop(), customer: String(7_000 + shops) };
  await press("buy", { shop: shopper.shop, customer_id: shopper.customer, total: `${points}.00` });
  await soonHas(shopper, { available: points });
  return shopper;
}

interface DiscountView {
  readonly code: string;
  readonly customer: string;
  readonly state: string;
  readonly uses: number;
}

async function discountsOf(shop: string): Promise<DiscountView[]> {
  const answer = await fetch(`${local.storeUrl}/switchboard/discounts?shop=${shop}`);
  return ((await answer.json()) as { discounts: DiscountView[] }).discounts;
}

const buyWith = ({ shop, customer }: Shopper, code: unknown) =>
  press("buy", { shop, customer_id: customer, total: "120.00", code });

/** Delivers all at once, and returns when they have been through the queue: an order posted after them is settled. */
async function settle(shop: string, messages: readonly Message[]): Promise<void> {
  const statuses = await Promise.all(messages.map((message) => deliver(shop, message)));
  expect(new Set(statuses)).toEqual(new Set([200]));
  const [id, total] = [String(++lastOrders), "0.00"];
  const fields = { id, created_at: "2026-01-01T00:00:00Z", currency: "USD", total_price: total, line_items: [] };
  expect(await deliver(shop, { topic: "orders/create", text: JSON.stringify(fields) })).toBe(200);
  const query = "select 1 from order_states o join shops s on s.id = o.shop_id where s.domain = $1 and o.order_id = $2";
  await soon(async () => expect(await look(query, [shop, id])).toHaveLength(1));
}

let lastOrders = 0;

/** The same order for the same numbers every time. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const rank = (index: number) => Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed + index, 0x85ebca6b);
  return items
    .map((item, index) => ({ item, rank: rank(index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

describe.concurrent("orders become the points that the plain oracle says", () => {
  interface Market extends Required<Omit<ShopWish, "rewards">> {
    readonly tax?: { readonly tax_basis_points: number; readonly taxes_included: boolean };
    readonly totals: readonly string[];
  }
  const markets: Market[] = [
    { currency: "HKD", points: 10, perMinor: 10_000, totals: ["99.99", "100.00", "1234.56", "0.01"] },
    {
      currency: "JPY",
      points: 1,
      perMinor: 110,
      tax: { tax_basis_points: 1_000, taxes_included: true },
      totals: ["109", "110", "12345"],
    },
    {
      currency: "PLN",
      points: 7,
      perMinor: 300,
      tax: { tax_basis_points: 2_300, taxes_included: true },
      totals: ["123.00", "9.99", "4321.09"],
    },
    {
      currency: "ILS",
      points: 3,
      perMinor: 100,
      tax: { tax_basis_points: 1_800, taxes_included: false },
      totals: ["59.90", "333.33"],
    },
  ];

  interface Told {
    readonly newest: Record<string, unknown>;
    readonly messages: readonly Message[];
  }

  /** What a shop of this market posts: orders of one line or several, some refunded in part since. */
  async function trade({ currency, tax, totals }: Market): Promise<Told[]> {
    const world = newWorld({ currency });
    world.pass(-YEAR_MS);
    const domain = world.shop.domain;
    if (tax) await world.press("shops", { domain, currency, ...tax });
    const variants = world.shop.products.map((product) => product.variants[0]?.id ?? "");
    const baskets = [
      ...totals.map((total) => ({ total, shipping: currency === "JPY" ? "500" : "5.00" })),
      { lines: variants.slice(0, 3).map((variant_id, index) => ({ variant_id, quantity: index + 1 })) },
      { lines: variants.map((variant_id) => ({ variant_id, quantity: 2 })) },
    ];
    const told: Told[] = [];
    for (const [index, basket] of baskets.entries()) {
      world.pass(3_600_000);
      const from = world.received.length;
      const { body } = await world.press("buy", { customer_id: String(8_001 + (index % 2)), ...basket });
      world.pass(60_000);
      if ("lines" in basket)
        await world.press("refund", { order_id: body["order_id"], lines: [{ index: 1, quantity: 1 }] });
      const messages = world.received.slice(from).map(({ topic, text }) => ({ topic, text }));
      const states = messages.filter(({ topic }) => topic.startsWith("orders/"));
      const newest = JSON.parse(states.at(-1)?.text ?? "") as Record<string, unknown>;
      told.push({ newest, messages: [...messages, stale(states[0])] });
    }
    return told;
  }

  /** A copy from before, with other content: it must change nothing. */
  function stale(message: Message | undefined): Message {
    const body = JSON.parse(message?.text ?? "") as { line_items: { quantity: number }[] };
    const line_items = body.line_items.map((line) => ({ ...line, quantity: line.quantity * 9, current_quantity: 9 }));
    const text = JSON.stringify({ ...body, line_items, updated_at: "2025-01-01T00:00:00Z" });
    return { topic: "orders/updated", text };
  }

  async function expectOracle(
    shop: string,
    { currency, points, perMinor }: Omit<Market, "totals">,
    told: readonly Told[],
  ) {
    const wanted = new Map<string, number>();
    for (const { newest } of told) {
      const customer = String((newest["customer"] as { id: number }).id);
      const worth = oraclePoints(newest, { points, perUnits: formatMoney(perMinor, currency) }, currency);
      wanted.set(customer, (wanted.get(customer) ?? 0) + worth);
    }
    for (const [customer, available] of wanted)
      await soon(async () =>
        expect(await balance({ shop, customer }), `${currency} ${customer}`).toMatchObject({
          available,
          pending: 0,
          owed: 0,
        }),
      );
    expect([...wanted.values()].some((available) => available > 0)).toBe(true);
  }

  test.each(markets)("in $currency, five times each, shuffled, with stale copies among them", async (market) => {
    const shop = await addShop({ ...market, rewards: [] });
    const told = await trade(market);
    const five = Array.from({ length: 5 }, () => told.flatMap(({ messages }) => messages)).flat();
    await settle(shop, shuffled(five, market.perMinor));
    await expectOracle(shop, market, told);
  });

  test("in USD, with bodies as Shopify wrote them", async () => {
    const market = { currency: "USD", points: 10, perMinor: 10_000 };
    const shop = await addShop({ ...market, rewards: [] });
    const told = [
      "orders_create__usd_discounted__shopify_rest_sample.json",
      "orders_create__usd_partially_paid__shopify_rest_sample.json",
      "orders_create__usd_pending__shopify_rest_sample.json",
      "orders_paid__usd_customer__shopify_rest_sample.json",
      "orders_cancelled__usd_other_refunded__shopify_rest_sample.json",
      "orders_paid__shopify_doc_sample_2026_07.json",
    ].map((file): Told => {
      const text = readFileSync(join(fixtures, file), "utf8");
      const newest = JSON.parse(text) as Record<string, unknown>;
      return { newest, messages: [{ topic: "orders/updated", text }] };
    });
    const five = Array.from({ length: 5 }, () => told.flatMap(({ messages }) => messages)).flat();
    await settle(shop, shuffled(five, 5));
    await expectOracle(
      shop,
      market,
      told.filter(({ newest }) => !String(newest["id"]).startsWith("8209")),
    );
  });

  test("a payment and its refunds, told in every order: the part that is left, and nothing after a full refund", async () => {
    const shop = await addShop({ points: 3, perMinor: 700, rewards: [] });
    const world = newWorld({ currency: "USD" });
    world.pass(-YEAR_MS);
    const variants = world.shop.products.map((product) => product.variants[0]?.id ?? "");
    let customer = 9_000;
    const expected = new Map<string, number>();

    /** One order's messages: paid, half of its goods refunded, and the rest if so wished. */
    async function tell(isFull: boolean): Promise<{ paid: Message; refunds: Message[] }> {
      customer += 1;
      const from = world.received.length;
      const lines = variants.slice(0, 2).map((variant_id) => ({ variant_id, quantity: 2 }));
      const { body } = await world.press("buy", { customer_id: String(customer), lines });
      for (const _part of isFull ? ["half", "rest"] : ["half"]) {
        world.pass(60_000);
        const half = [0, 1].map((index) => ({ index, quantity: 1 }));
        expect((await world.press("refund", { order_id: body["order_id"], lines: half })).status).toBe(200);
      }
      const [, paid, ...refunds] = world.received.slice(from).map(({ topic, text }) => ({ topic, text }));
      if (!paid) throw new Error("Nothing was sent.");
      const newest = JSON.parse(refunds.at(-1)?.text ?? "") as Record<string, unknown>;
      expected.set(String(customer), oraclePoints(newest, { points: 3, perUnits: "7.00" }, "USD"));
      return { paid, refunds };
    }

    const histories: Message[][] = [];
    for (let order = 0; order < 6; order++) {
      const { paid, refunds } = await tell(false);
      histories.push(permutations([paid, ...refunds])[order] ?? []);
    }
    for (let order = 0; order < 24; order++) {
      const { paid, refunds } = await tell(true);
      histories.push((permutations(refunds)[order] ?? []).toSpliced(order % 5, 0, paid));
    }
    expect(histories.map(({ length }) => length)).toEqual([...Array(6).fill(3), ...Array(24).fill(5)]);
    // Wave by wave, so that each message is settled apart from those before it.
    for (let wave = 0; wave < 5; wave++) {
      const messages = histories.flatMap((history) => history[wave] ?? []);
      await settle(shop, messages);
    }
    expect([...new Set(expected.values())].sort((a, b) => a - b)).toEqual([0, expect.any(Number)]);
    for (const [id, available] of expected)
      await soon(async () =>
        expect(await balance({ shop, customer: id }), `customer ${id}`).toMatchObject({
          available,
          pending: 0,
          owed: 0,
        }),
      );
  });
});

describe.concurrent("redeeming against a Shopify that is slow, forgetful or busy", () => {
  test("of sixteen redemptions at once of a balance for three, three become codes and thirteen are told why not", async () => {
    const shopper = await newShopper(1_700);
    const answers = await Promise.all(Array.from({ length: 16 }, () => redeem(shopper)));
    const [made, refused] = [201, 409].map((status) => answers.filter((answer) => answer.status === status));
    expect([made?.length, refused?.length]).toEqual([3, 13]);
    for (const { body } of refused ?? []) expect(body["type"]).toMatch(/insufficient-points$/);
    const codes = (await discountsOf(shopper.shop)).map(({ code }) => code);
    expect(codes.sort()).toEqual(made?.map(({ body }) => body["code"]).sort());
    expect(await balance(shopper)).toMatchObject({ available: 200, held: 1_500, owed: 0 });
  });

  test("sixteen redemptions at once of a balance for all of them become sixteen codes", async () => {
    const shopper = await newShopper(8_000);
    const answers = await Promise.all(Array.from({ length: 16 }, () => redeem(shopper)));
    expect(answers.map(({ status }) => status)).toEqual(Array(16).fill(201));
    expect(new Set((await discountsOf(shopper.shop)).map(({ code }) => code)).size).toBe(16);
    expect(await balance(shopper)).toMatchObject({ available: 0, held: 8_000, owed: 0 });
  });

  const fault = ({ shop }: Shopper, name: string, next = 1) =>
    press("faults", { next, fault: name, shop, operation: "discountCodeBasicCreate" });

  test.each(["lose-reply", "500"])(
    "a code whose making Shopify answers with %s is held, then issued by itself: once, at one price",
    async (name) => {
      const shopper = await newShopper(1_200);
      await fault(shopper, name);
      const first = await redeem(shopper);
      const { id } = first.body;
      expect([first.status, first.body]).toEqual([202, { id, state: "held", code: null, cost: 500, available: 700 }]);
      expect(await balance(shopper)).toMatchObject({ available: 700, held: 500 });
      await soonIs(shopper, id, "issued");
      const { body } = await ask(shopper, `/redemptions/${id}`);
      expect(await discountsOf(shopper.shop)).toMatchObject([
        { code: body["code"], customer: shopper.customer, uses: 0 },
      ]);
      expect(await redeem(shopper, String(id))).toEqual({ status: 201, body });
      expect(await balance(shopper)).toMatchObject({ available: 700, held: 500 });
    },
  );

  test("asking again with the same id while the outcome is unknown finishes that redemption, and makes no other", async () => {
    const shopper = await newShopper(1_200);
    await fault(shopper, "lose-reply");
    const { body } = await redeem(shopper);
    const again = await redeem(shopper, String(body["id"]));
    expect(again).toMatchObject({ status: 201, body: { id: body["id"], state: "issued", available: 700 } });
    expect(await discountsOf(shopper.shop)).toMatchObject([{ code: again.body["code"] }]);
  });

  test("a throttled Shopify is waited for, and the shopper gets the code", async () => {
    const shopper = await newShopper(500);
    await fault(shopper, "throttle");
    const { status, body } = await redeem(shopper);
    expect([status, body["state"]]).toEqual([201, "issued"]);
    expect(await discountsOf(shopper.shop)).toHaveLength(1);
  });

  test.each(["lose-reply", "500"])(
    "cancelled while nobody knows (%s): the points are back and the code can never be used, also not once it would have been finished",
    async (name) => {
      const shopper = await newShopper(1_200);
      await fault(shopper, name);
      const { body } = await redeem(shopper);
      expect(await cancel(shopper, body["id"])).toMatchObject({
        status: 200,
        body: { state: "released", available: 1_200 },
      });
      // A later one is finished by the queue after the cancelled one had its turn.
      await fault(shopper, "500");
      const later = await redeem(shopper);
      await soonIs(shopper, later.body["id"], "issued");
      expect(await stateOf(shopper, body["id"])).toBe("released");
      const { code } = (await ask(shopper, `/redemptions/${body["id"]}`)).body;
      expect((await buyWith(shopper, code))["status"]).toBe(422);
      expect(await balance(shopper)).toMatchObject({ available: 700, held: 500 });
    },
  );
});

describe("a code at the checkout", () => {
  test("cancelled, it is refused and the points are back; somebody else's is refused as well", async () => {
    const shopper = await newShopper(1_200);
    const { body } = await redeem(shopper);
    expect((await buyWith({ ...shopper, customer: "4242" }, body["code"]))["status"]).toBe(422);
    const released = { status: 200, body: { ...body, state: "released", available: 1_200 } };
    expect(await cancel(shopper, body["id"])).toEqual(released);
    expect((await buyWith(shopper, body["code"]))["status"]).toBe(422);
    expect(await balance(shopper)).toMatchObject({ available: 1_200, held: 0 });
  });

  test("used, it takes its amount off once, the redemption is used, and it cannot be cancelled before or after that is told", async () => {
    const shopper = await newShopper(500);
    const { body } = await redeem(shopper);
    await press("webhooks", { hold: true });
    try {
      expect(await buyWith(shopper, body["code"])).toMatchObject({ status: 201, total_price: "70.00" });
      const untold = await cancel(shopper, body["id"]);
      expect([untold.status, untold.body["type"]]).toEqual([409, expect.stringMatching(/already-used$/)]);
    } finally {
      await press("webhooks", { hold: false });
    }
    await soonIs(shopper, body["id"], "used");
    expect((await cancel(shopper, body["id"])).status).toBe(409);
    expect((await buyWith(shopper, body["code"]))["status"]).toBe(422);
    await soonHas(shopper, { available: 70, held: 0, owed: 0 });
    expect(await discountsOf(shopper.shop)).toMatchObject([{ code: body["code"], uses: 1 }]);
  });
});

const browserPath = findBrowser();
if (!browserPath) console.warn("No Chromium on this machine: the storefront's tests are skipped. Set CHROMIUM_PATH.");

describe.skipIf(!browserPath)("in the shopper's browser", () => {
  let browser: Browser;
  let page: Page;
  let foreign: string[];
  let complaints: string[];
  const widths = [360, 1280];
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  async function open(width: number, customer?: string): Promise<void> {
    const context = await browser.newContext({ viewport: { width, height: 850 } });
    if (customer) await context.addCookies([{ name: "customer", value: customer, url: local.storeUrl }]);
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    [foreign, complaints] = [[], []];
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== local.storeUrl && protocol !== "data:") foreign.push(request.url());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
  }

  const tooWide = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

  /** The page as it stands, in both colour schemes. */
  async function picture(name: string): Promise<void> {
    const width = page.viewportSize()?.width;
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(pictures, `whole-path-${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }

  async function close(): Promise<void> {
    expect(await page.evaluate(tooWide)).toBeLessThanOrEqual(0);
    await page.context().close();
    expect({ foreign, complaints }).toEqual({ foreign: [], complaints: [] });
  }

  async function pointsShown(): Promise<string | null> {
    await page.goto(`${local.storeUrl}/products/wool-throw`);
    return await page.locator("lojal-product-points").textContent();
  }

  async function goToCart(): Promise<void> {
    await page.goto(`${local.storeUrl}/products/wool-throw`);
    await page.getByRole("button", { name: "Add to cart" }).click();
    await page.waitForURL("**/cart");
  }

  test.each(widths)("a member sees points and balance, redeems with one tap, checks out; at %i px", async (width) => {
    const customer = String(71_000 + width);
    const shopper = { shop: devShop, customer };
    await press("buy", { customer_id: customer, total: "123.45" });
    await soonHas(shopper, { available: 1_234 });
    await open(width, customer);
    await soon(async () => expect(await pointsShown()).toMatch(/Earn 1,499 points[\s\S]*You have 1,234 points/));
    await picture("product");
    await goToCart();
    expect(await page.locator("[data-lojal=available]").textContent()).toBe("1,234");
    await page.getByRole("button", { name: "Redeem" }).first().click();
    await page.locator("[data-lojal=status]", { hasText: /LOJAL-\w+ is in your cart\./ }).waitFor();
    await page.locator("#total", { hasText: "$144.99" }).waitFor();
    expect(await page.locator("[data-lojal=available]").textContent()).toBe("734");
    await picture("cart");
    await page.getByRole("button", { name: "Check out" }).click();
    await page.getByRole("heading", { name: "Thank you." }).waitFor();
    await picture("thanks");
    const { redemptions } = (await ask(shopper, "/redemptions")).body as { redemptions: { id: string }[] };
    await soonIs(shopper, redemptions[0]?.id, "used");
    // 1,234 − 500 + 10 for each of the 144.99 paid.
    await soonHas(shopper, { available: 2_183, held: 0 });
    await soon(async () => expect(await pointsShown()).toContain("You have 2,183 points"));
    await goToCart();
    expect(await page.locator("[data-lojal=codes]").isVisible()).toBe(false);
    await close();
  });

  test.each(widths)("a guest sees what they would earn and how to join; at %i px", async (width) => {
    await open(width);
    await page.goto(`${local.storeUrl}/products/wool-throw`);
    expect(await page.locator("lojal-product-points").textContent()).toMatch(/Earn 1,499 points/);
    expect(await page.locator("lojal-product-points a").count()).toBe(2);
    await picture("guest-product");
    await goToCart();
    expect(await page.locator("lojal-cart-rewards").textContent()).toMatch(/This cart earns 1,499 points/);
    await page.getByRole("link", { name: "Sign in" }).waitFor();
    await page.getByRole("link", { name: "create an account" }).waitFor();
    await picture("guest-cart");
    await close();
  });
});

describe("a part that dies comes back by itself", () => {
  type Pids = Record<"postgres" | "worker", number>;
  const pids = () => (JSON.parse(readFileSync(stateFile, "utf8")) as { pids: Pids }).pids;
  const healthy = async () => (await fetch(`${local.workerUrl}/healthz`).catch(() => null))?.status;

  test.each(["worker", "postgres"] as const)(
    "%s, killed: nothing told before is lost, and what is posted afterwards settles",
    async (part) => {
      const shopper = await newShopper(300);
      const before = pids();
      process.kill(before[part], "SIGKILL");
      await soon(async () => expect(pids()[part]).not.toBe(before[part]));
      await soon(async () => expect(await healthy()).toBe(200));
      expect(await balance(shopper)).toMatchObject({ available: 300 });
      await press("buy", { shop: shopper.shop, customer_id: shopper.customer, total: "200.00" });
      await soonHas(shopper, { available: 500, owed: 0 });
      const other = part === "worker" ? "postgres" : "worker";
      expect(pids()[other]).toBe(before[other]);
    },
  );

  test("an order bought while Postgres is down settles when it is back", async () => {
    const shopper = await newShopper(300);
    process.kill(pids().postgres, "SIGKILL");
    await press("buy", { shop: shopper.shop, customer_id: shopper.customer, total: "200.00" });
    await soon(async () => expect(await balance(shopper).catch(() => null)).toMatchObject({ available: 500 }));
  });
});
