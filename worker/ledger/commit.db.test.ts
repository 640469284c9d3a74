import { type SQL, sql } from "drizzle-orm";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import { orderBody } from "../../dev/test-orders.ts";
import { addShop, newWorld, openBooks, orderJob, type TestWorld } from "../../dev/test-rooms.ts";
import { call, connect } from "../db/client.ts";
import { type Changes, ENTRY_KINDS } from "../domain/account.ts";
import { settleOrder } from "../domain/decide.ts";
import { Draft } from "../domain/draft.ts";
import { holdForReward } from "../domain/spending.ts";
import { sqlStateOf } from "../fault.ts";
import { rulesOf } from "../flows/rooms.ts";
import { settleOrders } from "../flows/settle-orders.ts";
import { noteOf } from "../program/audit.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(async () => {
  expect(await auditLedger(world)).toEqual([]);
  await world.close();
});

/** Reads the books of some orders of one customer each, and decides on them without committing. */
async function decided(...orders: { orderId: string; customerId: string; amountMinor: number }[]): Promise<Changes[]> {
  const { own, rules, nowMs } = await openBooks(
    world,
    orders.map((one) => one.orderId),
    orders.map((one) => one.customerId),
  );
  return orders.map(({ orderId, customerId, amountMinor }) => {
    const draft = new Draft(own, rules);
    settleOrder(draft, { orderId, news: [{ kind: "state", body: orderBody({ customerId, amountMinor }) }] }, nowMs);
    return draft.changes();
  });
}
const unit = (changes: Changes) => ({ shopId: world.shop.id, actor: "test", changes });

test("of two decisions on the same account, one is won and the other changes nothing", async () => {
  const [first] = await decided({ orderId: "1", customerId: "7001", amountMinor: 100 });
  const [second] = await decided({ orderId: "2", customerId: "7001", amountMinor: 900 });
  if (!first || !second) throw new Error("nothing decided");
  expect(await world.rooms.ledger.commit([unit(first)])).toEqual([true]);
  expect(await world.rooms.ledger.commit([unit(second)])).toEqual([false]);
  expect(await world.look("select available::int from accounts")).toEqual([{ available: 1 }]);
});

test("a unit that lost leaves the others of its batch untouched", async () => {
  const stale = await decided({ orderId: "1", customerId: "7001", amountMinor: 100 });
  await settleOrders(world.rooms, [
    orderJob(world, "9", { kind: "state", body: orderBody({ customerId: "7001", amountMinor: 700 }) }),
  ]);
  const fresh = await decided({ orderId: "2", customerId: "7002", amountMinor: 200 });
  expect(await world.rooms.ledger.commit([...stale, ...fresh].map(unit))).toEqual([false, true]);
  const accounts = await world.look(
    "select customer_id, available::int from accounts join members on id = member_id order by 1",
  );
  expect(accounts).toEqual([
    { customer_id: "7001", available: 7 },
    { customer_id: "7002", available: 2 },
  ]);
});

test("a unit that lost opens no books either, so that the others of its batch are not lost with it", async () => {
  const news = (customerId: string, updatedAtMs: number) =>
    ({ kind: "state", body: orderBody({ customerId, updatedAtMs }) }) as const;
  await settleOrders(world.rooms, [orderJob(world, "1", news("7001", 1_000))]);
  const { own, rules, nowMs } = await openBooks(world, ["1"], ["7003"]);
  const draft = new Draft(own, rules);
  settleOrder(draft, { orderId: "1", news: [news("7003", 2_000)] }, nowMs);
  const moved = draft.changes();
  expect(moved.accounts.map(({ version }) => version > 0).toSorted()).toEqual([false, true]);
  await settleOrders(world.rooms, [orderJob(world, "2", news("7001", 1_000))]);
  const fresh = await decided({ orderId: "3", customerId: "7002", amountMinor: 200 });
  expect(await world.rooms.ledger.commit([moved, ...fresh].map(unit))).toEqual([false, true]);
  expect(await world.look("select customer_id from members order by 1")).toEqual([
    { customer_id: "7001" },
    { customer_id: "7002" },
  ]);
});

