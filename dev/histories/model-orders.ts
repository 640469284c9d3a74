/**
 * The model's view of an order: how news joins what is known, what the order is worth, and which share of a code's discount is gone with
 * its units. Exact fractions, no rounding before the end.
 */
import type { OrderBody, OrderLine, Refund } from "../../worker/domain/order.ts";

/** All that was ever told about an order. */
export interface KnownOrder {
  readonly bodies: OrderBody[];
  readonly refunds: Refund[];
  deleted: boolean;
}

/** What is known now: the newest body, its refunds and those that came by themselves. */
export interface Picture {
  readonly body: OrderBody;
  readonly refunds: readonly { readonly refund: Refund; readonly inBody: boolean }[];
}

const STATUSES = "pending authorized expired partially_paid paid partially_refunded refunded voided".split(" ");

export function pictureOf(order: KnownOrder): Picture | null {
  const body = newestBody(order.bodies);
  if (body === null) return null;
  const inBody = body.refunds.map((refund) => ({ refund, inBody: true }));
  const apart = oneOfEach(order.refunds).filter((refund) => body.refunds.every((own) => own.id !== refund.id));
  return { body, refunds: [...inBody, ...apart.map((refund) => ({ refund, inBody: false }))] };
}

/** Of all bodies with the greatest `updated_at`, and of those the latest triggered, one that joins them. */
function newestBody(bodies: readonly OrderBody[]): OrderBody | null {
  const updated = Math.max(...bodies.map((body) => body.updatedAtMs));
  const latest = bodies.filter((body) => body.updatedAtMs === updated);
  const triggered = Math.max(...latest.map((body) => body.triggeredAtMs));
  const tied = latest.filter((body) => body.triggeredAtMs === triggered);
  const rest = [...tied].sort(byLaterRest).at(-1);
  if (rest === undefined) return null;
  const customers = tied.flatMap((body) => body.customerId ?? []).sort();
  const statuses = tied.map((body) => STATUSES.indexOf(body.status));
  return {
    ...rest,
    // However much was paid according to any of them, of what it costs according to the last.
    outstandingMinor: rest.totalMinor - Math.max(...tied.map((body) => body.totalMinor - body.outstandingMinor)),
    status: STATUSES[Math.max(...statuses)] as OrderBody["status"],
    cancelled: tied.some((body) => body.cancelled),
    customerId: customers.at(-1) ?? null,
    refunds: oneOfEach(tied.flatMap((body) => body.refunds)),
  };
}

/** Among states of one moment: more lines, then more units, then fewer units left are later; the rest by its text. */
function byLaterRest(a: OrderBody, b: OrderBody): number {
  const text = (body: OrderBody) =>
    JSON.stringify({ ...body, status: null, cancelled: null, customerId: null, refunds: null, outstandingMinor: null });
  const units = (body: OrderBody) => sum(body.lines.map((line) => line.quantity));
  const left = (body: OrderBody) => sum(body.lines.map((line) => line.currentQuantity ?? line.quantity));
  const later = a.lines.length - b.lines.length || units(a) - units(b) || left(b) - left(a);
  if (later !== 0) return later;
  return text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0;
}

function oneOfEach(refunds: readonly Refund[]): readonly Refund[] {
  const texts = new Map<string, Refund>();
  for (const refund of refunds) {
    const known = texts.get(refund.id);
    if (known === undefined || JSON.stringify(refund) > JSON.stringify(known)) texts.set(refund.id, refund);
  }
  return [...texts.values()];
}

/** How orders earn: a rate, whether tax does, and which products do not. */
export interface Earning {
  readonly earn: { readonly points: number; readonly perMinor: number };
  readonly taxEarns: boolean;
  readonly out: readonly string[];
}

