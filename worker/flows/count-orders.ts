/**
 * A program with other tiers begins: orders that were settled before anything was counted towards a tier are settled once more, without news,
 * which counts them. Then all members are dated anew.
 */
import { isEmpty } from "../domain/account.ts";
import { settleOrder } from "../domain/decide.ts";
import { Draft } from "../domain/draft.ts";
import type { Shop } from "../shops/shops.ts";
import { commitDecision } from "./commit-decision.ts";
import { chunksOf } from "./jobs.ts";
import type { Rooms } from "./rooms.ts";

const ORDERS_PER_JOB = 500;
/** All orders of a commit stand and fall together: few enough that shoppers seldom get in between. */
const ORDERS_AT_ONCE = 25;

/** Counts the orders after this one, some hundreds a job. One that died begins again, and finds what it has counted done. */
export async function countOrders(rooms: Rooms, shop: Shop, afterOrderId: string): Promise<void> {
  const orderIds = await rooms.ledger.uncounted(shop.id, afterOrderId, ORDERS_PER_JOB);
  for (const some of chunksOf(orderIds, ORDERS_AT_ONCE)) await countSome(rooms, shop, some);
  const last = orderIds.at(-1);
  const isMore = last !== undefined && orderIds.length === ORDERS_PER_JOB;
  const next = isMore
    ? ({ kind: "count-orders", shop: shop.domain, afterOrderId: last } as const)
    : ({ kind: "date-anew", shop: shop.domain, afterMemberId: "0" } as const);
  await rooms.queue.send([next], { lane: "bulk" });
}

async function countSome(rooms: Rooms, shop: Shop, orderIds: readonly string[]): Promise<void> {
  const done = await commitDecision(rooms, shop, {
    actor: "shopify",
    wanted: { orderIds },
    open: false,
    decide({ books, rules, nowMs }) {
      const draft = new Draft(books, rules);
      for (const { orderId } of books.orders) settleOrder(draft, { orderId, news: [] }, nowMs);
      const changes = draft.changes();
      return { changes: isEmpty(changes) ? null : changes, result: true };
    },
  });
  if (done === null) throw new Error("Orders could not be counted: every try lost a race.");
}