test("a guest's order state is guarded by its own revision, also where it was written before", async () => {
  const guest = async (status: "pending" | "paid" | "voided", updatedAtMs: number) => {
    const { own, rules, nowMs } = await openBooks(world, ["1"]);
    const draft = new Draft(own, rules);
    settleOrder(
      draft,
      { orderId: "1", news: [{ kind: "state", body: orderBody({ customerId: null, status, updatedAtMs }) }] },
      nowMs,
    );
    return draft.changes();
  };
  const [a, b] = [await guest("pending", 1_000), await guest("paid", 2_000)];
  expect(await world.rooms.ledger.commit([unit(a)])).toEqual([true]);
  expect(await world.rooms.ledger.commit([unit(b)])).toEqual([false]);
  const [paid, voided] = [await guest("paid", 2_000), await guest("voided", 3_000)];
  expect(await world.rooms.ledger.commit([unit(paid)])).toEqual([true]);
  expect(await world.rooms.ledger.commit([unit(voided)])).toEqual([false]);
  expect(await world.look("select revision::int from order_states")).toEqual([{ revision: 2 }]);
});

describe("books that nobody has written yet", () => {
  const points = () =>
    world.look(
      "select m.customer_id, a.available::int from accounts a join members m on m.id = a.member_id order by 1",
    );

  test("are begun by one of two decisions; the other changes nothing", async () => {
    const [first] = await decided({ orderId: "1", customerId: "7001", amountMinor: 100 });
    const [second] = await decided({ orderId: "2", customerId: "7001", amountMinor: 900 });
    const [same] = await decided({ orderId: "1", customerId: "7001", amountMinor: 100 });
    if (!first || !second || !same) throw new Error("nothing decided");
    expect(await world.look("select from members union all select from order_states")).toEqual([]);
    expect(await world.rooms.ledger.commit([unit(first)])).toEqual([true]);
    expect(await world.rooms.ledger.commit([unit(second)])).toEqual([false]);
    expect(await world.rooms.ledger.commit([unit(same)])).toEqual([false]);
    expect(await points()).toEqual([{ customer_id: "7001", available: 1 }]);
    expect(await world.look("select order_id from order_states")).toEqual([{ order_id: "1" }]);
  });

  test("are lost alone: others of the batch are won, and nothing is left of the one that lost", async () => {
    const meant = await decided(
      { orderId: "2", customerId: "7001", amountMinor: 200 },
      { orderId: "3", customerId: "7003", amountMinor: 300 },
    );
    await settleOrders(world.rooms, [orderJob(world, "1", { kind: "state", body: orderBody({ amountMinor: 100 }) })]);
    expect(await world.rooms.ledger.commit(meant.map(unit))).toEqual([false, true]);
    expect(await points()).toEqual([
      { customer_id: "7001", available: 1 },
      { customer_id: "7003", available: 3 },
    ]);
    expect(await world.look("select order_id from order_states order by 1")).toEqual([
      { order_id: "1" },
      { order_id: "3" },
    ]);
  });

  test("are lost by the whole batch where one unit would have begun some of its books and not others", async () => {
    const meant = await decided(
      { orderId: "1", customerId: "7001", amountMinor: 100 },
      { orderId: "2", customerId: "7002", amountMinor: 200 },
    );
    const guest = { kind: "state", body: orderBody({ customerId: null }) } as const;
    await settleOrders(world.rooms, [orderJob(world, "1", guest)]);
    expect(await world.rooms.ledger.commit(meant.map(unit))).toEqual([false, false]);
    expect(await world.look("select from members")).toEqual([]);
    expect(await world.look("select order_id from order_states")).toEqual([{ order_id: "1" }]);
  });

  test("are begun once by sixteen first orders of one customer at the same time", async () => {
    const orders = Array.from({ length: 16 }, (_, index) =>
      orderJob(world, String(index), { kind: "state", body: orderBody({ amountMinor: 100 }) }),
    );
    // Each round one of those that still try wins; should one give up, the queue brings it again.
    const settle = async (order: (typeof orders)[number]): Promise<void> => {
      await settleOrders(world.rooms, [order]).catch(() => settle(order));
    };
    await Promise.all(orders.map(settle));
    expect(await points()).toEqual([{ customer_id: "7001", available: 16 }]);
  });

  test("are begun by batches in opposite order without a deadlock", async () => {
    const customers = Array.from({ length: 60 }, (_, index) => index);
    const of = (round: number) =>
      decided(
        ...customers.map((n) => ({
          orderId: `${round}-${n}`,
          customerId: `${8000 + round * 100 + n}`,
          amountMinor: 100,
        })),
      );
    for (let round = 0; round < 10; round++) {
      const [there, back] = [await of(round), (await of(round)).toReversed()];
      const won = await Promise.all([there, back].map((changes) => world.rooms.ledger.commit(changes.map(unit))));
      expect(won[0]?.map((isWon, index) => isWon !== won[1]?.toReversed()[index])).toEqual(customers.map(() => true));
    }
    expect(await world.look("select count(*)::int, sum(available)::int from accounts")).toEqual([
      { count: 600, sum: 600 },
    ]);
    const deadlocks = "select deadlocks::int from pg_stat_database where datname = current_database()";
    expect(await world.look(deadlocks)).toEqual([{ deadlocks: 0 }]);
  });
});

