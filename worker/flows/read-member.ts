/** What a shopper sees of their account: true at this moment, whether or not any sweep has run. */
import type { Account } from "../domain/account.ts";
import { accountAt, type DatedAccount } from "../domain/due.ts";
import { lastDayBefore } from "../domain/expiry.ts";
import type { Explained } from "../domain/explanation/arithmetic.ts";
import { explainEntry } from "../domain/explanation/explain.ts";
import type { Language } from "../domain/explanation/languages.ts";
import { isMemberAt } from "../domain/members.ts";
import { formatMoney } from "../domain/money.ts";
import { PROGRAM_DEFAULTS, rewardsOffered, type ShopRules, versionInForce } from "../domain/program.ts";
import { NO_PROGRESS } from "../domain/progress.ts";
import {
  type Asker,
  isCounted,
  leastCost,
  PLAIN_ASKER,
  type Reward,
  rewardObstacle,
  type Slider,
  shownCode,
  valueFor,
} from "../domain/rewards.ts";
import { NO_WORDS, type Words, wordFor } from "../domain/shop-words.ts";
import { tierAt } from "../domain/tiers.ts";
import type { RedemptionSummary } from "../ledger/read.ts";
import { withheldKinds } from "../shopify/reward-scopes.ts";
import type { Shop } from "../shops/shops.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

export interface MemberBalance {
  readonly available: number;
  readonly pending: number;
  readonly held: number;
  readonly owed: number;
  /** The name of their tier; null where they are in none. */
  readonly tier: string | null;
  readonly expiring: readonly { readonly points: number; readonly on: string }[];
}

const NOBODY: MemberBalance = { available: 0, pending: 0, held: 0, owed: 0, tier: null, expiring: [] };

/** A member's balance; zeros for somebody we have not met. */
export async function readBalance(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  words: Words = NO_WORDS,
): Promise<MemberBalance> {
  return balanceOf(await readBook(rooms, shop, customerId), words);
}

/** Whether orders this customer places now earn. */
export async function readMembership(rooms: Rooms, shop: Shop, customerId: string): Promise<boolean> {
  return takesPart(await readBook(rooms, shop, customerId));
}

/** What the merchant's own software is told of a customer: the same balance, and what a shopper knows of themselves. Somebody we have not met has zeros. */
export async function readMember(rooms: Rooms, shop: Shop, customerId: string) {
  const book = await readBook(rooms, shop, customerId);
  const lastActivityMs = book.account?.lastActivityMs ?? null;
  return {
    customer_id: customerId,
    ...balanceOf(book, NO_WORDS),
    member: takesPart(book),
    last_activity: lastActivityMs === null ? null : new Date(lastActivityMs).toISOString(),
  };
}

/** A customer's account, undefined for somebody we have not met, with the rules and the moment it is read by. */
interface Book {
  readonly account: Account | undefined;
  readonly rules: ShopRules;
  readonly nowMs: number;
}

async function readBook(rooms: Rooms, shop: Shop, customerId: string): Promise<Book> {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, customerIds: [customerId] }], { open: false });
  const own = booksOf(books, shop);
  return { account: own.accounts[0], rules: await rulesOf(rooms, shop, own), nowMs };
}

function balanceOf({ account, rules, nowMs }: Book, words: Words): MemberBalance {
  const reached = tierAt(account?.progress ?? NO_PROGRESS, rules, nowMs).tier;
  const tier = reached === null ? null : wordFor(words, reached.name);
  if (!account) return { ...NOBODY, tier };
  const now = accountAt(account, rules, nowMs);
  return {
    available: now.available,
    pending: now.pending,
    held: now.held,
    owed: now.owed,
    tier,
    expiring: expiringOf(now).map(({ points, atMs }) => ({
      points,
      on: lastDayBefore(atMs),
    })),
  };
}

function takesPart({ account, rules, nowMs }: Book): boolean {
  const { program } = versionInForce(rules.versions, nowMs) ?? { program: PROGRAM_DEFAULTS };
  return isMemberAt(account ?? { membership: [] }, program, nowMs);
}

/** Points that expire, soonest first; lots of the same moment together. */
export function expiringOf(account: DatedAccount): { points: number; atMs: number }[] {
  return datesOf(account.lots.map((lot) => ({ points: lot.matured ? lot.remaining : 0, atMs: lot.expiresAtMs })));
}

/** Points that mature, soonest first. */
export function maturingOf(account: DatedAccount): { points: number; atMs: number }[] {
  return datesOf(account.lots.map((lot) => ({ points: lot.matured ? 0 : lot.remaining, atMs: lot.availableAtMs })));
}

function datesOf(coming: readonly { points: number; atMs: number | null }[]): { points: number; atMs: number }[] {
  const byMoment = new Map<number, number>();
  for (const { points, atMs } of coming)
    if (atMs !== null && points > 0) byMoment.set(atMs, (byMoment.get(atMs) ?? 0) + points);
  return [...byMoment].map(([atMs, points]) => ({ points, atMs })).sort((a, b) => a.atMs - b.atMs);
}

/** A page of a member's entries, each explained in a sentence and step by step. */
export async function readExplainedHistory(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  after: string | null,
  language: Language = "en",
  words: Words = NO_WORDS,
) {
  const page = await rooms.ledger.history({ shopId: shop.id, customerId, after });
  return {
    entries: page.entries.map((entry) => {
      const { summary, steps } = explainEntry(inWords(entry, words), language);
      const { id, kind, points, atMs } = entry;
      const told = steps.map(({ part, text }) => ({ part, text }));
      return { id, kind, points, at: new Date(atMs).toISOString(), explanation: summary, steps: told };
    }),
    next: page.next,
  };
}

