/** Whatever staff change is written down with their number: each route of the admin is tried, and a new one without a decision here fails. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { publishRewards } from "../../dev/reward-shop.fixture.ts";
import { apiKey, apiSecret } from "../../dev/settings.ts";
import { sessionClaims, signSession } from "../../dev/shopify/session-token.ts";
import { newKey } from "../../dev/test-keys.ts";
import { ROUTES } from "../../dev/test-routes.ts";
import { newTenants, type Outside, type Tenants } from "../../dev/test-tenants.ts";
import type { AuditAction } from "../program/audit.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

let tenants: Tenants;
let shop: string;
let chosen: string;
beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  tenants = await newTenants(outside);
  shop = tenants.shops[0].domain;
  await publishRewards(tenants.world, [{ kind: "experience" }, { kind: "amount_off", id: "off-500", cost: 500 }]);
  for (const customer of ["7001", "7002", "7003", "7004"]) await tenants.earn({ shop, customer }, 2_000);
  chosen = await redeem("7003", "experience");
});
afterAll(async () => {
  vi.restoreAllMocks();
  await tenants.close();
});

async function send(path: string, body?: Record<string, string> | string, staff = "42"): Promise<Response> {
  const token = signSession({ ...sessionClaims(shop, apiKey, new Date()), sub: staff }, apiSecret);
  const headers = { Authorization: `Bearer ${token}` };
  if (body === undefined) return await tenants.fetch(path, { headers });
  if (typeof body === "object")
    return await tenants.fetch(path, { method: "POST", headers, body: new URLSearchParams(body) });
  return await tenants.fetch(path, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body,
  });
}
const newId = () => crypto.randomUUID();
const redeem = async (customer: string, rewardId: string) => {
  const id = newId();
  const answer = await tenants.ask({ shop, customer }, "/redemptions", { id, reward_id: rewardId });
  expect(answer.status).toBe(201);
  return id;
};
const adjust = (id: string) => send("/admin/members/7001/adjustments", { id, points: "50", reason: "A late parcel" });
const draft = {
  ...{ points: "2", per: "1.00", pending_days: "0", membership: "everybody", state: "live" },
  ...{ expiry: "never", months: "", owing: "owe", return_spent: "yes", tax_earns: "no" },
};
/** The draft as it is now, by the fields that name what was seen. */
async function seen(): Promise<{ revision: string; based_on: string }> {
  const { revision } = await tenants.world.rooms.desk.draft(tenants.shops[0].id);
  const [newest] = await tenants.world.look<{ version: number }>(
    "select newest_program_version as version from shops where id = $1",
    [tenants.shops[0].id],
  );
  return { revision: String(revision), based_on: String(newest?.version ?? 0) };
}
const saveDraft = async () => send("/admin/program/draft", { ...draft, ...(await seen()) });
const saveTiers = async () =>
  send("/admin/program/tiers", { ...(await seen()), basis: "points", period: "lifetime", grace: "0" });
const saveLevel = async (name: string, threshold: string) =>
  send("/admin/program/tiers/level", { ...(await seen()), name, threshold, multiplier: "1.5", gift: "0" });
const DIGEST = "0".repeat(63);
async function beginImport(digit: string): Promise<string> {
  const layout = { format: "lojal", hasHeader: true, width: 2, places: { customer_id: 0, points: 1 } };
  await send("/admin/import-file/begin", {
    digest: `${DIGEST}${digit}`,
    layout: JSON.stringify(layout),
    adds: "true",
    rows: "1",
    last: "2",
  });
  const [newest] = await tenants.world.rooms.imports.list(tenants.shops[0].id, 1);
  return newest?.id ?? "";
}

/** The rows that an import was begun for: from then on it goes on by itself. */
async function handOver(id: string): Promise<string> {
  const row = { row: 2, customerId: "7040", points: 1, availableAtMs: 0, expiresAtMs: null };
  const pages = [{ through: 2, named: [row], refused: [] }];
  const answer = await send(`/admin/import/${id}/hand-over`, JSON.stringify({ after: 0, pages }));
  expect(await answer.json()).toEqual({ after: 2, done: true });
  return id;
}

