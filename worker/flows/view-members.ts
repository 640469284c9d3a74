/** What the merchant's pages show of members: a list, and one of them with all that is booked. */
import { isCustomer } from "../domain/account.ts";
import { accountAt, type DatedAccount } from "../domain/due.ts";
import { explainEntry } from "../domain/explanation/explain.ts";
import { isMemberAt } from "../domain/members.ts";
import { PROGRAM_DEFAULTS, versionInForce } from "../domain/program.ts";
import type { Reward } from "../domain/rewards.ts";
import { type Standing, standingAt, type Tier, type TierRules, tiersAt } from "../domain/tiers.ts";
import type { RedemptionSummary } from "../ledger/read.ts";
import type { MemberFilter } from "../ledger/read-members.ts";
import type { Shop } from "../shops/shops.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

export interface ListedMember {
  readonly customerId: string;
  readonly available: number;
  readonly pending: number;
  readonly owed: number;
  /** Null = in none, or the program has none. */
  readonly tier: Pick<Tier, "id" | "name"> | null;
  readonly isMember: boolean;
  readonly lastActivityMs: number | null;
}

export interface MembersWanted {
  readonly filter: MemberFilter;
  /** The id of a tier; then the filter is not asked. */
  readonly tier: string | null;
  readonly before: string | null;
}

export interface MemberList {
  readonly members: readonly ListedMember[];
  readonly next: string | null;
  /** Those of the program in force, lowest first. */
  readonly tiers: readonly Pick<Tier, "id" | "name">[];
}

const TIER_PAGE = 50;

/**
 * A page of members, newest first, with their balances and tiers of this moment. Those of a tier are found by what was last written to their
 * metafields: whoever has another tier by now is left out, and whoever has come to it in the last minute may be missing.
 */
export async function listMembers(
  rooms: Rooms,
  shop: Shop,
  { filter, tier, before }: MembersWanted,
): Promise<MemberList> {
  const { memberIds, next } =
    tier === null
      ? await rooms.ledger.memberPage({ shopId: shop.id, filter, before })
      : await tierPage(rooms, shop, tier, before);
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, memberIds }], { open: false });
  const own = booksOf(books, shop);
  const rules = await rulesOf(rooms, shop, own);
  const program = versionInForce(rules.versions, nowMs)?.program ?? PROGRAM_DEFAULTS;
  const byId = new Map(own.accounts.map((account) => [account.memberId, account]));
  const members = memberIds.flatMap((memberId) => {
    const account = byId.get(memberId);
    if (!account || account.customerId === null) return [];
    const { available, pending, owed, lastActivityMs } = accountAt(account, rules, nowMs);
    const isMember = isMemberAt(account, program, nowMs);
    const inTier = standingAt(account.progress, rules, nowMs).tier;
    return [{ customerId: account.customerId, available, pending, owed, tier: inTier, isMember, lastActivityMs }];
  });
  const tiers = tiersAt(rules.versions, nowMs)?.levels ?? [];
  return { members: tier === null ? members : members.filter((one) => one.tier?.id === tier), next, tiers };
}

async function tierPage(rooms: Rooms, shop: Shop, tier: string, before: string | null) {
  const found = await rooms.paintings.membersInTier(shop.id, tier, before, TIER_PAGE + 1);
  const memberIds = found.slice(0, TIER_PAGE);
  return { memberIds, next: found.length > TIER_PAGE ? (memberIds.at(-1) ?? null) : null };
}

export interface ExplainedEntry {
  readonly key: string;
  readonly kind: string;
  readonly points: number;
  readonly atMs: number;
  readonly summary: string;
  readonly steps: readonly string[];
}

export interface MemberView {
  readonly customerId: string;
  /** Numbers of customers who became this one. */
  readonly formerCustomerIds: readonly string[];
  readonly account: DatedAccount;
  readonly isMember: boolean;
  readonly standing: Standing;
  /** What tiers are counted by; null where there are none. */
  readonly tierRules: TierRules | null;
  readonly entries: readonly ExplainedEntry[];
  /** Pass as `after` for older entries; null at the end. */
  readonly next: string | null;
  readonly redemptions: readonly RedemptionSummary[];
  /** What the program in force offers. */
  readonly rewards: readonly Reward[];
  readonly nowMs: number;
}

/** All that is shown of one member; null for somebody we have not met. */
export async function viewMember(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  after: string | null,
): Promise<MemberView | null> {
  const [{ books, nowMs }, history, redemptions] = await Promise.all([
    rooms.ledger.load([{ shopId: shop.id, customerIds: [customerId] }], { open: false }),
    rooms.ledger.history({ shopId: shop.id, customerId, after }),
    rooms.ledger.redemptions(shop.id, customerId),
  ]);
  const own = booksOf(books, shop);
  const account = own.accounts.find((one) => isCustomer(one, customerId));
  if (!account || account.customerId === null) return null;
  const rules = await rulesOf(rooms, shop, own);
  const program = versionInForce(rules.versions, nowMs)?.program ?? null;
  return {
    customerId: account.customerId,
    formerCustomerIds: account.formerCustomerIds,
    account: accountAt(account, rules, nowMs),
    isMember: isMemberAt(account, program ?? PROGRAM_DEFAULTS, nowMs),
    standing: standingAt(account.progress, rules, nowMs),
    tierRules: program?.tiers ?? null,
    entries: history.entries.map((entry) => {
      const { summary, steps } = explainEntry(entry, "en");
      const { key, kind, points, atMs } = entry;
      return { key, kind, points, atMs, summary, steps: steps.map(({ text }) => text) };
    }),
    next: history.next,
    redemptions,
    rewards: program?.rewards ?? [],
    nowMs,
  };
}
