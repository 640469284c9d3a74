/**
 * The rows of a big world as SQL over the members' numbers. Each member: seven orders, the points of the first two spent on a redemption that
 * was used, those of the third expired, four lots alive. Of older orders the state holds no body: no benchmark reads it.
 */
import type { OrderState } from "../worker/domain/order.ts";

/** Entries, lots that are still alive (all others have expired), points of each lot. */
export const HEAVY_MEMBERS = {
  tenEntries: { entries: 10, live: 4, points: 100 },
  hundredEntries: { entries: 100, live: 4, points: 100 },
  twoThousandEntries: { entries: 2_000, live: 4, points: 100 },
  twoThousandLots: { entries: 2_000, live: 2_000, points: 100 },
  hot: { entries: 1, live: 1, points: 1_000_000_000_000 },
} as const;

const ORDERS = 7;
const EXPIRED_ORDER = 3;
/** The lots of these orders are alive, soonest-expiring first. */
export const LIVE_ORDERS = [4, 5, 6, 7] as const;

type Step = readonly [name: string, statement: string];

export function fillSteps({ shopId, customers, worth }: { shopId: number; customers: number; worth: number }) {
  const everybody = `from generate_series(1, ${customers}) i`;
  return {
    functions: [["begun", numbering(customers, worth)]] as readonly Step[],
    history: [
      ...[1, 2].map((order) => earned(shopId, everybody, order)),
      redeemed(shopId, everybody, "hold"),
      ...[3, 4].map((order) => earned(shopId, everybody, order)),
      redeemed(shopId, everybody, "use"),
      expired(shopId, everybody),
      ...[5, 6, 7].map((order) => earned(shopId, everybody, order)),
      ["entries of unusual members", heavyEntries(shopId, customers)],
    ] as readonly Step[],
    others: [
      ["members", members(shopId, customers)],
      ["accounts", accounts(shopId, everybody)],
      ...Array.from({ length: ORDERS }, (_, index) => lots(shopId, everybody, index + 1)),
      ["allocations", allocations(shopId, everybody)],
      ["redemptions", redemptions(shopId, everybody)],
      ["older orders' states", bareOrderStates(shopId, everybody)],
      ["order states", orderStates(shopId, everybody)],
      ["unusual members", heavyLots(shopId, customers)],
    ] as readonly Step[],
  };
}

/** Everything about order `k` of member `i` follows from the two numbers. Order ids grow with time. */
function numbering(customers: number, worth: number): string {
  return `
    create schema bench;
    create function bench.order_id(i bigint, k int) returns text language sql immutable
      return (5000000000000 + k * ${customers + 100}::bigint + i)::text;
    create function bench.points(i bigint, k int) returns bigint language sql immutable
      return (10 + (i * 7919 + k * 104729) % 290) * ${worth};
    create function bench.at(i bigint, k int) returns timestamptz language sql stable
      return '${new Date().toISOString()}'::timestamptz - (8 - k) * interval '90 days' + (i % 86400) * interval '1 second';
    create function bench.expires(i bigint, k int) returns timestamptz language sql stable
      return bench.at(i, k) + case k when 3 then interval '100 days' else interval '730 days' end;
    create function bench.redemption_id(i bigint) returns text language sql immutable
      return md5('redemption ' || i)::uuid::text;
  `;
}

function members(shopId: number, customers: number): string {
  return `
    insert into members (shop_id, id, customer_id) overriding system value
    select ${shopId}, i, (7000000000 + i)::text
    from generate_series(1, ${customers + Object.keys(HEAVY_MEMBERS).length}) i;
    select setval(pg_get_serial_sequence('members', 'id'), ${customers + 1_000});
  `;
}

function accounts(shopId: number, everybody: string): string {
  const available = LIVE_ORDERS.map((order) => `bench.points(i, ${order})`).join(" + ");
  return `
    insert into accounts (shop_id, member_id, version, available, next_due_at)
    select ${shopId}, i, 10, ${available}, bench.expires(i, ${LIVE_ORDERS[0]}) ${everybody}
  `;
}

const ENTRY_COLUMNS =
  "shop_id, member_id, key, kind, points, pending, available, held, owed, order_id, redemption_id, program_version, actor, occurred_at, recorded_at, detail";

