/** What Liquid reads: app-owned metafields, written 25 to a call, each against what it replaces. */
import type { AdminApi } from "./admin-api.ts";
import { payloadOf } from "./admin-failure.ts";

export const SET_METAFIELDS = `#graphql
  mutation LojalSetMetafields($metafields: [MetafieldsSetInput!]!) {
    metafieldsSet(metafields: $metafields) {
      metafields { compareDigest }
      userErrors { field code message }
    }
  }
`;

export const READ_PAINTED = `#graphql
  query LojalReadPainted($customers: [ID!]!) {
    nodes(ids: $customers) {
      ... on Customer {
        id
        loyalty: metafield(namespace: "$app", key: "loyalty") { compareDigest }
        points: metafield(namespace: "$app", key: "points") { value }
        nextExpiry: metafield(namespace: "$app", key: "next_expiry") { value }
        tier: metafield(namespace: "$app", key: "tier") { value }
      }
    }
  }
`;

export const APP_INSTALLATION = `#graphql
  query LojalAppInstallation {
    currentAppInstallation {
      id
      metafield(namespace: "lojal", key: "program") { compareDigest }
    }
  }
`;

/** Shopify takes at most so many in one call. */
const METAFIELDS_PER_CALL = 25;
/** A customer and four metafields are five points; a query may cost a thousand. */
const CUSTOMERS_PER_READING = 100;

/** As Shopify takes it. */
interface Metafield {
  readonly ownerId: string;
  readonly namespace: string;
  readonly key: string;
  readonly type: "json" | "boolean" | "number_integer" | "date" | "single_line_text_field";
  readonly value: string;
  /** What the value must be now: null for none. Absent where it does not matter. */
  readonly compareDigest?: string | null;
}

/** Metafields that are written together or not at all. The first one's digest guards the rest. */
export type MetafieldGroup = readonly [Metafield, ...Metafield[]];

/** What a customer's metafields are to say: the balance for Liquid; the rest for segments and reports, where it is to be written. */
export interface MemberValues {
  readonly loyalty: string;
  readonly points?: number;
  /** Such as 2027-01-31. */
  readonly nextExpiry?: string;
  /** The id of a tier, or `NO_TIER`. */
  readonly tier?: string;
}

/** What a customer is shown to have who has lost their tier: taking a metafield away cannot be guarded. */
export const NO_TIER = "none";

/** `customer.metafields["$app"].loyalty` in Liquid, and beside it `points`, `next_expiry` and `tier`. */
export function memberMetafields(customerId: string, values: MemberValues, digest: string | null): MetafieldGroup {
  const at = { ownerId: gidOf(customerId), namespace: "$app" };
  const { loyalty, points, nextExpiry, tier } = values;
  const more: Metafield[] = [];
  if (points !== undefined) more.push({ ...at, key: "points", type: "number_integer", value: String(points) });
  if (nextExpiry !== undefined) more.push({ ...at, key: "next_expiry", type: "date", value: nextExpiry });
  if (tier !== undefined) more.push({ ...at, key: "tier", type: "single_line_text_field", value: tier });
  return [{ ...at, key: "loyalty", type: "json", value: loyalty, compareDigest: digest }, ...more];
}

/** Where the program's summary goes, `app.metafields.lojal.program` in Liquid, and what is there now. */
export async function programPlace(api: AdminApi) {
  const { currentAppInstallation } = await api.request(APP_INSTALLATION, {});
  return { ownerId: currentAppInstallation.id, digest: currentAppInstallation.metafield?.compareDigest ?? null };
}

/** The program's summary in its place, and beside it `lojal.live`, without which Shopify keeps newer blocks from a theme (`available_if`). */
export function programMetafield(
  { ownerId, digest }: { readonly ownerId: string; readonly digest: string | null },
  summary: string,
): MetafieldGroup {
  const at = { ownerId, namespace: "lojal" };
  return [
    { ...at, key: "program", type: "json", value: summary, compareDigest: digest },
    { ...at, key: "live", type: "boolean", value: "true" },
  ];
}

