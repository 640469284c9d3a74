/** Changes of a program's tiers as sentences for staff. */
import { counted, instead, money, number, plainChange, record } from "./plain-words.ts";
import type { Change } from "./program-difference.ts";
import { SINGLE_MULTIPLIER } from "./settlement.ts";
import type { Tier, TierRules } from "./tiers.ts";

interface Context {
  /** Null where the program had none, or has none. */
  readonly before: TierRules | null;
  readonly after: TierRules | null;
  readonly currency: string;
}

/** One sentence for one change below `tiers`. */
export function tierSentence(change: Change, context: Context): string {
  const [, setting, id, ...field] = change.path;
  const { after, currency } = context;
  if (setting === undefined || after === null) return wholeSentence(context);
  if (setting !== "levels") return ruleSentence(change, setting, after, currency);
  if (id === undefined) return "The tiers are in another order.";
  const name = `The tier “${levelOf(context, id)?.name ?? id}”`;
  if (field.length > 0) return `${name} ${fieldWords(change, field, context)}.`;
  if (change.kind === "removed") return `${name} is gone.`;
  return `${name} is new: ${tierInShort(change.after as Tier, context)}.`;
}

function wholeSentence({ before, after, currency }: Context): string {
  if (after === null) return before === null ? "The program has no tiers." : "The program has no tiers any more.";
  const context = { before: null, after, currency };
  const tiers = after.levels.map((tier) => `“${tier.name}” (${tierInShort(tier, context)})`).join(", ");
  const grace = after.graceMonths === 0 ? "" : ` and kept ${counted(after.graceMonths, "month")} longer`;
  return `The program has tiers by ${BASES[after.basis]} ${PERIODS[after.period]}${grace}: ${tiers}${tagWords(after)}.`;
}

const BASES = { points: "points", spend: "money that is spent", orders: "orders" } as const;
const PERIODS = {
  "rolling-year": "in the last twelve months",
  "calendar-year": "in a calendar year",
  lifetime: "for life",
} as const;

function tagWords({ tagPrefix, tierPoints }: TierRules): string {
  const rate = tierPoints === null ? "" : ", with tier points at a rate of their own";
  return `${rate}${tagPrefix === null ? "" : `, and customers are tagged with “${tagPrefix}” and the tier`}`;
}

function ruleSentence(change: Change, setting: string, after: TierRules, currency: string): string {
  if (change.path.length === 2) {
    switch (setting) {
      case "basis":
        return `Tiers go by ${BASES[after.basis]}.`;
      case "period":
        return `What counts for tiers is what was done ${PERIODS[after.period].replace("for life", "ever: tiers are for life")}.`;
      case "graceMonths":
        return `A tier is kept ${counted(after.graceMonths, "month")} after time alone has taken it${instead(change.before, number)}.`;
      case "tagPrefix":
        return after.tagPrefix === null
          ? "Customers are not tagged with their tier any more."
          : `Customers are tagged with “${after.tagPrefix}” and their tier.`;
      case "tierPoints":
        return after.tierPoints === null
          ? "Tier points are the points that orders earn."
          : `Orders earn ${counted(after.tierPoints.points, "tier point")} per ${money(after.tierPoints.perMinor, currency)}.`;
    }
  }
  return `The tiers have ${plainChange(change, change.path.slice(1), currency)}.`;
}

/** What differs in one tier. */
function fieldWords(change: Change, field: readonly string[], { before, after, currency }: Context): string {
  const [setting = ""] = field;
  if (field.length === 1) {
    switch (setting) {
      case "name":
        return `was called “${String(change.before)}”`;
      case "threshold":
        return thresholdWords(takes(change.before, before, currency), takes(change.after, after, currency));
      case "multiplier":
        return `earns ${times(change.after)} times the points instead of ${times(change.before)} times`;
      case "giftPoints":
        return change.after === 0
          ? "comes without a gift"
          : `comes with a gift of ${counted(change.after, "point")}${instead(change.before, number)}`;
      case "membership":
        return record(change.after) === null
          ? "cannot be bought any more"
          : `can be bought for ${counted(record(change.after)?.["months"], "month")} with ${products(change.after)}`;
    }
  }
  if (setting === "membership") {
    if (field[1] === "months")
      return `is bought for ${counted(change.after, "month")}${instead(change.before, number)}`;
    if (change.kind === "added") return `can be bought with product ${String(change.after)}`;
    if (change.kind === "removed") return `cannot be bought with product ${String(change.before)} any more`;
  }
  return `has ${plainChange(change, field, currency)}`;
}

function tierInShort({ threshold, multiplier, giftPoints, membership }: Tier, { after, currency }: Context): string {
  const wanted = takes(threshold, after, currency);
  const all = [
    ...(wanted === null ? [] : [wanted]),
    ...(membership === null ? [] : [`bought for ${counted(membership.months, "month")} with ${products(membership)}`]),
    multiplier === SINGLE_MULTIPLIER ? "the usual points" : `${times(multiplier)} times the points`,
    ...(giftPoints > 0 ? [`a gift of ${counted(giftPoints, "point")}`] : []),
  ];
  return all.join(", ");
}

function thresholdWords(was: string | null, is: string | null): string {
  if (is === null) return `can only be bought now, and took ${was}`;
  return was === null ? `takes ${is}, and could only be bought before` : `takes ${is} instead of ${was}`;
}

/** Null where it can only be bought. */
function takes(threshold: unknown, tiers: TierRules | null, currency: string): string | null {
  if (typeof threshold !== "number") return null;
  if (tiers?.basis === "spend") return `${money(threshold, currency)} spent`;
  return counted(threshold, tiers?.basis === "orders" ? "order" : "point");
}

/** Ten-thousandths as a decimal. */
function times(multiplier: unknown): string {
  const digits = String(multiplier);
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`.replace(/\.?0+$/, "");
}

function products(membership: unknown): string {
  const ids = record(membership)?.["productIds"];
  const list = Array.isArray(ids) ? ids.map(String) : [];
  return `${list.length === 1 ? "product" : "products"} ${list.join(", ")}`;
}

function levelOf({ before, after }: Context, id: string): Tier | undefined {
  const levels = [...(after?.levels ?? []), ...(before?.levels ?? [])];
  return levels.find((tier) => tier.id === id);
}
