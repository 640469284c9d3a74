/** A small share of `npm run test:faults`: each fault some times. A seed that failed once is kept in failing-seeds.json and runs first. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Machine, startMachine } from "./bed.ts";
import { faults } from "./registry.ts";

interface FailingSeed {
  readonly id: string;
  readonly seed: number;
  readonly count: number;
}

const kept = JSON.parse(readFileSync(join(import.meta.dirname, "failing-seeds.json"), "utf8")) as FailingSeed[];

let machine: Machine;
beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  machine = await startMachine();
}, 240_000);
afterAll(async () => {
  await machine.stop();
  vi.restoreAllMocks();
});

const runs = faults.flatMap(({ id, title, counts, run }) => [
  ...kept.filter((one) => one.id === id).map(({ seed, count }) => ({ id, title, seed, count, run })),
  { id, title, seed: Math.floor(Math.random() * 2 ** 31), count: counts.test, run },
]);

test.each(runs)(
  "$id: $title, $count times with seed $seed: nothing is lost, nothing comes twice",
  async (one) => {
    const bed = await machine.newBed();
    try {
      const report = await one.run(bed, { count: one.count, seed: one.seed, progress: () => undefined });
      expect(report.broken).toEqual([]);
      expect(report).toMatchObject({ lost: 0, twice: 0 });
      expect(report.made).toBeGreaterThanOrEqual(one.count);
    } finally {
      await bed.close();
    }
  },
  120_000,
);
