/** All members of a shop are painted anew, page by page: after a change of what is painted, and when somebody asks. */
import type { Shop } from "../shops/shops.ts";
import { paintMembers } from "./paint-members.ts";
import { adminApiOf, type Rooms } from "./rooms.ts";

const MEMBERS_PER_PAGE = 100;
/**
 * A page costs about a hundred points at Shopify, and four for each member whose metafields must be looked at: on the smallest plan, which
 * gives a hundred a second, this leaves two thirds of them to others.
 */
const PAGE_SECONDS = 4;
const MEMBERS_LOOKED_AT_PER_SECOND = 8;

/** Paints the next page: of a repainting that is due (null), or of the one under that lease. One that died goes on from its last page. */
export async function repaintMembers(rooms: Rooms, shop: Shop, lease: number | null): Promise<void> {
  if ((await adminApiOf(rooms, shop)) === null) return;
  const page = await rooms.paintings.claimPage(shop.id, lease);
  if (page === null) return;
  const memberIds = await rooms.ledger.membersAfter(shop.id, page.afterMemberId, MEMBERS_PER_PAGE);
  const { lookedAt } = await paintMembers(rooms, shop, memberIds, { anew: true });
  const lastMemberId = memberIds.at(-1);
  if (lastMemberId === undefined || memberIds.length < MEMBERS_PER_PAGE)
    return rooms.paintings.finish(shop.id, page.leaseMs, memberIds.length);
  const delaySeconds = PAGE_SECONDS + Math.ceil(lookedAt / MEMBERS_LOOKED_AT_PER_SECOND);
  const done = { members: memberIds.length, lastMemberId, delaySeconds };
  const nextLease = await rooms.paintings.goOn(shop.id, page.leaseMs, done);
  if (nextLease === null) return;
  const job = { kind: "repaint-members", shop: shop.domain, lease: nextLease } as const;
  await rooms.queue.send([job], { delaySeconds, lane: "bulk" });
}
