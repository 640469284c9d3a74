/**
 * The figures of a shop: what each of them is, in words, and how it follows from entries. Pure. The page, the files and docs/figures.md have their
 * words from here.
 */
import type { EntryKind } from "./account.ts";
import { addMonths, dayFromIso, dayOf, startOfDay } from "./calendar.ts";
import { DAY_MS } from "./lots.ts";

export type Unit = "points" | "members" | "percent" | "money";

export interface Definition {
  readonly name: string;
  readonly unit: Unit;
  readonly definition: string;
}

/** What members gave to a cause by one reward. */
export interface Donation {
  readonly rewardId: string;
  /** As it was called when it was last given. */
  readonly name: string;
  readonly times: number;
  readonly points: number;
  /** What the merchant is to give, in minor units: each gift by what the reward was worth when it was chosen. */
  readonly valueMinor: number;
}

/** What is told of all donations. */
export const DONATIONS = {
  name: "Donations",
  definition:
    "Rewards of the kind donation that members chose in the range, by reward: how often, for how many points, and the money that you give for them. Each counts with what it was worth when it was chosen. The points are part of the points redeemed.",
} as const;

/** Each figure with its definition. "The range" are the days that were asked for. */
export const FIGURES = {
  members: {
    name: "Members",
    unit: "members",
    definition:
      "Customers with an account here, now. Who was forgotten is not counted; customers who became one count as one. Those who left count, because they have their balance still.",
  },
  newMembers: {
    name: "New members",
    unit: "members",
    definition: "Those of the members whose account was opened in the range.",
  },
  activeMembers: {
    name: "Active members",
    unit: "members",
    definition:
      "Members for whom an order earned points in the range, or who chose a reward in it. Points that mature or expire make nobody active.",
  },
  issued: {
    name: "Points issued",
    unit: "points",
    definition:
      "All points that members were given in the range: earned by orders, brought along from an earlier program, given by staff, and gifts of tiers. What was taken back later is not subtracted here.",
  },
  earned: {
    name: "Earned by orders",
    unit: "points",
    definition: "Points of the entries of the kind earn: what orders brought.",
  },
  brought: {
    name: "Brought along",
    unit: "points",
    definition: "Points of the entries of the kind open: balances from an earlier program.",
  },
  given: {
    name: "Given",
    unit: "points",
    definition:
      "Points of the entries of the kind gift, and of the kind adjust where they are above 0: gifts of tiers, and what staff gave.",
  },
  takenBack: {
    name: "Points taken back",
    unit: "points",
    definition:
      "Points of the entries of the kind claw-back, and of the kind adjust where they are below 0: orders that were refunded, cancelled or moved, and what staff took. Counted in full, also where a member had spent them and now owes them.",
  },
  redeemed: {
    name: "Points redeemed",
    unit: "points",
    definition:
      "Points of rewards that were used (the kinds use and reclaim), less those that came back because the order that used the code was refunded (return). A code that waits to be used is not redeemed yet.",
  },
  expired: {
    name: "Points expired",
    unit: "points",
    definition: "Points of the entries of the kind expire.",
  },
  owedChange: {
    name: "Change of what is owed",
    unit: "points",
    definition:
      "How much more members owe at the end of a day than at its beginning. Points that were taken back after they had been spent are owed; the next points pay for them.",
  },
  outstanding: {
    name: "Points outstanding",
    unit: "points",
    definition:
      "All that members can still spend: points to spend, points on their way (their return window has not passed), and points in codes that wait to be used. Of a past day: at its end. It grows by what is issued and by what is owed more, and falls by what is taken back, redeemed and expired. What members owe is shown beside it and not subtracted.",
  },
  owed: {
    name: "Points owed",
    unit: "points",
    definition: "What was taken back after it had been spent, and is not paid by coming points yet. Now.",
  },
  liability: {
    name: "Liability in money",
    unit: "money",
    definition:
      "What the outstanding points would cost if all of them were spent: points × the worth of a reward ÷ its price in points, rounded up. It takes the reward of the program in force that costs the least for a point, of those that are worth an amount of money: a percentage is worth what it takes off the smallest order it is for, free shipping and experiences are not counted. Beside it stands the same by the reward that costs the most. Nothing is taken off for points that will never be spent. Where no reward is worth an amount of money it cannot be told.",
  },
  redemptionRate: {
    name: "Redemption rate",
    unit: "percent",
    definition:
      "Points redeemed ÷ (points issued − points taken back), all of the range. The points that are redeemed may have been issued before it, so it can be above 100 %. Where nothing was issued on balance there is none.",
  },
  repeatRate: {
    name: "Repeat-purchase rate",
    unit: "percent",
    definition:
      "Of the members for whom an order earned points in the range, those for whom two or more different orders did. An order counts when it earns points, whatever becomes of it later. Orders that earn nothing are not seen.",
  },
} as const satisfies Record<string, Definition>;

