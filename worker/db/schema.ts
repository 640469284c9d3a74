/** The tables as Drizzle sees them. migrations/ is the authority on constraints, policies and privileges; a test holds the two together. */
import { sql } from "drizzle-orm";
import { boolean, date, integer, json, jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { id, moment, points } from "./columns.ts";

export * from "./api-key-table.ts";
export * from "./group-tables.ts";
export * from "./merchant-tables.ts";

export const shops = pgTable("shops", {
  id: integer("id").generatedAlwaysAsIdentity().primaryKey(),
  domain: text("domain").notNull().unique("shops_domain_key"),
  currency: text("currency").notNull(),
  newestProgramVersion: integer("newest_program_version").notNull().default(0),
  /** Below zero: of this version, but with words that the shop has changed since. What is not the version in force is painted by the next cron. */
  paintedProgramVersion: integer("painted_program_version").notNull().default(0),
  accessTokenSealed: text("access_token_sealed"),
  installedAt: moment("installed_at").notNull().defaultNow(),
  uninstalledAt: moment("uninstalled_at"),
  scopes: text("scopes"),
  scopesUpdatedAt: moment("scopes_updated_at"),
  timeZone: text("time_zone"),
  locale: text("locale"),
  detailsUpdatedAt: moment("details_updated_at"),
  eraseDueAt: moment("erase_due_at"),
  tokenExpiresAt: moment("token_expires_at"),
  refreshTokenSealed: text("refresh_token_sealed"),
  refreshTokenExpiresAt: moment("refresh_token_expires_at"),
  earlierRefreshTokenSealed: text("earlier_refresh_token_sealed"),
  tokenExchangedAt: moment("token_exchanged_at"),
  tokenLeaseUntil: moment("token_lease_until"),
  tokenDueAt: moment("token_due_at"),
  tokenLostAt: moment("token_lost_at"),
});

export const programVersions = pgTable(
  "program_versions",
  {
    shopId: integer("shop_id").notNull(),
    version: integer("version").notNull(),
    inForceFrom: moment("in_force_from").notNull(),
    program: jsonb("program").notNull(),
    publishedAt: moment("published_at").notNull().defaultNow(),
    publishedBy: text("published_by"),
  },
  (t) => [primaryKey({ name: "program_versions_pkey", columns: [t.shopId, t.version] })],
);

export const programDrafts = pgTable("program_drafts", {
  shopId: integer("shop_id").primaryKey(),
  revision: integer("revision").notNull().default(1),
  basedOn: integer("based_on").notNull(),
  content: jsonb("content"),
  savedBy: text("saved_by").notNull(),
  savedAt: moment("saved_at").notNull().defaultNow(),
});

export const auditEntries = pgTable(
  "audit_entries",
  {
    shopId: integer("shop_id").notNull(),
    id: id("id").generatedAlwaysAsIdentity(),
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    detail: jsonb("detail").notNull().default({}),
    key: text("key"),
    recordedAt: moment("recorded_at").notNull().default(sql`clock_timestamp()`),
    member: text("member").generatedAlwaysAs(sql`detail ->> 'member'`),
  },
  (t) => [primaryKey({ name: "audit_entries_pkey", columns: [t.shopId, t.id] })],
);

export const members = pgTable(
  "members",
  {
    shopId: integer("shop_id").notNull(),
    id: id("id").generatedAlwaysAsIdentity(),
    customerId: text("customer_id"),
    joinedAt: moment("joined_at").notNull().defaultNow(),
    mergedInto: id("merged_into"),
    forgottenAt: moment("forgotten_at"),
  },
  (t) => [primaryKey({ name: "members_pkey", columns: [t.shopId, t.id] })],
);

export const accounts = pgTable(
  "accounts",
  {
    shopId: integer("shop_id").notNull(),
    memberId: id("member_id").notNull(),
    version: points("version").notNull().default(1),
    pending: points("pending").notNull().default(0),
    available: points("available").notNull().default(0),
    held: points("held").notNull().default(0),
    owed: points("owed").notNull().default(0),
    nextDueAt: moment("next_due_at"),
    lastActivityAt: moment("last_activity_at"),
    multiplier: integer("multiplier").notNull().default(10_000),
    membership: json("membership").notNull().default(sql`'[]'`),
    progress: json("progress"),
  },
  (t) => [primaryKey({ name: "accounts_pkey", columns: [t.shopId, t.memberId] })],
);

export const entries = pgTable(
  "entries",
  {
    shopId: integer("shop_id").notNull(),
    id: id("id").generatedAlwaysAsIdentity(),
    memberId: id("member_id").notNull(),
    key: text("key").notNull(),
    kind: text("kind").notNull(),
    points: points("points").notNull(),
    pending: points("pending").notNull(),
    available: points("available").notNull(),
    held: points("held").notNull(),
    owed: points("owed").notNull(),
    orderId: text("order_id"),
    redemptionId: text("redemption_id"),
    programVersion: integer("program_version"),
    actor: text("actor").notNull(),
    occurredAt: moment("occurred_at").notNull(),
    recordedAt: moment("recorded_at").notNull().defaultNow(),
    detail: json("detail").notNull(),
  },
  (t) => [primaryKey({ name: "entries_pkey", columns: [t.shopId, t.key] })],
);

export const lots = pgTable(
  "lots",
  {
    shopId: integer("shop_id").notNull(),
    id: text("id").notNull(),
    memberId: id("member_id").notNull(),
    orderId: text("order_id"),
    amount: points("amount").notNull(),
    remaining: points("remaining").notNull(),
    availableAt: moment("available_at").notNull(),
    expiresAt: moment("expires_at"),
    matured: boolean("matured").notNull(),
    expired: boolean("expired").notNull().default(false),
  },
  (t) => [primaryKey({ name: "lots_pkey", columns: [t.shopId, t.id] })],
);

export const allocations = pgTable(
  "allocations",
  {
    shopId: integer("shop_id").notNull(),
    entryKey: text("entry_key").notNull(),
    lotId: text("lot_id").notNull(),
    points: points("points").notNull(),
  },
  (t) => [primaryKey({ name: "allocations_pkey", columns: [t.shopId, t.entryKey, t.lotId] })],
);

export const orderStates = pgTable(
  "order_states",
  {
    shopId: integer("shop_id").notNull(),
    orderId: text("order_id").notNull(),
    revision: points("revision").notNull().default(1),
    memberId: id("member_id"),
    state: json("state").notNull().default(sql`'{"body":null,"refunds":[],"deleted":false}'`),
    posted: points("posted").notNull().default(0),
    postings: integer("postings").notNull().default(0),
    programVersion: integer("program_version"),
    multiplier: integer("multiplier").notNull().default(10_000),
    forgiven: points("forgiven").notNull().default(0),
    leftBehind: points("left_behind").notNull().default(0),
    takesPart: boolean("takes_part"),
    reason: text("reason").notNull().default("unknown-state"),
    contribution: json("contribution"),
    leftWith: jsonb("left_with"),
  },
  (t) => [primaryKey({ name: "order_states_pkey", columns: [t.shopId, t.orderId] })],
);

export const redemptions = pgTable(
  "redemptions",
  {
    shopId: integer("shop_id").notNull(),
    id: text("id").notNull(),
    version: points("version").notNull().default(1),
    memberId: id("member_id").notNull(),
    reward: json("reward").notNull(),
    cost: points("cost").notNull(),
    code: text("code").notNull(),
    state: text("state").notNull(),
    fingerprint: text("fingerprint").notNull(),
    discountId: text("discount_id"),
    programVersion: integer("program_version").notNull(),
    createdAt: moment("created_at").notNull(),
    endsAt: moment("ends_at").notNull(),
    usedByOrder: text("used_by_order"),
    returned: points("returned").notNull().default(0),
    returnings: integer("returnings").notNull().default(0),
    reason: text("reason"),
    dueAt: moment("due_at"),
    forgiven: points("forgiven").notNull().default(0),
    taken: json("taken").notNull().default(sql`'[]'`),
  },
  (t) => [primaryKey({ name: "redemptions_pkey", columns: [t.shopId, t.id] })],
);

export const rewardStocks = pgTable(
  "reward_stocks",
  {
    shopId: integer("shop_id").notNull(),
    rewardId: text("reward_id").notNull(),
    taken: points("taken").notNull(),
  },
  (t) => [primaryKey({ name: "reward_stocks_pkey", columns: [t.shopId, t.rewardId] })],
);

export const setAside = pgTable("set_aside", {
  id: id("id").generatedAlwaysAsIdentity().primaryKey(),
  shopDomain: text("shop_domain").notNull(),
  topic: text("topic").notNull(),
  reason: text("reason").notNull(),
  deliveryId: text("delivery_id"),
  job: json("job"),
  recordedAt: moment("recorded_at").notNull().defaultNow(),
  fault: text("fault"),
  attempts: integer("attempts").notNull().default(0),
  replayDueAt: moment("replay_due_at"),
  replayedAt: moment("replayed_at"),
});

export const sweeps = pgTable("sweeps", {
  shopId: integer("shop_id").primaryKey(),
  readTo: moment("read_to").notNull(),
  dueAt: moment("due_at").notNull(),
  readsFrom: moment("reads_from"),
  readsUntil: moment("reads_until"),
  afterCursor: text("after_cursor"),
  ordersListed: integer("orders_listed").notNull().default(0),
  ordersDiffering: integer("orders_differing").notNull().default(0),
  failures: integer("failures").notNull().default(0),
  finishedAt: moment("finished_at"),
  statementDueAt: moment("statement_due_at").notNull().defaultNow(),
});

export const statements = pgTable(
  "statements",
  {
    shopId: integer("shop_id").notNull(),
    day: date("day").notNull(),
    takenAt: moment("taken_at").notNull(),
    provenAt: moment("proven_at").notNull(),
    isFinal: boolean("is_final").notNull(),
    ordersKnown: integer("orders_known").notNull(),
    ordersSettled: integer("orders_settled").notNull(),
    ordersMended: integer("orders_mended").notNull(),
    accountsChecked: integer("accounts_checked").notNull(),
    accountsDiffering: integer("accounts_differing").notNull(),
    members: integer("members").notNull(),
    pending: points("pending").notNull(),
    available: points("available").notNull(),
    held: points("held").notNull(),
    owed: points("owed").notNull(),
  },
  (t) => [primaryKey({ name: "statements_pkey", columns: [t.shopId, t.day] })],
);

export const orderDifferences = pgTable(
  "order_differences",
  {
    shopId: integer("shop_id").notNull(),
    day: date("day").notNull(),
    orderId: text("order_id").notNull(),
    reason: text("reason").notNull(),
    changedAt: moment("changed_at").notNull(),
    foundAt: moment("found_at").notNull().defaultNow(),
    askedAt: moment("asked_at").notNull().defaultNow(),
    mendedAt: moment("mended_at"),
  },
  (t) => [primaryKey({ name: "order_differences_pkey", columns: [t.shopId, t.day, t.orderId] })],
);

export const privacyRequests = pgTable(
  "privacy_requests",
  {
    shopId: integer("shop_id").notNull(),
    id: text("id").notNull(),
    kind: text("kind").notNull(),
    customerId: text("customer_id"),
    requestedAt: moment("requested_at").notNull().defaultNow(),
    doneAt: moment("done_at"),
    answer: json("answer"),
    expiresAt: moment("expires_at"),
  },
  (t) => [primaryKey({ name: "privacy_requests_pkey", columns: [t.shopId, t.id] })],
);

export const paintedMembers = pgTable(
  "painted_members",
  {
    shopId: integer("shop_id").notNull(),
    memberId: id("member_id").notNull(),
    version: points("version").notNull(),
    readAt: moment("read_at").notNull(),
    content: text("content"),
    digest: text("digest"),
    points: points("points"),
    nextExpiry: date("next_expiry"),
    tier: text("tier"),
    tag: text("tag"),
    lateSince: moment("late_since"),
    dueAt: moment("due_at"),
  },
  (t) => [primaryKey({ name: "painted_members_pkey", columns: [t.shopId, t.memberId] })],
);

export const paintings = pgTable("paintings", {
  shopId: integer("shop_id").primaryKey(),
  definitionsVersion: integer("definitions_version").notNull().default(0),
  definedAt: moment("defined_at"),
  defineDueAt: moment("define_due_at").notNull().defaultNow(),
  dueAt: moment("due_at"),
  afterMemberId: id("after_member_id").notNull().default(0n),
  membersDone: integer("members_done").notNull().default(0),
  begunAt: moment("begun_at"),
  finishedAt: moment("finished_at"),
});

export const paintingChecks = pgTable("painting_checks", {
  checkedTo: moment("checked_to").notNull(),
  isOnly: boolean("is_only").notNull().default(true).primaryKey(),
});
