/** A shopper takes along what the program knows of them, as a file: balance, history with its reasons, and what was redeemed. */
import type { Language } from "../domain/explanation/languages.ts";
import type { Words } from "../domain/shop-words.ts";
import type { Shop } from "../shops/shops.ts";
import { readBalance, readExplainedHistory, readMembership, readRedemptionList } from "./read-member.ts";
import type { Rooms } from "./rooms.ts";

/** So many pages of history go into one file; where there is more, the file says from where. */
const PAGES = 40;

type HistoryPage = Awaited<ReturnType<typeof readExplainedHistory>>;

/** The shopper's own data in their language; for somebody we have not met it says so in zeros and empty lists. */
export async function readOwnData(
  rooms: Rooms,
  shop: Shop,
  customerId: string,
  { language, words }: { readonly language: Language; readonly words: Words },
) {
  const [balance, member, { redemptions }] = await Promise.all([
    readBalance(rooms, shop, customerId, words),
    readMembership(rooms, shop, customerId),
    readRedemptionList(rooms, shop, customerId, words),
  ]);
  const history: HistoryPage["entries"] = [];
  let next: string | null = null;
  for (let page = 0; page < PAGES; page++) {
    const read: HistoryPage = await readExplainedHistory(rooms, shop, customerId, next, language, words);
    history.push(...read.entries);
    next = read.next;
    if (next === null) break;
  }
  return { customer_id: customerId, member, balance, redemptions, history, more_after: next };
}
