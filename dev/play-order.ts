/** Plays one real order through, step by step, and says what happened with a figure for each step. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { auditLedger } from "./audit.ts";
import type { Local } from "./local.ts";
import { shop as devShop } from "./settings.ts";

const FIXTURE = "orders_paid__usd_customer__shopify_rest_sample.json";
const STEP_PATIENCE_MS = 20_000;

/** A step that did not hold: the message says which and what was seen. */
export class StepFailed extends Error {}

interface Play {
  readonly local: Local;
  readonly say: (line: string) => void;
  readonly customerId: string;
  readonly cookie: string;
}

/** Throws StepFailed at the first step that does not hold. */
export async function playOrder(local: Local, say: (line: string) => void): Promise<void> {
  const text = readFileSync(join(import.meta.dirname, "fixtures/webhooks", FIXTURE), "utf8");
  const order = JSON.parse(text) as { name: string; total_price: string; currency: string; customer: { id: number } };
  const customerId = String(order.customer.id);
  const play: Play = { local, say, customerId, cookie: `customer=${customerId}` };

  const before = (await member(play)).available;
  const accepted = await deliver(play, text);
  say(`order     ${order.name} of ${order.total_price} ${order.currency} by customer ${customerId}`);
  say(`webhook   orders/create, signed: answered ${accepted.status} in ${accepted.ms} ms`);
  const balance = await until("settlement", async () => {
    const { available } = await member(play);
    return available > before ? available : null;
  });
  say(`points    ${balance - before} earned (10 points per 1.00), ${balance} to spend`);
  await seeProductPage(play, balance);
  const redemption = await redeem(play);
  await seeDiscount(play, redemption.code);
  await buyWithCode(play, redemption);
  await seeBooks(play);
}

async function deliver(play: Play, text: string): Promise<{ status: number; ms: number }> {
  const startedMs = performance.now();
  const answer = await post(`${play.local.storeUrl}/switchboard/orders`, `{"shop":"${devShop}","order":${text}}`);
  const { deliveries } = (await answer.json()) as { deliveries: { last_status: number }[] };
  const status = deliveries[0]?.last_status ?? 0;
  if (status !== 200) throw new StepFailed(`the order's webhook was answered ${status}, not 200`);
  return { status, ms: Math.round(performance.now() - startedMs) };
}

interface MemberAnswer {
  readonly available: number;
  readonly held: number;
}

async function member(play: Play): Promise<MemberAnswer> {
  const answer = await asShopper(play, "/apps/lojal/member");
  if (answer.status !== 200) throw new StepFailed(`the shopper's balance was answered ${answer.status}`);
  return (await answer.json()) as MemberAnswer;
}

async function seeProductPage(play: Play, balance: number): Promise<void> {
  const shown = balance.toLocaleString("en");
  const page = await until("the balance on the product page", async () => {
    const html = await (await asShopper(play, "/products/wool-throw")).text();
    return html.includes(shown) ? html : null;
  });
  const requests = page.match(/\/apps\/lojal/g)?.length ?? 0;
  play.say(`product   the page shows ${shown} points, painted by Liquid (${requests} requests to the app)`);
}

interface RedemptionAnswer {
  readonly id: string;
  readonly state: string;
  readonly code: string;
  readonly cost: number;
  readonly available: number;
}

async function redeem(play: Play): Promise<RedemptionAnswer> {
  const { rewards } = (await (await asShopper(play, "/apps/lojal/rewards")).json()) as {
    rewards: { id: string; name: string; affordable: boolean }[];
  };
  const reward = rewards.filter((one) => one.affordable).at(-1);
  if (!reward) throw new StepFailed("no reward is within reach");
  const request = JSON.stringify({ id: crypto.randomUUID(), reward_id: reward.id });
  const startedMs = performance.now();
  const answer = await asShopper(play, "/apps/lojal/redemptions", request);
  const redemption = (await answer.json()) as RedemptionAnswer;
  if (answer.status !== 201)
    throw new StepFailed(`the redemption was answered ${answer.status}: ${JSON.stringify(redemption)}`);
  const ms = Math.round(performance.now() - startedMs);
  play.say(
    `redeem    ${reward.name} for ${redemption.cost} points: code ${redemption.code} in ${ms} ms, ${redemption.available} points left`,
  );
  return redemption;
}