/** What a customer's metafields say at Shopify. */
export interface ShownMember {
  readonly digest: string | null;
  readonly points: number | null;
  readonly nextExpiry: string | null;
  readonly tier: string | null;
}

/** Reads what these customers' metafields say; whoever is not there any more is left out. */
export async function readPainted(api: AdminApi, customerIds: readonly string[]): Promise<Map<string, ShownMember>> {
  const shown = new Map<string, ShownMember>();
  for (let from = 0; from < customerIds.length; from += CUSTOMERS_PER_READING) {
    const customers = customerIds.slice(from, from + CUSTOMERS_PER_READING).map(gidOf);
    const { nodes } = await api.request(READ_PAINTED, { customers });
    for (const node of nodes) {
      if (node?.id === undefined) continue;
      shown.set(node.id.slice(CUSTOMER_GID.length), {
        digest: node.loyalty?.compareDigest ?? null,
        points: node.points ? Number(node.points.value) : null,
        nextExpiry: node.nextExpiry?.value ?? null,
        tier: node.tier?.value ?? null,
      });
    }
  }
  return shown;
}

const CUSTOMER_GID = "gid://shopify/Customer/";

function gidOf(customerId: string): string {
  return `${CUSTOMER_GID}${customerId}`;
}

/** Written, with the digest of its first metafield; another value is there than the one to be replaced; or Shopify takes none of it. */
export type SetOutcome =
  | { readonly kind: "set"; readonly digest: string | null }
  | { readonly kind: "stale" }
  | { readonly kind: "refused"; readonly code: string };

/** Groups as many to a call as Shopify takes. */
export function callsOf<Item extends { readonly group: MetafieldGroup }>(items: readonly Item[]): Item[][] {
  const calls: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const last = calls.at(-1);
    if (last && item.group.length <= room) last.push(item);
    else {
      calls.push([item]);
      room = METAFIELDS_PER_CALL;
    }
    room -= item.group.length;
  }
  return calls;
}

/**
 * Writes groups of at most 25 metafields together. Shopify takes all of a call or none: the groups in which it names a fault are left out,
 * and the rest is written without them. Throws AdminApiFailure, or an Error with Shopify's words when it names none.
 */
export async function setMetafields(api: AdminApi, groups: readonly MetafieldGroup[]): Promise<SetOutcome[]> {
  if (groups.length === 0) return [];
  const { metafieldsSet } = await api.request(SET_METAFIELDS, {
    metafields: groups.flat(),
  });
  const { metafields, userErrors } = payloadOf(metafieldsSet);
  const starts = startsOf(groups);
  if (userErrors.length === 0)
    return starts.map((start) => ({ kind: "set", digest: metafields?.[start]?.compareDigest ?? null }));
  const faults = groups.map((group, index) => {
    // A field is such as ["metafields", "3", "ownerId"].
    const start = starts[index] ?? 0;
    const own = userErrors.filter((error) => isWithin(Number(error.field?.[1] ?? Number.NaN), start, group.length));
    return outcomeOf(own);
  });
  if (faults.every((fault) => fault === null))
    throw new Error(`Shopify refused metafields: ${userErrors.map((error) => error.message).join("; ")}`);
  const others = await setMetafields(
    api,
    groups.filter((_, index) => faults[index] === null),
  );
  return faults.map((fault) => fault ?? others.shift() ?? { kind: "stale" });
}

/** Where each group begins among all metafields of the call. */
function startsOf(groups: readonly MetafieldGroup[]): number[] {
  let next = 0;
  return groups.map((group) => {
    const start = next;
    next += group.length;
    return start;
  });
}

function isWithin(index: number, start: number, length: number): boolean {
  return index >= start && index < start + length;
}

function outcomeOf(errors: readonly { readonly code: string | null }[]): SetOutcome | null {
  const codes = errors.map(({ code }) => code ?? "unknown");
  const refusal = codes.find((code) => !STALE.includes(code));
  if (refusal !== undefined) return { kind: "refused", code: refusal };
  return codes.length > 0 ? { kind: "stale" } : null;
}

/** Another value is there; or none is, where one was to be replaced. */
const STALE = ["STALE_OBJECT", "INVALID_COMPARE_DIGEST"];
