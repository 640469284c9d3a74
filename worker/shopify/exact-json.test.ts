import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExactly } from "./exact-json.ts";

/** The same by way of the runtime's own parser, which tells each number's source. */
function parseWithSources(text: string): unknown {
  const keep = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value === "number") return context?.source;
    return typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value;
  };
  return JSON.parse(text, keep);
}

const outcome = (parse: (text: string) => unknown, text: string): unknown => {
  try {
    return { value: parse(text) };
  } catch (fault) {
    if (!(fault instanceof SyntaxError)) throw fault;
    return "no JSON";
  }
};

function expectAlike(text: string): void {
  expect(outcome(parseExactly, text)).toEqual(outcome(parseWithSources, text));
}

/** Pieces that JSON is made of, and such as nearly are; in most orders they are no JSON. */
const piece = fc.oneof(
  fc.constantFrom(
    ...'{}[],:"\\-+.0123456789eE \n\t',
    "true",
    "null",
    '"a"',
    '"1"',
    '\\"',
    "\\u0000",
    "\\ud800",
    '"\\\\"',
  ),
  fc.constantFrom(
    "12",
    "-0",
    "0.50",
    "1e5",
    "-1.5E-3",
    "01",
    "1.",
    ".5",
    "--1",
    "9007199254740993",
    '{"a":',
    ',"b":',
    "[1,",
  ),
);

describe("every number stays the text it was", () => {
  test.each([
    ["9007199254740993", "9007199254740993"],
    ["-0", "-0"],
    ["1999.00", "1999.00"],
    ["1.50E+3", "1.50E+3"],
    ['{"id": 1, "list": [1 , 2.0]}', { id: "1", list: ["1", "2.0"] }],
    ['{"12": 3, "a\\"5": "6 \\" 7", "b\\\\": 8}', { "12": "3", 'a"5': '6 " 7', "b\\": "8" }],
  ])("%s", (text, value) => expect(parseExactly(text)).toEqual(value));
});

test("what Postgres cannot hold is mended, whole pairs stay", () => {
  expect(parseExactly('["a\\u0000b", "\\uD83D\\uDE00", "\\ud83d", "\\uDE00 \\u00e9"]')).toEqual([
    "ab",
    "😀",
    "�",
    "� é",
  ]);
});

test.each([
  ...["{1:2}", "{12 :3}", "{1.5:2}", "{-1:2}", "{1e5:2}", '{"a":1:2}', "01", "1.", "-", "+1", "1 2", '1"a"', ""],
  ...['"a', '"a\\', '{"a":1}x', '["a 1]', "[1,]", "-1:", "0:"],
])("%s is no JSON, with the numbers quoted either", (text) => {
  expect(outcome(parseWithSources, text)).toBe("no JSON");
  expect(outcome(parseExactly, text)).toBe("no JSON");
});

test("JSON of any kind is read as the runtime's own parser reads it", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 1, "\t"), (text, space) => {
      expectAlike(text);
      expectAlike(JSON.stringify(JSON.parse(text), null, space));
    }),
  );
});

test("what is no JSON is none here either, and nothing that is JSON is refused", () => {
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => expectAlike(pieces.join(""))));
});

test("one sign more, less or other in real JSON makes of it what it makes for the runtime", () => {
  const edits = fc.record({ at: fc.nat(), less: fc.nat(2), more: fc.oneof(fc.constant(""), piece) });
  fc.assert(
    fc.property(fc.json(), edits, (text, { at, less, more }) => {
      const place = at % (text.length + 1);
      expectAlike(text.slice(0, place) + more + text.slice(place + less));
    }),
  );
});

test("a text of nothing but openings and escapes is looked through once", () => {
  // As long as a delivery may be. Looked through once for each opening it would not end.
  const escapes = '\\"'.repeat(2_621_000);
  expect(outcome(parseExactly, `[${escapes}`)).toBe("no JSON");
  expect(parseExactly(`"${escapes}"`)).toHaveLength(2_621_000);
});
