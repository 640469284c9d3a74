/** Points become a reward: hold → make the code, or give the money, at Shopify → issued, or used. A lost answer loses neither points nor code. */
import { type Account, isCustomer, type Redemption } from "../domain/account.ts";
import { accountAt } from "../domain/due.ts";
import type { MemberDecision } from "../domain/members.ts";
import { type ShopRules, versionInForce } from "../domain/program.ts";
import { NO_PROGRESS } from "../domain/progress.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type Asker, isCounted, isMoneyReward, PLAIN_ASKER, type Reward, type RewardUses } from "../domain/rewards.ts";
import { type Decision, holdForReward, issueCode, releaseHold } from "../domain/spending.ts";
import { booksAfter, joinChanges } from "../domain/successive.ts";
import { tierAt } from "../domain/tiers.ts";
import type { Guard } from "../ledger/commit.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import { discountCode } from "../shopify/discount-code.ts";
import { type CodeRequest, createCode, findCode } from "../shopify/discounts.ts";
import { withheldKinds } from "../shopify/reward-scopes.ts";
import type { Shop } from "../shops/shops.ts";
import type { NoteOn } from "./act-as-staff.ts";
import { closeCode } from "./close-code.ts";
import { type Actor, type Command, commitDecision, type Seen } from "./commit-decision.ts";
import { giveMoney } from "./give-money.ts";
import { paintMemberSoon, paintStockSoon, sendOrLeave } from "./paint-storefront.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

const FINISH_DELAY_SECONDS = 3;

export interface RedeemRequest {
  readonly redemptionId: string;
  readonly rewardId: string;
  readonly points: number | null;
}

export type RedeemAnswer =
  | { readonly kind: "redemption"; readonly redemption: Redemption; readonly available: number }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export type Held = Extract<RedeemAnswer, { kind: "redemption" }>;

/** What is posted before the hold and in its commit; asked for only where the redemption is not known yet. */
export interface PaidBefore {
  readonly entryKeys: readonly string[];
  /** Reads what it needs, with each load. */
  ask(seen: Seen): Promise<void>;
  /** What must still hold at the commit. */
  guard(): Guard | undefined;
  /** A refusal is the whole answer. */
  decide(seen: Seen): MemberDecision;
}

interface RedeemedBy {
  readonly actor?: Actor;
  readonly note?: NoteOn;
  /** Where somebody else pays. */
  readonly paid?: PaidBefore;
}

