/** Orders that earned nothing because they are in another currency than the shop's, for the page that lists them. */
import type { OtherCurrencyPage } from "../ledger/read-other-currency.ts";
import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";

/** A page of them, newest first. `before` is the number of an earlier page's last order. */
export function viewOtherCurrency(rooms: Rooms, shop: Shop, before: string | null): Promise<OtherCurrencyPage> {
  return rooms.ledger.otherCurrency({ shopId: shop.id, before });
}