/** What a picture is worth, rounded down once. */
export function worthOf(picture: Picture, { earn, taxEarns, out }: Earning, currency: string): number {
  const { body } = picture;
  const unpaid = ["pending", "authorized", "expired", "voided"].includes(body.status);
  if (body.test || body.cancelled || unpaid || body.currency !== currency) return 0;
  let everything = fraction(0);
  let earning = fraction(0);
  let [units, left] = [0, 0];
  for (const line of body.lines) {
    const { price, tax } = leftOf(line, picture);
    const withTax = body.taxesIncluded ? price : plus(price, tax);
    const withoutTax = body.taxesIncluded ? minus(price, tax) : price;
    everything = plus(everything, taxEarns ? withTax : price);
    if (line.kind !== "product" || out.includes(line.productId ?? "")) continue;
    earning = plus(earning, taxEarns ? withTax : withoutTax);
    units += line.quantity;
    left += unitsLeft(line, picture);
  }
  // With the last unit goes what rounding has left: less than a minor unit for each, and as much of tax that is reckoned with apart.
  const roundings = body.taxesIncluded === taxEarns ? 1 : 2;
  if (left === 0 && minus(earning, fraction(roundings * units)).top < 0n) return 0;
  if (everything.top > 0n) {
    const kept = minus(everything, fraction(beyondLines(picture, body.taxesIncluded || taxEarns)));
    earning = kept.top > 0n ? times(earning, over(kept, everything)) : fraction(0);
  }
  if (body.status === "partially_paid" && body.totalMinor > 0) {
    const paid = Math.min(Math.max(body.totalMinor - body.outstandingMinor, 0), body.totalMinor);
    earning = times(earning, fraction(paid, body.totalMinor));
  }
  const points = times(earning, fraction(earn.points, earn.perMinor));
  return points.top > 0n ? Number(points.top / points.bottom) : 0;
}

/** What is left of a line's price and tax after refunds and edits. */
function leftOf(line: OrderLine, picture: Picture): { readonly price: Fraction; readonly tax: Fraction } {
  let price = fraction(line.quantity > 0 ? line.priceMinor * line.quantity - line.discountMinor : 0);
  let tax = fraction(line.quantity > 0 ? line.taxMinor : 0);
  const [wholePrice, wholeTax] = [price, tax];
  for (const part of partsOf(line, picture)) {
    const ownTax = part.taxMinor === null ? times(wholeTax, share(part.quantity, line)) : fraction(part.taxMinor);
    price = minus(price, fraction(part.subtotalMinor));
    tax = minus(tax, ownTax);
  }
  const edited = share(editedAway(line, picture), line);
  return { price: minus(price, times(wholePrice, edited)), tax: minus(tax, times(wholeTax, edited)) };
}

function share(units: number, line: OrderLine): Fraction {
  return line.quantity === 0 ? fraction(0) : fraction(units, line.quantity);
}

function partsOf(line: OrderLine, picture: Picture, where: (inBody: boolean) => boolean = () => true) {
  const refunds = picture.refunds.filter(({ inBody }) => where(inBody));
  return refunds.flatMap(({ refund }) => refund.lines.filter((part) => part.lineId === line.id));
}

function unitsLeft(line: OrderLine, picture: Picture): number {
  const refunded = sum(partsOf(line, picture).map((part) => part.quantity));
  return Math.max(0, line.quantity - refunded - editedAway(line, picture));
}

/** Units that are gone without a refund in the same body that says so. */
function editedAway(line: OrderLine, picture: Picture): number {
  if (line.currentQuantity === null) return 0;
  const refunded = sum(partsOf(line, picture, (inBody) => inBody).map((part) => part.quantity));
  return Math.max(0, line.quantity - line.currentQuantity - refunded);
}

/** Money given back beyond lines, all in all: what one refund held back of its lines' worth, another may give. */
function beyondLines({ refunds }: Picture, withTax: boolean): number {
  let given = 0;
  for (const { refund } of refunds) given += refund.beyondLinesMinor + (withTax ? refund.beyondLinesTaxMinor : 0);
  return given > 0 ? given : 0;
}

/** How many of `cost` points belong back to whoever spent them, by what became of the order that used the code. */
export function pointsBack(order: KnownOrder, code: string, cost: number): number {
  if (order.deleted) return cost;
  const picture = pictureOf(order);
  if (picture === null) return 0;
  const { body } = picture;
  if (body.cancelled || body.status === "voided" || body.status === "refunded") return cost;
  let [whole, gone] = [fraction(0), fraction(0)];
  for (const line of body.lines) {
    const discount = fraction(line.codeDiscounts[code] ?? 0);
    const refunded = sum(partsOf(line, picture).map((part) => part.quantity));
    const units = Math.min(line.quantity, refunded + editedAway(line, picture));
    whole = plus(whole, discount);
    gone = plus(gone, times(discount, share(units, line)));
  }
  if (whole.top === 0n) return 0;
  const back = times(fraction(cost), over(gone, whole));
  return Number(back.top / back.bottom);
}

interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

function fraction(top: number, bottom = 1): Fraction {
  return { top: BigInt(top), bottom: BigInt(bottom) };
}

function plus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom };
}

function minus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom - b.top * a.bottom, bottom: a.bottom * b.bottom };
}

function times(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.top, bottom: a.bottom * b.bottom };
}

/** Only for what is above zero. */
function over(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom, bottom: a.bottom * b.top };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
