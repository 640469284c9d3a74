import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeFindings, findViolations, readSources } from "./boundaries.ts";

test("the project keeps to its own architecture", () => {
  expect(describeFindings(findViolations(readSources(join(import.meta.dirname, ".."))))).toBe("");
});

/** The findings about one made-up file, in a project where another file imports it. */
function problems(path: string, text: string): string[] {
  const importer = { path: "worker/index.ts", text: `import "./${path.replace(/^worker\//, "")}";` };
  const sources = path === "worker/index.ts" ? [{ path, text }] : [importer, { path, text }];
  return findViolations(sources)
    .filter((finding) => finding.path === path)
    .map(({ problem }) => problem);
}

const longFunction = `function long() {\n${"  void 0;\n".repeat(70)}}`;

describe("the fence bites on", () => {
  test.each([
    ["an arrow backwards", "worker/domain/a.ts", 'import { b } from "../ledger/b.ts";'],
    ["a type that is imported backwards", "worker/ledger/a.ts", 'import type { B } from "../flows/b.ts";'],
    ["a type named by import()", "worker/ledger/a.ts", 'export type A = import("../http/b.ts").B;'],
    ["a neighbour", "worker/ledger/a.ts", 'import { b } from "../shops/b.ts";'],
    ["a re-export of a neighbour", "worker/program/a.ts", 'export { b } from "../shopify/b.ts"; export const a = 1;'],
    ["a dynamic import", "worker/flows/a.ts", 'export const a = () => import("../http/b.ts");'],
    ["an import from dev", "worker/flows/a.ts", 'import { b } from "../../dev/b.ts";'],
    ["an import from bench", "worker/http/a.ts", 'import { b } from "../../bench/b.ts";'],
    ["the log inside the ledger", "worker/ledger/a.ts", 'import { log } from "../log.ts";'],
    ["Shopify reaching for the database", "worker/shopify/a.ts", 'import { b } from "../db/b.ts";'],
    ["a route reaching for the database", "worker/http/a.ts", 'import { b } from "../db/b.ts";'],
    ["a library in domain", "worker/domain/a.ts", 'import { z } from "zod";'],
    ["await in domain", "worker/domain/a.ts", "export async function a() { await 1; }"],
    ["the clock in domain", "worker/domain/a.ts", "export const a = () => Date.now();"],
    ["the present time in domain", "worker/domain/a.ts", "export const a = () => new Date();"],
    ["chance in domain", "worker/domain/a.ts", "export const a = () => Math.random();"],
    ["a request in domain", "worker/domain/a.ts", 'export const a = () => fetch("https://x");'],
    ["crypto in domain", "worker/domain/a.ts", "export const a = () => crypto.randomUUID();"],
    ["console in domain", "worker/domain/a.ts", "export const a = () => console.log(1);"],
    ["a room that does not exist", "worker/things/a.ts", "export const a = 1;"],
    ["a drawer", "worker/flows/utils.ts", "export const a = 1;"],
    ["a folder as a drawer", "worker/flows/helpers/a.ts", "export const a = 1;"],
    ["a barrel", "worker/flows/a.ts", 'export * from "./b.ts"; export { c } from "./c.ts";'],
    ["a long function", "worker/flows/a.ts", `export ${longFunction}`],
    ["a long arrow function", "worker/flows/a.ts", `export const a = () => {\n${"  void 0;\n".repeat(70)}};`],
    ["a long file", "worker/flows/a.ts", "export const a = 1;\n".repeat(401)],
  ])("%s", (_, path, text) => {
    expect(problems(path, text)).toHaveLength(1);
  });

  test("a long file in dev", () => {
    expect(problems("dev/a.ts", "void 0;\n".repeat(601))).toHaveLength(1);
    expect(problems("dev/a.ts", "void 0;\n".repeat(600))).toEqual([]);
  });

  test("a file that nothing but its test imports", () => {
    const sources = [
      { path: "worker/index.ts", text: "export default {};" },
      { path: "worker/flows/a.ts", text: "export const a = 1;" },
      { path: "worker/flows/a.test.ts", text: 'import { a } from "./a.ts"; void a;' },
    ];
    expect(findViolations(sources)).toEqual([{ path: "worker/flows/a.ts", problem: "is imported by nothing" }]);
  });
});

describe("the fence lets through", () => {
  test.each([
    ["arrows forwards", "worker/flows/a.ts", 'import { b } from "../ledger/b.ts"; import { log } from "../log.ts";'],
    [
      "the ledger's database",
      "worker/ledger/a.ts",
      'import { b } from "../db/schema.ts"; import { c } from "../domain/c.ts";',
    ],
    ["a date from a value", "worker/domain/a.ts", "export const a = (at: string) => new Date(at);"],
    ["property names", "worker/domain/a.ts", "export const a = (o: { process: number }) => ({ fetch: o.process });"],
    ["words in strings and comments", "worker/domain/a.ts", '// Date.now()\nexport const a = "await fetch() console";'],
    ["a test that imports what it likes", "worker/domain/a.test.ts", 'import { b } from "../../dev/b.ts"; void b;'],
    ["a function of 70 lines", "worker/flows/a.ts", `export function a() {\n${"  void 0;\n".repeat(68)}}`],
  ])("%s", (_, path, text) => {
    expect(problems(path, text)).toEqual([]);
  });
});
