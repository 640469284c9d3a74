import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { newDatabase, type TestDatabase } from "../test-bed.ts";
import { type CrossingFailure, crossAllWays, pairs, sampleInterleavings } from "./interleavings.ts";
import { noCounts } from "./postgres.ts";
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

const told = (seed: number, failures: readonly CrossingFailure[]) =>
  `seed ${seed}: ${JSON.stringify(failures.slice(0, 3), null, 1)}`;
const newSeed = () => Math.floor(Math.random() * 2 ** 31);

// All pairs, and twenty thousand samples, are crossed by `npm run test:histories -- --interleavings`; here each run takes its share.
const SHARE = 20;

test("two operations on one member, crossing in every possible way, end as one after the other (I1 to I9)", async () => {
  const counts = noCounts();
  const seed = newSeed();
  const some = pairs().filter((_, index) => (index + seed) % SHARE === 0);
  const failures = await crossAllWays(world, some, counts);
  expect(failures.length, told(seed, failures)).toBe(0);
  expect(counts.histories).toBeGreaterThan(5 * some.length);
  expect(counts.lost).toBeGreaterThan(some.length);
}, 120_000);

test("three or four operations on one member, crossing by chance, end as one after another (I1 to I9)", async () => {
  const counts = noCounts();
  const seed = newSeed();
  const failures = await sampleInterleavings(world, { seed, from: 0, count: 400 }, counts);
  expect(failures.length, told(seed, failures)).toBe(0);
}, 120_000);
