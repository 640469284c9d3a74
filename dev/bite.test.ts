import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { breaks } from "./bite-breaks.ts";

const root = join(import.meta.dirname, "..");

// As text, because what it names drags whole runtimes along.
const faults = readFileSync(join(root, "dev/faults/registry.ts"), "utf8");

test.each(breaks)(
  "$invariant: “$breaks” can still be tried: its text stands once, its test or fault is there",
  (broken) => {
    expect(readFileSync(join(root, broken.file), "utf8").split(broken.from)).toHaveLength(2);
    expect(broken.to).not.toBe(broken.from);
    if ("fault" in broken.guard) expect(faults).toContain(`id: "${broken.guard.fault}"`);
    if ("test" in broken.guard) expect(globSync(`${broken.guard.test}.test.ts`, { cwd: root })).toHaveLength(1);
  },
);
