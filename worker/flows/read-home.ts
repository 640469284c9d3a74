/** What a merchant sees first: what is there, what is missing, how it does. */
import type { Holdings, Movements } from "../ledger/read-members.ts";
import { missingScopes } from "../shopify/access.ts";
import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";
import { viewHealth, type Worry, worriesOf } from "./view-health.ts";

/** Key figures are about so many days. */
export const FIGURE_DAYS = 30;

export interface Home {
  readonly shop: string;
  /** Null until the first one is published. */
  readonly programVersion: number | null;
  /** Whether the storefront shows a program. */
  readonly isPainted: boolean;
  readonly missingScopes: readonly string[];
  readonly holdings: Holdings;
  readonly movements: Movements;
  readonly worries: readonly Worry[];
}

/** Of a shop that is installed and whose token works. */
export async function readHome(rooms: Rooms, shop: Shop): Promise<Home> {
  const { domain, newestProgramVersion, paintedProgramVersion, scopes } = shop;
  const [holdings, movements, health] = await Promise.all([
    rooms.ledger.holdings(shop.id),
    rooms.ledger.movements(shop.id, FIGURE_DAYS),
    viewHealth(rooms, shop),
  ]);
  return {
    shop: domain,
    programVersion: newestProgramVersion === 0 ? null : newestProgramVersion,
    isPainted: paintedProgramVersion > 0,
    // Of a shop that was here before scopes were asked for, nothing is known.
    missingScopes: scopes === null ? [] : missingScopes(scopes),
    holdings,
    movements,
    worries: worriesOf(health, rooms.nowMs()),
  };
}
