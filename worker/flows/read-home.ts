/** What a merchant sees first: what is there, what is missing, how it does. */
import { DEFAULT_TIME_ZONE } from "../domain/calendar.ts";
import { type DayRange, flowsOf, issuedOf, momentsOf, todayIn } from "../domain/figures.ts";
import type { Holdings } from "../ledger/read-members.ts";
import type { OtherCurrencyCount } from "../ledger/read-other-currency.ts";
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
  /** As the page of figures has them: docs/figures.md. */
  readonly figures: KeyFigures;
  readonly worries: readonly Worry[];
  readonly otherCurrency: OtherCurrencyCount;
}

export interface KeyFigures {
  readonly members: number;
  /** In the last so many days, like all that follows. */
  readonly activeMembers: number;
  readonly issued: number;
  readonly redeemed: number;
}

/** Of a shop that is installed and whose token works. */
export async function readHome(rooms: Rooms, shop: Shop): Promise<Home> {
  const { domain, newestProgramVersion, paintedProgramVersion, scopes } = shop;
  const [holdings, figures, health] = await Promise.all([
    rooms.ledger.holdings(shop.id),
    readKeyFigures(rooms, shop),
    viewHealth(rooms, shop),
  ]);
  return {
    shop: domain,
    programVersion: newestProgramVersion === 0 ? null : newestProgramVersion,
    isPainted: paintedProgramVersion > 0,
    // Of a shop that was here before scopes were asked for, nothing is known.
    missingScopes: scopes === null ? [] : missingScopes(scopes),
    holdings,
    figures,
    worries: worriesOf(health, rooms.nowMs()),
    otherCurrency: health.otherCurrency,
  };
}

async function readKeyFigures(rooms: Rooms, shop: Shop): Promise<KeyFigures> {
  const timeZone = shop.timeZone ?? DEFAULT_TIME_ZONE;
  const toDay = todayIn(timeZone, rooms.nowMs());
  const range: DayRange = { fromDay: toDay - FIGURE_DAYS + 1, toDay };
  const [fromMs = 0, untilMs = 0] = momentsOf([range], timeZone);
  const [[movements = []], { active }, { members }] = await Promise.all([
    rooms.ledger.movements(shop.id, [fromMs, untilMs]),
    rooms.ledger.activity(shop.id, { fromMs, untilMs }),
    rooms.ledger.countMembers(shop.id, { fromMs, untilMs }),
  ]);
  const flows = flowsOf(movements);
  return { members, activeMembers: active, issued: issuedOf(flows), redeemed: flows.redeemed };
}
