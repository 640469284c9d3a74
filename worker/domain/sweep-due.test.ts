import { expect, test } from "vitest";
import { CLOSING, type Redemption } from "./account.ts";
import { sweepDueMs } from "./spending.ts";

const CREATED_MS = Date.parse("2026-11-01T10:00:00Z");
const ENDS_MS = Date.parse("2026-12-01T10:00:00Z");

/** What is asked of a redemption, and no more. */
const due = (state: Redemption["state"], reason: string | null = null, kind = "amount_off") =>
  sweepDueMs({ state, reason, createdAtMs: CREATED_MS, endsAtMs: ENDS_MS, reward: { kind } } as Redemption);

test("a held redemption is looked at 20 seconds after it was made, whatever its kind", () => {
  expect(due("held")).toBe(CREATED_MS + 20_000);
  expect(due("held", null, "experience")).toBe(CREATED_MS + 20_000);
});

test("an issued one is looked at an hour after its code ended: until then its last use may still be told", () => {
  expect(due("issued")).toBe(ENDS_MS + 3_600_000);
});

test("one whose code somebody began to close is looked at as soon as the sweep comes by", () => {
  expect(due("issued", CLOSING)).toBe(CREATED_MS + 20_000);
});

test("what staff do by hand waits for them", () => {
  expect(due("issued", null, "experience")).toBeNull();
  expect(due("issued", CLOSING, "experience")).toBeNull();
});

test.each(["used", "released", "failed"] as const)("one that is %s is looked at no more", (state) => {
  expect(due(state)).toBeNull();
  expect(due(state, CLOSING)).toBeNull();
  expect(due(state, null, "experience")).toBeNull();
});
