/** An operation of a history as the worker's own flows carry it out. */

import { isCustomer } from "../../worker/domain/account.ts";
import type { OrderNews } from "../../worker/domain/order.ts";
import { type Decision, holdForReward, issueCode, releaseHold } from "../../worker/domain/spending.ts";
import { bookDueMembers } from "../../worker/flows/book-due.ts";
import { adjustMember, bringBalance, joinOrLeave, type MemberAnswer } from "../../worker/flows/change-member.ts";
import { commitDecision } from "../../worker/flows/commit-decision.ts";
import type { OrderJob } from "../../worker/flows/jobs.ts";
import { mergeCustomers } from "../../worker/flows/merge-customers.ts";
import { decideOnRedemption, type RedeemAnswer } from "../../worker/flows/redeem-reward.ts";
import type { Rooms } from "../../worker/flows/rooms.ts";
import { settleOrders } from "../../worker/flows/settle-orders.ts";
import type { Shop } from "../../worker/shops/shops.ts";
import { codeOf } from "./codes.ts";
import type { Answer, Operation } from "./history.ts";

export type OrderOperation = Extract<Operation, { readonly orderId: string }>;
/** Everything but a program's publication and the reading of a group, which are not the ledger's. */
export type LedgerOperation = Exclude<Operation, { readonly kind: "publish" | "group" }>;

export function isOrderOperation(operation: Operation): operation is OrderOperation {
  return operation.kind === "order" || operation.kind === "refund" || operation.kind === "delete";
}

/** Carries the operation out once. `memberIds` is whom a sweep looks after. */
export async function perform(
  rooms: Rooms,
  shop: Shop,
  operation: LedgerOperation,
  memberIds: readonly string[],
): Promise<Answer> {
  switch (operation.kind) {
    case "order":
    case "refund":
    case "delete":
      await settleBatch(rooms, [orderJobOf(shop, operation)]);
      return "done";
    case "hold":
      return hold(rooms, shop, operation);
    case "issue":
    case "release":
      return onRedemption(rooms, shop, operation);
    case "adjust":
      return told(await adjustMember(rooms, shop, operation.customerId, operation));
    case "open":
      return told(await bringBalance(rooms, shop, operation.customerId, operation));
    case "membership":
      return told(await joinOrLeave(rooms, shop, operation.customerId, operation.isMember));
    case "merge":
      await mergeCustomers(rooms, shop, operation);
      return "done";
    case "sweep":
      await bookDueMembers(rooms, shop, memberIds);
      return "done";
  }
}

export function orderJobOf(shop: Shop, operation: OrderOperation): OrderJob {
  const { orderId } = operation;
  return { kind: "order", shop: shop.domain, topic: "history", deliveryId: null, orderId, news: newsOf(operation) };
}

function newsOf(operation: OrderOperation): OrderNews {
  switch (operation.kind) {
    case "order":
      return { kind: "state", body: operation.body };
    case "refund":
      return { kind: "refund", refund: operation.refund };
    case "delete":
      return { kind: "deleted" };
  }
}

/** As the queue does: a batch that lost every round comes again. */
export async function settleBatch(rooms: Rooms, jobs: readonly OrderJob[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await settleOrders(rooms, jobs);
      return;
    } catch (fault) {
      if (attempt === 10 || !String(fault).includes("every round lost a race")) throw fault;
    }
  }
}

/** As `redeemReward` holds a price, with the code that the history's orders name. */
async function hold(rooms: Rooms, shop: Shop, operation: Extract<Operation, { kind: "hold" }>): Promise<Answer> {
  const { redemptionId, customerId, rewardId } = operation;
  const answer = await commitDecision<Answer>(rooms, shop, {
    actor: "shopper",
    wanted: { customerIds: [customerId], redemptionIds: [redemptionId] },
    open: false,
    decide({ books, rules, nowMs }) {
      const account = books.accounts.find((one) => isCustomer(one, customerId)) ?? null;
      const request = { redemptionId, rewardId, points: null, code: codeOf(redemptionId) };
      const decision = holdForReward({ account, redemption: books.redemptions[0] ?? null }, rules, request, nowMs);
      return { changes: decision.kind === "changes" ? decision.changes : null, result: answerOf(decision) };
    },
  });
  return answer ?? "try-again";
}

function answerOf(decision: Decision): Answer {
  return decision.kind === "refused" ? decision.refusal.code : "done";
}

async function onRedemption(
  rooms: Rooms,
  shop: Shop,
  operation: Extract<Operation, { kind: "issue" | "release" }>,
): Promise<Answer> {
  const { redemptionId } = operation;
  const answer =
    operation.kind === "issue"
      ? await decideOnRedemption(rooms, shop, "shopify", redemptionId, (account, redemption, rules) =>
          issueCode(account, rules, redemption, `gid://shopify/DiscountCodeNode/${redemptionId}`),
        )
      : await decideOnRedemption(rooms, shop, "shopper", redemptionId, (account, redemption, rules, nowMs) =>
          releaseHold(account, rules, redemption, operation.reason, nowMs),
        );
  return told(answer);
}

function told(answer: RedeemAnswer | MemberAnswer): Answer {
  return answer.kind === "refused" ? answer.refusal.code : "done";
}
