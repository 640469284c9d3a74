/**
 * A member's tiers as they would have been under another program: their orders one after the other, each multiplied by the tier that those before it had
 * brought. Pure.
 */
import { dayOf } from "./calendar.ts";
import type { OrderState } from "./order.ts";
import type { Program, ProgramVersion, ShopRules } from "./program.ts";
import { type Contribution, moveProgress, NO_PROGRESS } from "./progress.ts";
import { SINGLE_MULTIPLIER, tierWorth } from "./settlement.ts";
import { multiplierOn, tierAt } from "./tiers.ts";
import type { PastOrder } from "./what-if.ts";

export interface ReplayedTiers {
  /** By the id of the order. */
  readonly multipliers: ReadonlyMap<string, number>;
  /** The tier they would be in now, by its id; null for none. */
  readonly tier: string | null;
}

/** An order with whether it would have taken part. */
export interface Replayed {
  readonly order: PastOrder;
  readonly takesPart: boolean;
}

/** A program as if it had always been in force. */
export interface Always {
  readonly version: ProgramVersion;
  /** The published versions that decide the same: who takes part, what earns, what counts for tiers, and what these multiply. */
  readonly alike: ReadonlySet<number>;
}

export function always(program: Program, { versions }: ShopRules): Always {
  const terms = JSON.stringify(termsOf(program));
  const alike = versions.filter((one) => JSON.stringify(termsOf(one.program)) === terms);
  const version = { version: 0, inForceFromMs: 0, publishedAtMs: 0, program };
  return { version, alike: new Set(alike.map((one) => one.version)) };
}

function termsOf({ earn, membership, state, exclusions, tiers }: Program) {
  return [earn, membership, state, exclusions, tiers];
}

/** Whether the order was settled by the same terms: then what was fixed at its first settlement is what would have been fixed. */
export function isAlike({ programVersion }: PastOrder, { alike }: Always): boolean {
  return programVersion !== null && alike.has(programVersion);
}

/**
 * Replays them. Where all orders were under the same terms, each keeps the multiplier that was fixed; otherwise it is worked out. What was known of an order when
 * a later one came is not kept: it is taken to have been as it was sold until it last changed, and as it is now from then on.
 */
export function replayTiers(
  orders: readonly Replayed[],
  always: Always,
  rules: ShopRules,
  nowMs: number,
): ReplayedTiers {
  const { version } = always;
  const { tiers } = version.program;
  if (tiers === null) return { multipliers: new Map(), tier: null };
  const isFixed = orders.every(({ order }) => isAlike(order, always));
  const multipliers = new Map(isFixed ? orders.map(({ order }) => [order.orderId, order.multiplier]) : []);
  let progress = NO_PROGRESS;
  for (const { order, day, before, after } of turnsOf(orders, version, rules)) {
    if (before === null && !isFixed) multipliers.set(order.orderId, multiplierOn(progress, tiers, day));
    progress = moveProgress(progress, before, after, day);
  }
  const { tier } = tierAt(progress, { ...rules, versions: [version] }, nowMs);
  return { multipliers, tier: tier?.id ?? null };
}

/** A moment at which an order comes to count for something, or for something else. */
interface Turn {
  readonly order: PastOrder;
  readonly atMs: number;
  /** The day of that moment. */
  readonly day: number;
  readonly before: Contribution | null;
  readonly after: Contribution | null;
}

/** In the order in which they came. */
function turnsOf(
  orders: readonly Replayed[],
  version: ProgramVersion,
  { currency, timeZone, productGroups }: ShopRules,
): Turn[] {
  const turns = orders.flatMap(({ order, takesPart }): Turn[] => {
    const { body } = order.state;
    if (body === null) return [];
    const createdDay = dayOf(body.createdAtMs, timeZone);
    const countedDay = order.contribution?.day ?? createdDay;
    const countedAs = (state: OrderState): Contribution | null =>
      takesPart ? { day: countedDay, ...tierWorth(state, version, currency, productGroups) } : null;
    const now = countedAs(order.state);
    const sold = isAsSold(order.state) ? now : countedAs(asSold(order.state));
    const begun = { order, atMs: body.createdAtMs, day: createdDay, before: null, after: sold };
    if (JSON.stringify(sold) === JSON.stringify(now)) return [begun];
    const changedAtMs = Math.max(body.updatedAtMs, body.createdAtMs);
    return [begun, { order, atMs: changedAtMs, day: dayOf(changedAtMs, timeZone), before: sold, after: now }];
  });
  return turns.sort(
    (a, b) => a.atMs - b.atMs || Number(a.before !== null) - Number(b.before !== null) || byNumber(a, b),
  );
}

/** Shopify's numbers grow. */
function byNumber({ order: { orderId: a } }: Turn, { order: { orderId: b } }: Turn): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

/** Whether nothing of it has gone back: most have not, and are worked out once. */
function isAsSold({ body, refunds, deleted }: OrderState): boolean {
  if (body === null || deleted || body.cancelled || refunds.length + body.refunds.length > 0) return false;
  return body.lines.every((line) => line.currentQuantity === null || line.currentQuantity === line.quantity);
}

/** The order before anything of it went back. Its status may stay: what is refunded counts as paid, with what remains. */
function asSold(state: OrderState): OrderState {
  const { body } = state;
  if (body === null) return state;
  const lines = body.lines.map((line) => ({ ...line, currentQuantity: null }));
  return { deleted: false, refunds: [], body: { ...body, lines, refunds: [], cancelled: false } };
}

/** What an order earns by: one where the program has no tiers. */
export function multiplierFor({ orderId }: PastOrder, { multipliers }: ReplayedTiers): number {
  return multipliers.get(orderId) ?? SINGLE_MULTIPLIER;
}