/** Redeems a reward for a shopper, or somebody else does it for them (then with a note of it). The same id again gives the same answer, and finishes what an earlier try left open. */
export async function redeemReward(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  request: RedeemRequest,
  { note, actor = note === undefined ? "shopper" : "staff", paid }: RedeemedBy = {},
): Promise<RedeemAnswer> {
  const code = await discountCode(request.redemptionId, shop.domain, rooms.settings.CODE_KEY);
  const wanted = { customerIds: [customerId], redemptionIds: [request.redemptionId], entryKeys: paid?.entryKeys ?? [] };
  const counter = usesOf(rooms, shop, customerId, request.rewardId);
  const asked = {
    actor,
    wanted,
    open: paid !== undefined,
    async prepare(seen: Seen) {
      await counter.read(seen);
      if (knownOf(seen, request) === null) await paid?.ask(seen);
    },
    ...(paid === undefined ? {} : { guard: () => paid.guard() }),
    ...(note === undefined ? { together: customerId } : { note }),
  };
  const startedMs = rooms.nowMs();
  let isMine = false;
  const held = await answerDecision(rooms, shop, asked, (seen) => {
    const { rules, nowMs } = seen;
    const redemption = knownOf(seen, request);
    const before = redemption === null ? paid?.decide(seen) : undefined;
    if (before?.kind === "refused") return before;
    const books = before?.kind === "changes" ? booksAfter(seen.books, before.changes) : seen.books;
    const account = books.accounts.find((one) => isCustomer(one, customerId)) ?? null;
    const tier = tierAt(account?.progress ?? NO_PROGRESS, rules, nowMs).tier?.id ?? null;
    const asker: Asker = { ...PLAIN_ASKER, tier, withheld: withheldKinds(shop.scopes), uses: counter.with(books) };
    const decision = holdForReward({ account, redemption }, rules, { ...request, code }, nowMs, asker);
    isMine = decision.kind === "changes";
    return decision.kind === "changes" && before?.kind === "changes"
      ? { ...decision, changes: joinChanges(before.changes, decision.changes) }
      : decision;
  });
  if (held.kind === "refused") return held;
  if (isMine && counter.wasLastOf(held.redemption.reward)) await paintStockSoon(rooms, shop, held.redemption.reward);
  if (held.redemption.state !== "held") {
    if (isMine) await paintMemberSoon(rooms, shop, held.redemption.memberId);
    return finalAnswer(held);
  }
  const finished = isMoneyReward(held.redemption.reward)
    ? await giveMoney(rooms, shop, { customerId, held, heldSinceMs: isMine ? startedMs : null })
    : await makeCode(rooms, shop, customerId, held);
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

function knownOf({ books }: Seen, { redemptionId }: RedeemRequest): Redemption | null {
  return books.redemptions.find((one) => one.id === redemptionId) ?? null;
}

/** How often the reward was had, asked only where that matters: read after the books, so that the commit guards it with them. */
function usesOf(rooms: Rooms, shop: Shop, customerId: string, rewardId: string) {
  let known: RewardUses = PLAIN_ASKER.uses;
  return {
    read: async ({ books, rules, nowMs }: Seen): Promise<void> => {
      const reward = versionInForce(rules.versions, nowMs)?.program.rewards.find(({ id }) => id === rewardId);
      if (!reward || !isCounted(reward)) return;
      const memberId = books.accounts.find((one) => isCustomer(one, customerId))?.memberId ?? null;
      known = (await rooms.ledger.rewardUses(shop.id, memberId, [reward])).get(rewardId) ?? PLAIN_ASKER.uses;
    },
    /** Whether nothing of its stock may be left now. */
    wasLastOf: ({ stock }: Reward): boolean => typeof stock === "number" && known.byAll + 1 >= stock,
    /** With those that were decided a moment ago and are committed together with this one. */
    with: (books: Seen["books"]): RewardUses => {
      const coming = books.redemptions.filter((one) => one.version === 0);
      const same = coming.filter(({ reward }) => reward.id === rewardId).length;
      const isCredit = coming.some(({ reward, state }) => reward.kind === "store_credit" && state === "held");
      const { byAll, byMember, creditUnderWay } = known;
      return { byAll: byAll + same, byMember: byMember + same, creditUnderWay: creditUnderWay || isCredit };
    },
  };
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
export async function makeCode(rooms: Rooms, shop: Shop, customerId: string, held: Held): Promise<RedeemAnswer> {
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
  // A no of now is not a no to an earlier request that is still on its way: the points go back when that can make no code any more.
  if (outcome.kind === "refused") {
    await rooms.ledger.beginClosing(shop.id, redemption.id, { soon: false });
    if ((await closeCode(rooms, shop, redemption, "refused")) !== null) return held;
  }
  return await decideOnRedemption(rooms, shop, "shopify", redemption.id, (account, newest, rules, nowMs) =>
    outcome.kind === "created"
      ? issueCode(account, rules, newest, outcome.discountId)
      : releaseHold(account, rules, newest, "refused", nowMs),
  );
}

async function createOrFind(api: AdminApi, request: CodeRequest) {
  const created = await createCode(api, request);
  if (created.kind !== "taken") return created;
  const found = await findCode(api, request.code, request.redemptionId);
  if (found.kind === "found" && found.isOurs && !found.hasEnded)
    return { kind: "created", discountId: found.discountId } as const;
  // Another discount's, or given up: no request of ours can make it any more.
  if (found.kind === "found") return { kind: "lost" } as const;
  return { kind: "unknown", detail: "taken a moment ago, not found now" } as const;
}

/** Reads one redemption with its member's account, decides, commits; again when a race was lost. */
export async function decideOnRedemption(
  rooms: Rooms,
  shop: Shop,
  actor: Actor,
  redemptionId: string,
  decide: (account: Account, redemption: Redemption, rules: ShopRules, nowMs: number) => Decision,
  note?: NoteOn,
): Promise<RedeemAnswer> {
  const asked = { actor, wanted: { redemptionIds: [redemptionId] }, ...(note === undefined ? {} : { note }) };
  let isReleased = false;
  const answer = await answerDecision(rooms, shop, asked, ({ books, rules, nowMs }) => {
    const redemption = books.redemptions.find((one) => one.id === redemptionId);
    const account = books.accounts.find((one) => one.memberId === redemption?.memberId);
    if (!redemption || !account) return { kind: "refused", refusal: { code: "unknown-redemption", redemptionId } };
    const decision = decide(account, redemption, rules, nowMs);
    isReleased = decision.kind === "changes" && decision.redemption.state === "released";
    return decision;
  });
  // What was the last one can be had again.
  if (isReleased && answer.kind === "redemption") await paintStockSoon(rooms, shop, answer.redemption.reward);
  return answer;
}

type Asked = Pick<Command<RedeemAnswer>, "actor" | "wanted" | "together" | "prepare" | "guard"> & {
  readonly open?: boolean;
  readonly note?: NoteOn;
};

async function answerDecision(
  rooms: Rooms,
  shop: Shop,
  { note, ...asked }: Asked,
  decide: (seen: Seen) => Decision,
): Promise<RedeemAnswer> {
  let memberId: string | undefined;
  const answer = await commitDecision<RedeemAnswer>(rooms, shop, {
    open: false,
    ...asked,
    ...(note === undefined ? {} : { note: () => note(memberId) }),
    decide(seen) {
      const decision = decide(seen);
      if (decision.kind === "refused") return { changes: null, result: decision };
      memberId = decision.redemption.memberId;
      const changes = decision.kind === "changes" ? decision.changes : null;
      const accounts = [...(changes?.accounts ?? []), ...seen.books.accounts];
      return { changes, result: answerWith(decision.redemption, accounts, seen.rules, seen.nowMs) };
    },
  });
  return answer ?? { kind: "refused", refusal: { code: "try-again", detail: "Many changes to this account at once." } };
}

/** The redemption with the balance of its member, as the first of these accounts tells it. */
export function answerWith(redemption: Redemption, accounts: readonly Account[], rules: ShopRules, nowMs: number) {
  const account = accounts.find((one) => one.memberId === redemption.memberId);
  return {
    kind: "redemption",
    redemption,
    available: account ? accountAt(account, rules, nowMs).available : 0,
  } as const;
}
