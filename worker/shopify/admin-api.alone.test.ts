import { beforeEach, describe, expect, test, vi } from "vitest";
import { type FaultName, faultNames } from "../../dev/shopify/faults.ts";
import { newWorld, type World } from "../../dev/shopify/local-shopify.fixture.ts";
import { hasAccess } from "./access.ts";
import { type AccessGrant, type AdminApi, adminApi, type FailedTry } from "./admin-api.ts";
import { AdminApiFailure } from "./admin-failure.ts";
import { CREATE_CODE, codeInput, createCode, FIND_CODE, findCode } from "./discounts.ts";
import { Pace, type Urgency } from "./pace.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

let world: World;
let pace: Pace;
let told: FailedTry[];
let asked: number;
/** How long everybody waited between tries, in the time of the store. */
let waitedMs: number;

beforeEach(() => {
  world = newWorld();
  told = [];
  asked = 0;
  waitedMs = 0;
  pace = new Pace({
    nowMs: () => world.shopify.state.clock().getTime(),
    wait: (ms) => {
      waitedMs += ms;
      world.pass(ms);
      return Promise.resolve();
    },
  });
  network.answer = (request) => {
    asked++;
    return world.shopify.adminApi(request);
  };
});

const domain = "lojal-dev.myshopify.com";
const good: AccessGrant = { token: async () => "good", renew: async () => null };
const api = (urgency: Urgency = "shopper", access = good): AdminApi =>
  adminApi({ apiKey: "key", apiSecret: "secret" }, domain, access, { pace, urgency, tell: (one) => told.push(one) });

const reward = {
  id: "r",
  name: "5 off",
  kind: "order-discount",
  cost: 500,
  valueMinor: 500,
  minimumMinor: null,
} as const;
const request = {
  redemptionId: "5a1f6f0e-0000-4000-8000-000000000001",
  code: "LOJAL-ABCD",
  customerId: "7001",
  reward: reward as never,
  currency: "EUR",
  startsAtMs: Date.parse("2026-11-22T09:00:00Z"),
  endsAtMs: Date.parse("2026-12-22T09:00:00Z"),
};
const make = (urgency?: Urgency) => api(urgency).request(CREATE_CODE, { input: codeInput(request) });
const look = (urgency?: Urgency) => api(urgency).request(FIND_CODE, { code: request.code });

async function failureOf(call: Promise<unknown>): Promise<AdminApiFailure> {
  const fault = await call.then(
    () => null,
    (one: unknown) => one,
  );
  if (!(fault instanceof AdminApiFailure)) throw new Error(`not a failure: ${String(fault)}`);
  return fault;
}

const always = (fault: FaultName) => world.shopify.faults.order({ next: 1_000, fault });
const once = (fault: FaultName) => world.shopify.faults.order({ next: 1, fault });

