/** What Liquid paints: members are called to be painted, and the program's summary is written, as app-owned metafields. */
import { type Program, rewardsOffered, versionInForce } from "../domain/program.ts";
import type { Reward } from "../domain/rewards.ts";
import { faultFields, logEvent } from "../log.ts";
import { programMetafield, programPlace, setMetafields } from "../shopify/metafields.ts";
import { withheldKinds } from "../shopify/reward-scopes.ts";
import type { Shop } from "../shops/shops.ts";
import { chunksOf, type Job } from "./jobs.ts";
import { programSummary } from "./program-summary.ts";
import { adminApiOf, booksOf, type Rooms, rulesOf } from "./rooms.ts";

/** So long a change waits for the next ones of the same members: a batch of the queue paints each of them once. */
const TOGETHER_SECONDS = 2;

/** Some calls of Shopify's, each of which takes 25 metafields. */
export const PAINTED_PER_JOB = 25;

/** Queues the members whose balance changed, a handful of calls to a job. */
export async function paintMembersLater(
  rooms: Rooms,
  changed: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const jobs = [...changed].flatMap(([shop, members]) =>
    chunksOf([...members], PAINTED_PER_JOB).map((memberIds) => ({ kind: "paint-members", shop, memberIds }) as const),
  );
  if (jobs.length > 0) await sendOrLeave(rooms, jobs, TOGETHER_SECONDS);
}

/** One member, after an answer that must not wait or fail for it. */
export function paintMemberSoon(rooms: Rooms, shop: Shop, memberId: string): Promise<void> {
  return sendOrLeave(rooms, [{ kind: "paint-members", shop: shop.domain, memberIds: [memberId] }]);
}

/** The program's summary anew, where what it says of a reward's stock may have changed. */
export async function paintStockSoon(rooms: Rooms, shop: Shop, { stock }: Reward): Promise<void> {
  if (typeof stock === "number") await sendOrLeave(rooms, [{ kind: "paint-program", shop: shop.domain }]);
}

/** Sends jobs that only bring forward what a sweep or the next change does anyway: a queue that refuses them spoils nothing. */
export async function sendOrLeave(rooms: Rooms, jobs: readonly Job[], delaySeconds = 0): Promise<void> {
  try {
    await rooms.queue.send(jobs, { delaySeconds });
  } catch (fault) {
    logEvent({ event: "fault", work: "bring-forward", ...faultFields(fault) });
  }
}

/**
 * Writes the summary of the program in force by the database's time, then notes that it is painted. What is there is looked at before the
 * program is read, and nothing else is replaced: of two who write at once, whoever read earlier fails and comes again.
 */
export async function paintProgram(rooms: Rooms, shop: Shop): Promise<void> {
  const api = await adminApiOf(rooms, shop);
  if (!api) return;
  const place = await programPlace(api);
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id }], { open: false });
  const { versions } = await rulesOf(rooms, shop, booksOf(books, shop));
  const inForce = versionInForce(versions, nowMs);
  if (!inForce) return;
  const counted = rewardsOffered(inForce).filter(({ stock }) => typeof stock === "number");
  const uses = counted.length > 0 ? await rooms.ledger.rewardUses(shop.id, null, counted) : null;
  const isSoldOut = ({ id, stock }: Reward) => (uses?.get(id)?.byAll ?? 0) >= (stock ?? Number.POSITIVE_INFINITY);
  const soldOut = new Set(counted.filter(isSoldOut).map(({ id }) => id));
  const { words, version: wordsVersion } = await rooms.words.find(shop.id);
  const summary = programSummary(inForce, shop.currency, { soldOut, withheld: withheldKinds(shop.scopes), words });
  const [outcome] = await setMetafields(api, [programMetafield(place, JSON.stringify(summary))]);
  if (outcome?.kind !== "set") throw new Error("The program's summary was not written.");
  // The shop's first program may reach back to orders that were read before there was one.
  if (shop.paintedProgramVersion === 0) await rooms.sweeps.readPastAgain(shop.id);
  const painted = versions.find((version) => version.version === shop.paintedProgramVersion);
  const isAnother = (part: (program: Program) => unknown) =>
    JSON.stringify(painted ? part(painted.program) : null) !== JSON.stringify(part(inForce.program));
  // Other tiers: what was not counted is, and then all members are dated, and painted, anew.
  if (isAnother(({ tiers }) => tiers))
    await rooms.queue.send([{ kind: "count-orders", shop: shop.domain, afterOrderId: "" }], { lane: "bulk" });
  else if (isAnother(({ expiry }) => expiry))
    await rooms.queue.send([{ kind: "date-anew", shop: shop.domain, afterMemberId: "0" }], { lane: "bulk" });
  await rooms.shops.markProgramPainted(shop, inForce.version, wordsVersion);
}