/** What changes something: how it is done, and what the book says of it. What another act needs first is done before. */
const ACTS: Readonly<
  Record<string, { readonly action: AuditAction; readonly play: () => Promise<() => Promise<Response>> }>
> = {
  "POST /admin/members/:customer/adjustments": {
    action: "points-adjusted",
    play: async () => () => adjust(newId()),
  },
  "POST /admin/members/:customer/undone": {
    action: "adjustment-undone",
    play: async () => {
      const id = newId();
      await adjust(id);
      return () => send("/admin/members/7001/undone", { key: `adjust:${id}` });
    },
  },
  "POST /admin/members/:customer/redemptions": {
    action: "reward-redeemed",
    play: async () => () => send("/admin/members/7001/redemptions", { id: newId(), reward_id: "off-500" }),
  },
  "POST /admin/members/:customer/redemptions/:id/cancel": {
    action: "code-cancelled",
    play: async () => {
      const id = await redeem("7002", "off-500");
      return () => send(`/admin/members/7002/redemptions/${id}/cancel`, {});
    },
  },
  "POST /admin/members/:customer/membership": {
    action: "membership-changed",
    play: async () => () => send("/admin/members/7001/membership", { member: "false" }),
  },
  "POST /admin/members/:customer/merge": {
    action: "points-moved",
    play: async () => {
      await tenants.earn({ shop: tenants.shops[0].domain, customer: "7031" }, 10);
      return () => send("/admin/members/7001/merge", { other: "7031" });
    },
  },
  "POST /admin/members/:customer/forget": {
    action: "customer-forgotten",
    play: async () => () => send("/admin/members/7004/forget", { repeated: "7004" }),
  },
  "GET /admin/members/:customer/report": {
    action: "export-made",
    play: async () => () => send("/admin/members/7001/report"),
  },
  "GET /admin/export/:what{members|entries|shop}": {
    action: "export-made",
    play: async () => () => send("/admin/export/members"),
  },
  "POST /admin/experiences/:id/:end{done|cancelled}": {
    action: "experience-ended",
    play: async () => {
      const id = await redeem("7003", "experience");
      return () => send(`/admin/experiences/${id}/done`, "{}");
    },
  },
  "POST /admin/import-file/begin": {
    action: "import-begun",
    play: async () => async () => {
      await beginImport("1");
      return new Response();
    },
  },
  "POST /admin/import/:id/undo": {
    action: "import-undone",
    play: async () => {
      const id = await beginImport("2");
      return () => send(`/admin/import/${id}/undo`, {});
    },
  },
  "POST /admin/import/:id/stop": {
    action: "import-stopped",
    play: async () => {
      const id = await handOver(await beginImport("4"));
      return () => send(`/admin/import/${id}/stop`, {});
    },
  },
  "POST /admin/import/:id/go-on": {
    action: "import-resumed",
    play: async () => {
      const id = await handOver(await beginImport("5"));
      await send(`/admin/import/${id}/stop`, {});
      return () => send(`/admin/import/${id}/go-on`, {});
    },
  },
  "POST /admin/health/reconcile": {
    action: "comparison-asked",
    play: async () => () => send("/admin/health/reconcile", {}),
  },
  "POST /admin/health/replay": {
    action: "replay-asked",
    play: async () => {
      const failed = { shop, topic: "orders/paid", reason: "failed", deliveryId: null, job: { kind: "nothing" } };
      await tenants.world.rooms.shops.setAside([failed]);
      return () => send("/admin/health/replay", { id: "all" });
    },
  },
  "POST /admin/program/draft": { action: "draft-saved", play: async () => saveDraft },
  "POST /admin/program/template": {
    action: "draft-saved",
    play: async () => async () => send("/admin/program/template", { ...(await seen()), template: "simple" }),
  },
  "POST /admin/program/membership": {
    action: "draft-saved",
    play: async () => async () => send("/admin/program/membership", { ...(await seen()), membership: "pilot" }),
  },
  "POST /admin/program/rewards": {
    action: "draft-saved",
    play: async () => async () =>
      send("/admin/program/rewards", {
        ...(await seen()),
        ...{ kind: "amount_off", name: "5 off", cost: "700", value: "5", days: "30" },
      }),
  },
  "POST /admin/program/rewards/moved": {
    action: "draft-saved",
    play: async () => async () =>
      send("/admin/program/rewards/moved", { ...(await seen()), id: "amount-off-700", where: "up" }),
  },
  "POST /admin/program/rewards/restored": {
    action: "draft-saved",
    play: async () => {
      const reward = { id: "off-1", name: "1 off", kind: "amount_off", cost: 100, valueMinor: 100 };
      return async () => send("/admin/program/rewards/restored", { ...(await seen()), reward: JSON.stringify(reward) });
    },
  },
  "POST /admin/program/tiers": { action: "draft-saved", play: async () => saveTiers },
  "POST /admin/program/tiers/level": {
    action: "draft-saved",
    play: async () => {
      await saveTiers();
      return () => saveLevel("Silver", "100");
    },
  },
  "POST /admin/program/tiers/moved": {
    action: "draft-saved",
    play: async () => {
      await saveLevel("Gold", "1000");
      return async () => send("/admin/program/tiers/moved", { ...(await seen()), id: "gold", where: "up" });
    },
  },
  "POST /admin/program/tiers/removed": {
    action: "draft-saved",
    play: async () => async () => send("/admin/program/tiers/removed", { ...(await seen()), id: "gold" }),
  },
  "POST /admin/program/tiers/restored": {
    action: "draft-saved",
    play: async () => {
      const tier = { id: "gold", name: "Gold", threshold: 1000, multiplier: 10000 };
      return async () => send("/admin/program/tiers/restored", { ...(await seen()), tier: JSON.stringify(tier) });
    },
  },
  "POST /admin/program/tiers/ended": {
    action: "draft-saved",
    play: async () => async () => send("/admin/program/tiers/ended", await seen()),
  },
  "POST /admin/program/rewards/removed": {
    action: "draft-saved",
    play: async () => async () => send("/admin/program/rewards/removed", { ...(await seen()), id: "off-500" }),
  },
  "POST /admin/program/discard": {
    action: "draft-discarded",
    play: async () => {
      await saveDraft();
      return async () => send("/admin/program/discard", await seen());
    },
  },
  "POST /admin/program/publish": {
    action: "program-published",
    play: async () => {
      await send("/admin/program/rewards/removed", { ...(await seen()), id: "experience" });
      return async () => send("/admin/program/publish", { ...(await seen()), begins: "" });
    },
  },
  "POST /admin/program/pilot": {
    action: "pilot-invited",
    play: async () => () => send("/admin/program/pilot", { customers: "7009", invited: "true" }),
  },
  "POST /admin/program/pilot-tag": {
    action: "pilot-tag-chosen",
    play: async () => () => send("/admin/program/pilot-tag", { tag: "VIP" }),
  },
  "POST /admin/program/pilot-tag/read": {
    action: "pilot-tag-read",
    play: async () => () => send("/admin/program/pilot-tag/read", {}),
  },
  "POST /admin/program/groups/read": {
    action: "groups-read",
    play: async () => {
      await send("/admin/program/draft", { ...draft, ...(await seen()), tags: "sale" });
      return () => send("/admin/program/groups/read", {});
    },
  },
  "POST /admin/words": {
    action: "words-changed",
    play: async () => () => send("/admin/words", { version: "0", language: "sv", "word:Gold": "Guld" }),
  },
  "POST /admin/settings/api-keys": {
    action: "api-key-made",
    play: async () => () => send("/admin/settings/api-keys", { name: "Till", right: "read-write" }),
  },
  "POST /admin/settings/api-keys/:id/revoked": {
    action: "api-key-revoked",
    play: async () => {
      const { id } = await newKey(tenants.world.rooms, tenants.shops[0]);
      return () => send(`/admin/settings/api-keys/${id}/revoked`, {});
    },
  },
  "POST /admin/settings": {
    action: "settings-changed",
    play: async () => () => send("/admin/settings", { version: "0", budget: "1000", staff: "" }),
  },
};

