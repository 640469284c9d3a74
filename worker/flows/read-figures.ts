/** The figures of a shop over days of its calendar: what went on in them, and what is outstanding now. */
import {
  type AskedRange,
  addFlows,
  type DayRange,
  type Donation,
  type Flows,
  flowsOf,
  momentsOf,
  outstandingAfter,
  type ReadRange,
  readRange,
  redemptionRate,
  repeatRate,
  type StepUnit,
  stepsOf,
  stepUnitOf,
  todayIn,
} from "../domain/figures.ts";
import {
  costOf,
  costsOf,
  expiryQuestions,
  type Liability,
  liabilityOf,
  type PointCost,
  pointCosts,
} from "../domain/liability.ts";
import { type ShopRules, versionInForce } from "../domain/program.ts";
import type { Shop } from "../shops/shops.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

export interface Step extends DayRange {
  readonly flows: Flows;
  /** At its end; of the last day, now. */
  readonly outstanding: number;
}

/** What the outstanding points cost by one reward, in minor units. */
export interface Cost {
  readonly by: PointCost;
  readonly wholeMinor: number;
  /** In the order of the shares, adding up to the whole. */
  readonly byAgeMinor: readonly number[];
  readonly byExpiryMinor: readonly number[];
}

export interface FiguresView {
  readonly range: DayRange;
  readonly unit: StepUnit;
  readonly steps: readonly Step[];
  /** Of the whole range. */
  readonly flows: Flows;
  readonly members: number;
  readonly newMembers: number;
  readonly activeMembers: number;
  readonly buyers: number;
  readonly repeatBuyers: number;
  readonly redemptionRate: number | null;
  readonly repeatRate: number | null;
  readonly liability: Liability;
  readonly owed: number;
  /** Null where no program of the shop ever offered one. */
  readonly donations: readonly Donation[] | null;
  /** By the rewards that cost the least and the most for a point; null where none is worth an amount of money. */
  readonly costs: { readonly least: Cost; readonly most: Cost } | null;
}

/** Where and when days begin for this shop. */
export interface FiguresPlace {
  /** Null: not known yet, and days are UTC. */
  readonly timeZone: string | null;
  readonly today: number;
}

export type FiguresAnswer = FiguresPlace &
  ({ readonly kind: "figures"; readonly figures: FiguresView } | ({ readonly kind: "no-range" } & Refused));

type Refused = Extract<ReadRange, { readonly fault: unknown }>;

/** The figures of the days asked for, in steps of a plot, or day by day. */
export async function readFigures(
  rooms: Rooms,
  shop: Shop,
  asked: AskedRange,
  options: { readonly byDay: boolean } = { byDay: false },
): Promise<FiguresAnswer> {
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id }], { open: false });
  const rules = await rulesOf(rooms, shop, booksOf(books, shop));
  const today = todayIn(rules.timeZone, nowMs);
  const place = { timeZone: shop.timeZone, today };
  const read = readRange(asked, today);
  if ("fault" in read) return { kind: "no-range", ...place, ...read };
  const unit = options.byDay ? "day" : stepUnitOf(read.range);
  return {
    kind: "figures",
    ...place,
    figures: await figuresOf(rooms, shop, rules, { range: read.range, unit, nowMs }),
  };
}

async function figuresOf(
  rooms: Rooms,
  shop: Shop,
  rules: ShopRules,
  { range, unit, nowMs }: { readonly range: DayRange; readonly unit: StepUnit; readonly nowMs: number },
): Promise<FiguresView> {
  const days = stepsOf(range, unit);
  const moments = momentsOf(days, rules.timeZone);
  const time = { fromMs: Math.min(...moments), untilMs: Math.max(...moments) };
  const offersDonations = rules.versions.some(({ program }) => program.rewards.some(({ kind }) => kind === "donation"));
  const [movements, activity, counts, donations, { groups, held, owed, nowMs: asOfMs }] = await Promise.all([
    rooms.ledger.movements(shop.id, moments),
    rooms.ledger.activity(shop.id, time),
    rooms.ledger.countMembers(shop.id, time),
    offersDonations ? rooms.ledger.donations(shop.id, time) : null,
    rooms.ledger.outstanding(shop.id, expiryQuestions(rules.expiry)),
  ]);
  const flows = movements.map(flowsOf);
  const [within, since] = [flows.slice(0, days.length), addFlows(flows.slice(days.length))];
  const liability = liabilityOf(groups, held, { terms: rules.expiry, nowMs: asOfMs });
  const ends = outstandingAfter(within, since, liability.points);
  const whole = addFlows(within);
  return {
    range,
    unit,
    steps: days.map((day, index) => ({ ...day, flows: within[index] ?? whole, outstanding: ends[index] ?? 0 })),
    flows: whole,
    ...counts,
    activeMembers: activity.active,
    buyers: activity.buyers,
    repeatBuyers: activity.repeatBuyers,
    redemptionRate: redemptionRate(whole),
    repeatRate: repeatRate(activity),
    liability,
    owed,
    donations,
    costs: costsBy(rules, liability, nowMs),
  };
}

function costsBy(rules: ShopRules, liability: Liability, nowMs: number): FiguresView["costs"] {
  const costs = pointCosts(versionInForce(rules.versions, nowMs)?.program ?? null);
  const told = (by: PointCost): Cost => ({
    by,
    wholeMinor: costOf(liability.points, by),
    byAgeMinor: costsOf(liability.byAge, by),
    byExpiryMinor: costsOf(liability.byExpiry, by),
  });
  return costs === null ? null : { least: told(costs.least), most: told(costs.most) };
}