function earned(shopId: number, everybody: string, k: number): Step {
  const detail = `{"orderName":"#%s","eligibleMinor":%s,"currency":"USD","targetPoints":%s,"lines":[{"lineId":"%s","points":%s}],"earn":{"points":1,"perMinor":100}}`;
  return [
    `entries of order ${k}`,
    `
      insert into entries (${ENTRY_COLUMNS})
      select ${shopId}, i, 'order:' || o || ':1', 'earn', p, 0, p, 0, 0, o, null, 1, 'shopify', t, t,
             format('${detail}', i, p * 100, p, o, p)::json
      from (select i, bench.order_id(i, ${k}) as o, bench.points(i, ${k}) as p, bench.at(i, ${k}) as t ${everybody}) e
    `,
  ];
}

function redeemed(shopId: number, everybody: string, kind: "hold" | "use"): Step {
  const cost = "bench.points(i, 1) + bench.points(i, 2)";
  const taken = kind === "hold" ? "-cost, 0, -cost, cost, 0, null" : "0, 0, 0, -cost, 0, bench.order_id(i, 4)";
  return [
    `entries of ${kind}s`,
    `
      insert into entries (${ENTRY_COLUMNS})
      select ${shopId}, i, '${kind}:' || r, '${kind}', ${taken}, r, 1, '${kind === "hold" ? "shopper" : "shopify"}', t, t,
             '{"rewardName":"1.00 USD off"}'
      from (
        select i, bench.redemption_id(i) as r, ${cost} as cost, bench.at(i, ${kind === "hold" ? 2 : 4}) + interval '1 hour' as t ${everybody}
      ) e
    `,
  ];
}

function expired(shopId: number, everybody: string): Step {
  return [
    "entries of expiries",
    `
      insert into entries (${ENTRY_COLUMNS})
      select ${shopId}, i, 'expire:order:' || o || ':1', 'expire', -p, 0, -p, 0, 0, o, null, null, 'sweep', t, t, '{}'
      from (select i, bench.order_id(i, 3) as o, bench.points(i, 3) as p, bench.expires(i, 3) as t ${everybody}) e
    `,
  ];
}

function lots(shopId: number, everybody: string, k: number): Step {
  const remaining = (LIVE_ORDERS as readonly number[]).includes(k) ? "p" : "0";
  return [
    `lots of order ${k}`,
    `
      insert into lots (shop_id, id, member_id, order_id, amount, remaining, available_at, expires_at, matured, expired)
      select ${shopId}, 'order:' || o || ':1', i, o, p, ${remaining}, bench.at(i, ${k}), bench.expires(i, ${k}), true, ${k === EXPIRED_ORDER}
      from (select i, bench.order_id(i, ${k}) as o, bench.points(i, ${k}) as p ${everybody}) l
    `,
  ];
}

function allocations(shopId: number, everybody: string): string {
  const taken = (k: number, entry: string) =>
    `select ${shopId}, ${entry}, 'order:' || bench.order_id(i, ${k}) || ':1', -bench.points(i, ${k}) ${everybody}`;
  const hold = "'hold:' || bench.redemption_id(i)";
  const expire = "'expire:order:' || bench.order_id(i, 3) || ':1'";
  return `
    insert into allocations (shop_id, entry_key, lot_id, points)
    ${[taken(1, hold), taken(2, hold), taken(3, expire)].join(" union all ")}
  `;
}

function redemptions(shopId: number, everybody: string): string {
  const reward = `{"id":"off-1","name":"1.00 USD off","kind":"amount_off","cost":1,"valueMinor":100,"minimumMinor":null,"codeDays":30}`;
  return `
    insert into redemptions (
      shop_id, id, version, member_id, reward, cost, code, state, fingerprint, discount_id, program_version, created_at, ends_at, used_by_order
    )
    select ${shopId}, r, 3, i, '${reward}', bench.points(i, 1) + bench.points(i, 2), 'LOJAL-' || upper(left(md5(r), 16)), 'used', 'off-1/',
           'gid://shopify/DiscountCodeNode/' || i, 1, t, t + interval '30 days', bench.order_id(i, 4)
    from (select i, bench.redemption_id(i) as r, bench.at(i, 2) + interval '1 hour' as t ${everybody}) e
  `;
}

/** The order's state is the worker's own shape; SQL puts its own numbers in for these. */
const ORDER_NAME = "@order";
const ORDER_CUSTOMER = "@customer";
const ORDER_MINOR = 987_654_321;

function bareOrderStates(shopId: number, everybody: string): string {
  return `
    insert into order_states (shop_id, order_id, revision, member_id, posted, postings, program_version)
    select ${shopId}, bench.order_id(i, k), 1, i, bench.points(i, k), 1, 1
    from generate_series(1, ${ORDERS - 1}) k cross join lateral (select i ${everybody}) e order by k, i
  `;
}