/** An entry as the language of its reader names rewards and tiers. */
function inWords<Entry extends Explained>(entry: Entry, words: Words): Entry {
  const { rewardName, tierName } = entry.detail;
  const named = {
    ...(rewardName === undefined ? {} : { rewardName: wordFor(words, rewardName) }),
    ...(tierName === undefined ? {} : { tierName: wordFor(words, tierName) }),
  };
  return { ...entry, detail: { ...entry.detail, ...named } };
}

/** The rewards of the program in force now, and whether this member can pay for each. */
export async function readRewards(rooms: Rooms, shop: Shop, customerId: string, words: Words = NO_WORDS) {
  const { account, rules, nowMs } = await readBook(rooms, shop, customerId);
  const available = account ? accountAt(account, rules, nowMs).available : 0;
  const rewards: readonly Reward[] = rewardsOffered(versionInForce(rules.versions, nowMs));
  const uses = await usesOf(rooms, shop, rewards, account?.memberId ?? null);
  const tier = tierAt(account?.progress ?? NO_PROGRESS, rules, nowMs).tier?.id ?? null;
  const asker = { ...PLAIN_ASKER, tier, withheld: withheldKinds(shop.scopes) };
  return rewards.map((reward) => {
    const asking = { ...asker, uses: uses.get(reward.id) ?? PLAIN_ASKER.uses };
    const offer = offerOf(reward, asking, shop.currency);
    return { ...offer, affordable: available >= offer.cost, name: wordFor(words, reward.name) };
  });
}

/** The rewards of the program in force now, as nobody in particular sees them: whom each is for stands beside it. */
export async function listRewards(rooms: Rooms, shop: Shop) {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, customerIds: [] }], { open: false });
  const version = versionInForce((await rulesOf(rooms, shop, booksOf(books, shop))).versions, nowMs);
  const rewards: readonly Reward[] = rewardsOffered(version);
  const uses = await usesOf(rooms, shop, rewards, null);
  const names = new Map(version?.program.tiers?.levels.map(({ id, name }) => [id, name] as const));
  const withheld = withheldKinds(shop.scopes);
  return rewards.map((reward) => {
    // Asked for by one of those it is for: what then stands in the way stands in everybody's.
    const [tier = null] = reward.tiers ?? [];
    const asking = { tier, withheld, uses: uses.get(reward.id) ?? PLAIN_ASKER.uses };
    const tiers = reward.tiers ? { tiers: reward.tiers.map((id) => names.get(id) ?? id) } : {};
    return { ...offerOf(reward, asking, shop.currency), ...tiers };
  });
}

async function usesOf(rooms: Rooms, shop: Shop, rewards: readonly Reward[], memberId: string | null) {
  const counted = rewards.filter(isCounted);
  return counted.length > 0
    ? await rooms.ledger.rewardUses(shop.id, memberId, counted)
    : new Map<string, Asker["uses"]>();
}

/** A reward as a shopper sees it; what does not apply to it is left out. `obstacle` is the problem that asking for it would meet. */
function offerOf(reward: Reward, asker: Asker, currency: string) {
  const { id, name, kind, slider, stock, minimumMinor } = reward;
  const obstacle = rewardObstacle(reward, asker);
  return {
    ...{ id, name, kind, cost: leastCost(reward) },
    ...(slider ? { slider: sliderOf(reward, slider, currency) } : {}),
    ...(minimumMinor === null ? {} : { minimum: formatMoney(minimumMinor, currency) }),
    ...(typeof stock === "number" ? { left: Math.max(0, stock - asker.uses.byAll) } : {}),
    ...(obstacle === null ? {} : { obstacle: obstacle.code }),
  };
}

/** The points that may be chosen, and what the least of them and each step are worth. */
function sliderOf(reward: Reward, { minPoints, maxPoints, stepPoints }: Slider, currency: string) {
  return {
    min: minPoints,
    max: maxPoints,
    step: stepPoints,
    min_value: formatMoney(valueFor(reward, minPoints), currency),
    step_value: formatMoney(valueFor(reward, stepPoints), currency),
  };
}

/** A shopper's balance, and redemptions, newest first; a code is shown once it exists, a gift card's number as often as it is asked for. */
export async function readRedemptionList(rooms: Rooms, shop: Shop, customerId: string, words: Words = NO_WORDS) {
  const [balance, redemptions] = await Promise.all([
    readBalance(rooms, shop, customerId),
    rooms.ledger.redemptions(shop.id, customerId),
  ]);
  return {
    available: balance.available,
    redemptions: redemptions.map((one) => listed(one, words)),
  };
}

/** One of a customer's redemptions, as the list has it; null where it is none of theirs. */
export async function readListedRedemption(rooms: Rooms, shop: Shop, customerId: string, redemptionId: string) {
  const found = await rooms.ledger.redemption(shop.id, customerId, redemptionId);
  return found && listed(found, NO_WORDS);
}

function listed({ id, state, code, kind, cost, name, endsAtMs }: RedemptionSummary, words: Words) {
  return {
    id,
    kind,
    state,
    code: shownCode({ kind, state, code }),
    cost,
    name: wordFor(words, name),
    ends_at: new Date(endsAtMs).toISOString(),
  };
}
