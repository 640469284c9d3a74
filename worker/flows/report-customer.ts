/** A person asked what is held about them: all of it, as JSON, kept for the merchant to pass on. */
import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";

/** All that is held about a customer, as JSON; for somebody unknown it says that nothing is, and does not repeat their number. */
export async function reportOn(rooms: Rooms, shop: Shop, customerId: string) {
  const [report, customerIds] = await Promise.all([
    rooms.ledger.report(shop.id, customerId),
    rooms.ledger.customerIds(shop.id, customerId),
  ]);
  const [mentions, waiting] = await Promise.all([
    rooms.shops.mentionsOf(shop, customerIds),
    rooms.importRuns.mentionsOf(shop.id, customerIds),
  ]);
  if (report === null && mentions.length === 0 && waiting.length === 0)
    return { isHeld: false, text: JSON.stringify({ held: false }) };
  const ledger = report ?? JSON.stringify({ held: true, customer_ids: customerIds });
  // Written as text: numbers of the ledger's report keep every digit.
  const rest = `"set_aside": ${JSON.stringify(mentions)}, "imports_waiting": ${JSON.stringify(waiting)}`;
  return { isHeld: true, text: `${ledger.replace(/\}\s*$/, "")}, ${rest}}` };
}

/** Answers a request, once. */
export async function reportCustomer(
  rooms: Rooms,
  shop: Shop,
  request: { readonly requestId: string; readonly customerId: string },
): Promise<void> {
  const { requestId, customerId } = request;
  const { isHeld, text } = await reportOn(rooms, shop, customerId);
  await rooms.shops.keepAnswer(shop, {
    requestId: `data-request:${requestId}`,
    customerId: isHeld ? customerId : null,
    answer: text,
  });
}
