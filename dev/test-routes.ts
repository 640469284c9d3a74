/** Test helper: one row for each route of the app; worker/http/routes.db.test.ts holds the two together. */

/**
 * Who may open a door: anybody at all, Shopify by a body's HMAC, Shopify by a query's signature in the name of a shopper, or a merchant's staff by a
 * session token.
 */
export type Door = "anybody" | "webhook" | "shopper" | "staff";

export interface Row {
  readonly door: Door;
  /** Below the door, in the name of the owner and with what is theirs. */
  readonly path: (own: Owned) => string;
  readonly json?: (own: Owned) => unknown;
  /** The statuses of the owner's own answer, of another customer of the shop, and of the owner's namesake in another shop. */
  readonly owner: number;
  readonly others: number;
  /** All that the owner's answer may hold, as paths. */
  readonly fields: readonly string[];
}

export interface Owned {
  readonly id: string;
  readonly code: string;
}

const redemptionFields = ["available", "code", "cost", "id", "state"];

/** One row for each route there is. */
export const ROUTES: Readonly<Record<string, Row>> = {
  "GET /healthz": {
    door: "anybody",
    path: () => "/healthz",
    owner: 200,
    others: 200,
    fields: ["database_ms", "ok"],
  },
  // The page in Shopify's admin, and what it is made of: nothing in it is any shop's.
  "GET /": { door: "anybody", path: () => "/", owner: 200, others: 200, fields: [] },
  "GET /auth/callback": { door: "anybody", path: () => "/auth/callback", owner: 302, others: 302, fields: [] },
  "GET /admin/home.js": { door: "anybody", path: () => "/admin/home.js", owner: 200, others: 200, fields: [] },
  "GET /admin/home": {
    door: "staff",
    path: () => "/admin/home",
    owner: 200,
    others: 200,
    fields: ["missing_scopes", "painted", "program_version", "shop"],
  },
  "GET /admin/experiences": {
    door: "staff",
    path: () => "/admin/experiences",
    owner: 200,
    others: 200,
    fields: [
      "experiences",
      "experiences[].chosen_at",
      "experiences[].cost",
      "experiences[].customer_id",
      "experiences[].id",
      "experiences[].name",
      "next",
    ],
  },
  // The owner's redemption is a code, and no experience: nobody ends it here.
  "POST /admin/experiences/:id/:end{done|cancelled}": {
    door: "staff",
    path: ({ id }) => `/admin/experiences/${id}/done`,
    json: () => ({}),
    owner: 404,
    others: 404,
    fields: ["detail", "redemption_id", "status", "title", "type"],
  },
  "POST /webhooks": {
    door: "webhook",
    path: () => "/webhooks",
    json: () => ({}),
    owner: 200,
    others: 200,
    fields: ["accepted", "outcome"],
  },
  "GET /proxy/member": {
    door: "shopper",
    path: () => "/member",
    owner: 200,
    others: 200,
    fields: ["available", "expiring", "held", "owed", "pending", "tier"],
  },
  "GET /proxy/history": {
    door: "shopper",
    path: () => "/history",
    owner: 200,
    others: 200,
    fields: [
      "entries",
      "entries[].at",
      "entries[].explanation",
      "entries[].id",
      "entries[].kind",
      "entries[].points",
      "entries[].steps",
      "entries[].steps[].part",
      "entries[].steps[].text",
      "next",
    ],
  },
  "GET /proxy/rewards": {
    door: "shopper",
    path: () => "/rewards",
    owner: 200,
    others: 200,
    fields: ["rewards", "rewards[].affordable", "rewards[].cost", "rewards[].id", "rewards[].kind", "rewards[].name"],
  },
  "GET /proxy/membership": {
    door: "shopper",
    path: () => "/membership",
    owner: 200,
    others: 200,
    fields: ["member"],
  },
  "POST /proxy/membership": {
    door: "shopper",
    path: () => "/membership",
    json: () => ({ member: true }),
    owner: 200,
    others: 200,
    fields: ["available", "member"],
  },
  // Whoever repeats the owner's request learns no more than that the id is taken; in another shop, ids are their own.
  "POST /proxy/redemptions": {
    door: "shopper",
    path: () => "/redemptions",
    json: ({ id }) => ({ id, reward_id: "off-500" }),
    owner: 201,
    others: 422,
    fields: redemptionFields,
  },
  "GET /proxy/redemptions": {
    door: "shopper",
    path: () => "/redemptions",
    owner: 200,
    others: 200,
    fields: [
      "redemptions",
      "redemptions[].code",
      "redemptions[].cost",
      "redemptions[].ends_at",
      "redemptions[].id",
      "redemptions[].name",
      "redemptions[].state",
    ],
  },
  "GET /proxy/redemptions/:id": {
    door: "shopper",
    path: ({ id }) => `/redemptions/${id}`,
    owner: 200,
    others: 404,
    fields: redemptionFields,
  },
  // Last: the owner gives the redemption back.
  "POST /proxy/redemptions/:id/cancel": {
    door: "shopper",
    path: ({ id }) => `/redemptions/${id}/cancel`,
    json: () => ({}),
    owner: 200,
    others: 404,
    fields: redemptionFields,
  },
};
