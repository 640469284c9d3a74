import pg from "pg";
import { expect, test } from "vitest";
import { forgetShops } from "./databases.ts";
import { fillShop } from "./full-shop.fixture.ts";
import { newWorld } from "./test-rooms.ts";

test("what forgets all shops between histories leaves no row of theirs in any table: a long run stays as quick as it began", async () => {
  const world = await newWorld();
  const pool = new pg.Pool({ connectionString: world.database.superuserUrl, max: 1 });
  try {
    await fillShop(world, world.shop);
    const filled = await countsOf(pool);
    expect(filled.size).toBeGreaterThan(20);
    await forgetShops(pool);
    // The one row that tells how far members' paintings were checked is nobody's.
    expect(await countsOf(pool)).toEqual(new Map([["painting_checks", 1]]));
  } finally {
    await pool.end();
    await world.close();
  }
});

/** Tables that have rows, and how many. */
async function countsOf(pool: pg.Pool): Promise<Map<string, number>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename not like '\\_\\_%'",
  );
  const counts = new Map<string, number>();
  for (const { name } of tables) {
    const { rows } = await pool.query<{ count: number }>(
      `select count(*)::int as count from ${pg.escapeIdentifier(name)}`,
    );
    if (rows[0] && rows[0].count > 0) counts.set(name, rows[0].count);
  }
  return counts;
}
