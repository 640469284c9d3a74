/** Staff make a key for the merchant's own software, and revoke one. */
import type { Refusal } from "../domain/refusal.ts";
import { actorOf, noteOf } from "../program/audit.ts";
import { drawKey, MOST_KEYS } from "../shops/api-keys.ts";
import type { Shop } from "../shops/shops.ts";
import { actAsStaff, mayAct } from "./act-as-staff.ts";
import type { Rooms } from "./rooms.ts";

export interface WantedKey {
  readonly name: string;
  readonly mayWrite: boolean;
}

export type KeyAnswer =
  /** `text` is the whole key, and this is the only time that anybody has it. */
  | { readonly kind: "made"; readonly id: string; readonly text: string }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export type RevokeAnswer = { readonly kind: "done" } | { readonly kind: "refused"; readonly refusal: Refusal };

/** Makes a key. Sent twice, it makes two: nobody has the secret of the first any more, so that it could not be told again. */
export async function makeApiKey(rooms: Rooms, shop: Shop, staffId: string, wanted: WantedKey): Promise<KeyAnswer> {
  return (await mayAct(rooms, shop, staffId))
    ? await makeKeyAs(rooms, shop, staffId, wanted)
    : refuse({ code: "not-permitted" });
}

/** The same for whoever may: a number of staff, or `operator`. */
export async function makeKeyAs(rooms: Rooms, shop: Shop, madeBy: string, wanted: WantedKey): Promise<KeyAnswer> {
  const { id, text, secretSha256 } = await drawKey(shop.domain);
  // Never its name: that is what somebody wrote.
  const detail = { key: id, mayWrite: wanted.mayWrite };
  const note = noteOf(shop.id, { actor: actorOf(madeBy), action: "api-key-made", detail });
  const isAdded = await rooms.apiKeys.add(shop.id, { ...wanted, id, secretSha256, madeBy }, note);
  return isAdded
    ? { kind: "made", id, text }
    : refuse({
        code: "invalid-request",
        detail: `A shop has ${MOST_KEYS} keys at most: revoke one that nobody needs.`,
      });
}

/** Ends a key: the next request with it is refused. Done again, it is done already. */
export function revokeApiKey(rooms: Rooms, shop: Shop, staffId: string, id: string): Promise<RevokeAnswer> {
  const act = { staffId, action: "api-key-revoked", detail: { key: id } } as const;
  return actAsStaff<RevokeAnswer>(rooms, shop, act, async (note) =>
    (await rooms.apiKeys.revoke(shop.id, id, staffId, note()))
      ? { kind: "done" }
      : refuse({ code: "invalid-request", detail: "There is no such key." }),
  );
}

function refuse(refusal: Refusal): { readonly kind: "refused"; readonly refusal: Refusal } {
  return { kind: "refused", refusal };
}
