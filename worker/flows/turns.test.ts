import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Turns } from "./turns.ts";

/** Work that goes on until the test says so; `begun` are the turns in their order. */
class Work {
  readonly begun: (readonly string[])[] = [];
  readonly #ends: { resolve(outcome: string): void; reject(fault: Error): void }[] = [];
  readonly act = (parts: readonly string[]): Promise<string> => {
    this.begun.push(parts);
    return new Promise((resolve, reject) => this.#ends.push({ resolve, reject }));
  };
  end(turn: number, outcome = `turn ${turn}`): void {
    this.#ends[turn - 1]?.resolve(outcome);
  }
  fail(turn: number): void {
    this.#ends[turn - 1]?.reject(new Error(`turn ${turn}`));
  }
}

/** Timers are the test's: it lets time pass in steps until it holds, for as long as nobody loses patience. */
async function eventually(check: () => void): Promise<void> {
  for (let step = 0; step < 20; step++) {
    await vi.advanceTimersByTimeAsync(4);
    try {
      return check();
    } catch {}
  }
  check();
}

/** What these come to, as time passes. */
async function outcomesOf<Each>(all: readonly Promise<Each>[]): Promise<Each[]> {
  const outcomes = Promise.all(all);
  await vi.advanceTimersByTimeAsync(50);
  return outcomes;
}

const ended = (outcome: string) => ({ kind: "ended", outcome });
const alone = { kind: "alone" };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("of those who meet", () => {
  test("the first goes at once, and all who come meanwhile go together afterwards", async () => {
    const [turns, work] = [new Turns<string, string>(), new Work()];
    const all = ["a", "b", "c", "d"].map((part) => turns.take("key", part, work.act));
    expect(work.begun).toEqual([["a"]]);
    work.end(1);
    await eventually(() => expect(work.begun).toEqual([["a"], ["b", "c", "d"]]));
    const late = turns.take("key", "e", work.act);
    work.end(2);
    await eventually(() => expect(work.begun).toHaveLength(3));
    work.end(3);
    expect(await outcomesOf([...all, late])).toEqual([
      ended("turn 1"),
      ...Array.from({ length: 3 }, () => ended("turn 2")),
      ended("turn 3"),
    ]);
    expect(work.begun[2]).toEqual(["e"]);
    const after = turns.take("key", "f", work.act);
    work.end(4);
    expect(await after).toEqual(ended("turn 4"));
  });

  test("those with other keys wait for nobody", async () => {
    const [turns, work] = [new Turns<string, string>(), new Work()];
    const both = [turns.take("one", "a", work.act), turns.take("other", "b", work.act)];
    expect(work.begun).toEqual([["a"], ["b"]]);
    work.end(1);
    work.end(2);
    await outcomesOf(both);
  });

  test("so many go in one turn, and the others in the next", async () => {
    const [turns, work] = [new Turns<string, string>(), new Work()];
    const all = Array.from({ length: 50 }, (_, index) => turns.take("key", String(index), work.act));
    for (const turn of [1, 2, 3]) {
      await eventually(() => expect(work.begun).toHaveLength(turn));
      work.end(turn);
    }
    await outcomesOf(all);
    expect(work.begun.map((parts) => parts.length)).toEqual([1, 32, 17]);
  });
});

describe("when a turn fails", () => {
  test("each of several goes by itself, and the next turn comes all the same", async () => {
    const [turns, work] = [new Turns<string, string>(), new Work()];
    const all = ["a", "b", "c"].map((part) => turns.take("key", part, work.act));
    work.end(1);
    await eventually(() => expect(work.begun).toHaveLength(2));
    const next = turns.take("key", "d", work.act);
    work.fail(2);
    await eventually(() => expect(work.begun).toHaveLength(3));
    work.end(3);
    expect(await outcomesOf([...all, next])).toEqual([ended("turn 1"), alone, alone, ended("turn 3")]);
  });

  test("who was alone in it hears the fault", async () => {
    const [turns, work] = [new Turns<string, string>(), new Work()];
    const one = turns.take("key", "a", work.act);
    work.fail(1);
    await expect(one).rejects.toThrow("turn 1");
  });
});

describe("when whoever leads has gone", () => {
  test("the first whose patience ends takes the lead of those who wait, and of those who come", async () => {
    const [turns, work] = [new Turns<string, string>(), new Work()];
    void turns.take("key", "gone", work.act);
    const all = ["a", "b"].map((part) => turns.take("key", part, work.act));
    await vi.advanceTimersByTimeAsync(990);
    expect(work.begun).toEqual([["gone"]]);
    await vi.advanceTimersByTimeAsync(10);
    expect(work.begun).toEqual([["gone"], ["a", "b"]]);
    const later = turns.take("key", "c", work.act);
    work.end(2);
    await eventually(() => expect(work.begun).toEqual([["gone"], ["a", "b"], ["c"]]));
    work.end(3);
    expect(await outcomesOf([...all, later])).toEqual([ended("turn 2"), ended("turn 2"), ended("turn 3")]);
    const after = turns.take("key", "d", work.act);
    expect(work.begun).toHaveLength(4);
    work.end(4);
    await after;
  });

  test("in the middle of a turn of several, the others go by themselves", async () => {
    const [turns, work] = [new Turns<string, string>(), new Work()];
    const first = turns.take("key", "a", work.act);
    void turns.take("key", "gone", work.act);
    const other = turns.take("key", "b", work.act);
    work.end(1);
    await eventually(() => expect(work.begun).toEqual([["a"], ["gone", "b"]]));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await outcomesOf([first, other])).toEqual([ended("turn 1"), alone]);
  });

  test("one that was only slow calls the next, as ever", async () => {
    const [turns, work] = [new Turns<string, string>(), new Work()];
    const slow = turns.take("key", "slow", work.act);
    const impatient = turns.take("key", "a", work.act);
    await vi.advanceTimersByTimeAsync(1_000);
    const waiting = turns.take("key", "b", work.act);
    expect(work.begun).toEqual([["slow"], ["a"]]);
    work.end(1);
    await eventually(() => expect(work.begun).toEqual([["slow"], ["a"], ["b"]]));
    work.end(2);
    work.end(3);
    expect(await outcomesOf([slow, impatient, waiting])).toEqual([ended("turn 1"), ended("turn 2"), ended("turn 3")]);
  });
});
