/**
 * Lots: points earned together, with their own dates. Which lots a movement takes points from is decided here; a release and a return follow what was
 * taken, and a merger takes all.
 */

export const DAY_MS = 24 * 60 * 60 * 1000;

/** Where points come from and the dates they carry: what a lot that stands in for another keeps of it. */
export interface LotOrigin {
  /** The order it came from, if an order it was. */
  readonly orderId: string | null;
  readonly availableAtMs: number;
  /** A date of its own, above any rule of the program: grace, an import; null = as the program has it. */
  readonly fixedExpiryMs: number | null;
}

export interface Lot extends LotOrigin {
  /** The key of the entry that made it (with `/1`, `/2` … where it may make several), so that every lot names its cause. */
  readonly id: string;
  readonly amount: number;
  /** `amount` plus the sum of the lot's allocations; never below 0 nor above `amount`. */
  readonly remaining: number;
  /** Whether its points are booked as available; before that they are pending. */
  readonly matured: boolean;
  /** Whether its expiry is booked: it never holds points again. */
  readonly expired: boolean;
}

/** A lot with the moment its points expire by the rules (domain/expiry); null = never. */
export interface DatedLot extends Lot {
  readonly expiresAtMs: number | null;
}

/** An allocation without its entry: points that leave a lot (below 0) or come back to it (above 0). */
export interface Take {
  readonly lotId: string;
  readonly points: number;
}

/** Returned points live at least this long, and to the end of that day, when their lot's expiry has passed or is nearer. */
export const GRACE_MS = 30 * DAY_MS;

/** Soonest to expire first, then the oldest; the id makes the order total. */
export function bySoonestExpiry(a: DatedLot, b: DatedLot): number {
  const expiry = (a.expiresAtMs ?? Number.POSITIVE_INFINITY) - (b.expiresAtMs ?? Number.POSITIVE_INFINITY);
  if (Number.isFinite(expiry) && expiry !== 0) return expiry;
  if (a.expiresAtMs === null && b.expiresAtMs !== null) return 1;
  if (a.expiresAtMs !== null && b.expiresAtMs === null) return -1;
  return a.availableAtMs - b.availableAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** What a hold may take: available lots, soonest-expiring first. */
export function spendingOrder(lots: readonly DatedLot[]): DatedLot[] {
  return lots.filter((lot) => lot.matured && lot.remaining > 0).sort(bySoonestExpiry);
}

/** Takes up to `points` from lots in the order given; what could not be taken is `missing`. */
export function takeFrom(
  lots: readonly Pick<Lot, "id" | "remaining">[],
  points: number,
): { readonly takes: Take[]; readonly missing: number } {
  const takes: Take[] = [];
  let missing = points;
  for (const lot of lots) {
    if (missing === 0) break;
    const taken = Math.min(lot.remaining, missing);
    takes.push({ lotId: lot.id, points: -taken });
    missing -= taken;
  }
  return { takes, missing };
}

/**
 * What a claw-back for an order takes: the order's pending points, its own lots, then the member's other available points, soonest-expiring first.
 * `standing` is what the order stands for in the ledger before that (posted and not forgiven), `expired` what of it expired unused. Other lots are taken for
 * what was spent of this order and no further: what remains after that has `lapsed`, it is gone already. It comes last, so that a later rise undoes it first.
 */
export function takesOfClawBack(
  lots: readonly DatedLot[],
  order: { readonly orderId: string; readonly points: number; readonly standing: number; readonly expired: number },
): { readonly takes: Take[]; readonly lapsed: number; readonly missing: number } {
  const own = lots.filter((lot) => lot.orderId === order.orderId && lot.remaining > 0);
  const left = own.reduce((sum, lot) => sum + lot.remaining, 0);
  const spent = Math.max(0, order.standing - left - order.expired);
  const pending = own.filter((lot) => !lot.matured).sort(bySoonestExpiry);
  const fromOwn = takeFrom([...pending, ...spendingOrder(own)], order.points);
  const elsewhere = Math.min(fromOwn.missing, spent);
  const others = lots.filter((lot) => lot.orderId !== order.orderId);
  const fromOthers = takeFrom(spendingOrder(others), elsewhere);
  const takes = [...fromOwn.takes, ...fromOthers.takes];
  return { takes, lapsed: fromOwn.missing - elsewhere, missing: fromOthers.missing };
}

/** When this lot next changes pot by itself: it matures, or expires; null when nothing is to come. */
export function nextDueMs(lot: DatedLot): number | null {
  if (lot.remaining === 0) return null;
  return lot.matured ? lot.expiresAtMs : lot.availableAtMs;
}

/**
 * The next step of a running total towards where it should be. `forgiven` is the part of the total that should have been taken back and
 * was not: a rise is made good from it first, so that nothing is minted twice. With 100 posted, 30 of them forgiven: towards 120 rises by 20, and nothing
 * is forgiven any more; towards 80 moves nothing, and leaves 20 forgiven; towards 50 falls by 20, and leaves the 30.
 */
export function stepTowards(
  target: number,
  { posted, forgiven }: { readonly posted: number; readonly forgiven: number },
): { readonly rise: number; readonly fall: number; readonly forgiven: number } {
  if (target >= posted) return { rise: target - posted, fall: 0, forgiven: 0 };
  const standing = posted - forgiven;
  return target >= standing
    ? { rise: 0, fall: 0, forgiven: posted - target }
    : { rise: 0, fall: standing - target, forgiven };
}
