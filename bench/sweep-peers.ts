/** The sweep of a design whose lots are rebuilt from all entries of an account (Setono's Sylius plugin), typed here. */
import pg from "pg";
import type { BigWorld } from "./big-world.ts";
import { lasting } from "./measure.ts";

/** Reads each member's entries, plays them first in, first out, and writes what expired: ms per member. */
export async function replayed(world: BigWorld, memberIds: readonly string[]): Promise<number> {
  const client = new pg.Client({ connectionString: world.database.superuserUrl });
  await client.connect();
  try {
    await client.query(
      "create table if not exists replay_entries (id bigint generated always as identity primary key, member_id bigint, points bigint)",
    );
    const read = {
      name: "read",
      text: "select points::int, occurred_at from entries where shop_id = $1 and member_id = $2 order by id",
    };
    const write = { name: "write", text: "insert into replay_entries (member_id, points) values ($1, $2)" };
    const tookMs = await lasting(async () => {
      for (const memberId of memberIds) {
        const { rows } = await client.query<ReplayedRow>({ ...read, values: [world.shop.id, memberId] });
        await client.query({ ...write, values: [memberId, -expiredOf(rows)] });
      }
    });
    return tookMs / memberIds.length;
  } finally {
    await client.end();
  }
}

interface ReplayedRow {
  readonly points: number;
  readonly occurred_at: Date;
}

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/** What is left of the points earned more than a year ago when all that was spent came from the oldest. */
function expiredOf(rows: readonly ReplayedRow[]): number {
  const lots: { points: number; old: boolean }[] = [];
  const before = Date.now() - YEAR_MS;
  for (const { points, occurred_at } of rows) {
    if (points > 0) lots.push({ points, old: occurred_at.getTime() < before });
    let spent = Math.max(0, -points);
    for (const lot of lots) {
      const taken = Math.min(lot.points, spent);
      lot.points -= taken;
      spent -= taken;
    }
  }
  return lots.filter((lot) => lot.old).reduce((sum, lot) => sum + lot.points, 0);
}
