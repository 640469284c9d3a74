import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { propertyRuns } from "../../dev/property-runs.ts";
import {
  checkRow,
  IMPORT_FORMATS,
  IMPORT_REASONS,
  type ImportFormat,
  type ImportLayout,
  layoutOf,
  SeenCustomers,
} from "./import-format.ts";

const NOW_MS = Date.parse("2026-11-27T12:00:00Z");

function layout(format: ImportFormat, ...firstLine: string[]): ImportLayout {
  const answer = layoutOf(format, firstLine);
  if (answer.kind === "refused") throw new Error(answer.why);
  return answer.layout;
}

const ours = layout("lojal", "customer_id", "email", "points", "available_on", "expires_on");
/** What a row of our own format says: points, or why it is refused. */
function read(cells: readonly string[], of: ImportLayout = ours): string | number {
  const checked = checkRow(of, { row: 2, cells }, NOW_MS);
  if (checked.kind === "row") return checked.row.points;
  return checked.kind === "blank" ? "blank" : `${checked.refused.column}: ${checked.refused.reason}`;
}
const points = (text: string) => read(["7001", "", text, "", ""]);

describe("a number of points", () => {
  test.each([
    ["1000", 1000],
    [" 50 ", 50],
    ["0", 0],
    ["1000000000", 1_000_000_000],
    ["1000000001", "points: points-too-many"],
    // A thousand, or one: nobody can tell.
    ["1,000", "points: points-separated"],
    ["1.000", "points: points-separated"],
    ["1 000", "points: points-separated"],
    ["1\u00a0000", "points: points-separated"],
    ["1'000", "points: points-separated"],
    ["10.5", "points: points-separated"],
    ["10,00", "points: points-separated"],
    ["-5", "points: points-negative"],
    ["\u22125", "points: points-negative"],
    ["(5)", "points: points-negative"],
    ["1E+05", "points: shortened-by-spreadsheet"],
    ["1,5e4", "points: shortened-by-spreadsheet"],
    ["10.25E+03", "points: shortened-by-spreadsheet"],
    ["1E+05x", "points: points-malformed"],
    ["x1E+05", "points: points-malformed"],
    ["x1,000", "points: points-malformed"],
    ["1,000x", "points: points-malformed"],
    ["1x000", "points: points-malformed"],
    ["5-", "points: points-malformed"],
    ["1\u2019000", "points: points-separated"],
    ["1_000", "points: points-separated"],
    ["", "points: points-missing"],
    ["ten", "points: points-malformed"],
    ["+5", "points: points-malformed"],
    ["0x10", "points: points-malformed"],
    ["\u0661\u0662", "points: points-malformed"],
    ["=1+1", "points: points-malformed"],
  ])("%j is %j", (text, expected) => expect(points(text)).toBe(expected));

  test("is never anything but what its digits say", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 12 }), fc.nat().map(String)), (text) => {
        const found = points(text);
        if (typeof found === "number") expect(String(found)).toBe(text.trim().replace(/^0+(?=\d)/, ""));
      }),
      { numRuns: propertyRuns(2_000) },
    );
  });
});

describe("a customer", () => {
  const customer = (id: string, email = "") => {
    const checked = checkRow(ours, { row: 2, cells: [id, email, "5", "", ""] }, NOW_MS);
    if (checked.kind === "refused") return `${checked.refused.column}: ${checked.refused.reason}`;
    return checked.kind === "row" ? checked.row.named : checked.kind;
  };
  test.each(["7001", " 7001", "'7001", "gid://shopify/Customer/7001"])("is the number in %j", (id) => {
    expect(customer(id, "whatever")).toEqual({ kind: "id", customerId: "7001" });
  });
  test("has a number of up to 19 digits, and zeros before it say nothing", () => {
    const longest = "7001000000000000000";
    expect([customer(longest), customer("007001")]).toEqual([
      { kind: "id", customerId: longest },
      { kind: "id", customerId: "7001" },
    ]);
  });
  test.each(["o'neil+shop@mail.example.co.uk", `${"a".repeat(248)}@b.com`])("may have the e-mail %j", (email) => {
    expect(customer("", email)).toEqual({ kind: "email", email });
  });
  test("is told by an e-mail in small letters where there is no number", () => {
    expect(customer("", "Ada@Example.com")).toEqual({ kind: "email", email: "ada@example.com" });
  });
  test.each([
    ["", "", "customer_id: customer-missing"],
    ["7.00E+12", "", "customer_id: shortened-by-spreadsheet"],
    ["70-01", "", "customer_id: customer-id-malformed"],
    ["0", "", "customer_id: customer-id-malformed"],
    ["gid://shopify/Order/1", "", "customer_id: customer-id-malformed"],
    ["", "ada", "email: email-malformed"],
    ["", "a@b", "email: email-malformed"],
    ["", "a@b.com; c@d.com", "email: email-malformed"],
    ["", `${"a".repeat(249)}@b.com`, "email: email-malformed"],
    ["7,1E+12", "", "customer_id: shortened-by-spreadsheet"],
    ["7e12", "", "customer_id: shortened-by-spreadsheet"],
    ["70.01E+11", "", "customer_id: shortened-by-spreadsheet"],
    ["x7e12", "", "customer_id: customer-id-malformed"],
    ["7e12x", "", "customer_id: customer-id-malformed"],
    ["x7001", "", "customer_id: customer-id-malformed"],
    ["7001x", "", "customer_id: customer-id-malformed"],
    ["70010000000000000000", "", "customer_id: customer-id-malformed"],
    ["", "ada@example.com, b@c.com", "email: email-malformed"],
    ["", "a da@example.com", "email: email-malformed"],
    ["", "@example.com", "email: email-malformed"],
    ["", "ada@example..com", "email: email-malformed"],
  ])("of id %j and e-mail %j is refused", (id, email, expected) => expect(customer(id, email)).toBe(expected));
});

