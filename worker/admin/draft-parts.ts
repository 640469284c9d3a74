/** What the pages of a program work on: the draft as it was entered, part by part. What no field is for stays as it is in the draft. */
import { PROGRAM_DEFAULTS } from "../domain/program.ts";
import type { ProgramView } from "../flows/edit-program.ts";
import { PRESETS } from "../program/bounds.ts";

export type Part = Readonly<Record<string, unknown>>;

/** What a shop's first draft begins with. */
const FIRST: Part = {
  earn: { points: 10, perMinor: 10_000 },
  pendingDays: PRESETS.pendingDays,
  rewards: [],
  ...PROGRAM_DEFAULTS,
};

/** What is worked on: the draft as it was entered, or else the newest version, or else the preset. */
export function contentOf({ draft, versions }: Pick<ProgramView, "draft" | "versions">): Part {
  return record(draft.content) ?? record(versions.at(-1)?.program) ?? FIRST;
}

export function record(of: unknown): Part | null {
  return typeof of === "object" && of !== null && !Array.isArray(of) ? (of as Part) : null;
}

/** What a list holds that has parts, as far as they are some. */
export function partsOf(list: unknown): readonly Part[] {
  return Array.isArray(list) ? list.map(record).filter((part) => part !== null) : [];
}

export function rewardsOf({ rewards }: Part): readonly Part[] {
  return partsOf(rewards);
}

/** The rules of the tiers; null where the program has none. */
export function tiersOf({ tiers }: Part): Part | null {
  return record(tiers);
}

export function levelsOf(content: Part): readonly Part[] {
  return partsOf(tiersOf(content)?.["levels"]);
}

export function textOf(part: Part | null, name: string): string {
  const value = part?.[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function wholeOf(part: Part | null, name: string): number | null {
  const value = part?.[name];
  return typeof value === "number" ? value : null;
}

export function textsOf(part: Part | null, name: string): readonly string[] {
  const value = part?.[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/**
 * One part of a draft after two have changed it: what `mine` changed of what was `seen`, and the rest as it is in `theirs`. So nobody's change is
 * lost but where both changed the same setting.
 */
export function merged(seen: Part | null, mine: Part, theirs: Part | null): Part {
  if (seen === null || theirs === null) return mine;
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(mine), ...Object.keys(seen)])];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = mergedValue(seen[name], mine[name], theirs[name]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Lists of plain items are merged item by item; whatever else belongs together is taken from one of the two. */
function mergedValue(seen: unknown, mine: unknown, theirs: unknown): unknown {
  if (isSame(mine, seen)) return theirs;
  const [before, own, other] = [record(seen), record(mine), record(theirs)];
  if (before && own && other && [before, own, other].every((one) => Object.values(one).every(Array.isArray)))
    return merged(before, own, other);
  if (!isPlainList(seen) || !isPlainList(mine) || !isPlainList(theirs)) return mine;
  const added = mine.filter((item) => !seen.includes(item) && !theirs.includes(item));
  return [...theirs.filter((item) => mine.includes(item) || !seen.includes(item)), ...added];
}

function isPlainList(of: unknown): of is readonly (string | number)[] {
  return Array.isArray(of) && of.every((item) => typeof item === "string" || typeof item === "number");
}

/** Equal as they are stored: the order of a part's names does not matter. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(of: unknown): unknown {
  if (Array.isArray(of)) return of.map(sorted);
  const part = record(of);
  if (part === null) return of;
  return Object.fromEntries(
    Object.entries(part)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, sorted(value)]),
  );
}

/** The list with this part in the place of the one of its id, or at the end. */
export function withPart(list: readonly Part[], part: Part): readonly Part[] {
  return list.some(({ id }) => id === part["id"])
    ? list.map((one) => (one["id"] === part["id"] ? part : one))
    : [...list, part];
}

/** The list with the part of this id a place nearer to its beginning (-1) or its end (1). */
export function moved(list: readonly Part[], id: string, places: 1 | -1): readonly Part[] {
  const from = list.findIndex((part) => part["id"] === id);
  const [part, other] = [list[from], list[from + places]];
  if (part === undefined || other === undefined) return list;
  return list.map((one, index) => (index === from ? other : index === from + places ? part : one));
}