export type FigureName = keyof typeof FIGURES;

/** What was booked, summed up by kind; `isGain` tells given from taken where a kind is both. */
export interface Movement {
  readonly kind: EntryKind;
  readonly isGain: boolean;
  readonly points: number;
  readonly held: number;
  readonly owed: number;
  readonly entries: number;
}

/** The figures of a stretch of time, each as it is defined above. */
export interface Flows {
  readonly earned: number;
  readonly brought: number;
  readonly given: number;
  readonly takenBack: number;
  readonly redeemed: number;
  readonly expired: number;
  readonly owedChange: number;
  /** How much more is outstanding at its end than at its beginning. */
  readonly outstandingChange: number;
  /** Entries of any kind. */
  readonly entries: number;
}

type Counted = "earned" | "brought" | "given" | "takenBack" | "redeemed" | "expired";

export const NO_FLOWS: Flows = {
  earned: 0,
  brought: 0,
  given: 0,
  takenBack: 0,
  redeemed: 0,
  expired: 0,
  owedChange: 0,
  outstandingChange: 0,
  entries: 0,
};

/** As what each kind counts; null = it only moves points from one pot, or one book, to another. */
function countedAs({ kind, isGain }: Pick<Movement, "kind" | "isGain">): Counted | null {
  switch (kind) {
    case "earn":
      return "earned";
    case "open":
      return "brought";
    case "gift":
      return "given";
    case "adjust":
      return isGain ? "given" : "takenBack";
    case "claw-back":
      return "takenBack";
    case "use":
    case "reclaim":
    case "return":
      return "redeemed";
    case "expire":
      return "expired";
    case "mature":
    case "hold":
    case "release":
    case "merge":
      return null;
  }
}

const GAINS: ReadonlySet<string> = new Set<Counted>(["earned", "brought", "given"]);

/** The figures of what was booked. Every entry counts in one of them at most, and all of it in `outstandingChange`. */
export function flowsOf(movements: readonly Movement[]): Flows {
  const sums = { ...NO_FLOWS };
  for (const movement of movements) {
    const { points, held, owed, entries } = movement;
    const counted = countedAs(movement);
    // Points in codes count as the member's until the code is used.
    if (counted !== null) sums[counted] += GAINS.has(counted) ? points : -(points + held);
    sums.owedChange += owed;
    sums.outstandingChange += points + held + owed;
    sums.entries += entries;
  }
  return sums;
}

export function addFlows(all: readonly Flows[]): Flows {
  const sums = { ...NO_FLOWS };
  for (const flows of all) for (const name of Object.keys(sums) as (keyof Flows)[]) sums[name] += flows[name];
  return sums;
}

export function issuedOf({ earned, brought, given }: Flows): number {
  return earned + brought + given;
}