describe("a row", () => {
  test("tells its dates by day: expiring points are good through theirs", () => {
    const checked = checkRow(ours, { row: 2, cells: ["7001", "", "5", "2026-12-24", "2027-01-31"] }, NOW_MS);
    expect(checked).toMatchObject({
      row: { availableAtMs: Date.parse("2026-12-24"), expiresAtMs: Date.parse("2027-02-01T12:00:00Z") },
    });
  });
  test.each([
    ["31.1.2027", "date-malformed"],
    ["2027-02-30", "date-malformed"],
    ["2027-13-01", "date-malformed"],
    ["01/02/2027", "date-malformed"],
    ["2027-00-10", "date-malformed"],
    ["2027-01-00", "date-malformed"],
    ["12027-01-31", "date-malformed"],
    ["+002027-01-31", "date-malformed"],
    ["2027-01-311", "date-malformed"],
    ["1999-12-31", "date-out-of-range"],
    ["2100-01-01", "date-out-of-range"],
    ["2026-11-01", "expired-already"],
    ["2026-11-26", "expired-already"],
  ])("that expires on %j is refused", (day, reason) => {
    expect(read(["7001", "", "5", "", day])).toBe(`expires_on: ${reason}`);
  });
  test("whose points expire before they are there is refused", () => {
    expect(read(["7001", "", "5", "2027-03-01", "2027-02-01"])).toBe("expires_on: expired-already");
    expect(read(["7001", "", "5", "2027-03-01", "2027-03-01"])).toBe(5);
  });
  test("may name any day of this century's, and today is still good", () => {
    expect(read(["7001", "", "5", "2000-01-01", "2099-12-31"])).toBe(5);
    expect(read(["7001", "", "5", "", "2026-11-27"])).toBe(5);
  });
  test("whose points could be used from a day that is none is refused", () => {
    expect(read(["7001", "", "5", "soon", "2099-12-31"])).toBe("available_on: date-malformed");
    expect(read(["7001", "", "5", "2100-01-01", ""])).toBe("available_on: date-out-of-range");
  });
  test("without points brings nothing that could expire", () => {
    expect(read(["7001", "", "0", "", "2026-11-01"])).toBe(0);
  });
  test("without dates brings points that are there at once, and expire as the program has it", () => {
    expect(checkRow(ours, { row: 7, cells: ["7001", "", "5", "", ""] }, NOW_MS)).toEqual({
      kind: "row",
      row: { row: 7, named: { kind: "id", customerId: "7001" }, points: 5, availableAtMs: 0, expiresAtMs: null },
    });
  });
  test("that is refused is told by its number in the file", () => {
    expect(checkRow(ours, { row: 7, cells: ["7001", "", "", "", ""] }, NOW_MS)).toEqual({
      kind: "refused",
      refused: { row: 7, column: "points", reason: "points-missing" },
    });
  });
  test("with more or fewer cells than the header is refused, whichever number was torn in two", () => {
    expect(read(["7001", "", "1"])).toBe("null: cells-missing");
    expect(read(["a@b.com", "1", "000"], layout("smile", "email", "points"))).toBe("null: cells-left-over");
    expect(read(["a@b.com", "1", "", " "], layout("smile", "email", "points"))).toBe(1);
    expect(read(["7001", "x".repeat(501), "5", "", ""])).toBe("null: cell-too-long");
    expect(read(["7001", "x".repeat(500), "5", "", ""])).toBe(5);
  });
  test("with nothing in it is no row", () => expect(read(["", " ", "", "", ""])).toBe("blank"));
  test("is never worth a fault of the program, whatever its cells", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 8 }), fc.constantFrom(...IMPORT_FORMATS), (cells, format) => {
        const checked = checkRow(layout(format, "customer_id", "email", "points"), { row: 2, cells }, NOW_MS);
        if (checked.kind === "refused") expect(IMPORT_REASONS[checked.refused.reason]).toHaveLength(2);
      }),
      { numRuns: propertyRuns(1_000) },
    );
  });
});

