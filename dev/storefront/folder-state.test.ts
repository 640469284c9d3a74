import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { stateOf } from "./folder-state.ts";

test("a folder's state changes with each edit, move and end of a file, and with nothing else", () => {
  const root = mkdtempSync(join(tmpdir(), "lojal-state-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const folder of ["blocks", "snippets"]) mkdirSync(join(root, folder));
  const file = join(root, "blocks", "one.liquid");
  const seen = [stateOf(root)];
  const isNew = () => {
    const state = stateOf(root);
    expect(stateOf(root)).toBe(state);
    expect(seen).not.toContain(state);
    seen.push(state);
  };
  writeFileSync(file, "a");
  isNew();
  writeFileSync(file, "ab");
  utimesSync(file, 1, 1);
  isNew();
  utimesSync(file, 2, 2);
  isNew();
  renameSync(file, join(root, "snippets", "one.liquid"));
  isNew();
  rmSync(join(root, "snippets", "one.liquid"));
  expect(stateOf(root).includes("one.liquid")).toBe(false);
});