test("a batch that is told again writes nothing: no row of any table is another", async () => {
  const batch = Array.from({ length: 20 }, (_, index) =>
    orderJob(world, String(index), { kind: "state", body: orderBody({ customerId: String(7000 + (index % 7)) }) }),
  );
  const tables = ["members", "accounts", "order_states", "entries", "lots"];
  const rows = tables.map((table) => `select '${table}', ctid::text, xmin::text from ${table}`).join(" union all ");
  await settleOrders(world.rooms, batch);
  const before = await world.look(rows);
  await settleOrders(world.rooms, batch.toReversed());
  expect(await world.look(rows)).toEqual(before);
});

describe("a lost race is answered with the state that won", () => {
  const tried = (changes: Changes, orderId: string, customerId: string) => ({
    ...unit(changes),
    wanted: [{ orderIds: [orderId], customerIds: [customerId] }],
  });

  test("for the units that lost, and for no other", async () => {
    const [stale] = await decided({ orderId: "1", customerId: "7001", amountMinor: 100 });
    await settleOrders(world.rooms, [
      orderJob(world, "9", { kind: "state", body: orderBody({ customerId: "7001", amountMinor: 700 }) }),
    ]);
    const [fresh] = await decided({ orderId: "2", customerId: "7002", amountMinor: 200 });
    if (!stale || !fresh) throw new Error("nothing decided");
    const outcome = await world.rooms.ledger.commitOrLoad([tried(stale, "1", "7001"), tried(fresh, "2", "7002")], {
      open: true,
    });
    expect(outcome.won).toEqual([false, true]);
    const books = outcome.loaded?.books.get(world.shop.id);
    expect(books?.accounts).toMatchObject([{ customerId: "7001", version: 1, available: 7, lots: [{ amount: 7 }] }]);
    expect(books?.orders).toMatchObject([{ orderId: "1", revision: 0 }]);
    expect(
      await world.rooms.ledger.load([{ shopId: world.shop.id, orderIds: ["1"], customerIds: ["7001"] }], {
        open: true,
      }),
    ).toMatchObject({ books: outcome.loaded?.books });
    expect(Math.abs((outcome.loaded?.nowMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test("with nothing where all were won", async () => {
    const [changes] = await decided({ orderId: "1", customerId: "7001", amountMinor: 100 });
    if (!changes) throw new Error("nothing decided");
    const outcome = await world.rooms.ledger.commitOrLoad([tried(changes, "1", "7001")], { open: true });
    expect(outcome).toEqual({ won: [true], loaded: null });
  });

  test.each(["false", "null::boolean"])(
    "also where what must hold for the commit does not hold (%s); nothing is noted then",
    async (guard) => {
      const [changes] = await decided({ orderId: "1", customerId: "7001", amountMinor: 100 });
      if (!changes) throw new Error("nothing decided");
      const act = { actor: "operator", action: "points-adjusted", detail: {} } as const;
      const note = noteOf(world.shop.id, act);
      const notes = () => world.look("select action from audit_entries where shop_id = $1", [world.shop.id]);
      const commit = (holds: SQL) =>
        world.rooms.ledger.commitOrLoad([tried(changes, "1", "7001")], { open: true, note, guard: holds });
      const lost = await commit(sql.raw(guard));
      expect(lost).toMatchObject({ won: [false], loaded: { books: expect.anything() } });
      expect([await world.look("select key from entries"), await notes()]).toEqual([[], []]);
      expect(await commit(sql`true`)).toEqual({ won: [true], loaded: null });
      expect(await notes()).toEqual([{ action: "points-adjusted" }]);
    },
  );

  test("also where the whole batch was undone", async () => {
    const [one, two] = await decided(
      { orderId: "1", customerId: "7001", amountMinor: 100 },
      { orderId: "2", customerId: "7002", amountMinor: 200 },
    );
    if (!one || !two) throw new Error("nothing decided");
    const guest = { kind: "state", body: orderBody({ customerId: null }) } as const;
    await settleOrders(world.rooms, [orderJob(world, "1", guest)]);
    const outcome = await world.rooms.ledger.commitOrLoad([tried(one, "1", "7001"), tried(two, "2", "7002")], {
      open: true,
    });
    expect(outcome.won).toEqual([false, false]);
    expect(outcome.loaded?.books.get(world.shop.id)?.orders).toMatchObject([
      { orderId: "1", revision: 1 },
      { orderId: "2", revision: 0 },
    ]);
  });

  test("and what was won beside it is as safe as the session wants it", async () => {
    const client = new pg.Client({ connectionString: world.database.superuserUrl });
    await client.connect();
    try {
      await client.query("begin");
      await client.query("set local synchronous_commit = 'local'");
      const guest = { unit: 1, shop_id: world.shop.id, order_id: "1", revision: 7 };
      const newcomer = { unit: 1, shop_id: world.shop.id, customer_id: "7001" };
      const { rows } = await client.query(
        "select won, loaded from lojal_commit_or_load_7($1, 1, null, $2, null, null, null, null, null, null, $3, null, null, null, null, null, null, true)",
        [[world.shop.id], JSON.stringify([guest]), JSON.stringify([newcomer])],
      );
      expect(rows).toMatchObject([{ won: [false], loaded: { newcomers: [{ customerId: "7001" }] } }]);
      expect((await client.query("show synchronous_commit")).rows).toEqual([{ synchronous_commit: "local" }]);
      await client.query("rollback");
    } finally {
      await client.end();
    }
  });
});

test("neither load nor commit reaches beyond the shops it is told", async () => {
  await settleOrders(world.rooms, [orderJob(world, "1", { kind: "state", body: orderBody() })]);
  const other = await addShop(world, "other-shop.myshopify.com");
  const db = connect(world.database.databaseUrl);
  const asked = JSON.stringify([{ shop_id: world.shop.id, customer_id: "7001" }]);
  const load = "select * from lojal_load_6($1, $2, '[]', '[]', '[]', '[]', '[]', '[]', false)";
  expect(await call(db, load, [[world.shop.id], asked])).toMatchObject([{ accounts: [{ customerId: "7001" }] }]);
  expect(await call(db, load, [[other.id], asked])).toMatchObject([
    { accounts: null, newest_program_versions: { [other.id]: 1 } },
  ]);
  const guest = {
    unit: 1,
    shop_id: world.shop.id,
    order_id: "2",
    revision: 0,
    state: {},
    posted: 0,
    postings: 0,
    multiplier: 1,
    forgiven: 0,
    reason: "",
  };
  const commit = "select lojal_commit_4($1, 1, null, $2, null, null, null, null, null, null)";
  const refusal = await call(db, commit, [[other.id], JSON.stringify([guest])]).catch(sqlStateOf);
  expect(refusal).toBe("42501");
});

test("a new order locks no row of its shop", async () => {
  const locker = "select xmax::text from shops";
  const before = await world.look(locker);
  await settleOrders(world.rooms, [orderJob(world, "1", { kind: "state", body: orderBody() })]);
  expect(await world.look("select order_id from order_states")).toEqual([{ order_id: "1" }]);
  expect(await world.look(locker)).toEqual(before);
});

test("an id or key that exists already is a lost race for the whole batch, not a half-done one", async () => {
  await settleOrders(world.rooms, [orderJob(world, "1", { kind: "state", body: orderBody({ amountMinor: 100_000 }) })]);
  const { books, nowMs } = await world.rooms.ledger.load([{ shopId: world.shop.id, customerIds: ["7001"] }], {
    open: false,
  });
  const own = books.get(world.shop.id);
  const account = own?.accounts[0];
  if (!own || !account) throw new Error("no books");
  const rules = await rulesOf(world.rooms, world.shop, own);
  const hold = (code: string) => {
    const request = { redemptionId: "5d8c6f4e-0000-4000-8000-000000000001", code, rewardId: "off-500", points: null };
    const decision = holdForReward({ account, redemption: null }, rules, request, nowMs);
    if (decision.kind !== "changes") throw new Error("not held");
    return decision.changes;
  };
  expect(await world.rooms.ledger.commit([unit(hold("A"))])).toEqual([true]);
  const stale = hold("B");
  const fresh = { ...stale, accounts: stale.accounts.map((one) => ({ ...one, version: one.version + 1 })) };
  expect(await world.rooms.ledger.commit([unit(fresh)])).toEqual([false]);
  expect(await world.look("select code from redemptions")).toEqual([{ code: "A" }]);
});

describe("the database refuses what must never be", () => {
  test.each([
    ["accounts_available_in_range", "update accounts set available = -1"],
    ["accounts_owed_in_range", "update accounts set owed = -1"],
    ["accounts_held_in_range", "update accounts set held = 9007199254740992"],
    ["lots_remaining_within_amount", "update lots set remaining = amount + 1"],
    ["order_states_posted_to_somebody", "update order_states set member_id = null"],
    [
      "entries_points_add_up",
      "insert into entries select shop_id, 0, member_id, 'k', kind, points + 1, pending, available, held, owed, null, null, null, 'x', now(), now(), '{}' from entries limit 1",
    ],
    [
      "entries_pots_fit_kind",
      "insert into entries select shop_id, 0, member_id, 'k', 'hold', points, pending, available, held, owed, null, null, null, 'x', now(), now(), '{}' from entries limit 1",
    ],
    [
      "entries_pkey",
      "insert into entries select shop_id, 0, member_id, key, kind, points, pending, available, held, owed, null, null, null, 'x', now(), now(), '{}' from entries limit 1",
    ],
    [
      "entries_account_fkey",
      "insert into entries select shop_id, 0, 0, 'k', kind, points, pending, available, held, owed, null, null, null, 'x', now(), now(), '{}' from entries limit 1",
    ],
  ])("%s", async (constraint, statement) => {
    await settleOrders(world.rooms, [orderJob(world, "1", { kind: "state", body: orderBody() })]);
    await expect(
      world.look(statement.replace("select shop_id, 0,", "overriding system value select shop_id, 0,")),
    ).rejects.toMatchObject({ constraint });
  });

  test("an entry of any kind that moves every pot at once, and one of a kind that is none", async () => {
    await settleOrders(world.rooms, [orderJob(world, "1", { kind: "state", body: orderBody() })]);
    const odd = (kind: string) =>
      world.look(
        `insert into entries overriding system value
         select shop_id, 0, member_id, 'k', $1, 1, 1, 1, -1, 1, null, null, null, 'x', now(), now(), '{}' from entries limit 1`,
        [kind],
      );
    // A kind without a branch of its own would pass: the check would be neither true nor false.
    for (const kind of ENTRY_KINDS)
      await expect(odd(kind), kind).rejects.toMatchObject({ constraint: "entries_pots_fit_kind" });
    await expect(odd("bonus")).rejects.toMatchObject({ constraint: "entries_kind_is_known" });
  });
});
