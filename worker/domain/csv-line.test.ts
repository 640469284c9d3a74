import fc from "fast-check";
import Papa from "papaparse";
import { expect, test } from "vitest";
import { propertyRuns } from "../../dev/property-runs.ts";
import { csvLine } from "./csv-line.ts";

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])(
  "text that a spreadsheet would run, %j, has an apostrophe before it",
  (text) => {
    expect(Papa.parse(csvLine([text, "x"]), { newline: "\r\n" }).data[0]).toEqual([`'${text}`, "x"]);
  },
);

test("text that has such a sign further in stays as it is", () => {
  expect(csvLine(["a=1", "7-8", "ada@example.com"])).toBe("a=1,7-8,ada@example.com\r\n");
});

test("numbers stay numbers, also below zero, and what is not there is an empty cell", () => {
  expect(csvLine([1000, -5, 0, null, ""])).toBe("1000,-5,0,,\r\n");
});

test.each([
  ["a,b", '"a,b"'],
  ['5" off', '"5"" off"'],
  ["a\nb", '"a\nb"'],
  ["a\rb", '"a\rb"'],
])("a cell that would break the line, %j, stands in quotes", (text, cell) => {
  expect(csvLine([text])).toBe(`${cell}\r\n`);
});

test("whoever reads the lines finds the cells that were written", () => {
  const harmless = fc.string().filter((text) => !/^[=+\-@\t\r]/.test(text));
  fc.assert(
    fc.property(fc.array(fc.array(harmless, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (lines) => {
      const file = lines.map(csvLine).join("");
      expect(Papa.parse(file, { delimiter: ",", newline: "\r\n" }).data).toEqual([...lines, [""]]);
    }),
    { numRuns: propertyRuns(1_000) },
  );
});
