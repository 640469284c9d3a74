import { expect, test } from "vitest";
import { merged } from "./draft-parts.ts";
import { settingsOf } from "./program-fields.ts";

test("settings that a draft does not say are what a program does then", () => {
  expect(settingsOf({ pendingDays: 3 })).toMatchObject({
    pendingDays: 3,
    taxEarns: false,
    returnSpent: true,
    owing: "owe",
  });
});

test("somebody who leaves a setting as it was takes nobody's change of it back, also where the draft they saw did not say it", () => {
  const [seen, mine, theirs] = [{}, { taxEarns: false }, { taxEarns: true }].map(settingsOf);
  if (!seen || !mine || !theirs) throw new Error("no settings");
  expect(merged(seen, mine, theirs)).toMatchObject({ taxEarns: true });
});
