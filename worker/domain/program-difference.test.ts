import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { propertyRuns } from "../../dev/property-runs.ts";
import { FIVE_OFF, programWith } from "../../dev/test-program-words.ts";
import { programSchema } from "../program/program-schema.ts";
import { NO_EXCLUSIONS, type Program } from "./program.ts";
import { differenceOf } from "./program-difference.ts";
import { differenceInWords } from "./program-words.ts";

describe("what differs between two programs", () => {
  const places = (before: Program | null, after: Program) =>
    differenceOf(before, after).map(({ path, kind }) => `${kind} ${path.join(" ")}`);

  test("is told place by place, and what is made of several values that belong together in one", () => {
    const before = programWith();
    expect(places(before, programWith({ pendingDays: 30, earn: { points: 3, perMinor: 7 } }))).toEqual([
      "set earn",
      "set pendingDays",
    ]);
    const dearer = { ...FIVE_OFF, cost: 600, codeDays: 7 };
    expect(places(before, programWith({ rewards: [dearer] }))).toEqual([
      "set rewards off-500 cost",
      "set rewards off-500 codeDays",
    ]);
  });

  test("is told with what was and what is", () => {
    const expiry = { kind: "after-available", months: 12 } as const;
    expect(differenceOf(programWith(), programWith({ expiry }))).toEqual([
      { path: ["expiry"], kind: "set", before: null, after: expiry },
    ]);
  });

  test("in lists is what was added, what was removed, and the order of the rest", () => {
    const [a, b, c] = ["a", "b", "c"].map((id) => ({ ...FIVE_OFF, id }));
    const before = programWith({ rewards: [a, b] });
    expect(places(before, programWith({ rewards: [b, a] }))).toEqual(["order rewards"]);
    expect(places(before, programWith({ rewards: [c, b] }))).toEqual(["removed rewards a", "added rewards c"]);
    expect(places(before, programWith({ rewards: [c, b, a] }))).toEqual(["added rewards c", "order rewards"]);
    const tagged = (tags: readonly string[]) => programWith({ exclusions: { ...NO_EXCLUSIONS, tags } });
    expect(places(tagged(["x", "y"]), tagged(["y", "x"]))).toEqual(["order exclusions tags"]);
    expect(places(tagged(["x", "y"]), tagged(["z", "y"]))).toEqual([
      "removed exclusions tags",
      "added exclusions tags",
    ]);
  });

  test("is nothing where the names of settings stand in another order, or nothing is said instead of none", () => {
    const program = programWith();
    const turned = Object.fromEntries(Object.entries(program).toReversed()) as unknown as Program;
    expect(places(program, turned)).toEqual([]);
    const silent = { ...program, rewards: program.rewards.map((one) => ({ ...one, stock: undefined })) };
    expect(places(program, silent)).toEqual([]);
  });

  test("is also told of what this program cannot know yet", () => {
    const program = programWith();
    const later = { ...program, earn: { ...program.earn, upTo: 5 }, weather: ["rain"] } as Program;
    expect(places(program, later)).toEqual(["set earn upTo", "set weather"]);
    const both = { ...program, earn: { points: 3, perMinor: 7, upTo: 5 } } as Program;
    expect(places(program, both)).toEqual(["set earn", "set earn upTo"]);
    const open = (hours: readonly unknown[]) => ({ ...program, hours }) as Program;
    expect(places(open([{ from: 8 }]), open([{ from: 9 }]))).toEqual(["removed hours", "added hours"]);
    expect(differenceInWords(program, later, "EUR")).toEqual(["Earn, up to: 5.", "Weather: “rain”."]);
    const without = (days: readonly string[]) => ({ ...program, exclusions: { ...NO_EXCLUSIONS, days } }) as Program;
    expect(differenceInWords(without([]), without(["monday"]), "EUR")).toEqual([
      "Exclusions, days: “monday” is added.",
    ]);
    expect(differenceInWords(without(["monday"]), without([]), "EUR")).toEqual([
      "Exclusions, days: “monday” is taken away.",
    ]);
  });
});

/** Any value that a JSON schema describes, or nearly: what the program's own schema does not take is thrown away. */
function anyOf(schema: z.core.JSONSchema.JSONSchema): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => anyOf(one as z.core.JSONSchema.JSONSchema)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "object": {
      const parts = Object.entries(schema.properties ?? {}).map(([key, part]) => [
        key,
        anyOf(part as z.core.JSONSchema.JSONSchema),
      ]);
      return fc.record(Object.fromEntries(parts) as Record<string, fc.Arbitrary<unknown>>);
    }
    case "array":
      return fc.array(anyOf((schema.items ?? {}) as z.core.JSONSchema.JSONSchema), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(3, schema.maxItems ?? 3),
      });
    case "integer":
    case "number": {
      const [min, max] = [schema.minimum ?? 0, schema.maximum ?? 1_000];
      return fc.oneof(fc.integer({ min, max: Math.min(max, min + 3) }), fc.integer({ min, max }));
    }
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return schema.pattern
        ? fc.stringMatching(new RegExp(schema.pattern)).map((text) => text.slice(0, 8))
        : fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(8, schema.maxLength ?? 8) });
  }
}

const anyProgram = anyOf(z.toJSONSchema(programSchema, { io: "input" }))
  .map((value) => programSchema.safeParse(value))
  .filter((parsed) => parsed.success)
  .map((parsed) => parsed.data as Program);

/** The same program with one setting of it, at whatever depth, as another one has it. */
function mixed(a: unknown, b: unknown, pick: readonly number[]): unknown {
  const [at = 0, ...rest] = pick;
  if (Array.isArray(a) && Array.isArray(b) && a.length > 0 && b.length > 0 && rest.length > 0) {
    const index = at % a.length;
    return a.map((item, position) => (position === index ? mixed(item, b[at % b.length], rest) : item));
  }
  const isRecord = (of: unknown): of is Record<string, unknown> =>
    typeof of === "object" && of !== null && !Array.isArray(of);
  if (!isRecord(a) || !isRecord(b)) return b;
  const key = Object.keys(a)[at % Math.max(1, Object.keys(a).length)];
  return key === undefined ? b : { ...a, [key]: mixed(a[key], b[key], rest) };
}

test("any two different programs have at least one sentence, and equal ones none", () => {
  const near = fc
    .tuple(anyProgram, anyProgram, fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }))
    .map(([a, b, pick]) => [a, programSchema.safeParse(mixed(a, b, pick))] as const)
    .filter(([, parsed]) => parsed.success)
    .map(([a, parsed]) => [a, parsed.data as Program] as const);
  fc.assert(
    fc.property(near, ([a, b]) => {
      const isEqual = JSON.stringify(a) === JSON.stringify(b);
      const sentences = differenceInWords(a, b, "EUR");
      expect(sentences.length === 0).toBe(isEqual);
      for (const sentence of sentences) expect(sentence).toMatch(/^\S.*\.$/s);
      expect(differenceInWords(structuredClone(a), a, "EUR")).toEqual([]);
    }),
    { numRuns: propertyRuns(2_000) },
  );
});
