/** A shop in memory for the storefront's own tests: it answers like the app behind the proxy, or as a test tells it to. */
import { randomUUID } from "node:crypto";
import { type ProblemCode, problems, problemType } from "../../worker/http/problem.ts";
import type { Visitor } from "../shopify/proxy.ts";
import { sampleProducts } from "../shopify/sample-products.ts";
import type { CodeAnswer, Drawer, Metafield, MetafieldOwner, StorefrontDeps, StoreShop } from "./deps.ts";

export interface MemberSummary {
  readonly v: 1;
  readonly available: number;
  readonly pending: number;
  readonly held: number;
  readonly owed: number;
  readonly maturing: readonly { readonly points: number; readonly at: number }[];
  readonly expiring: readonly { readonly points: number; readonly at: number }[];
  readonly codes: readonly {
    readonly id: string;
    readonly code: string;
    readonly name: string;
    readonly ends_at: number;
    readonly minimum_minor?: number;
  }[];
  readonly joined?: boolean;
  readonly pilot?: boolean;
  readonly tier?: {
    readonly id: string;
    readonly name: string;
    readonly multiplier: number;
    readonly until: number | null;
  };
  readonly next_tier?: { readonly id: string; readonly name: string; readonly missing: number };
}

export const emptySummary: MemberSummary = {
  v: 1,
  available: 0,
  pending: 0,
  held: 0,
  owed: 0,
  maturing: [],
  expiring: [],
  codes: [],
};

export const simpleProgram = {
  v: 1,
  currency: "USD",
  earn: { points: 10, per_minor: 1000 },
  pending_days: 14,
  rewards: [
    { id: "r-50", name: "$50.00 off", kind: "amount_off", cost: 500, value_minor: 5000 },
    { id: "r-200", name: "$200.00 off", kind: "amount_off", cost: 2000, value_minor: 20_000 },
  ],
};

const AT = "2026-11-02T10:00:00.000Z";

/** What the history answers: an earning with its reasons, and a debit. */
export const sampleHistory = [
  {
    ...{ id: "2", kind: "claw-back", points: -30, at: AT },
    ...{ explanation: "30 points were taken back.", steps: [{ part: "refund", text: "Three things came back." }] },
  },
  {
    ...{ id: "1", kind: "earn", points: 1230, at: AT },
    ...{ explanation: "1,230 points for order #1001.", steps: [{ part: "line", text: "A throw: 1,230 points." }] },
  },
];

/** One reward of each kind, a slider, one for a tier, and one of which none is left. */
export const allRewards = {
  rewards: [
    { id: "r-50", name: "$50.00 off", kind: "amount_off", cost: 500, value_minor: 5000 },
    { id: "r-pct", name: "A tenth off", kind: "percentage_off", cost: 300, value_minor: 0, percent: 10 },
    { id: "r-ship", name: "Shipping on us", kind: "free_shipping", cost: 200, value_minor: 0, minimum_minor: 3000 },
    { id: "r-mug", name: "A mug", kind: "free_product", cost: 600, value_minor: 2400 },
    {
      ...{ id: "r-some", name: "As much as you like", kind: "amount_off", cost: 100, value_minor: 500 },
      slider: { max: 2000, step: 100, step_value_minor: 500 },
    },
    { id: "r-gold", name: "Gold only", kind: "amount_off", cost: 400, value_minor: 9000, tiers: ["gold"] },
    { id: "r-gone", name: "A rare thing", kind: "free_product", cost: 450, value_minor: 100, sold_out: true },
  ],
  further_rewards: [
    { id: "r-credit", name: "Credit", kind: "store_credit", cost: 700, value_minor: 700 },
    { id: "r-card", name: "A card", kind: "gift_card", cost: 800, value_minor: 800 },
    { id: "r-give", name: "Plant a tree", kind: "donation", cost: 900, value_minor: 900 },
    { id: "r-tea", name: "Tea with us", kind: "experience", cost: 1500, value_minor: 0 },
  ],
};

export const tiers = {
  basis: "spend",
  period: "rolling-year",
  levels: [
    { id: "silver", name: "Silver", threshold: 0, multiplier: 10000 },
    { id: "gold", name: "Gold", threshold: 50_000, multiplier: 15000, gift_points: 100 },
    { id: "club", name: "Club", threshold: null, multiplier: 12500, bought_months: 12 },
  ],
};