/** What is sent and is no act of its own, and why. */
const NO_ACTS: Readonly<Record<string, string>> = {
  "POST /admin/program/scopes": "takes note of what Shopify's own dialog granted",
  "POST /admin/customer-names": "asks Shopify who is called so, and writes nothing",
  "POST /admin/import-file": "reads a file and writes nothing",
  "POST /admin/import-file/check": "a dry run writes nothing",
  "POST /admin/import-file/report": "puts a dry run together",
  "POST /admin/import/:id/hand-over": "goes on with an import whose beginning is written down",
};

const acts = () =>
  tenants.world.look<{ actor: string; action: string; detail: Record<string, unknown> }>(
    "select actor, action, detail from audit_entries order by id",
  );

test("each route by which staff change something is tried here, or has a reason why it is no act", () => {
  const sent = Object.entries(ROUTES).flatMap(([route, { door }]) =>
    door === "staff" && (!route.startsWith("GET") || ACTS[route] !== undefined) ? [route] : [],
  );
  expect([...Object.keys(ACTS), ...Object.keys(NO_ACTS)].sort()).toEqual(sent.sort());
});

describe.each(Object.entries(ACTS))("%s", (_, { action, play }) => {
  test("is written down once, with the number of whoever did it and no customer's", async () => {
    const act = await play();
    const before = await acts();
    const answer = await act();
    expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)]);
    const added = (await acts()).slice(before.length);
    expect(added).toMatchObject([{ actor: "staff:42", action }]);
    expect(JSON.stringify(added)).not.toMatch(/"700\d"/);
  });
});