describe("the first line", () => {
  test.each([
    ["lojal", ["Customer ID", "Points"], { customer_id: 0, points: 1 }],
    [
      "lojal",
      [" expires_on ", "AVAILABLE ON", "points", "email", "customer__id"],
      { expires_on: 0, available_on: 1, points: 2, email: 3, customer_id: 4 },
    ],
    ["smile", ["customer_id", "points", "expires_on"], { customer_id: 0, points: 1 }],
    ["loyaltylion", ["Email Address", "Points", "Customer ID"], { email: 0, points: 1, customer_id: 2 }],
    ["yotpo", ["Customer ID", "Points"], { customer_id: 0, points: 1 }],
    ["smile", ["email", "points"], { email: 0, points: 1 }],
    ["smile", ["points", "Email", "customer_id"], { email: 1, points: 0, customer_id: 2 }],
    ["loyaltylion", ["email", "points"], { email: 0, points: 1 }],
    ["loyaltylion", ["ada@example.com", "50"], { email: 0, points: 1 }],
    ["yotpo", ["Full Name", "Email", "Points Balance", "Points Spent"], { email: 1, points: 2 }],
    ["yotpo", ["Emails", "Points"], { email: 0, points: 1 }],
  ] as const)("of a %s file, %j, tells where its columns are", (format, line, places) => {
    expect(layout(format, ...line).places).toEqual(places);
  });
  test("tells which columns are not read", () => {
    expect(layoutOf("yotpo", ["Email", "Points Balance", "Birthday", "", " "])).toMatchObject({
      ...{ kind: "layout", unread: ["Birthday"] },
    });
  });
  test.each([
    ["smile", ["email", "balance"], 'The first line names no column "points".'],
    ["yotpo", ["email", "balance"], 'The first line names no column "points balance".'],
    ["lojal", ["points"], 'The first line names neither "customer_id" nor "email".'],
    ["lojal", ["customer_id", "points", "Points"], 'Two columns are called "points": which one counts cannot be told.'],
    ["smile", ["ada@example.com", "50"], 'The first line names no column "points".'],
    ["loyaltylion", ["ada@example.com"], 'The first line names no column "points".'],
    ["loyaltylion", ["ada", "50"], 'The first line names no column "points".'],
    ["lojal", [], 'The first line names no column "points".'],
  ] as const)("of a %s file, %j, is refused", (format, line, why) => {
    expect(layoutOf(format, line)).toEqual({ kind: "refused", why });
  });
  test("of a LoyaltyLion file may be a row already: e-mail first, points second", () => {
    expect(layoutOf("loyaltylion", ["ada@example.com", "50", "x"])).toEqual({
      kind: "layout",
      layout: { format: "loyaltylion", hasHeader: false, width: 3, places: { email: 0, points: 1 } },
      unread: [],
    });
    expect(layout("loyaltylion", "email", "points")).toMatchObject({ hasHeader: true, width: 2 });
  });
});

test("whatever is refused, whole sentences say why and what to do about it", () => {
  for (const sentences of Object.values(IMPORT_REASONS))
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].+\.$/);
});

describe("of several rows", () => {
  const row = (at: number, email: string, amount: number) =>
    ({ row: at, named: { kind: "email", email }, points: amount, availableAtMs: 0, expiresAtMs: null }) as const;
  test("with one e-mail the first with points counts", () => {
    const seen = new SeenCustomers();
    expect(seen.meetEmail(row(2, "a@b.com", 0))).toBeNull();
    expect(seen.meetEmail(row(3, "a@b.com", 5))).toBeNull();
    expect(seen.meetEmail(row(4, "c@d.com", 5))).toBeNull();
    expect(seen.meetEmail(row(5, "a@b.com", 5))).toEqual({ row: 5, column: "email", reason: "duplicate" });
  });
  test("those with a customer id are not told apart by e-mail", () => {
    const seen = new SeenCustomers();
    const named = { kind: "id", customerId: "1" } as const;
    expect(seen.meetEmail({ ...row(2, "", 5), named })).toBeNull();
    expect(seen.meetEmail({ ...row(3, "", 5), named })).toBeNull();
  });
  test("of which one has the id and one the e-mail of the same customer, the second is refused at its e-mail", () => {
    const seen = new SeenCustomers();
    const named = { kind: "id", customerId: "1" } as const;
    expect(seen.meetCustomer({ ...row(2, "", 5), named }, "1")).toBeNull();
    expect(seen.meetCustomer(row(3, "a@b.com", 5), "1")).toEqual({ row: 3, column: "email", reason: "duplicate" });
  });
});

test("of several rows of one customer the first with points counts", () => {
  const seen = new SeenCustomers();
  const row = (at: number, amount: number) =>
    ({ row: at, named: { kind: "id", customerId: "1" }, points: amount, availableAtMs: 0, expiresAtMs: null }) as const;
  expect(seen.meetCustomer(row(2, 0), "1")).toBeNull();
  expect(seen.meetCustomer(row(3, 5), "1")).toBeNull();
  expect(seen.meetCustomer(row(3, 5), "1")).toBeNull();
  expect(seen.meetCustomer(row(4, 5), "1")).toEqual({ row: 4, column: "customer_id", reason: "duplicate" });
  expect(seen.meetCustomer(row(5, 5), "2")).toBeNull();
});
