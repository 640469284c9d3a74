/** Which pots each kind of entry may move, and in which direction: what the database lets in, over all small movements there are. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { ENTRY_KINDS, type EntryKind } from "../domain/account.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.close());

const UP_TO_TWO = [-2, -1, 0, 1, 2];
/** Each pot's change from two points less to two points more. */
const MOVEMENTS = UP_TO_TWO.flatMap((pending) =>
  UP_TO_TWO.flatMap((available) =>
    UP_TO_TWO.flatMap((held) => UP_TO_TWO.map((owed) => ({ pending, available, held, owed }))),
  ),
);
type Movement = (typeof MOVEMENTS)[number];

const gains = ({ pending, available, owed }: Movement) => pending + available - owed;
/** By pending, available, held and owed: a gain, a loss, or nothing. */
const signs = ({ pending, available, held, owed }: Movement) =>
  [pending, available, held, owed].map((change) => (change > 0 ? "+" : change < 0 ? "-" : ".")).join("");

/** Points that come, and may wait for the return window or pay a debt first. */
const COME = ["+...", ".+..", "...-", "++..", "+..-", ".+.-", "++.-"];
const COME_TO_SPEND = [".+..", "...-", ".+.-"];
const GO_OR_ARE_OWED = [".-..", "...+", ".-.+"];
const within = (patterns: readonly string[]) => (move: Movement) => patterns.includes(signs(move));

const ALLOWED: Readonly<Record<EntryKind, (move: Movement) => boolean>> = {
  earn: within(COME),
  open: within(COME),
  gift: within(COME_TO_SPEND),
  return: within(COME_TO_SPEND),
  "claw-back": within([...GO_OR_ARE_OWED, "-...", "--..", "-..+", "--.+"]),
  reclaim: within(GO_OR_ARE_OWED),
  expire: within([".-.."]),
  adjust: within([...COME_TO_SPEND, ".-.."]),
  use: within(["..-."]),
  // What leaves one pot comes into the others, to the point.
  mature: (move) => within(["-+..", "-..-", "-+.-"])(move) && gains(move) === 0,
  hold: (move) => signs(move) === ".-+." && move.held === -move.available,
  release: (move) => within([".+-.", "..--", ".+--"])(move) && gains(move) === -move.held,
  // A book that takes another's debts may lose what is available: only what waits and what is held go the same way.
  merge: ({ pending, held }) => pending * held >= 0,
};

test.each(ENTRY_KINDS)("%s moves its own pots and no others", async (kind) => {
  const [constraint] = await world.look<{ rule: string }>(
    "select pg_get_expr(conbin, conrelid) as rule from pg_constraint where conname = 'entries_pots_fit_kind'",
  );
  const admitted = await world.look<Movement>(
    `select pending, available, held, owed
     from json_to_recordset($2) as m (pending integer, available integer, held integer, owed integer)
     cross join lateral (select $1::text as kind, pending + available - owed as points) e
     where ${constraint?.rule}`,
    [kind, JSON.stringify(MOVEMENTS)],
  );
  expect(admitted.map(signs).length).toBeGreaterThan(0);
  expect(admitted).toEqual(MOVEMENTS.filter(ALLOWED[kind]));
});