test("what is refused, and what changes nothing, is not written down", async () => {
  const before = await acts();
  const id = await redeem("7002", "off-500");
  for (const [path, fields] of [
    ["/admin/members/7001/adjustments", { id: newId(), points: "-999999", reason: "Too much" }],
    [`/admin/members/7001/redemptions/${id}/cancel`, {}],
    ["/admin/members/7001/redemptions", { id: newId(), reward_id: "nothing" }],
    ["/admin/settings", { version: "99", budget: "1", staff: "" }],
    ["/admin/words", { version: "99", language: "sv", "word:Gold": "Guld" }],
    ["/admin/members/7001/membership", { member: "false" }],
    ["/admin/program/publish", { revision: "9999", begins: "" }],
    ["/admin/health/replay", { id: "999999" }],
  ] as const)
    await send(path, fields);
  expect(await acts()).toEqual(before);
});

test("whoever may not act on members changes nothing there, and nothing is written down", async () => {
  await tenants.world.look("delete from shop_settings");
  await send("/admin/settings", { version: "0", budget: "", staff: "42" });
  const importId = await beginImport("3");
  const key = await newKey(tenants.world.rooms, tenants.shops[0]);
  const [before, entries] = [await acts(), await tenants.world.look("select key from entries")];
  for (const [path, body] of [
    ["/admin/members/7002/adjustments", { id: newId(), points: "5", reason: "A gift" }],
    ["/admin/members/7002/redemptions", { id: newId(), reward_id: "off-500" }],
    ["/admin/members/7002/membership", { member: "false" }],
    ["/admin/members/7002/forget", { repeated: "7002" }],
    ["/admin/members/7002/report", undefined],
    ["/admin/export/shop", undefined],
    [`/admin/experiences/${chosen}/done`, "{}"],
    [`/admin/import/${importId}/undo`, {}],
    [`/admin/import/${importId}/stop`, {}],
    [`/admin/import/${importId}/go-on`, {}],
    ["/admin/settings", { version: "1", budget: "5", staff: "" }],
    ["/admin/words", { version: "0", language: "sv", "word:Gold": "Guld" }],
    ["/admin/settings/api-keys", { name: "Till", right: "read-write" }],
    [`/admin/settings/api-keys/${key.id}/revoked`, {}],
    ["/admin/program/draft", { ...draft, ...(await seen()) }],
  ] as const)
    expect([path, (await send(path, body, "43")).status]).toEqual([path, 403]);
  expect(await acts()).toEqual(before);
  expect(await tenants.world.look("select key from entries")).toEqual(entries);
});
