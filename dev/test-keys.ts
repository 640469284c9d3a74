/** Test helper: an API key of a shop's, made as its staff make one. */
import { makeApiKey } from "../worker/flows/make-api-key.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import type { Shop } from "../worker/shops/shops.ts";

export interface TestKey {
  readonly id: string;
  /** The whole key. */
  readonly text: string;
  /** What a request with it carries. */
  readonly headers: { readonly Authorization: string };
}

export async function newKey(rooms: Rooms, shop: Shop, { mayWrite = true, name = "Till" } = {}): Promise<TestKey> {
  const made = await makeApiKey(rooms, shop, "42", { name, mayWrite });
  if (made.kind === "refused") throw new Error(`The key was not made: ${made.refusal.code}.`);
  return { id: made.id, text: made.text, headers: { Authorization: `Bearer ${made.text}` } };
}
