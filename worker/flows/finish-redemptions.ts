/** The sweep: whatever died between hold and code is brought to an end, and codes that ended unused give their points back. */
import type { Redemption } from "../domain/account.ts";
import { isMoneyReward } from "../domain/rewards.ts";
import type { Shop } from "../shops/shops.ts";
import { isCodeClosed, release } from "./cancel-redemption.ts";
import { giveMoney } from "./give-money.ts";
import { takeGiftBack } from "./give-reward.ts";
import { answerWith, makeCode, type RedeemAnswer } from "./redeem-reward.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

/** Finishes one redemption; what cannot be finished now is looked at again later, ever more rarely. */
export async function finishRedemption(rooms: Rooms, shop: Shop, redemptionId: string): Promise<void> {
  await rooms.ledger.postpone(shop.id, redemptionId);
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, redemptionIds: [redemptionId] }], {
    open: false,
  });
  const own = booksOf(books, shop);
  const { accounts } = own;
  const redemption = own.redemptions[0];
  const account = accounts.find(({ memberId }) => memberId === redemption?.memberId);
  if (!redemption || !account) return;
  // A try that broke off after the end may have left a gift where it was.
  if (redemption.state !== "held" && redemption.state !== "issued") return endGift(rooms, shop, redemption);
  // Staff end it, or the shopper.
  if (redemption.reward.kind === "experience") return;
  const { customerId } = account;
  const held = answerWith(redemption, accounts, await rulesOf(rooms, shop, own), nowMs);
  // Money has no end of its own: what became of it is asked until it is known.
  if (isMoneyReward(redemption.reward) && customerId !== null)
    await endGiftOf(rooms, shop, await giveMoney(rooms, shop, { customerId, held, heldSinceMs: null }));
  else if (redemption.endsAtMs <= nowMs) await release(rooms, shop, redemption, "expired");
  else if (redemption.state === "issued") {
    // A cancellation that broke off after the code was switched off is carried on.
    if (await isCodeClosed(rooms, shop, redemption)) await release(rooms, shop, redemption, "cancelled");
  } else if (customerId === null) {
    // No code can be made for a person who was forgotten: their points go back to the account that is nobody's.
    await release(rooms, shop, redemption, "cancelled");
  } else await endGiftOf(rooms, shop, await makeCode(rooms, shop, customerId, held));
  // A code that is issued leaves no entry by which the cron would find it unpainted: if the queue refuses, this job comes again.
  await rooms.queue.send([{ kind: "paint-members", shop: shop.domain, memberIds: [redemption.memberId] }]);
}

async function endGiftOf(rooms: Rooms, shop: Shop, ended: RedeemAnswer): Promise<void> {
  if (ended.kind === "redemption") await endGift(rooms, shop, ended.redemption);
}

/** What Shopify refused by now may have been a gift of staff's. */
async function endGift(rooms: Rooms, shop: Shop, { id, state, reason }: Redemption): Promise<void> {
  if (state === "released" && reason === "refused") await takeGiftBack(rooms, shop, id);
}