interface DiscountView {
  readonly code: string;
  readonly customer: string | null;
  readonly state: string;
  readonly uses: number;
  readonly value: string;
}

async function discountOf(play: Play, code: string): Promise<DiscountView> {
  const answer = await fetch(`${play.local.storeUrl}/switchboard/discounts?shop=${devShop}`);
  const { discounts } = (await answer.json()) as { discounts: DiscountView[] };
  const discount = discounts.find((one) => one.code === code);
  if (!discount) throw new StepFailed(`Shopify has no code ${code}`);
  return discount;
}

async function seeDiscount(play: Play, code: string): Promise<void> {
  const discount = await discountOf(play, code);
  play.say(
    `discount  ${discount.value} off at Shopify, ${discount.state}, for customer ${discount.customer} alone, ${discount.uses} uses`,
  );
}

/** Through the shop's own cart and checkout, as a shopper would. */
async function buyWithCode(play: Play, redemption: RedemptionAnswer): Promise<void> {
  const bought = await post(
    `${play.local.storeUrl}/switchboard/buy`,
    JSON.stringify({ shop: devShop, customer_id: play.customerId, total: "120.00", code: redemption.code }),
  );
  const order = (await bought.json()) as { name: string; total_price: string };
  if (bought.status !== 201) throw new StepFailed(`the checkout refused the code: ${JSON.stringify(order)}`);
  play.say(`checkout  order ${order.name} of 120.00 costs ${order.total_price} with the code`);
  await until("the redemption is used", async () => {
    const answer = await asShopper(play, `/apps/lojal/redemptions/${redemption.id}`);
    const { state } = (await answer.json()) as RedemptionAnswer;
    return state === "used" ? state : null;
  });
  const { uses } = await discountOf(play, redemption.code);
  play.say(`used      the next order's webhook made the redemption "used" (${uses} use at Shopify)`);
}

/** The whole database, audited: what accounts say is what their entries sum to, and nothing is held for a code that is gone. */
async function seeBooks({ local, say }: Play): Promise<void> {
  const client = new pg.Client({ connectionString: local.databaseUrl });
  await client.connect();
  try {
    const look = async <Row extends pg.QueryResultRow>(query: string) => (await client.query<Row>(query)).rows;
    const faults = await auditLedger({ look });
    if (faults.length > 0) throw new StepFailed(`the books do not agree: ${faults.join("; ")}`);
    const [books] = await look<{ accounts: number; entries: number }>(
      "select (select count(*)::int from accounts) as accounts, (select count(*)::int from entries) as entries",
    );
    say(`ledger    ${books?.entries ?? 0} entries, ${books?.accounts ?? 0} accounts, difference ${faults.length}`);
  } finally {
    await client.end();
  }
}

/** A request of the signed-in shopper's browser to the shop. */
function asShopper(play: Play, path: string, body?: string): Promise<Response> {
  const url = `${play.local.storeUrl}${path}`;
  const headers = { cookie: play.cookie };
  if (body === undefined) return fetch(url, { headers });
  return fetch(url, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body });
}

function post(url: string, body: string): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
}

/** Asks until there is an answer; how long it may take is a matter of patience, not of the product. */
async function until<Answer>(step: string, ask: () => Promise<Answer | null>): Promise<Answer> {
  const deadline = Date.now() + STEP_PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new StepFailed(`${step}: not seen within ${STEP_PATIENCE_MS / 1000} s`);
    await pause(100);
  }
}
