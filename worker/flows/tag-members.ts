/** Tags customers with their tier, where the merchant wishes: one tag of the program's at a time, and none once the wish has ended. */
import type { ShopRules } from "../domain/program.ts";
import { type Tier, tiersAt } from "../domain/tiers.ts";
import { logEvent } from "../log.ts";
import type { AdminApi } from "../shopify/admin-api.ts";
import { moveTag } from "../shopify/customer-tags.ts";
import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";

/** A member's tag as it is to be, and as we remember it. */
export interface TaggedMember {
  readonly memberId: string;
  readonly customerId: string;
  readonly tag: string | null;
  readonly known: string | null;
  /** What is remembered may not be what is there: somebody else was at it, or everything is written anew. */
  readonly isUnsure: boolean;
}

/** The tag of a tier by the program in force; null where customers are not tagged. */
export function tagOf(rules: ShopRules, tier: Tier | null, nowMs: number): string | null {
  const prefix = tiersAt(rules.versions, nowMs)?.tagPrefix ?? null;
  return tier === null || prefix === null ? null : `${prefix}${tier.id}`;
}

/** Every tag that any version of the program gives or gave. */
export function tagsOf({ versions }: ShopRules): readonly string[] {
  const tags = versions.flatMap(({ program: { tiers } }) =>
    tiers === null || tiers.tagPrefix === null ? [] : tiers.levels.map(({ id }) => `${tiers.tagPrefix}${id}`),
  );
  return [...new Set(tags)];
}

/**
 * Tags these members. What is remembered was read before the ledger, and is replaced only if it is still that: of two who tag one customer, the
 * one who comes second looks again, and takes away whatever the other may have left. Returns who is to be looked at again.
 */
export async function tagMembers(
  { rooms, shop, api }: { readonly rooms: Rooms; readonly shop: Shop; readonly api: AdminApi },
  members: readonly TaggedMember[],
  everyTag: readonly string[],
): Promise<readonly TaggedMember[]> {
  const overtaken: TaggedMember[] = [];
  for (const member of members) {
    const { memberId, customerId, tag, known, isUnsure } = member;
    if (tag === known && !(isUnsure && everyTag.length > 0)) continue;
    const others = new Set([...everyTag, ...(known === null ? [] : [known])]);
    const remove = [...others].filter((other) => other.toLowerCase() !== tag?.toLowerCase());
    // A customer who is gone at Shopify is nobody's fault.
    if (!(await moveTag(api, customerId, { add: tag, remove })))
      logEvent({ event: "fault", work: "paint-members", shop: shop.domain, fault: "TagRefused" });
    if (!(await rooms.paintings.noteTag(shop.id, memberId, known, tag))) overtaken.push(member);
  }
  return overtaken;
}
