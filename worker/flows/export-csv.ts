/** Members with their balances, and entries, as files for a spreadsheet; page after page, so that a worker can stream them. */
import { csvLine } from "../domain/csv-line.ts";
import { accountAt } from "../domain/due.ts";
import { lastDayBefore } from "../domain/expiry.ts";
import type { Shop } from "../shops/shops.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

const MEMBERS_AT_ONCE = 250;

/** One row for each member who was not merged away, as their balance is now; people who were forgotten have no customer id. */
export async function* exportMembersCsv(rooms: Rooms, shop: Shop): AsyncGenerator<string> {
  yield csvLine(["customer_id", "available", "pending", "held", "owed", "next_expiry", "next_expiry_points"]);
  for await (const memberIds of memberPages(rooms, shop)) {
    const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id, memberIds }], { open: false });
    const own = booksOf(books, shop);
    const rules = await rulesOf(rooms, shop, own);
    const wanted = new Set(memberIds);
    yield own.accounts
      .filter(({ memberId }) => wanted.has(memberId))
      .map((account) => {
        const { customerId, available, pending, held, owed, lots } = accountAt(account, rules, nowMs);
        const dated = lots.flatMap((lot) =>
          lot.expiresAtMs === null || lot.remaining === 0 ? [] : [{ atMs: lot.expiresAtMs, points: lot.remaining }],
        );
        const nextMs = dated.length === 0 ? null : Math.min(...dated.map(({ atMs }) => atMs));
        const points = dated.filter(({ atMs }) => atMs === nextMs).reduce((sum, lot) => sum + lot.points, 0);
        const day = nextMs === null ? null : lastDayBefore(nextMs);
        return csvLine([customerId, available, pending, held, owed, day, nextMs === null ? null : points]);
      })
      .join("");
  }
}

/** One row for each entry, member by member, oldest first. */
export async function* exportEntriesCsv(rooms: Rooms, shop: Shop): AsyncGenerator<string> {
  const header = ["customer_id", "occurred_at", "kind", "points", "pending", "available", "held", "owed"];
  yield csvLine([...header, "order_id", "redemption_id", "program_version", "actor", "reason", "key"]);
  for await (const memberIds of memberPages(rooms, shop)) {
    const entries = await rooms.ledger.entriesOf(shop.id, memberIds);
    yield entries
      .map((entry) =>
        csvLine([
          entry.customerId,
          new Date(entry.occurredAtMs).toISOString(),
          entry.kind,
          entry.points,
          entry.pending,
          entry.available,
          entry.held,
          entry.owed,
          entry.orderId,
          entry.redemptionId,
          entry.programVersion,
          entry.actor,
          entry.reason,
          entry.key,
        ]),
      )
      .join("");
  }
}

async function* memberPages(rooms: Rooms, shop: Shop): AsyncGenerator<readonly string[]> {
  let after = "0";
  for (;;) {
    const memberIds = await rooms.ledger.membersAfter(shop.id, after, MEMBERS_AT_ONCE);
    const last = memberIds.at(-1);
    if (last === undefined) return;
    yield memberIds;
    after = last;
  }
}