interface FakeRedemption {
  readonly id: string;
  readonly customerId: string;
  readonly reward_id: string;
  readonly code: string | null;
  readonly cost: number;
  state: "held" | "issued" | "used" | "released";
}

/** What the next request for a redemption meets. */
export type Mood = "answers" | "holds" | "refuses" | "sold-out" | "loses-reply" | "signed-out";

interface RedeemBody {
  readonly id: string;
  readonly reward_id: string;
  readonly points?: number | undefined;
}

function backTo(form: URLSearchParams, isDone: boolean): Response {
  // Like the app: of several it takes the last, and none that is not what Shopify calls a block.
  const block = form.getAll("block").at(-1) ?? "";
  const within = /^[\w-]{1,200}$/.test(block) ? `-${block}` : "";
  const location = `${form.get("return_to") ?? "/cart"}#lojal-${isDone ? "done" : "no"}${within}`;
  return new Response(null, { status: 303, headers: { location } });
}

function problem(code: ProblemCode): Response {
  const { status, title } = problems[code];
  const headers = { "content-type": "application/problem+json" };
  return new Response(JSON.stringify({ type: problemType(code), title, status }), { status, headers });
}

interface FakeReward {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly cost: number;
}

interface FakeProgram {
  readonly rewards?: readonly FakeReward[];
  readonly further_rewards?: readonly FakeReward[];
  readonly words?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export class FakeShop implements StorefrontDeps {
  readonly members = new Map<string, MemberSummary>();
  readonly redemptions = new Map<string, FakeRedemption>();
  readonly requests: { method: string; path: string; body: string }[] = [];
  readonly store: { -readonly [K in keyof StoreShop]: StoreShop[K] };
  isAppInstalled = true;
  drawer: Drawer | undefined;
  program: object | null = simpleProgram;
  mood: Mood = "answers";
  /** What happens to codes that are together on a cart. */
  together: "all" | "only-the-first" | "only-the-last" = "all";
  history: readonly object[] = sampleHistory;
  /** The least that a cart must hold for a code to apply. */
  minimumMinor = 0;
  #lastId = 1000;

  constructor(currency = "USD") {
    this.store = {
      domain: "lojal-dev.myshopify.com",
      name: "Northlight",
      currency,
      timezone: "UTC",
      taxesIncluded: false,
      products: sampleProducts(() => String(++this.#lastId)),
    };
  }

  shop(): StoreShop {
    return this.store;
  }

  customers(): string[] {
    return [...this.members.keys()];
  }

  getMetafield(owner: MetafieldOwner, namespace: string, key: string): Metafield | null {
    const isLive = owner.kind === "app-installation" && namespace === "lojal" && key === "live";
    if (isLive) return this.program ? { type: "boolean", value: "true" } : null;
    const isProgram = owner.kind === "app-installation" && namespace === "lojal" && key === "program";
    const isMember = owner.kind === "customer" && namespace === "$app" && key === "loyalty";
    const value = isProgram ? this.program : isMember ? this.members.get(owner.id) : null;
    return value ? { type: "json", value: JSON.stringify(value) } : null;
  }

  evaluateCodes(cart: { subtotalMinor: number }, _customerId: string | null, codes: readonly string[]): CodeAnswer[] {
    const fits = codes.map((code) => {
      if (code === "SUMMER") return 500;
      const known = [...this.redemptions.values()].find((entry) => entry.code?.toLowerCase() === code.toLowerCase());
      const isGood = known?.state === "issued" && cart.subtotalMinor >= this.minimumMinor;
      return isGood ? Math.min(known.cost * 10, cart.subtotalMinor) : 0;
    });
    const counted = {
      all: null,
      "only-the-first": fits.findIndex((off) => off > 0),
      "only-the-last": fits.findLastIndex((off) => off > 0),
    };
    const only = counted[this.together];
    return codes.map((code, index) => {
      const discountMinor = only === null || only === index ? (fits[index] ?? 0) : 0;
      return { code, applicable: discountMinor > 0, discountMinor };
    });
  }

  checkout({ codes }: { codes: readonly string[] }) {
    const discounts = codes.map((code) => ({ code, amountMinor: 5000 }));
    return { ok: true as const, order: { id: "1", name: "#1001", totalMinor: 10_000, discounts } };
  }

  async proxy(request: Request, { customerId }: Visitor): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const path = pathname.replace("/apps/lojal", "");
    const body = await request.text();
    this.requests.push({ method: request.method, path, body });
    if (customerId === null || this.mood === "signed-out") return problem("signed-out");
    if (path === "/history") return Response.json({ entries: this.history, next: null });
    if (path === "/membership" && request.method === "POST") return this.#join(customerId, new URLSearchParams(body));
    if (path === "/redemptions" && request.method === "GET")
      return this.#list(customerId, searchParams.get("locale") ?? "");
    const [, id = "", verb] = /^\/redemptions\/([^/]+)(?:\/(cancel))?$/.exec(path) ?? [];
    if (path === "/redemptions" && request.method === "POST") {
      const isJson = request.headers.get("content-type")?.includes("json") ?? false;
      if (isJson) return this.#redeem(JSON.parse(body), customerId);
      const form = new URLSearchParams(body);
      const rewardId = form.get("reward_id") ?? "";
      const answer = this.#redeem(
        { id: randomUUID(), reward_id: rewardId, points: Number(form.get(`points-${rewardId}`)) || undefined },
        customerId,
      );
      return backTo(form, answer.ok);
    }
    const known = this.redemptions.get(id);
    if (known?.customerId !== customerId) return problem("unknown-redemption");
    if (verb === "cancel") return this.#cancel(known);
    return this.#answer(known, 200);
  }

  #of(customerId: string): FakeRedemption[] {
    return [...this.redemptions.values()].filter((redemption) => redemption.customerId === customerId);
  }