describe("what becomes of a call", () => {
  const outcomes: readonly [FaultName, AdminApiFailure["kind"], AdminApiFailure["effect"]][] = [
    ["throttle", "throttled", "none"],
    ["429", "throttled", "none"],
    ["401", "token-refused", "none"],
    ["402", "unpaid", "none"],
    ["403", "forbidden", "none"],
    ["423", "locked", "none"],
    ["500", "internal", "unknown"],
    ["502", "internal", "unknown"],
    ["503", "internal", "unknown"],
    ["graphql-error", "internal", "unknown"],
    ["timeout-before", "lost", "unknown"],
    ["timeout-after", "lost", "unknown"],
    ["lose-reply", "lost", "unknown"],
    ["late", "lost", "unknown"],
    ["bad-json", "unreadable", "unknown"],
    ["not-json", "unreadable", "unknown"],
  ];

  test.each(outcomes)("a mutation that suffers %s is %s, its effect %s", async (fault, kind, effect) => {
    always(fault);
    const failure = await failureOf(make());
    expect([failure.kind, failure.effect]).toEqual([kind, effect]);
    expect(told.every(({ outcome, operation }) => outcome === kind && operation === "LojalCreateCode")).toBe(true);
    expect(told).toHaveLength(kind === "throttled" ? 4 : 1);
  });

  test.each(outcomes)("a query that suffers %s is %s and had no effect", async (fault, kind) => {
    always(fault);
    const failure = await failureOf(look());
    expect([failure.kind, failure.effect]).toEqual([kind, "none"]);
  });

  test.each(faultNames)("of a mutation that suffers %s, 'none' is said only where there was none", async (fault) => {
    always(fault);
    const outcome = await make().then(
      () => null,
      (failure: unknown) => failure,
    );
    await vi.waitFor(() => expect(world.shopify.faults.waiting()[0]?.left).toBeLessThan(1_000));
    if (outcome instanceof AdminApiFailure && outcome.effect === "none")
      expect(world.shop.discounts.all()).toHaveLength(0);
  });

  test("a mutation is asked once, unless it was throttled; a query once more when Shopify failed", async () => {
    always("500");
    await failureOf(make());
    expect(asked).toBe(1);
    await failureOf(look());
    expect(asked).toBe(3);
    world.shopify.faults.clear();
    once("lose-reply");
    expect(await look()).toEqual({ codeDiscountNodeByCode: null });
    expect(asked).toBe(5);
  });

  test("a throttled call waits as long as its points are missing, or as Shopify asks", async () => {
    once("429");
    await make();
    expect(waitedMs).toBeGreaterThanOrEqual(1_000);
    expect(waitedMs).toBeLessThan(1_200);
    const cost = { requestedQueryCost: 30, actualQueryCost: null };
    const throttleStatus = { maximumAvailable: 2000, currentlyAvailable: 0, restoreRate: 100 };
    const answers = [
      () =>
        Response.json({
          errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
          extensions: { cost: { ...cost, throttleStatus } },
        }),
    ];
    const whole = network.answer;
    network.answer = (one) => {
      const answer = answers.shift();
      return answer ? Promise.resolve(answer()) : whole(one);
    };
    waitedMs = 0;
    await look();
    expect(waitedMs).toBeGreaterThanOrEqual(300);
    expect(waitedMs).toBeLessThan(500);
    expect(told.at(-1)).toMatchObject({ outcome: "throttled", cost: 30 });
  });

  test("a shopper's call is given up before Shopify's proxy gives the shopper up", async () => {
    always("throttle");
    const sinceMs = pace.clock.nowMs();
    await failureOf(look());
    expect(pace.clock.nowMs() - sinceMs).toBeLessThan(5_000);
  });

  test("a field that a missing scope hides makes the whole answer unusable: a code is not taken for absent", async () => {
    world.shop.scopes.clear();
    expect((await failureOf(look())).kind).toBe("access-denied");
    expect(await findCode(api(), request.code, request.redemptionId)).toMatchObject({ kind: "unknown" });
    expect(await failureOf(make())).toMatchObject({ kind: "access-denied", effect: "none" });
  });

  test("a field that is refused within a mutation's answer says nothing of its effect", async () => {
    const denied = {
      message: "Access denied",
      path: ["discountCodeBasicCreate", "codeDiscountNode"],
      extensions: { code: "ACCESS_DENIED" },
    };
    network.answer = () =>
      Promise.resolve(Response.json({ data: { discountCodeBasicCreate: null }, errors: [denied] }));
    expect(await failureOf(make())).toMatchObject({ kind: "access-denied", effect: "unknown" });
  });

  test("an error that nobody foresaw leaves a mutation's effect open; one in what was asked does not", async () => {
    const answers = [{ message: "Something new" }, { message: "no", extensions: { code: "undefinedField" } }];
    network.answer = () => Promise.resolve(Response.json({ errors: [answers.shift()] }));
    expect(await failureOf(make())).toMatchObject({ kind: "refused", effect: "unknown" });
    expect(await failureOf(make())).toMatchObject({ kind: "refused", effect: "none" });
  });

  test("an answer of another shape than the schema's is unreadable: nothing is guessed from it, and a mutation may have had its effect", async () => {
    const answers: unknown[] = [
      { codeDiscountNodeByCode: { id: 1, codeDiscount: {} } },
      { codeDiscountNodeByCode: { id: "1", codeDiscount: null } },
      { discountCodeBasicCreate: { codeDiscountNode: null, userErrors: null } },
      { discountCodeBasicCreate: { codeDiscountNode: { id: {} }, userErrors: [] } },
      {},
    ];
    network.answer = () => Promise.resolve(Response.json({ data: answers.shift() }));
    for (let query = 0; query < 2; query++)
      expect(await failureOf(look())).toMatchObject({ kind: "unreadable", effect: "none" });
    for (let mutation = 0; mutation < 3; mutation++)
      expect(await failureOf(make())).toMatchObject({ kind: "unreadable", effect: "unknown" });
    expect(told.map(({ outcome }) => outcome)).toEqual(Array(5).fill("unreadable"));
  });

  test("a query that no bucket could pay is not asked again", async () => {
    network.answer = () => {
      asked++;
      return Promise.resolve(
        Response.json({ errors: [{ message: "dear", extensions: { code: "MAX_COST_EXCEEDED" } }] }),
      );
    };
    expect((await failureOf(look())).kind).toBe("too-costly");
    expect(asked).toBe(1);
  });

  test("a refused token is renewed once", async () => {
    const renewals: string[] = [];
    const renew = async (refused: string) => {
      renewals.push(refused);
      return "good";
    };
    const access = { token: async () => "bad", renew };
    await hasAccess(api("shopper", access));
    expect(renewals).toEqual(["bad"]);
    expect(asked).toBe(2);
    world.shop.accessTokens.clear();
    expect(await hasAccess(api("shopper", access))).toBe(false);
    expect(asked).toBe(4);
  });

  test("a try that failed is told with Shopify's number for it, and nothing of what was asked or answered", async () => {
    once("500");
    await failureOf(make());
    const [only] = told;
    expect(Object.keys(only ?? {}).sort()).toEqual([
      "cost",
      "durationMs",
      "operation",
      "outcome",
      "requestId",
      "status",
    ]);
    expect(only).toMatchObject({ operation: "LojalCreateCode", outcome: "internal", status: 500, cost: null });
    expect(only?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    network.answer = () =>
      Promise.resolve(new Response("", { status: 500, headers: { "x-request-id": "LOJAL-ABCD of a@example.com" } }));
    await failureOf(make());
    expect(told.at(-1)?.requestId).toBeNull();
  });
});

describe("a closed shop", () => {
  test.each(["402", "403", "423"] as const)(
    "%s: work that can wait leaves it alone for a minute, shoppers do not",
    async (fault) => {
      always(fault);
      const { kind, delaySeconds, httpStatus } = await failureOf(look("background"));
      expect(delaySeconds).toBe(1_800);
      expect(httpStatus).toBe(Number(fault));
      const memory = await failureOf(look("background"));
      expect(memory).toMatchObject({ kind, delaySeconds, effect: "none", httpStatus: null });
      expect(asked).toBe(1);
      expect((await failureOf(look())).kind).toBe(kind);
      expect(asked).toBe(2);
      world.pass(60_001);
      await failureOf(look("background"));
      expect(asked).toBe(3);
      world.shopify.faults.clear();
      await look();
      await look("background");
      expect(asked).toBe(5);
    },
  );

  test("what is only remembered of it is no proof that the token is refused", async () => {
    always("403");
    expect(await hasAccess(api("background"))).toBe(false);
    await failureOf(hasAccess(api("background")));
  });
});

describe("the pace", () => {
  test.each([
    ["standard", 100],
    ["advanced", 200],
  ] as const)(
    "%s: work without end is never throttled, and a shopper in between does not wait",
    async (plan, restoreRate) => {
      world.shopify.state.putShop({ domain, currency: "EUR", plan });
      const patient = api("background");
      // A code costs ten points, and twenty seconds' worth of them are there.
      const calls = restoreRate * 3;
      const left = Array.from({ length: calls }, (_, index) => `LOJAL-${index}`).values();
      const worker = async () => {
        for (const code of left)
          expect(await createCode(patient, { ...request, code })).toMatchObject({ kind: "created" });
      };
      await Promise.all([worker(), worker(), worker()]);
      expect(told).toEqual([]);
      const leastMs = ((calls * 10 - restoreRate * 20 * 0.75) / restoreRate) * 1000;
      expect(waitedMs).toBeGreaterThan(leastMs - 1_000);
      expect(waitedMs).toBeLessThan(leastMs * 1.5);
      const beforeMs = waitedMs;
      expect((await createCode(api(), request)).kind).toBe("created");
      expect(waitedMs).toBe(beforeMs);
    },
  );

  test("a bucket that another isolate emptied is found out by being throttled", async () => {
    await make();
    for (let call = 0; call < 210; call++)
      await world.call(`{ discountNodes(first: 100) { nodes { id codeDiscount: discount { __typename } } } }`);
    for (let call = 0; call < 200; call++)
      await world.call(CREATE_CODE, { input: codeInput({ ...request, code: `LOJAL-${call}` }) });
    expect(await look()).toBeDefined();
    expect(told.map(({ outcome }) => outcome)).toContain("throttled");
  });
});
