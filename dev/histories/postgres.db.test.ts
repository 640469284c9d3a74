import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { newDatabase, type TestDatabase } from "../test-bed.ts";
import { liveAll, noCounts } from "./postgres.ts";
import { historiesOfBlock } from "./postgres-numbered.ts";
import { mixed } from "./postgres-random.ts";
import { HistoryWorld } from "./postgres-world.ts";

let database: TestDatabase;
let world: HistoryWorld;
beforeEach(async () => {
  database = await newDatabase();
  world = new HistoryWorld({ port: inject("postgresPort"), name: database.name });
});
afterEach(async () => {
  await world.close();
  await database.drop();
});

// `npm run test:histories` lives a hundred thousand of them.
test("whatever happens in a shop, with repeats, late news and two machines at once, its ledger shows what the model shows (I1 to I11, I14)", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const counts = noCounts();
  const histories = historiesOfBlock(seed, 0).slice(0, 600);
  const failures = await liveAll(world, histories, mixed([seed, 0, 1]), counts);
  const told = failures.map(({ index, faults }) => ({ seed, index, faults, history: histories[index] }));
  expect(told.length, JSON.stringify(told[0], null, 1)).toBe(0);
  // Histories in which nothing crosses would prove little.
  expect(counts.lost).toBeGreaterThan(histories.length);
}, 120_000);
