/**
 * Collections and product tags whose products earn nothing. What is in them changes; an order keeps what was known when it was created, so that a
 * later refund or edit settles it by the same products (docs/decisions/0021-an-order-keeps-its-groups.md). Pure.
 */
import type { Exclusions } from "./program.ts";

export type GroupKind = "collection" | "tag";

/** A collection by Shopify's number, or a tag by its text. */
export interface ProductGroup {
  readonly kind: GroupKind;
  readonly name: string;
}

/** That a product was in a group: from a moment on that is part of it, to one that is not. */
export interface GroupMembership {
  readonly group: string;
  readonly productId: string;
  /** Null = as far back as orders go. */
  readonly sinceMs: number | null;
  /** Null = it still is. */
  readonly untilMs: number | null;
  /** What the group is called where people read it. */
  readonly title: string;
}

/** What is known of the products that a decision is about, by product. */
export type GroupMemberships = ReadonlyMap<string, readonly GroupMembership[]>;

export const NO_MEMBERSHIPS: GroupMemberships = new Map();

export function membershipsBy(memberships: readonly GroupMembership[]): GroupMemberships {
  return Map.groupBy(memberships, ({ productId }) => productId);
}

/** The key under which a group is kept. Shopify's tags know no case. */
export function groupKey({ kind, name }: ProductGroup): string {
  return `${kind}:${kind === "tag" ? plain(name) : name}`;
}

export function groupKindOf(key: string): GroupKind {
  return key.startsWith("tag:") ? "tag" : "collection";
}

/** The groups that a program excludes, each once. A version from before there were any has none. */
export function excludedGroups({ collectionIds = [], tags = [] }: Partial<Exclusions> = {}): readonly ProductGroup[] {
  const groups = [
    ...collectionIds.map((name): ProductGroup => ({ kind: "collection", name })),
    ...tags.map((name): ProductGroup => ({ kind: "tag", name })),
  ];
  return [...new Map(groups.map((group) => [groupKey(group), group])).values()];
}

/** The excluded group that a product was in at a moment, by what is known; of several the first that the program names. */
export function excludedGroupAt(
  productId: string | undefined,
  keys: readonly string[],
  productGroups: GroupMemberships,
  atMs: number,
): GroupMembership | null {
  if (productId === undefined || keys.length === 0) return null;
  const own = (productGroups.get(productId) ?? []).filter(
    ({ sinceMs, untilMs }) => (sinceMs === null || sinceMs <= atMs) && (untilMs === null || atMs < untilMs),
  );
  for (const key of keys) {
    const found = own.find(({ group }) => group === key);
    if (found) return found;
  }
  return null;
}

/** Of so few products the loss of most is nothing unusual. */
const FEW_PRODUCTS = 10;

/**
 * Whether a reading says that more than half of what was known is gone. Shopify's search may be incomplete for a moment: that is believed only when
 * a second reading says so, too.
 */
export function losesMost(known: number, found: number): boolean {
  return known >= FEW_PRODUCTS && 2 * found < known;
}

/** As people write names: case and space around them do not matter. */
export function plain(name: string): string {
  return name.trim().toLowerCase();
}
