/** The fence of a redemption: after it, no code of its text can be used, nor can a late request still make one. */
import type { Redemption } from "../domain/account.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { ReleaseReason } from "../domain/spending.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import { createCode, deactivateCode, findCode } from "../shopify/discounts.ts";
import type { Shop } from "../shops/shops.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

/** Closes the code for good; or tells what keeps it open, and then its points must stay held. */
export async function closeCode(
  rooms: Rooms,
  shop: Shop,
  redemption: Redemption,
  reason: ReleaseReason,
): Promise<Refusal | null> {
  const api = await adminApiOf(rooms, shop);
  if (!api) return { code: "try-again", detail: "The shop is not connected at the moment." };
  let found = await findCode(api, redemption.code, redemption.id);
  if (found.kind === "absent") {
    // Whatever is still on its way makes a code that has ended.
    if (reason === "expired") return null;
    // A request that is still on its way could make the code after this look: take its place with a code that has ended already.
    const claimed = await claimEnded(api, shop, redemption);
    if (claimed.kind === "created") return null;
    found = await findCode(api, redemption.code, redemption.id);
  }
  // Neither claimed nor there: only Shopify's yes shows that no late request can make it any more.
  if (found.kind !== "found") return { code: "try-again", detail: "Shopify could not be asked about the code." };
  if (!found.isOurs) return null;
  if (found.uses > 0) return { code: "already-used", redemptionId: redemption.id };
  if (found.hasEnded) return null;
  const closed = await deactivateCode(api, found.discountId);
  return closed.kind === "done" ? null : { code: "try-again", detail: "Shopify could not switch the code off." };
}

/** For nobody in particular and without conditions: what Shopify may refuse of the true code, it must not refuse of this one. */
function claimEnded(api: AdminApi, shop: Shop, redemption: Redemption) {
  const { id, name } = redemption.reward;
  return createCode(api, {
    redemptionId: redemption.id,
    code: redemption.code,
    customerId: null,
    reward: { id, name, kind: "amount_off", cost: redemption.cost, valueMinor: 1, minimumMinor: null, codeDays: 1 },
    currency: shop.currency,
    startsAtMs: redemption.createdAtMs - 2000,
    endsAtMs: redemption.createdAtMs - 1000,
  });
}