/** Null where nothing was issued on balance. */
export function redemptionRate(flows: Flows): number | null {
  const issued = issuedOf(flows) - flows.takenBack;
  return issued <= 0 ? null : flows.redeemed / issued;
}

/** Null where nobody bought. */
export function repeatRate({ buyers, repeatBuyers }: { readonly buyers: number; readonly repeatBuyers: number }) {
  return buyers === 0 ? null : repeatBuyers / buyers;
}

/** Days of the shop's calendar, both of them included. */
export interface DayRange {
  readonly fromDay: number;
  readonly toDay: number;
}

/** What can be chosen by one tap, each ending today. */
export const PRESET_DAYS = [30, 90, 365] as const;
export const MOST_DAYS = 366;

/** What somebody asked for: days that end today, or two dates. */
export interface AskedRange {
  readonly days?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export type ReadRange =
  | { readonly range: DayRange }
  | { readonly fault: { readonly field: "from" | "to"; readonly message: string } };

/** The days asked for, the last 30 where nothing is; a last day after today is today. */
export function readRange(asked: AskedRange, today: number): ReadRange {
  if (!asked.from && !asked.to) {
    const days = PRESET_DAYS.find((one) => String(one) === asked.days) ?? PRESET_DAYS[0];
    return { range: { fromDay: today - days + 1, toDay: today } };
  }
  const [fromDay, toDay] = [dayFromIso(asked.from ?? ""), asked.to ? dayFromIso(asked.to) : today];
  if (fromDay === null) return faultAt("from", "Write a day as 2026-02-28.");
  if (toDay === null) return faultAt("to", "Write a day as 2026-02-28.");
  const range = { fromDay, toDay: Math.min(toDay, today) };
  if (range.fromDay > today) return faultAt("from", "This day is still to come.");
  if (range.fromDay > range.toDay) return faultAt("to", "The last day is before the first.");
  if (range.toDay - range.fromDay >= MOST_DAYS) return faultAt("from", `${MOST_DAYS} days at most.`);
  return { range };
}

function faultAt(field: "from" | "to", message: string): ReadRange {
  return { fault: { field, message } };
}

export type StepUnit = "day" | "week" | "month";

/** What a plot's steps are, so that it has some dozens at most. */
export function stepUnitOf({ fromDay, toDay }: DayRange): StepUnit {
  const days = toDay - fromDay + 1;
  if (days <= 31) return "day";
  return days <= 120 ? "week" : "month";
}

/** The range in steps, without a gap: days, seven days each from the first one on, or calendar months; the last one, and the first month, may be shorter. */
export function stepsOf({ fromDay, toDay }: DayRange, unit: StepUnit): DayRange[] {
  const steps: DayRange[] = [];
  for (let day = fromDay; day <= toDay; ) {
    const next = unit === "day" ? day + 1 : unit === "week" ? day + 7 : addMonths(firstOfMonth(day), 1);
    steps.push({ fromDay: day, toDay: Math.min(next - 1, toDay) });
    day = next;
  }
  return steps;
}

function firstOfMonth(day: number): number {
  return day - new Date(day * DAY_MS).getUTCDate() + 1;
}

/** When each step begins, and when the last one is over. */
export function momentsOf(steps: readonly DayRange[], timeZone: string): number[] {
  const last = steps.at(-1);
  if (!last) return [];
  return [...steps.map(({ fromDay }) => fromDay), last.toDay + 1].map((day) => startOfDay(day, timeZone));
}

export function todayIn(timeZone: string, nowMs: number): number {
  return dayOf(nowMs, timeZone);
}

/** What is outstanding at the end of each step, counted back from now; `after` is what was booked since the last one. */
export function outstandingAfter(steps: readonly Flows[], after: Flows, outstandingNow: number): number[] {
  let left = outstandingNow - after.outstandingChange;
  return steps
    .toReversed()
    .map((flows) => {
      const atEnd = left;
      left -= flows.outstandingChange;
      return atEnd;
    })
    .reverse();
}
