/** Writes what Liquid paints: a member's balance and the program's summary, as app-owned metafields. */
import { accountAt, type DatedAccount } from "../domain/due.ts";
import { versionInForce } from "../domain/program.ts";
import { faultFields, logEvent } from "../log.ts";
import { METAFIELDS_PER_CALL, memberMetafield, programMetafield, setMetafields } from "../shopify/metafields.ts";
import type { Shop } from "../shops/shops.ts";
import { chunksOf, type Job } from "./jobs.ts";
import { expiringOf, maturingOf } from "./read-member.ts";
import { adminApiOf, booksOf, type Rooms, rulesOf } from "./rooms.ts";

/** Queues the members whose balance changed, as many to a job as one call to Shopify takes. */
export async function paintMembersLater(
  rooms: Rooms,
  changed: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const jobs = [...changed].flatMap(([shop, members]) =>
    chunksOf([...members], METAFIELDS_PER_CALL).map(
      (memberIds) => ({ kind: "paint-members", shop, memberIds }) as const,
    ),
  );
  if (jobs.length > 0) await sendOrLeave(rooms, jobs);
}

/** One member, after an answer that must not wait or fail for it. */
export function paintMemberSoon(rooms: Rooms, shop: Shop, memberId: string): Promise<void> {
  return sendOrLeave(rooms, [{ kind: "paint-members", shop: shop.domain, memberIds: [memberId] }]);
}

/** Sends jobs that only bring forward what a sweep or the next change does anyway: a queue that refuses them spoils nothing. */
export async function sendOrLeave(rooms: Rooms, jobs: readonly Job[], delaySeconds = 0): Promise<void> {
  try {
    await rooms.queue.send(jobs, { delaySeconds });
  } catch (fault) {
    logEvent({ event: "fault", work: "bring-forward", ...faultFields(fault) });
  }
}

/** Writes the newest balances of these members. A shop without a token has no storefront to paint. */
export async function paintMembers(rooms: Rooms, shop: Shop, memberIds: readonly string[]): Promise<void> {
  const api = await adminApiOf(rooms, shop);
  if (!api) return;
  const wanted = [...new Set(memberIds)];
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, memberIds: wanted }], { open: false });
  const codes = await rooms.ledger.liveCodes(shop.id, wanted);
  const own = booksOf(books, shop);
  const rules = await rulesOf(rooms, shop, own);
  const metafields = own.accounts.flatMap((account) => {
    if (account.customerId === null) return [];
    const good = codes.filter((code) => code.memberId === account.memberId);
    return [memberMetafield(account.customerId, memberSummary(accountAt(account, rules, nowMs), good))];
  });
  for (const chunk of chunksOf(metafields, METAFIELDS_PER_CALL)) await setMetafields(api, chunk);
}

interface LiveCode {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly endsAtMs: number;
}

/** Epoch seconds, because Liquid's `date: '%s'` speaks them. */
function memberSummary(account: DatedAccount, codes: readonly LiveCode[]) {
  const dated = ({ points, atMs }: { points: number; atMs: number }) => ({ points, at: Math.floor(atMs / 1000) });
  return {
    v: 1,
    available: account.available,
    pending: account.pending,
    held: account.held,
    owed: account.owed,
    maturing: maturingOf(account).map(dated),
    expiring: expiringOf(account).map(dated),
    codes: codes.map(({ id, code, name, endsAtMs }) => ({ id, code, name, ends_at: Math.floor(endsAtMs / 1000) })),
  };
}

/** Writes the summary of the program in force by the database's time, then notes that it is painted. */
export async function paintProgram(rooms: Rooms, shop: Shop): Promise<void> {
  const api = await adminApiOf(rooms, shop);
  if (!api) return;
  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id }], { open: false });
  const { versions } = await rulesOf(rooms, shop, booksOf(books, shop));
  const inForce = versionInForce(versions, nowMs);
  if (!inForce) return;
  const { earn, pendingDays, rewards } = inForce.program;
  const summary = {
    v: 1,
    currency: shop.currency,
    earn: { points: earn.points, per_minor: earn.perMinor },
    pending_days: pendingDays,
    // The blocks show what becomes a code; a donation is asked for through the proxy.
    rewards: rewards
      .filter(({ kind }) => kind !== "donation")
      .map(({ id, name, kind, cost, valueMinor }) => ({ id, name, kind, cost, value_minor: valueMinor })),
  };
  await setMetafields(api, [await programMetafield(api, summary)]);
  // The shop's first program may reach back to orders that were read before there was one.
  if (shop.paintedProgramVersion === 0) await rooms.sweeps.readPastAgain(shop.id);
  const painted = versions.find((version) => version.version === shop.paintedProgramVersion);
  if (JSON.stringify(painted?.program.expiry ?? null) !== JSON.stringify(inForce.program.expiry))
    await rooms.queue.send([{ kind: "date-anew", shop: shop.domain, afterMemberId: "0" }], { lane: "bulk" });
  await rooms.shops.markProgramPainted(shop, inForce.version);
}
