import { expect, test } from "vitest";
import { type Entry, Pace, type PacedCall, Paces } from "./pace.ts";

const query: PacedCall = { operation: "LojalReadOrder", isMutation: false, urgency: "background" };
const shoppers: PacedCall = { operation: "LojalCreateCode", isMutation: true, urgency: "shopper" };

/** A pace in a time of its own, which passes while somebody waits. */
function newPace() {
  let nowMs = 1_000_000;
  const waits: number[] = [];
  const pace = new Pace({
    nowMs: () => nowMs,
    wait: (ms) => {
      waits.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  });
  return {
    pace,
    waits,
    pass: (ms: number) => {
      nowMs += ms;
    },
    nowMs: () => nowMs,
  };
}

function ticketOf(entry: Entry): object {
  if (entry.kind !== "go") throw new Error(`told to come later: ${entry.waitMs}`);
  return entry.ticket;
}

async function learn(pace: Pace, call: PacedCall, told: { requested: number; available: number }, maximum = 2_000) {
  const ticket = ticketOf(await pace.enter(call));
  pace.leave(ticket, call.operation, { ...told, maximum, restoreRate: maximum / 20 });
}

test("nothing waits while nothing is known, nor while the bucket can pay", async () => {
  const { pace, waits } = newPace();
  await learn(pace, query, { requested: 20, available: 1_980 });
  await learn(pace, query, { requested: 20, available: 600 });
  ticketOf(await pace.enter(query));
  expect(waits).toEqual([]);
});

test("work that can wait leaves a quarter of the bucket to shoppers, who go at once", async () => {
  const { pace, waits } = newPace();
  await learn(pace, query, { requested: 20, available: 420 });
  ticketOf(await pace.enter(shoppers));
  expect(waits).toEqual([]);
  // 500 are kept, 20 needed, 10 on their way: 110 points come back in 1.1 seconds, and less than a tenth on top.
  ticketOf(await pace.enter(query));
  expect(waits).toHaveLength(1);
  expect(waits[0]).toBeGreaterThanOrEqual(1_100);
  expect(waits[0]).toBeLessThan(1_200);
});

test("the rate is that of the shop's plan", async () => {
  const { pace, waits } = newPace();
  await learn(pace, query, { requested: 1_000, available: 5_000 }, 20_000);
  ticketOf(await pace.enter(query));
  expect(waits[0]).toBeGreaterThanOrEqual(1_000);
  expect(waits[0]).toBeLessThan(1_100);
});

test("calls on their way count, though nothing was heard of them yet; one that is never heard of counts no more after a minute", async () => {
  const { pace, waits, pass } = newPace();
  await learn(pace, query, { requested: 100, available: 800 });
  for (let call = 0; call < 3; call++) ticketOf(await pace.enter(query));
  expect(waits).toEqual([]);
  ticketOf(await pace.enter(query));
  expect(waits).toHaveLength(1);
  pass(61_000);
  const before = waits.length;
  for (let call = 0; call < 14; call++) ticketOf(await pace.enter(query));
  expect(waits).toHaveLength(before);
});

test("nobody stands still for long: other work is told when to come, a shopper's call is sent", async () => {
  const { pace, waits, nowMs } = newPace();
  await learn(pace, query, { requested: 20, available: 0 }, 100);
  // The rate is 5 a second: 9 seconds until 45 are there.
  expect(await pace.enter(query)).toEqual({ kind: "later", waitMs: 9_000 });
  expect(waits).toEqual([]);
  await learn(pace, { ...shoppers, operation: "LojalDear" }, { requested: 90, available: 0 }, 100);
  const sinceMs = nowMs();
  ticketOf(await pace.enter({ ...shoppers, operation: "LojalDear" }));
  expect(nowMs() - sinceMs).toBe(2_000);
});

test("a call without word of its cost is taken to have spent it", async () => {
  const { pace, waits } = newPace();
  await learn(pace, query, { requested: 100, available: 610 });
  pace.leave(ticketOf(await pace.enter(query)), query.operation, null);
  expect(waits).toEqual([]);
  ticketOf(await pace.enter(query));
  expect(waits).toHaveLength(1);
});

test("a closed shop is left alone for a minute, or until it answers somebody", () => {
  const { pace, pass } = newPace();
  pace.rest("locked");
  expect(pace.resting).toBe("locked");
  pace.wake();
  expect(pace.resting).toBeNull();
  pace.rest("unpaid");
  pass(60_000);
  expect(pace.resting).toBeNull();
});

test("each shop has a pace of its own, and only so many are remembered", () => {
  const paces = new Paces();
  const first = paces.of("a.myshopify.com");
  expect(paces.of("a.myshopify.com")).toBe(first);
  for (let shop = 0; shop < 2_000; shop++) paces.of(`s${shop}.myshopify.com`);
  expect(paces.of("a.myshopify.com")).not.toBe(first);
});
