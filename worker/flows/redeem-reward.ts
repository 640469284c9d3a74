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
import { adminApiOf, type Rooms, rulesOf } from "./rooms.ts";

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
  if (held.kind === "refused") return held;
  if (held.redemption.state !== "held") return answerOf(rooms, shop, held.redemption);
  const finished = await makeCode(rooms, shop, customerId, held.redemption);
  // The hold stands whatever kept its end from being written: the sweep writes it.
  const redemption = finished.kind === "done" ? finished.redemption : held.redemption;
  if (redemption.state === "held") {
    const job = { kind: "finish-redemption", shop: shop.domain, redemptionId: redemption.id } as const;
    await sendOrLeave(rooms, [job], FINISH_DELAY_SECONDS);
  }
  await paintMemberSoon(rooms, shop, redemption.memberId);
  return answerOf(rooms, shop, redemption);
}

/** What Shopify refused stays refused, however often it is asked. */
async function answerOf(rooms: Rooms, shop: Shop, redemption: Redemption): Promise<RedeemAnswer> {
  const isRefused = redemption.state === "released" && redemption.reason === "refused";
  if (isRefused) return { kind: "refused", refusal: { code: "reward-refused", redemptionId: redemption.id } };
  return withBalance(rooms, shop, redemption);
}

/**
 * Brings a held redemption to its end at Shopify: issued when the code is there, released when Shopify refuses it, still held when
 * nobody knows. Safe to repeat: the code's text is always the same, and Shopify takes it once.
 */
export async function makeCode(rooms: Rooms, shop: Shop, customerId: string, redemption: Redemption) {
  const api = await adminApiOf(rooms, shop);
  if (!api) return { kind: "done", redemption } as const;
  const outcome = await createOrFind(api, {
    redemptionId: redemption.id,
    code: redemption.code,
    customerId,
    reward: redemption.reward,
    currency: shop.currency,
    startsAtMs: redemption.createdAtMs,
    endsAtMs: redemption.endsAtMs,
  });
  if (outcome.kind === "unknown") return { kind: "done", redemption } as const;
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
  if (found.kind === "found" && found.isOurs) return { kind: "created", discountId: found.discountId } as const;
  if (found.kind === "found") return { kind: "refused", detail: "the code belongs to another discount" } as const;
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

type Settled =
  | { readonly kind: "done"; readonly redemption: Redemption }
  | { readonly kind: "refused"; readonly refusal: Refusal };

async function decideAndCommit(
  rooms: Rooms,
  shop: Shop,
  actor: Actor,
  wanted: { customerIds?: readonly string[]; redemptionIds: readonly string[] },
  decide: (seen: Seen) => Promise<Decision>,
): Promise<Settled> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, ...wanted }], { open: false });
    const own = books.get(shop.id);
    if (!own) break;
    const decision = await decide({ books: own, redemption: own.redemptions[0] ?? null, nowMs });
    if (decision.kind === "refused") return decision;
    if (decision.kind === "replay") return { kind: "done", redemption: decision.redemption };
    const [won] = await rooms.ledger.commit([{ shopId: shop.id, actor, changes: decision.changes }]);
    if (won) return { kind: "done", redemption: decision.redemption };
    await pause(Math.random() * PAUSE_MS * attempt);
  }
  return { kind: "refused", refusal: { code: "try-again", detail: "Many changes to this account at once." } };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The redemption with the balance it leaves. */
export async function withBalance(rooms: Rooms, shop: Shop, redemption: Redemption): Promise<RedeemAnswer> {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, memberIds: [redemption.memberId] }], {
    open: false,
  });
  const account = books.get(shop.id)?.accounts[0];
  return { kind: "redemption", redemption, available: account ? accountAt(account, nowMs).available : 0 };
}
