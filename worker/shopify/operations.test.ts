import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NoDeprecatedCustomRule, parse, specifiedRules, validate } from "graphql";
import { expect, test } from "vitest";
import { adminSchema } from "../../dev/shopify/schema.ts";
import { isAsking, makeFiles, workerOperations } from "../../dev/shopify/worker-operations.ts";
import { API_VERSION } from "./library.ts";

const operations = await workerOperations();
const root = join(import.meta.dirname, "../..");
const sources = globSync("worker/**/*.ts", { cwd: root }).filter((path) => !path.endsWith(".test.ts"));

test("there are operations to hold to the schema, each by a name of its own", () => {
  const names = operations.map(({ text }) => /\b(?:query|mutation) (Lojal\w+)/.exec(text)?.[1]);
  expect(names).toEqual(expect.arrayContaining(["LojalCreateCode", "LojalFindCode", "LojalReadOrder"]));
  expect(new Set(names).size).toBe(operations.length);
});

test("whoever asks Shopify does it by a constant that worker/shopify/ exports: no operation is left out here", () => {
  const inCode = sources.filter((path) => isAsking(readFileSync(join(root, path), "utf8")));
  const modules = new Set(operations.map(({ module }) => `worker/shopify/${module}.ts`));
  expect(inCode.map((path) => path.replaceAll("\\", "/")).sort()).toEqual([...modules].sort());
  const texts = inCode.map((path) => readFileSync(join(root, path), "utf8")).join("\n");
  expect(texts.match(/\b(query|mutation|subscription) Lojal\w+/g)).toHaveLength(operations.length);
});

test.each(operations.map(({ constant, text }) => [constant, text]))(
  "%s is valid against Shopify's own schema of the pinned version, with nothing deprecated",
  (_, text) => {
    expect(API_VERSION).toBe("2026-10");
    expect(validate(adminSchema().schema, parse(text), [...specifiedRules, NoDeprecatedCustomRule])).toEqual([]);
  },
);

test("what is asked and answered is typed as the schema says (npm run types:shopify)", async () => {
  for (const [path, text] of await makeFiles()) expect(readFileSync(join(root, path), "utf8"), path).toBe(text);
});
