/**
 * What never changes about an order's lines, and is not told by every body: what was sold, who made it, where. An older body that told it has told
 * it for good, so that it does not matter which way an order's news come in.
 */
import type { OrderBody, OrderLine } from "./order.ts";
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

/** Which lines of an order earn under a program's exclusions. What is not known is not excluded. */
export function earningLines(
  body: OrderBody,
  // A version from before there were any has none.
  { productIds, vendors, channels }: Exclusions = NO_EXCLUSIONS,
): (line: OrderLine) => boolean {
  const named = (names: readonly string[]) => new Set(names.map(plain));
  const [products, makers, sources] = [new Set(productIds), named(vendors), named(channels)];
  const isChannelOut = body.sourceName !== undefined && sources.has(plain(body.sourceName));
  return ({ kind, productId, vendor }) => {
    if (kind !== "product" || isChannelOut) return false;
    if (productId !== undefined && products.has(productId)) return false;
    return vendor === undefined || !makers.has(plain(vendor));
  };
}

/** As people write names: case and space around them do not matter. */
function plain(name: string): string {
  return name.trim().toLowerCase();
}
