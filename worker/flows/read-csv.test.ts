import fc from "fast-check";
import Papa from "papaparse";
import { describe, expect, test } from "vitest";
import { propertyRuns } from "../../dev/property-runs.ts";
import { MOST_IMPORT_BYTES, readCsv } from "./read-csv.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, isBig: boolean) => {
  const view = new DataView(new ArrayBuffer(2 + text.length * 2));
  view.setUint16(0, 0xfeff, !isBig);
  for (let at = 0; at < text.length; at++) view.setUint16(2 + at * 2, text.charCodeAt(at), !isBig);
  return new Uint8Array(view.buffer);
};
function cellsOf(file: Uint8Array): unknown {
  const answer = readCsv(file);
  return answer.kind === "table" ? [answer.firstLine, ...answer.rows.map(({ cells }) => cells)] : answer.why;
}
const TABLE = [
  ["email", "points"],
  ["ada@example.com", "50"],
];

describe("the same cells are read", () => {
  test.each([
    ["plainly", bytes("email,points\nada@example.com,50\n")],
    ["with a byte order mark", bytes("\ufeffemail,points\nada@example.com,50")],
    ["with Windows' line ends", bytes("email,points\r\nada@example.com,50\r\n")],
    ["with old Macs' line ends", bytes("email,points\rada@example.com,50\r")],
    ["with semicolons", bytes("email;points\nada@example.com;50\n")],
    ["with tabs", bytes("email\tpoints\nada@example.com\t50\n")],
    ["with quotes", bytes('"email","points"\n"ada@example.com","50"\n')],
    ["with Excel's first line", bytes("sep=;\r\nemail;points\r\nada@example.com;50\r\n")],
    ["with empty lines", bytes("email,points\n\n,\nada@example.com,50\n\n")],
    ["as UTF-16, little end first", utf16("email\tpoints\r\nada@example.com\t50\r\n", false)],
    ["as UTF-16, big end first", utf16("email,points\nada@example.com,50\n", true)],
  ])("%s", (_, file) => expect(cellsOf(file)).toEqual(TABLE));
});

test("a file as Excel saves it by itself is read, whatever letters its names have", () => {
  const file = Uint8Array.from([...bytes("name,email,points\nB"), 0xf6, ...bytes("rk,b@example.com,5\n")]);
  expect(readCsv(file)).toMatchObject({ encoding: "windows-1252", rows: [{ cells: ["Börk", "b@example.com", "5"] }] });
});

test("rows are counted as a spreadsheet counts them", () => {
  const rows = (text: string) => {
    const answer = readCsv(bytes(text));
    return answer.kind === "table" ? answer.rows.map(({ row }) => row) : answer.why;
  };
  expect(rows("a,b\n1,2\n\n3,4")).toEqual([2, 4]);
  expect(rows('a,b\n"1\n1",2\n3,4')).toEqual([2, 3]);
  expect(rows("sep=,\na,b\n1,2")).toEqual([3]);
});

test.each([
  ["an empty file", bytes("")],
  ["a file of blanks", bytes("\n \n")],
  ["a picture", Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0])],
  ["a quote that is never closed", bytes('email,points\n"ada@example.com,50\nb@example.com,5\n')],
  ["a quote within a cell", bytes('email,points\n"ada"@example.com,50\n')],
  ["more than 100,000 rows", bytes(`a,b\n${"1,2\n".repeat(100_001)}`)],
  ["a file that is too long", new Uint8Array(MOST_IMPORT_BYTES + 1)],
])("%s is refused in one sentence", (_, file) => {
  expect(readCsv(file)).toEqual({ kind: "refused", why: expect.stringMatching(/^[A-Z].{10,120}\.$/) });
});

test("100,000 rows are read", () => {
  const answer = readCsv(bytes(`customer_id,points\n${"7001,5\n".repeat(100_000)}`));
  expect(answer.kind === "table" && answer.rows.length).toBe(100_000);
});

test("whatever a program writes by the book comes back cell by cell", () => {
  const cell = fc.string({ maxLength: 8 }).filter((text) => !/[\r\0]/.test(text) && text.trim() !== "");
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { maxLength: 6 }),
      fc.constantFrom(",", ";", "\t"),
      (rows, delimiter) => {
        const table = [["email", "points"], ...rows];
        expect(cellsOf(bytes(Papa.unparse(table, { delimiter })))).toEqual(table);
      },
    ),
    { numRuns: propertyRuns(500) },
  );
});
