/** The sweep: whatever died between hold and code is brought to an end, and codes that ended unused give their points back. */
import type { Shop } from "../shops/shops.ts";
import { release } from "./cancel-redemption.ts";
import { paintMemberSoon } from "./paint-storefront.ts";
import { makeCode } from "./redeem-reward.ts";
import type { Rooms } from "./rooms.ts";

/** Finishes one redemption; what cannot be finished now is looked at again later, ever more rarely. */
export async function finishRedemption(rooms: Rooms, shop: Shop, redemptionId: string): Promise<void> {
  await rooms.ledger.postpone(shop.id, redemptionId);
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, redemptionIds: [redemptionId] }], {
    open: false,
  });
  const own = books.get(shop.id);
  const redemption = own?.redemptions[0];
  const customerId = own?.accounts.find((account) => account.memberId === redemption?.memberId)?.customerId;
  if (!redemption || !customerId) return;
  const hasEnded = redemption.endsAtMs <= nowMs;
  if (redemption.state === "held" && !hasEnded) await makeCode(rooms, shop, customerId, redemption);
  else if (hasEnded) await release(rooms, shop, customerId, redemption, "expired");
  await paintMemberSoon(rooms, shop, redemption.memberId);
}
