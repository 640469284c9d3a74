/** What a shop owes its members in points, by age and by when it expires, and what that would cost. Pure. */
import { type ExpiryTerm, expiryOf } from "./expiry.ts";
import { DAY_MS } from "./lots.ts";
import type { Program } from "./program.ts";
import { sureWorth } from "./program-check.ts";

/** Bounds of age and of time left, in days. */
export const AGE_DAYS = [30, 90, 180, 365] as const;

/** Open lots that are as old, and expire together. Days are UTC, as those of expiry are. */
export interface LotGroup {
  /** How many of `AGE_DAYS` their age has passed; -1 = their return window has not passed. */
  readonly age: number;
  /** The day since which they can be spent; null where no rule of expiry asks for it. */
  readonly availableOnMs: number | null;
  /** The same, or the day on which their member did something last, whichever is later; null where no rule asks for it. */
  readonly activeOnMs: number | null;
  /** Their own date. */
  readonly fixedExpiryMs: number | null;
  readonly points: number;
}

/** What a shop's rules of expiry must know of a lot. */
export interface ExpiryQuestions {
  readonly asksAvailable: boolean;
  readonly asksActivity: boolean;
}

export function expiryQuestions(terms: readonly ExpiryTerm[]): ExpiryQuestions {
  const kinds = new Set(terms.map(({ rule }) => rule?.kind));
  return { asksAvailable: kinds.has("after-available"), asksActivity: kinds.has("after-inactivity") };
}

export interface Share {
  readonly name: string;
  readonly points: number;
}

export interface Liability {
  /** Points in open lots and in codes. */
  readonly points: number;
  readonly byAge: readonly Share[];
  readonly byExpiry: readonly Share[];
}

const AGES = ["Up to 30 days", "31 to 90 days", "91 to 180 days", "181 to 365 days", "More than 365 days"] as const;
const COMING = [
  "Within 30 days",
  "In 31 to 90 days",
  "In 91 to 180 days",
  "In 181 to 365 days",
  "In more than 365 days",
] as const;
const ON_THEIR_WAY = "On their way";
const NEVER = "Never, as things stand";
const IN_CODES = "In codes that wait to be used";

/** What is told of the two splits. */
export const SPLITS = {
  byAge: {
    name: "Outstanding points by age",
    definition:
      "Points in open lots by how long they can be spent already, in days of 24 hours; those whose return window has not passed are on their way. Points in codes that wait to be used lie in no lot.",
  },
  byExpiry: {
    name: "Outstanding points by when they expire",
    definition:
      "Points in open lots by when they expire as things stand now: by their own date, or by the program's rule. Days are UTC. Under a rule of inactivity each order and each reward puts it off. What is due and not booked yet counts as within 30 days.",
  },
} as const;

/** Open lots and held points as shares that add up to the whole, empty ones included. */
export function liabilityOf(
  groups: readonly LotGroup[],
  held: number,
  { terms, nowMs }: { readonly terms: readonly ExpiryTerm[]; readonly nowMs: number },
): Liability {
  const ages = new Map<string, number>([ON_THEIR_WAY, ...AGES, IN_CODES].map((name) => [name, 0]));
  const expiries = new Map<string, number>([...COMING, NEVER, IN_CODES].map((name) => [name, 0]));
  for (const group of groups) {
    add(ages, group.age < 0 ? ON_THEIR_WAY : (AGES[group.age] ?? AGES[4]), group.points);
    add(expiries, expiryName(expiryOfGroup(group, terms), nowMs), group.points);
  }
  for (const shares of [ages, expiries]) add(shares, IN_CODES, held);
  const points = groups.reduce((sum, group) => sum + group.points, held);
  return { points, byAge: sharesOf(ages), byExpiry: sharesOf(expiries) };
}

function add(shares: Map<string, number>, name: string, points: number): void {
  shares.set(name, (shares.get(name) ?? 0) + points);
}

function sharesOf(shares: ReadonlyMap<string, number>): Share[] {
  return [...shares].map(([name, points]) => ({ name, points }));
}

/** A rule looks at the day alone, so a day stands for all of its lots. Where no rule asks since when they can be spent, any day will do. */
function expiryOfGroup({ availableOnMs, activeOnMs, fixedExpiryMs }: LotGroup, terms: readonly ExpiryTerm[]) {
  return expiryOf({ orderId: null, availableAtMs: availableOnMs ?? 0, fixedExpiryMs }, terms, activeOnMs);
}

function expiryName(expiresAtMs: number | null, nowMs: number): string {
  if (expiresAtMs === null) return NEVER;
  const days = Math.floor(expiresAtMs / DAY_MS) - Math.floor(nowMs / DAY_MS);
  return COMING[AGE_DAYS.filter((bound) => days > bound).length] ?? COMING[4];
}

/** What a point costs by one reward: `valueMinor` for so many points. */
export interface PointCost {
  readonly reward: string;
  readonly valueMinor: number;
  readonly points: number;
}

/**
 * The rewards by which a point costs the least and the most, of those that are worth an amount of money; null where none is. What a shop owes is told by
 * the least: that much it costs in any case. What a draft would have cost is told by the most: it is not to look cheaper than it may become.
 */
export function pointCosts(program: Program | null): { readonly least: PointCost; readonly most: PointCost } | null {
  const costs = (program?.rewards ?? []).flatMap((reward) => {
    const worth = sureWorth(reward);
    return worth === null ? [] : [{ reward: reward.name, ...worth }];
  });
  const [first, ...others] = costs;
  if (!first) return null;
  return others.reduce(
    ({ least, most }, cost) => ({
      least: isCheaper(cost, least) ? cost : least,
      most: isCheaper(most, cost) ? cost : most,
    }),
    { least: first, most: first },
  );
}

function isCheaper(a: PointCost, b: PointCost): boolean {
  return BigInt(a.valueMinor) * BigInt(b.points) < BigInt(b.valueMinor) * BigInt(a.points);
}

/** What so many points cost, in minor units, rounded up: nobody is owed less than they are told. */
export function costOf(points: number, { valueMinor, points: per }: PointCost): number {
  return Number((BigInt(points) * BigInt(valueMinor) + BigInt(per) - 1n) / BigInt(per));
}

/** The costs of shares, so rounded that they add up to that of the whole. */
export function costsOf(shares: readonly Share[], cost: PointCost): number[] {
  let [points, told] = [0, 0];
  return shares.map((share) => {
    points += share.points;
    const more = costOf(points, cost) - told;
    told += more;
    return more;
  });
}
