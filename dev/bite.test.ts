import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { breaks } from "./bite-breaks.ts";

const root = join(import.meta.dirname, "..");

test.each(breaks)("$invariant: “$breaks” can still be tried: its text stands once, its test is there", (broken) => {
  expect(readFileSync(join(root, broken.file), "utf8").split(broken.from)).toHaveLength(2);
  expect(broken.to).not.toBe(broken.from);
  if ("test" in broken.guard) expect(globSync(`${broken.guard.test}.test.ts`, { cwd: root })).toHaveLength(1);
});
