/** A shop in memory for the storefront's own tests: it answers like the app behind the proxy, or as a test tells it to. */
import { randomUUID } from "node:crypto";
import { type ProblemCode, problems, problemType } from "../../worker/http/problem.ts";
import type { Visitor } from "../shopify/proxy.ts";
import { sampleProducts } from "../shopify/sample-products.ts";
import type { CodeAnswer, Metafield, MetafieldOwner, StorefrontDeps, StoreShop } from "./deps.ts";

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
  }[];
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

interface FakeRedemption {
  readonly id: string;
  readonly reward_id: string;
  readonly code: string;
  readonly cost: number;
  state: "held" | "issued" | "used" | "released";
}

/** What the next request for a redemption meets. */
export type Mood = "answers" | "holds" | "refuses" | "loses-reply" | "signed-out";

function problem(code: ProblemCode): Response {
  const { status, title } = problems[code];
  const headers = { "content-type": "application/problem+json" };
  return new Response(JSON.stringify({ type: problemType(code), title, status }), { status, headers });
}

export class FakeShop implements StorefrontDeps {
  readonly members = new Map<string, MemberSummary>();
  readonly redemptions = new Map<string, FakeRedemption>();
  readonly requests: { method: string; path: string; body: string }[] = [];
  readonly store: { -readonly [K in keyof StoreShop]: StoreShop[K] };
  program: object | null = simpleProgram;
  mood: Mood = "answers";
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
    const isProgram = owner.kind === "app-installation" && namespace === "lojal" && key === "program";
    const isMember = owner.kind === "customer" && namespace === "$app" && key === "loyalty";
    const value = isProgram ? this.program : isMember ? this.members.get(owner.id) : null;
    return value ? { type: "json", value: JSON.stringify(value) } : null;
  }

  evaluateCodes(cart: { subtotalMinor: number }, _customerId: string | null, codes: readonly string[]): CodeAnswer[] {
    return codes.map((code) => {
      const known = [...this.redemptions.values()].find((entry) => entry.code.toLowerCase() === code.toLowerCase());
      const applicable = known?.state === "issued" && cart.subtotalMinor >= this.minimumMinor;
      return { code, applicable, discountMinor: applicable ? Math.min(known.cost * 10, cart.subtotalMinor) : 0 };
    });
  }

  checkout({ codes }: { codes: readonly string[] }) {
    const discounts = codes.map((code) => ({ code, amountMinor: 5000 }));
    return { ok: true as const, order: { id: "1", name: "#1001", totalMinor: 10_000, discounts } };
  }

  async proxy(request: Request, { customerId }: Visitor): Promise<Response> {
    const path = new URL(request.url).pathname.replace("/apps/lojal", "");
    const body = await request.text();
    this.requests.push({ method: request.method, path, body });
    if (customerId === null || this.mood === "signed-out") return problem("signed-out");
    const member = this.members.get(customerId) ?? emptySummary;
    if (path === "/member") return Response.json({ available: this.available(member) });
    const [, id = "", verb] = /^\/redemptions\/([^/]+)(?:\/(cancel))?$/.exec(path) ?? [];
    if (path === "/redemptions" && request.method === "POST") {
      const isJson = request.headers.get("content-type")?.includes("json") ?? false;
      if (isJson) return this.#redeem(JSON.parse(body), member);
      this.#redeem({ id: randomUUID(), reward_id: new URLSearchParams(body).get("reward_id") ?? "" }, member);
      return new Response(null, { status: 303, headers: { location: "/cart" } });
    }
    const known = this.redemptions.get(id);
    if (known === undefined) return problem("unknown-redemption");
    if (verb === "cancel") return this.#cancel(known);
    return this.#answer(known, member, 200);
  }

  available(member: MemberSummary): number {
    const open = [...this.redemptions.values()].filter(({ state }) => state !== "released");
    const listed = new Set(member.codes.map(({ id }) => id));
    return member.available - open.reduce((sum, { id, cost }) => sum + (listed.has(id) ? 0 : cost), 0);
  }

  #redeem({ id, reward_id }: { id: string; reward_id: string }, member: MemberSummary): Response {
    const reward = simpleProgram.rewards.find((entry) => entry.id === reward_id);
    if (reward === undefined) return problem("unknown-reward");
    if (this.mood === "refuses") return problem("insufficient-points");
    const code = `LOJAL-${id.slice(0, 8).toUpperCase()}`;
    const state = this.mood === "holds" ? "held" : "issued";
    const known = this.redemptions.get(id) ?? { id, reward_id, code, cost: reward.cost, state };
    this.redemptions.set(id, known);
    if (this.mood === "loses-reply") return new Response("<h1>Bad gateway</h1>", { status: 502 });
    return this.#answer(known, member, known.state === "held" ? 202 : 201);
  }

  #answer({ id, state, code, cost }: FakeRedemption, member: MemberSummary, status: number): Response {
    if (state === "held") return Response.json({ id, state }, { status });
    return Response.json({ id, state, code, cost, available: this.available(member) }, { status });
  }

  #cancel(redemption: FakeRedemption): Response {
    if (redemption.state === "used") return problem("already-used");
    redemption.state = "released";
    return Response.json({ id: redemption.id, state: "released" });
  }
}
