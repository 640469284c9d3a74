/** Once a day each shop's token is looked after, whether somebody needs it or not: an idle shop's must not end, and no key is kept for ever. */
import { tokenKeys } from "../env.ts";
import type { Shop } from "../shops/shops.ts";
import type { SealedTokens } from "../shops/token-book.ts";
import { isSealedAnew, openToken, sealToken } from "../shops/tokens.ts";
import type { Rooms } from "./rooms.ts";
import { refreshHeld } from "./shop-access.ts";

/** When a token could not be opened, or Shopify not be asked. */
const LATER_SECONDS = 3_600;

/**
 * Refreshes a pair, which also seals it anew; a token that does not expire is sealed anew if it was sealed under an earlier key. Does nothing when
 * it is not time, or somebody else is at it. Throws when a token cannot be opened: its key is gone.
 */
export async function lookAfterToken(rooms: Rooms, { domain }: Shop): Promise<void> {
  const stored = await rooms.tokens.read(domain);
  if (!stored?.isDue) return;
  const sinceMs = rooms.nowMs();
  const held = await rooms.tokens.claim(domain, stored.tokens.access);
  if (held === null) return;
  try {
    if (held.stored.tokens.refresh !== null) await refreshHeld(rooms, held, sinceMs);
    else await rooms.tokens.keepSealed(held.lease, await sealedAnew(rooms, domain, held.stored.tokens));
  } catch (fault) {
    await rooms.tokens.giveUp(held.lease, LATER_SECONDS);
    throw fault;
  }
  rooms.shops.forget(domain);
}

async function sealedAnew(rooms: Rooms, domain: string, tokens: SealedTokens): Promise<SealedTokens> {
  const keys = tokenKeys(rooms.settings);
  if (await isSealedAnew(tokens.access, keys)) return tokens;
  return { ...tokens, access: await sealToken(await openToken(tokens.access, domain, keys), domain, keys) };
}
