/**
 * What never changes about an order's lines, and is not told by every body: what was sold, who made it, where. An older body that told it has told
 * it for good, so that it does not matter which way an order's news come in.
 */
import type { OrderBody, OrderLine } from "./order.ts";
import {
  excludedGroupAt,
  excludedGroups,
  type GroupMembership,
  type GroupMemberships,
  groupKey,
  NO_MEMBERSHIPS,
  plain,
} from "./product-groups.ts";
import { type Exclusions, NO_EXCLUSIONS } from "./program.ts";

/** A body with what another one of the same order tells besides. */
export function withFacts(body: OrderBody, other: OrderBody): OrderBody {
  const known = new Map(other.lines.map((line) => [line.id, line]));
  const lines = body.lines.map((line) => lineWithFacts(line, known.get(line.id)));
  const sourceName = factOf(body.sourceName, other.sourceName);
  const isSame = sourceName === body.sourceName && lines.every((line, index) => line === body.lines[index]);
  if (isSame) return body;
  const { sourceName: _, ...rest } = body;
  return { ...rest, lines, ...(sourceName === undefined ? {} : { sourceName }) };
}

function lineWithFacts(line: OrderLine, other: OrderLine | undefined): OrderLine {
  const productId = factOf(line.productId, other?.productId);
  const vendor = factOf(line.vendor, other?.vendor);
  if (productId === line.productId && vendor === line.vendor) return line;
  const { productId: _, vendor: __, ...rest } = line;
  return { ...rest, ...(productId === undefined ? {} : { productId }), ...(vendor === undefined ? {} : { vendor }) };
}

/** Known over unknown. Two bodies do not contradict each other; if they did, one of the two would be taken, always the same. */
function factOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

/** The body as one that tells none of it: to compare two by what can change. */
export function withoutFacts(body: OrderBody): OrderBody {
  const { sourceName: _, ...rest } = body;
  return { ...rest, lines: body.lines.map(({ productId: __, vendor: ___, ...line }) => line) };
}

/** Whether a line earns; where it does not because of a group that its product was in, which one. */
export type LineVerdict = { readonly earns: boolean; readonly group: GroupMembership | null };

const EARNS: LineVerdict = { earns: true, group: null };
const EARNS_NOTHING: LineVerdict = { earns: false, group: null };

/**
 * Which lines of an order earn under a program's exclusions. What is not known is not excluded. What was in an excluded group is decided by what
 * was known when the order was created: for every later refund and edit of it, too.
 */
export function lineVerdicts(
  body: OrderBody,
  // A version from before there were any has none.
  exclusions: Exclusions = NO_EXCLUSIONS,
  productGroups: GroupMemberships = NO_MEMBERSHIPS,
): (line: OrderLine) => LineVerdict {
  const named = (names: readonly string[]) => new Set(names.map(plain));
  const { productIds, vendors, channels } = exclusions;
  const [products, makers, sources] = [new Set(productIds), named(vendors), named(channels)];
  const groups = excludedGroups(exclusions).map(groupKey);
  const isChannelOut = body.sourceName !== undefined && sources.has(plain(body.sourceName));
  return ({ kind, productId, vendor }) => {
    if (kind !== "product" || isChannelOut) return EARNS_NOTHING;
    if (productId !== undefined && products.has(productId)) return EARNS_NOTHING;
    if (vendor !== undefined && makers.has(plain(vendor))) return EARNS_NOTHING;
    const group = excludedGroupAt(productId, groups, productGroups, body.createdAtMs);
    return group === null ? EARNS : { earns: false, group };
  };
}
