/** Test helper: one row for each route of the app; worker/http/routes.db.test.ts holds the two together. */

/**
 * Who may open a door: anybody at all, Shopify by a body's HMAC, Shopify by a query's signature in the name of a shopper, a merchant's staff by a
 * session token, or the merchant's own software by an API key.
 */
export type Door = "anybody" | "webhook" | "shopper" | "staff" | "key";

export interface Row {
  readonly door: Door;
  /** Below the door, in the name of the owner and with what is theirs. */
  readonly path: (own: Owned) => string;
  readonly json?: (own: Owned) => unknown;
  /** What staff send: a form's fields. */
  readonly form?: (own: Owned) => Record<string, string>;
  /** The statuses of the owner's own answer, of another customer of the shop, and of the owner's namesake in another shop; behind a key: of another shop's key. */
  readonly owner: number;
  readonly others: number;
  /** Where a file is sent, which is longer than a form and takes its time. */
  readonly maxBytes?: number;
  /** All that the owner's answer may hold, as paths. */
  readonly fields: readonly string[];
}

export interface Owned {
  readonly id: string;
  readonly code: string;
}

const redemptionFields = ["available", "code", "cost", "id", "state"];
const listedRedemptions = [
  "redemptions",
  "redemptions[].code",
  "redemptions[].cost",
  "redemptions[].ends_at",
  "redemptions[].id",
  "redemptions[].kind",
  "redemptions[].name",
  "redemptions[].state",
];
const redemptionListFields = ["available", ...listedRedemptions];
const historyFields = [
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
];

/** What a page of the admin shows, or asks for: HTML has no fields. */
function staffReads(path: string): Row {
  return { door: "staff", path: () => path, owner: 200, others: 200, fields: [] };
}

function staffSends(path: string, form: (own: Owned) => Record<string, string>): Row {
  return { door: "staff", path: () => path, form, owner: 200, others: 200, fields: [] };
}

/** The same, of what is not there or was not seen. */
function refusedAs(status: number, path: string, form: (own: Owned) => Record<string, string>): Row {
  return { ...staffSends(path, form), owner: status, others: status };
}

