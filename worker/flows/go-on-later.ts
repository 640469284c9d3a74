import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";

/** Queues the next pages of an import, or of its undoing: under a lease that is held, or for whoever finds it due. */
export async function goOnLater(
  rooms: Rooms,
  { domain }: Shop,
  importId: string,
  { lease = null, delaySeconds = 0 }: { readonly lease?: number | null; readonly delaySeconds?: number } = {},
): Promise<void> {
  await rooms.queue.send([{ kind: "go-on-import", shop: domain, importId, lease }], { lane: "bulk", delaySeconds });
}
