/** The shape of an answer, and whether an answer has it. Shopify keeps to its schema; whoever stands in between may not. */

/** A scalar; an object by its fields; null or that ("?"), a list of that ("*"), absent or that ("~"). */
export type Shape =
  | "string"
  | "number"
  | "boolean"
  | "unknown"
  | readonly ["?" | "*" | "~", Shape]
  | { readonly [field: string]: Shape };

/** Where the value is not what it should be, by field names alone; null where it has the shape. What is more than was asked for is left alone. */
export function misfit(shape: Shape, value: unknown, at = "data"): string | null {
  if (shape === "unknown") return null;
  if (typeof shape === "string") return typeof value === shape ? null : at;
  if (isMarked(shape)) {
    const [mark, inner] = shape;
    if (mark === "*") return Array.isArray(value) ? firstOf(value.map((item) => misfit(inner, item, `${at}[]`))) : at;
    const isLeftOut = mark === "?" ? value === null : value === undefined;
    return isLeftOut ? null : misfit(inner, value, at);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return at;
  const fields = value as Readonly<Record<string, unknown>>;
  return firstOf(Object.entries(shape).map(([name, inner]) => misfit(inner, fields[name], `${at}.${name}`)));
}

function isMarked(shape: Exclude<Shape, string>): shape is readonly ["?" | "*" | "~", Shape] {
  return Array.isArray(shape);
}

function firstOf(places: readonly (string | null)[]): string | null {
  return places.find((place) => place !== null) ?? null;
}