const MEGABYTE = 1024 * 1024;
const MOST_FILE_BYTES = 10 * MEGABYTE;
const MOST_REPORT_BYTES = 16 * MEGABYTE;
const SEEN_NOTHING = { revision: "9999", based_on: "1" };
const PROGRAM_FORM = {
  revision: "0",
  based_on: "1",
  points: "2",
  per: "1.00",
  pending_days: "0",
  membership: "everybody",
  state: "live",
  expiry: "never",
  months: "",
  owing: "owe",
  return_spent: "yes",
  tax_earns: "no",
};

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
  "GET /admin/lojal.js": { door: "anybody", path: () => "/admin/lojal.js", owner: 200, others: 200, fields: [] },
  "GET /admin/lojal.css": { door: "anybody", path: () => "/admin/lojal.css", owner: 200, others: 200, fields: [] },
  // What the pages show is HTML: it has no fields.
  "GET /program": { door: "anybody", path: () => "/program", owner: 200, others: 200, fields: [] },
  "GET /rewards": { door: "anybody", path: () => "/rewards", owner: 200, others: 200, fields: [] },
  "GET /rewards/edit": { door: "anybody", path: () => "/rewards/edit", owner: 200, others: 200, fields: [] },
  "GET /setup": { door: "anybody", path: () => "/setup", owner: 200, others: 200, fields: [] },
  "GET /tiers": { door: "anybody", path: () => "/tiers", owner: 200, others: 200, fields: [] },
  "GET /tiers/edit": { door: "anybody", path: () => "/tiers/edit", owner: 200, others: 200, fields: [] },
  "GET /acts": { door: "anybody", path: () => "/acts", owner: 200, others: 200, fields: [] },
  "GET /members": { door: "anybody", path: () => "/members", owner: 200, others: 200, fields: [] },
  "GET /members/:customer": { door: "anybody", path: () => "/members/7001", owner: 200, others: 200, fields: [] },
  "GET /figures": { door: "anybody", path: () => "/figures", owner: 200, others: 200, fields: [] },
  "GET /import": { door: "anybody", path: () => "/import", owner: 200, others: 200, fields: [] },
  "GET /import/:id": { door: "anybody", path: () => "/import/1", owner: 200, others: 200, fields: [] },
  "GET /health": { door: "anybody", path: () => "/health", owner: 200, others: 200, fields: [] },
  "GET /other-currency": { door: "anybody", path: () => "/other-currency", owner: 200, others: 200, fields: [] },
  "GET /words": { door: "anybody", path: () => "/words", owner: 200, others: 200, fields: [] },
  "GET /settings": { door: "anybody", path: () => "/settings", owner: 200, others: 200, fields: [] },
  "GET /admin/home": staffReads("/admin/home"),
  "GET /admin/program": staffReads("/admin/program"),
  "GET /admin/rewards": staffReads("/admin/rewards"),
  "GET /admin/rewards/edit": staffReads("/admin/rewards/edit?id=off-500"),
  "GET /admin/setup": staffReads("/admin/setup"),
  "GET /admin/tiers": staffReads("/admin/tiers"),
  "GET /admin/tiers/edit": staffReads("/admin/tiers/edit"),
  "GET /admin/acts": staffReads("/admin/acts"),
  "GET /admin/members": staffReads("/admin/members"),
  "GET /admin/members/:customer": staffReads("/admin/members/7001"),
  "GET /admin/members/:customer/report": staffReads("/admin/members/7001/report"),
  "GET /admin/figures": staffReads("/admin/figures"),
  "GET /admin/figures/:file{days|outstanding|donations|summary}": staffReads("/admin/figures/days"),
  "GET /admin/health": staffReads("/admin/health"),
  "GET /admin/other-currency": staffReads("/admin/other-currency"),
  "GET /admin/health/reconcile": staffReads("/admin/health/reconcile"),
  "GET /admin/settings": staffReads("/admin/settings"),
  "GET /admin/words": staffReads("/admin/words?language=sv"),
  "GET /admin/import": staffReads("/admin/import"),
  "GET /admin/import/:id": { ...staffReads("/admin/import/none"), owner: 404, others: 404 },
  "GET /admin/import/:id/progress": { ...staffReads("/admin/import/none/progress"), owner: 404, others: 404 },
  "GET /admin/import/:id/refused": staffReads("/admin/import/none/refused"),
  "GET /admin/export/:what{members|entries|shop}": staffReads("/admin/export/members"),
  "POST /admin/import-file": { ...refusedAs(400, "/admin/import-file", () => ({})), maxBytes: MOST_FILE_BYTES },
  "POST /admin/import-file/check": { ...refusedAs(400, "/admin/import-file/check", () => ({})), maxBytes: MEGABYTE },
  "POST /admin/import-file/report": {
    ...refusedAs(400, "/admin/import-file/report", () => ({})),
    maxBytes: MOST_REPORT_BYTES,
  },
  "POST /admin/import-file/begin": refusedAs(400, "/admin/import-file/begin", () => ({})),
  "POST /admin/import/:id/hand-over": {
    ...refusedAs(400, "/admin/import/none/hand-over", () => ({})),
    maxBytes: MEGABYTE,
  },
  "POST /admin/import/:id/undo": refusedAs(404, "/admin/import/none/undo", () => ({})),
  "POST /admin/import/:id/stop": refusedAs(404, "/admin/import/none/stop", () => ({})),
  "POST /admin/import/:id/go-on": refusedAs(404, "/admin/import/none/go-on", () => ({})),
  "POST /admin/customer-names": staffSends("/admin/customer-names", () => ({ name: "Ada" })),
  "POST /admin/members/:customer/adjustments": staffSends("/admin/members/7001/adjustments", ({ id }) => ({
    id,
    points: "50",
    reason: "A late parcel",
  })),
  "POST /admin/members/:customer/undone": staffSends("/admin/members/7001/undone", () => ({ key: "adjust:1" })),
  "POST /admin/members/:customer/redemptions": staffSends("/admin/members/7001/redemptions", ({ id }) => ({
    id,
    reward_id: "off-500",
  })),
  "POST /admin/members/:customer/redemptions/:id/cancel": {
    ...staffSends("", () => ({})),
    path: ({ id }) => `/admin/members/7001/redemptions/${id}/cancel`,
  },
  "POST /admin/members/:customer/membership": staffSends("/admin/members/7001/membership", () => ({ member: "false" })),
  "POST /admin/members/:customer/merge": refusedAs(400, "/admin/members/7001/merge", () => ({ other: "7001" })),
  "POST /admin/members/:customer/forget": staffSends("/admin/members/7001/forget", () => ({ repeated: "7001" })),
  "POST /admin/health/reconcile": staffSends("/admin/health/reconcile", () => ({})),
  "POST /admin/health/replay": staffSends("/admin/health/replay", () => ({ id: "all" })),
  "POST /admin/program/draft": staffSends("/admin/program/draft", () => PROGRAM_FORM),
  "POST /admin/program/rewards": refusedAs(409, "/admin/program/rewards", () => ({
    ...SEEN_NOTHING,
    kind: "amount_off",
    name: "5 off",
    cost: "500",
    value: "5",
    days: "30",
  })),
  "POST /admin/program/rewards/moved": refusedAs(409, "/admin/program/rewards/moved", () => ({
    ...SEEN_NOTHING,
    id: "off-500",
    where: "up",
  })),
  "POST /admin/program/rewards/restored": refusedAs(409, "/admin/program/rewards/restored", () => ({
    ...SEEN_NOTHING,
    reward: JSON.stringify({ id: "off-5", name: "5 off", kind: "amount_off", cost: 5, valueMinor: 5 }),
  })),
  "POST /admin/program/tiers": refusedAs(409, "/admin/program/tiers", () => ({
    ...SEEN_NOTHING,
    basis: "points",
    period: "lifetime",
    grace: "0",
  })),
  "POST /admin/program/tiers/level": refusedAs(400, "/admin/program/tiers/level", () => ({
    ...SEEN_NOTHING,
    name: "Gold",
    threshold: "1000",
    multiplier: "1.5",
    gift: "0",
  })),
  "POST /admin/program/tiers/moved": refusedAs(400, "/admin/program/tiers/moved", () => ({
    ...SEEN_NOTHING,
    id: "gold",
    where: "up",
  })),
  "POST /admin/program/tiers/removed": refusedAs(400, "/admin/program/tiers/removed", () => ({
    ...SEEN_NOTHING,
    id: "gold",
  })),
  "POST /admin/program/tiers/restored": refusedAs(409, "/admin/program/tiers/restored", () => ({
    ...SEEN_NOTHING,
    tier: JSON.stringify({ id: "gold", name: "Gold", threshold: 1000 }),
  })),
  "POST /admin/program/tiers/ended": refusedAs(409, "/admin/program/tiers/ended", () => SEEN_NOTHING),
  "POST /admin/program/template": refusedAs(409, "/admin/program/template", () => ({
    ...SEEN_NOTHING,
    template: "simple",
  })),
  "POST /admin/program/membership": refusedAs(409, "/admin/program/membership", () => ({
    ...SEEN_NOTHING,
    membership: "pilot",
  })),
  "POST /admin/program/scopes": staffSends("/admin/program/scopes", () => ({})),
  "POST /admin/program/rewards/removed": refusedAs(409, "/admin/program/rewards/removed", () => ({
    ...SEEN_NOTHING,
    id: "off-500",
  })),
  "POST /admin/program/publish": refusedAs(409, "/admin/program/publish", () => SEEN_NOTHING),
  "POST /admin/program/discard": refusedAs(409, "/admin/program/discard", () => SEEN_NOTHING),
  "POST /admin/program/pilot": staffSends("/admin/program/pilot", () => ({ customers: "7009", invited: "true" })),
  "POST /admin/program/pilot-tag": staffSends("/admin/program/pilot-tag", () => ({ tag: "VIP" })),
  "POST /admin/program/pilot-tag/read": staffSends("/admin/program/pilot-tag/read", () => ({})),
  "GET /admin/program/groups": staffReads("/admin/program/groups"),
  "POST /admin/program/groups/read": refusedAs(400, "/admin/program/groups/read", () => ({})),
  "GET /admin/program/what-if": {
    ...staffReads("/admin/program/what-if?revision=9999&since=0"),
    owner: 409,
    others: 409,
  },
  "POST /admin/words": staffSends("/admin/words", () => ({ version: "0", language: "sv", "word:Gold": "Guld" })),
  "POST /admin/settings/api-keys": staffSends("/admin/settings/api-keys", () => ({ name: "Till", right: "read" })),
  "POST /admin/settings/api-keys/:id/revoked": refusedAs(
    400,
    "/admin/settings/api-keys/0123456789ab/revoked",
    () => ({}),
  ),
  "POST /admin/settings": staffSends("/admin/settings", () => ({ version: "0", budget: "1000", staff: "" })),
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
    fields: historyFields,
  },
  "GET /proxy/data": {
    door: "shopper",
    path: () => "/data",
    owner: 200,
    others: 200,
    fields: [
      "balance",
      "balance.available",
      "balance.expiring",
      "balance.held",
      "balance.owed",
      "balance.pending",
      "balance.tier",
      "customer_id",
      "history",
      "history[].at",
      "history[].explanation",
      "history[].id",
      "history[].kind",
      "history[].points",
      "history[].steps",
      "history[].steps[].part",
      "history[].steps[].text",
      "member",
      "more_after",
      ...listedRedemptions,
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
    fields: redemptionListFields,
  },
  "GET /proxy/redemptions/:id": {
    door: "shopper",
    path: ({ id }) => `/redemptions/${id}`,
    owner: 200,
    others: 404,
    fields: redemptionFields,
  },
  "GET /api/v1/members/:customer": {
    door: "key",
    path: () => "/api/v1/members/7001",
    owner: 200,
    others: 200,
    fields: ["available", "customer_id", "expiring", "held", "last_activity", "member", "owed", "pending", "tier"],
  },
  "GET /api/v1/members/:customer/entries": {
    door: "key",
    path: () => "/api/v1/members/7001/entries",
    owner: 200,
    others: 200,
    fields: historyFields,
  },
  "GET /api/v1/members/:customer/redemptions": {
    door: "key",
    path: () => "/api/v1/members/7001/redemptions",
    owner: 200,
    others: 200,
    fields: redemptionListFields,
  },
  "GET /api/v1/members/:customer/redemptions/:id": {
    door: "key",
    path: ({ id }) => `/api/v1/members/7001/redemptions/${id}`,
    owner: 200,
    others: 404,
    fields: ["code", "cost", "ends_at", "id", "kind", "name", "state"],
  },
  "GET /api/v1/rewards": {
    door: "key",
    path: () => "/api/v1/rewards",
    owner: 200,
    others: 200,
    fields: ["rewards", "rewards[].cost", "rewards[].id", "rewards[].kind", "rewards[].name"],
  },
  // In another shop the same customer number is another member, and the same id names a request of its own.
  "POST /api/v1/members/:customer/adjustments": {
    door: "key",
    path: () => "/api/v1/members/7001/adjustments",
    json: ({ id }) => ({ id, points: 1, reason: "A late parcel" }),
    owner: 201,
    others: 201,
    fields: ["available", "id", "points", "reason"],
  },
  "POST /api/v1/members/:customer/redemptions": {
    door: "key",
    path: () => "/api/v1/members/7001/redemptions",
    json: ({ id }) => ({ id, reward_id: "off-500" }),
    owner: 201,
    others: 409,
    fields: redemptionFields,
  },
  "POST /api/v1/members/:customer/redemptions/:id/cancel": {
    door: "key",
    path: ({ id }) => `/api/v1/members/7001/redemptions/${id}/cancel`,
    json: () => ({}),
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
