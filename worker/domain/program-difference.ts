/**
 * What differs between two programs, place by place. It walks whatever a program holds, so that no setting can be changed without being told;
 * the words for it are in program-words.ts.
 */
import { NO_EXCLUSIONS, type Program } from "./program.ts";

export interface Change {
  /** Where: the names of settings, and the id of what a list holds (`rewards`, `off-500`, `cost`). */
  readonly path: readonly string[];
  /**
   * `set`: one value for another. `added`, `removed`: a part that is told apart by its id, or a plain item of a list. `order`: the same items, in
   * another order.
   */
  readonly kind: "set" | "added" | "removed" | "order";
  /** Undefined where it is not there. */
  readonly before: unknown;
  readonly after: unknown;
}

/** What is told as one, although it is made of several values. */
const WHOLE: readonly string[] = ["earn", "expiry", "tiers tierPoints"];

/** Before the first program there is nothing to choose and nothing left out: each reward of it is new. */
const NO_PROGRAM: Partial<Program> = { rewards: [], exclusions: NO_EXCLUSIONS };

/** All that differs; nothing where two programs are equal. `before` is null before the first program. */
export function differenceOf(before: Program | null, after: Program): readonly Change[] {
  return changesAt([], before ?? NO_PROGRAM, after);
}

function changesAt(path: readonly string[], before: unknown, after: unknown): readonly Change[] {
  if (isSame(before, after)) return [];
  const within = changesWithin(path, before, after);
  return within.length > 0 ? within : [{ path, kind: "set", before, after }];
}

function changesWithin(path: readonly string[], before: unknown, after: unknown): readonly Change[] {
  if (WHOLE.includes(path.join(" "))) return wholeChange(path, before, after);
  if (isRecord(before) && isRecord(after)) return changesOfRecords(path, before, after);
  if (!Array.isArray(before) || !Array.isArray(after)) return [];
  const [partsBefore, partsAfter] = [partsById(before), partsById(after)];
  if (partsBefore && partsAfter) return changesOfParts(path, partsBefore, partsAfter);
  return changesOfItems(path, before, after);
}

/** The parts of it that are known are one change; whatever else it holds is told by itself. */
function wholeChange(path: readonly string[], before: unknown, after: unknown): readonly Change[] {
  const known = ["points", "perMinor", "kind", "months"];
  const only = (value: unknown): unknown =>
    isRecord(value) ? Object.fromEntries(known.flatMap((key) => (key in value ? [[key, value[key]]] : []))) : value;
  const rest = (value: unknown): Readonly<Record<string, unknown>> =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !known.includes(key))) : {};
  const [wasOnly, isOnly] = [only(before), only(after)];
  const main: readonly Change[] = isSame(wasOnly, isOnly)
    ? []
    : [{ path, kind: "set", before: wasOnly, after: isOnly }];
  return [...main, ...changesOfRecords(path, rest(before), rest(after))];
}

function changesOfRecords(
  path: readonly string[],
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly Change[] {
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...keys].flatMap((key) => changesAt([...path, key], before[key], after[key]));
}

type Part = Readonly<Record<string, unknown>> & { readonly id: string };

/** The parts of a list in which each has an id of its own; null where it is another kind of list. An empty list may be either. */
function partsById(list: readonly unknown[]): ReadonlyMap<string, Part> | null {
  const parts = list.filter(isPart);
  const byId = new Map(parts.map((part) => [part.id, part]));
  return byId.size === list.length ? byId : null;
}

function changesOfParts(
  path: readonly string[],
  before: ReadonlyMap<string, Part>,
  after: ReadonlyMap<string, Part>,
): readonly Change[] {
  const removed = [...before].filter(([id]) => !after.has(id));
  const added = [...after].filter(([id]) => !before.has(id));
  const kept = [...after].filter(([id]) => before.has(id));
  const order = [...before.keys()].filter((id) => after.has(id));
  return [
    ...removed.map(([id, part]): Change => ({ path: [...path, id], kind: "removed", before: part, after: undefined })),
    ...added.map(([id, part]): Change => ({ path: [...path, id], kind: "added", before: undefined, after: part })),
    ...kept.flatMap(([id, part]) => changesOfRecords([...path, id], before.get(id) ?? {}, part)),
    ...orderChange(
      path,
      order,
      kept.map(([id]) => id),
    ),
  ];
}

function changesOfItems(path: readonly string[], before: readonly unknown[], after: readonly unknown[]) {
  const has = (list: readonly unknown[], item: unknown) => list.some((one) => isSame(one, item));
  const removed = before.filter((item) => !has(after, item));
  const added = after.filter((item) => !has(before, item));
  return [
    ...removed.map((item): Change => ({ path, kind: "removed", before: item, after: undefined })),
    ...added.map((item): Change => ({ path, kind: "added", before: undefined, after: item })),
    ...orderChange(
      path,
      before.filter((item) => has(after, item)),
      after.filter((item) => has(before, item)),
    ),
  ];
}

function orderChange(path: readonly string[], before: readonly unknown[], after: readonly unknown[]): Change[] {
  return isSame(before, after) ? [] : [{ path, kind: "order", before, after }];
}

function isPart(value: unknown): value is Part {
  return isRecord(value) && typeof value["id"] === "string";
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Equal as values: the order of a record's names does not matter, and what is undefined is not there. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  if (!isRecord(a) || !isRecord(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isSame(a[key], b[key]));
}
