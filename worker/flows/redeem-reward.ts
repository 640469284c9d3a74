/** Points become a discount code: hold → make the code at Shopify → issued. A lost answer loses neither points nor code. */
import type { Account, Redemption } from "../domain/account.ts";
import { accountAt } from "../domain/due.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type Decision, holdForReward, issueCode, releaseHold } from "../domain/spending.ts";
import type { Books } from "../ledger/load.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import { discountCode } from "../shopify/discount-code.ts";
import { type CodeRequest, createCode, findCode } from "../shopify/discounts.ts";
import type { Shop } from "../shops/shops.ts";
import { paintMemberSoon, sendOrLeave } from "./paint-storefront.ts";
import { adminApiOf, booksOf, type Rooms, rulesOf } from "./rooms.ts";

/** Each lost race is somebody else's success: as many as a shopper's taps and orders can cause at once. */
const TRIES = 20;
const PAUSE_MS = 10;
const FINISH_DELAY_SECONDS = 3;

/** Who caused an entry. */
export type Actor = "shopper" | "shopify" | "sweep";

export interface RedeemRequest {
  readonly redemptionId: string;
  readonly rewardId: string;
  readonly points: number | null;
}

export type RedeemAnswer =
  | { readonly kind: "redemption"; readonly redemption: Redemption; readonly available: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Redeems a reward for a shopper. The same id again gives the same answer, and finishes what an earlier try left open. */
export async function redeemReward(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  request: RedeemRequest,
): Promise<RedeemAnswer> {
  const code = await discountCode(request.redemptionId, shop.domain, rooms.settings.CODE_KEY);
  const held = await decideAndCommit(
    rooms,
    shop,
    "shopper",
    { customerIds: [customerId], redemptionIds: [request.redemptionId] },
    async (seen) => {
      const rules = await rulesOf(rooms, shop, seen.books);
      const account = seen.books.accounts.find((one) => one.customerId === customerId) ?? null;
      return holdForReward({ account, redemption: seen.redemption }, rules, { ...request, code }, seen.nowMs);
    },
  );
  if (held.kind === "refused" || held.redemption.state !== "held") return finalAnswer(held);
  const finished = await makeCode(rooms, shop, customerId, held);
  // The hold stands whatever kept its end from being written: the sweep writes it.
  const answer = finished.kind === "redemption" ? finished : held;
  const { id, state, memberId } = answer.redemption;
  if (state === "held") {
    await sendOrLeave(
      rooms,
      [{ kind: "finish-redemption", shop: shop.domain, redemptionId: id }],
      FINISH_DELAY_SECONDS,
    );
  }
  await paintMemberSoon(rooms, shop, memberId);
  return finalAnswer(answer);
}

/** What Shopify refused stays refused, however often it is asked. */
function finalAnswer(answer: RedeemAnswer): RedeemAnswer {
  if (answer.kind === "refused") return answer;
  const { id, state, reason } = answer.redemption;
  const isRefused = state === "released" && reason === "refused";
  return isRefused ? { kind: "refused", refusal: { code: "reward-refused", redemptionId: id } } : answer;
}

/**
 * Brings a held redemption to its end at Shopify: issued when the code is there, released when Shopify refuses it, still held when
 * nobody knows. Safe to repeat: the code's text is always the same, and Shopify takes it once.
 */
export async function makeCode(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  held: Extract<RedeemAnswer, { kind: "redemption" }>,
): Promise<RedeemAnswer> {
  const { redemption } = held;
  const api = await adminApiOf(rooms, shop);
  if (!api) return held;
  const outcome = await createOrFind(api, {
    redemptionId: redemption.id,
    code: redemption.code,
    customerId,
    reward: redemption.reward,
    currency: shop.currency,
    startsAtMs: redemption.createdAtMs,
    endsAtMs: redemption.endsAtMs,
  });
  if (outcome.kind === "unknown") return held;
  return await decideOnRedemption(rooms, shop, "shopify", redemption.id, (account, newest, nowMs) =>
    outcome.kind === "created"
      ? issueCode(account, newest, outcome.discountId)
      : releaseHold(account, newest, "refused", nowMs),
  );
}

async function createOrFind(api: AdminApi, request: CodeRequest) {
  const created = await createCode(api, request);
  if (created.kind !== "taken") return created;
  const found = await findCode(api, request.code, request.redemptionId);
  if (found.kind === "found" && found.isOurs && !found.hasEnded)
    return { kind: "created", discountId: found.discountId } as const;
  if (found.kind === "found")
    return { kind: "refused", detail: "the code is another discount's, or was given up" } as const;
  return { kind: "unknown", detail: "taken a moment ago, not found now" } as const;
}

/** Reads one redemption with its member's account, decides, commits; again when a race was lost. */
export async function decideOnRedemption(
  rooms: Rooms,
  shop: Shop,
  actor: Actor,
  redemptionId: string,
  decide: (account: Account, redemption: Redemption, nowMs: number) => Decision,
) {
  return await decideAndCommit(
    rooms,
    shop,
    actor,
    { redemptionIds: [redemptionId] },
    async ({ books, redemption, nowMs }) => {
      const account = books.accounts.find((one) => one.memberId === redemption?.memberId);
      if (!redemption || !account) return { kind: "refused", refusal: { code: "unknown-redemption", redemptionId } };
      return decide(account, redemption, nowMs);
    },
  );
}

interface Seen {
  readonly books: Books;
  readonly redemption: Redemption | null;
  readonly nowMs: number;
}

async function decideAndCommit(
  rooms: Rooms,
  shop: Shop,
  actor: Actor,
  wanted: { customerIds?: readonly string[]; redemptionIds: readonly string[] },
  decide: (seen: Seen) => Promise<Decision>,
): Promise<RedeemAnswer> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, ...wanted }], { open: false });
    const own = booksOf(books, shop);
    const decision = await decide({ books: own, redemption: own.redemptions[0] ?? null, nowMs });
    if (decision.kind === "refused") return decision;
    const { redemption } = decision;
    if (decision.kind === "replay") return answerWith(redemption, own.accounts, nowMs);
    const [won] = await rooms.ledger.commit([{ shopId: shop.id, actor, changes: decision.changes }]);
    if (won) return answerWith(redemption, [...decision.changes.accounts, ...own.accounts], nowMs);
    await pause(Math.random() * PAUSE_MS * attempt);
  }
  return { kind: "refused", refusal: { code: "try-again", detail: "Many changes to this account at once." } };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The redemption with the balance of its member, as the first of these accounts tells it. */
export function answerWith(redemption: Redemption, accounts: readonly Account[], nowMs: number) {
  const account = accounts.find((one) => one.memberId === redemption.memberId);
  return { kind: "redemption", redemption, available: account ? accountAt(account, nowMs).available : 0 } as const;
}
