/** Relay connections as Shopify pages them. */
import { GraphQLError } from "graphql";

export type Args = Readonly<Record<string, unknown>>;

/** A node with its place in the order of the list; the place makes the cursor, so that pages survive changes. */
export interface Placed {
  readonly place: readonly (string | number)[];
  readonly node: unknown;
}

/** Shopify pages through so many objects of one list; beyond them the search must be narrower. */
const DEEPEST = 25_000;
const TOO_DEEP = "Pagination beyond 25000 objects is not supported. Narrow your query with a filter.";

/** The part of the list that `first`, `last`, `after`, `before` and `reverse` ask for. */
export function connection(items: readonly Placed[], args: Args): unknown {
  const { first, last, after, before } = readArgs(args);
  if (first === undefined && last === undefined) throw new GraphQLError("you must provide one of first or last");
  const all = args["reverse"] === true ? [...items].reverse() : [...items];
  const direction = args["reverse"] === true ? -1 : 1;
  const within = all.filter(
    ({ place }) =>
      (after === undefined || compare(place, after) * direction > 0) &&
      (before === undefined || compare(place, before) * direction < 0),
  );
  if (after !== undefined && all.length - within.length >= DEEPEST) throw new GraphQLError(TOO_DEEP);
  const page = first === undefined ? within.slice(-(last ?? 0)) : within.slice(0, first);
  const edges = page.map(({ place, node }) => ({ cursor: cursorOf(place), node }));
  const left = within.length - page.length;
  return {
    edges,
    nodes: page.map(({ node }) => node),
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: first === undefined ? before !== undefined : left > 0,
      hasPreviousPage: first === undefined ? left > 0 : after !== undefined,
    },
  };
}

/** A connection over a list in its own order. */
export function listConnection(nodes: readonly unknown[], args: Args): unknown {
  return connection(
    nodes.map((node, index) => ({ place: [index], node })),
    args,
  );
}

/** The order of two places. */
export function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined || left === right) continue;
    if (typeof left === "number" && typeof right === "number") return left - right;
    return String(left) < String(right) ? -1 : 1;
  }
  return 0;
}

function readArgs(args: Args) {
  return {
    first: sizeOf("first", args["first"]),
    last: sizeOf("last", args["last"]),
    after: placeOf(args["after"]),
    before: placeOf(args["before"]),
  };
}

function sizeOf(name: string, value: unknown): number | undefined {
  if (typeof value !== "number") return undefined;
  if (value < 0) throw new GraphQLError(`${name} must be a non-negative integer`);
  if (value > 250) throw new GraphQLError(`${name} cannot exceed 250`);
  return value;
}

function cursorOf(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString("base64");
}

function placeOf(cursor: unknown): (string | number)[] | undefined {
  if (typeof cursor !== "string") return undefined;
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, "base64").toString("utf8"));
    if (Array.isArray(place)) return place as (string | number)[];
  } catch {
    // Told below, like a cursor of another shape.
  }
  throw new GraphQLError("Invalid cursor for current pagination sort.");
}
