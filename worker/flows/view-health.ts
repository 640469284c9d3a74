/** Whether all is well: what was set aside, what differs from Shopify, how far the comparison is, what is not painted yet. */
import type { OtherCurrencyCount } from "../ledger/read-other-currency.ts";
import type { SetAsideRow } from "../shops/set-aside.ts";
import type { Shop } from "../shops/shops.ts";
import type { OpenDifference, Statement } from "../shops/statements.ts";
import type { SweepProgress } from "../shops/sweeps.ts";
import type { Rooms } from "./rooms.ts";

const SET_ASIDE_LISTED = 100;
const DAYS_LISTED = 14;
/** A sweep that has not ended for so long is late: it is due every four to six minutes. */
const LATE_MS = 60 * 60_000;

export interface Health {
  /** What had no effect or failed for good, newest first. */
  readonly setAside: readonly SetAsideRow[];
  readonly statements: readonly Statement[];
  /** Orders that Shopify shows otherwise than the ledger knows them. */
  readonly differences: readonly OpenDifference[];
  readonly sweep: SweepProgress | null;
  readonly unpainted: { readonly members: number; readonly oldestMs: number };
  /** Orders that earned nothing because of their currency: right, and yet to be known. */
  readonly otherCurrency: OtherCurrencyCount;
}

export async function viewHealth(rooms: Rooms, shop: Shop): Promise<Health> {
  const [setAside, statements, differences, sweep, unpainted, otherCurrency] = await Promise.all([
    rooms.shops.listSetAside(shop.domain, SET_ASIDE_LISTED),
    rooms.statements.newest(shop.id, DAYS_LISTED),
    rooms.statements.openDifferences(shop.id),
    rooms.sweeps.progress(shop.id),
    rooms.paintings.lag(shop.id),
    rooms.ledger.countOtherCurrency(shop.id),
  ]);
  return { setAside, statements, differences, sweep, unpainted, otherCurrency };
}

/** What of it somebody has to look at, in the order of its weight. */
export type Worry = "books-differ" | "orders-differ" | "work-failed" | "sweep-late" | "painting-late";

/** A delivery whose topic nobody reads is no worry: it was never ours. */
export function worriesOf({ setAside, statements, differences, sweep, unpainted }: Health, nowMs: number): Worry[] {
  const worries: Worry[] = [];
  if (statements.some(({ accountsDiffering }) => accountsDiffering > 0)) worries.push("books-differ");
  if (differences.length > 0) worries.push("orders-differ");
  if (setAside.some(isOpen)) worries.push("work-failed");
  if (sweep?.finishedAtMs != null && !sweep.isUnderWay && nowMs - sweep.finishedAtMs > LATE_MS)
    worries.push("sweep-late");
  if (unpainted.oldestMs > LATE_MS) worries.push("painting-late");
  return worries;
}

/** It failed, could be run again, and was not. */
export function isOpen({ canBeReplayed, replayedAtMs }: Pick<SetAsideRow, "canBeReplayed" | "replayedAtMs">): boolean {
  return canBeReplayed && replayedAtMs === null;
}