function orderStates(shopId: number, everybody: string): string {
  const [template, minor] = [JSON.stringify(orderStateTemplate()), `'${ORDER_MINOR}'`];
  return `
    insert into order_states (shop_id, order_id, revision, member_id, state, posted, postings, program_version)
    select ${shopId}, o, 1, i,
           replace(replace(replace('${template}', ${minor}, (p * 100)::text), '${ORDER_NAME}', '#' || i), '${ORDER_CUSTOMER}', (7000000000 + i)::text)::json,
           p, 1, 1
    from (select i, bench.order_id(i, ${ORDERS}) as o, bench.points(i, ${ORDERS}) as p ${everybody}) e
  `;
}

function orderStateTemplate(): OrderState {
  const atMs = Date.parse("2026-01-01T00:00:00Z");
  const plain = { quantity: 1, currentQuantity: 1, discountMinor: 0, taxMinor: 0, codeDiscounts: {} };
  const moments = { updatedAtMs: atMs, triggeredAtMs: atMs, createdAtMs: atMs, processedAtMs: atMs };
  const flags = { test: false, cancelled: false, status: "paid", taxesIncluded: false } as const;
  return {
    body: {
      ...moments,
      ...flags,
      name: ORDER_NAME,
      customerId: ORDER_CUSTOMER,
      currency: "USD",
      totalMinor: ORDER_MINOR,
      outstandingMinor: 0,
      codes: [],
      lines: [{ id: "1", kind: "product", priceMinor: ORDER_MINOR, ...plain }],
      refunds: [],
    },
    refunds: [],
    deleted: false,
  };
}

/** The unusual members as rows: number, how many lots, how many of the oldest have expired, points of each. */
function heavy(customers: number): string {
  const rows = Object.values(HEAVY_MEMBERS).map(({ entries, live, points }, index) => {
    const expiries = (entries - live) / 2;
    return `(${customers + 1 + index}::bigint, ${entries - expiries}, ${expiries}, ${points}::bigint)`;
  });
  return `(values ${rows.join(", ")}) as h (i, lots, expiries, points)`;
}

const HEAVY_ORDER = "(6000000000000 + i * 10000 + k)::text";
const HEAVY_AT = "now() - interval '300 days' + k * interval '1 minute'";
const HEAVY_EXPIRES = `case when k <= expiries then ${HEAVY_AT} + interval '1 day' else now() + interval '300 days' + k * interval '1 minute' end`;

function heavyEntries(shopId: number, customers: number): string {
  const all = `${heavy(customers)}, generate_series(1, lots) k`;
  return `
    insert into entries (${ENTRY_COLUMNS})
    select ${shopId}, i, 'order:' || ${HEAVY_ORDER} || ':1', 'earn', points, 0, points, 0, 0, ${HEAVY_ORDER}, null, 1, 'shopify',
           ${HEAVY_AT}, ${HEAVY_AT}, '{"orderName":"#1"}'
    from ${all} order by i, k;
    insert into entries (${ENTRY_COLUMNS})
    select ${shopId}, i, 'expire:order:' || ${HEAVY_ORDER} || ':1', 'expire', -points, 0, -points, 0, 0, ${HEAVY_ORDER}, null, null, 'sweep',
           ${HEAVY_EXPIRES}, ${HEAVY_EXPIRES}, '{}'
    from ${all} where k <= expiries order by i, k;
  `;
}

function heavyLots(shopId: number, customers: number): string {
  const all = `${heavy(customers)}, generate_series(1, lots) k`;
  return `
    insert into accounts (shop_id, member_id, version, available, next_due_at)
    select ${shopId}, i, lots + expiries, points * (lots - expiries), now() + interval '300 days' + (expiries + 1) * interval '1 minute'
    from ${heavy(customers)};
    insert into lots (shop_id, id, member_id, order_id, amount, remaining, available_at, expires_at, matured, expired)
    select ${shopId}, 'order:' || ${HEAVY_ORDER} || ':1', i, ${HEAVY_ORDER}, points, case when k <= expiries then 0 else points end,
           ${HEAVY_AT}, ${HEAVY_EXPIRES}, true, k <= expiries
    from ${all};
    insert into order_states (shop_id, order_id, revision, member_id, posted, postings, program_version)
    select ${shopId}, ${HEAVY_ORDER}, 1, i, points, 1, 1 from ${all};
    insert into allocations (shop_id, entry_key, lot_id, points)
    select ${shopId}, 'expire:order:' || ${HEAVY_ORDER} || ':1', 'order:' || ${HEAVY_ORDER} || ':1', -points
    from ${all} where k <= expiries;
  `;
}