  #available(customerId: string): number {
    const member = this.members.get(customerId) ?? emptySummary;
    const open = this.#of(customerId).filter(({ state }) => state !== "released");
    const listed = new Set(member.codes.map(({ id }) => id));
    return member.available - open.reduce((sum, { id, cost }) => sum + (listed.has(id) ? 0 : cost), 0);
  }

  #join(customerId: string, form: URLSearchParams): Response {
    const joined = form.get("member") === "true";
    this.members.set(customerId, { ...(this.members.get(customerId) ?? emptySummary), joined });
    return backTo(form, true);
  }

  #redeem({ id, reward_id, points }: RedeemBody, customerId: string): Response {
    const { rewards = [], further_rewards = [] } = (this.program ?? {}) as FakeProgram;
    const reward = [...rewards, ...further_rewards].find((entry) => entry.id === reward_id);
    if (reward === undefined) return problem("unknown-reward");
    if (this.mood === "refuses") return problem("insufficient-points");
    if (this.mood === "sold-out") return problem("reward-sold-out");
    const isMoney = ["store_credit", "gift_card", "donation"].includes(reward.kind);
    const hasCode = !["store_credit", "donation", "experience"].includes(reward.kind);
    const code = hasCode ? `LOJAL-${id.slice(0, 8).toUpperCase()}` : null;
    const state = this.mood === "holds" ? "held" : isMoney ? "used" : "issued";
    const made: FakeRedemption = { id, customerId, reward_id, code, cost: points ?? reward.cost, state };
    const known = this.redemptions.get(id) ?? made;
    if (known.customerId !== customerId || known.reward_id !== reward_id) return problem("different-request");
    this.redemptions.set(id, known);
    if (this.mood === "loses-reply") return new Response("<h1>Bad gateway</h1>", { status: 502 });
    return this.#answer(known, known.state === "held" ? 202 : 201);
  }

  #answer({ id, customerId, state, code, cost }: FakeRedemption, status: number): Response {
    if (state === "held") return Response.json({ id, state }, { status });
    return Response.json({ id, state, code, cost, available: this.#available(customerId) }, { status });
  }

  #list(customerId: string, locale: string): Response {
    const { rewards = [], further_rewards = [], words } = (this.program ?? {}) as FakeProgram;
    const offered = [...rewards, ...further_rewards];
    const redemptions = this.#of(customerId).map(({ id, state, code, cost, reward_id }) => {
      const reward = offered.find((entry) => entry.id === reward_id);
      const shown = state === "held" ? null : code;
      const ends_at = new Date(Date.now() + 9 * 86_400_000).toISOString();
      const name = words?.[locale]?.[reward?.name ?? ""] ?? reward?.name ?? "";
      return { id, kind: reward?.kind ?? "", state, code: shown, cost, name, ends_at };
    });
    return Response.json({ available: this.#available(customerId), redemptions });
  }

  #cancel(redemption: FakeRedemption): Response {
    if (redemption.state === "used") return problem("already-used");
    redemption.state = "released";
    return Response.json({ id: redemption.id, state: "released" });
  }
}
