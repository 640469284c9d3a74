import { mkdirSync } from "node:fs";
import { expect, test } from "vitest";
import { machineFault } from "./start-failure.ts";

test.each([
  ["EACCES", "may not write there"],
  ["EROFS", "read-only"],
  ["ENOSPC", "the disk is full"],
])("%s is told in one line that says what to do", (code, words) => {
  const line = machineFault(Object.assign(new Error("mkdir"), { code, path: "/a/folder" }));
  expect(line).toMatch(/^\/a\/folder cannot be written: .*\.$/);
  expect(line).toContain(words);
  expect(line).not.toContain("\n");
});

test("a fault that is not the machine's is not explained away", () => {
  expect(machineFault(new TypeError("undefined is no function"))).toBeNull();
  expect(() => mkdirSync("/dev/null/x")).toThrow();
  expect(machineFault(Object.assign(new Error("x"), { code: "ENOTDIR" }))).toBeNull();
});
