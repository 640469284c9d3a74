/** Metafields in the Admin API: reading them on their owners, setting them. */

import { accessDenied } from "./admin-errors.ts";
import { type Args, listConnection } from "./connection.ts";
import { checkMetafield, type LocalMetafield, mostBytes, parsedValue } from "./metafield-book.ts";
import { isGranted } from "./play-access.ts";
import type { LocalShop } from "./shop-state.ts";

/** The two fields that every owner of metafields has. */
export function metafieldFields(shop: LocalShop, owner: string) {
  return {
    metafield: (args: Args) => {
      const { namespace, key } = args as { namespace?: string | null; key: string };
      const field = shop.metafields.find(owner, namespace, key);
      return field === undefined ? null : metafieldView(field);
    },
    metafields: (args: Args) => {
      const { namespace, keys } = args as { namespace?: string; keys?: string[] };
      const fields = shop.metafields.of(owner, namespace ?? undefined);
      const wanted = fields.filter((field) => !keys || keys.includes(field.key) || keys.includes(fullKey(field)));
      return listConnection(wanted.map(metafieldView), args);
    },
  };
}

function fullKey(field: LocalMetafield): string {
  return `${field.namespace}.${field.key}`;
}

function metafieldView(field: LocalMetafield) {
  return {
    __typename: "Metafield",
    id: field.gid,
    legacyResourceId: field.gid.split("/").at(-1),
    namespace: field.namespace,
    key: field.key,
    type: field.type,
    value: field.value,
    jsonValue: parsedValue(field),
    compareDigest: field.compareDigest,
    sizeInBytes: Buffer.byteLength(field.value),
    ownerType: ownerTypeOf(field.owner),
    createdAt: field.createdAt.toISOString(),
    updatedAt: field.updatedAt.toISOString(),
  };
}

interface SetInput {
  readonly ownerId: string;
  readonly namespace?: string | null;
  readonly key: string;
  readonly type?: string | null;
  readonly value: string;
  readonly compareDigest?: string | null;
}

interface SetError {
  readonly field: readonly string[] | null;
  readonly message: string;
  readonly code: string;
  readonly elementIndex: number | null;
}

const mostAtOnce = 25;
const ownerTypes: Record<string, string> = {
  Customer: "CUSTOMER",
  Order: "ORDER",
  Shop: "SHOP",
  Product: "PRODUCT",
  DiscountCodeNode: "DISCOUNT",
  AppInstallation: "API_PERMISSION",
};
/** Setting a metafield needs the access that changing its owner needs; the app's own installation needs none. */
const ownerScopes: Record<string, string> = {
  CUSTOMER: "write_customers",
  ORDER: "write_orders",
  PRODUCT: "write_products",
  DISCOUNT: "write_discounts",
};

function ownerTypeOf(owner: string): string | undefined {
  return ownerTypes[/^gid:\/\/shopify\/(\w+)\/\d+$/.exec(owner)?.[1] ?? ""];
}

/** `metafieldsSet`: at most 25, all or none, each against its digest where one is given. */
export function metafieldsSet(shop: LocalShop, args: Args) {
  const { metafields: inputs } = args as { metafields: readonly SetInput[] };
  if (inputs.length > mostAtOnce) {
    const message = `Exceeded the maximum metafields input limit of ${mostAtOnce}.`;
    const error = { field: ["metafields"], message, code: "LESS_THAN_OR_EQUAL_TO", elementIndex: null };
    return { metafields: null, userErrors: [error] };
  }
  for (const input of inputs) demandOwnerScope(shop, "metafieldsSet", ownerTypeOf(input.ownerId));
  const errors = inputs.flatMap((input, index) => setError(shop, input, index) ?? []);
  if (errors.length > 0) return { metafields: [], userErrors: errors };
  const fields = inputs.map((input) => {
    const customer = /^gid:\/\/shopify\/Customer\/(\d+)$/.exec(input.ownerId)?.[1];
    if (customer !== undefined) shop.adoptCustomer(customer);
    const { ownerId: owner, key, value } = input;
    const namespace = shop.metafields.resolve(input.namespace);
    return shop.metafields.set({ owner, namespace, key, value, type: typeOf(shop, input) ?? "" });
  });
  return { metafields: fields.map(metafieldView), userErrors: [] };
}

/** Throws as Shopify does where the app may not change what owns the metafields. */
export function demandOwnerScope(shop: LocalShop, field: string, ownerType: string | undefined): void {
  const scope = ownerScopes[ownerType ?? ""];
  if (scope !== undefined && !isGranted(shop.scopes, scope))
    throw accessDenied(field, `\`${scope}\` access scope, as for changing the owner of the metafield.`);
}

function typeOf(shop: LocalShop, input: SetInput): string | undefined {
  const defined = shop.metafields.definition(ownerTypeOf(input.ownerId) ?? "", input.namespace, input.key);
  const known = shop.metafields.find(input.ownerId, input.namespace, input.key);
  return input.type ?? defined?.type ?? known?.type;
}

function setError(shop: LocalShop, input: SetInput, index: number): SetError | undefined {
  const at = ["metafields", String(index)];
  const say: Say = (code, message, part) => ({
    field: part === undefined ? at : [...at, part],
    message,
    code,
    elementIndex: null,
  });
  if (!ownerExists(shop, input.ownerId)) return say("INVALID", "Owner does not exist.", "ownerId");
  const misnamed = nameError(shop, input, say);
  if (misnamed !== undefined) return misnamed;
  const type = typeOf(shop, input);
  if (type === undefined) return say("BLANK", "Type can't be blank", "type");
  const defined = shop.metafields.definition(ownerTypeOf(input.ownerId) ?? "", input.namespace, input.key);
  if (defined !== undefined && defined.type !== type)
    return say("INVALID_TYPE", `Type must be consistent with the definition's type: ${defined.type}`, "type");
  if (input.value === "") return say("BLANK", "Value can't be blank.", "value");
  const checked = checkMetafield(type, input.value);
  if (checked === "unknown-type") return say("INCLUSION", `Type '${type}' is not included in the list`, "type");
  if (checked === "bad-value") return say("INVALID_VALUE", `Value is not a valid ${type}.`, "value");
  const most = mostBytes(type);
  if (Buffer.byteLength(input.value) > most)
    return say("TOO_LONG", `Value is too long (maximum is ${most} bytes).`, "value");
  return digestError(shop, input, say);
}

type Say = (code: string, message: string, part?: string) => SetError;

function nameError(shop: LocalShop, { namespace, key }: SetInput, say: Say): SetError | undefined {
  const full = shop.metafields.resolve(namespace);
  if (full.length < 3) return say("TOO_SHORT", "Namespace is too short (minimum is 3 characters)", "namespace");
  if (full.length > 255) return say("TOO_LONG", "Namespace is too long (maximum is 255 characters)", "namespace");
  if (!shop.metafields.mayWrite(full))
    return say("APP_NOT_AUTHORIZED", "Access to this namespace and key on Metafields is not allowed.", "namespace");
  if (key.length < 2) return say("TOO_SHORT", "Key is too short (minimum is 2 characters)", "key");
  if (key.length > 64) return say("TOO_LONG", "Key is too long (maximum is 64 characters)", "key");
  for (const [part, text] of [
    ["namespace", full],
    ["key", key],
  ] as const)
    if (!/^[A-Za-z0-9_-]+$/.test(text)) return say("INVALID", `${part} contains one or more invalid characters.`, part);
  return undefined;
}

function digestError(shop: LocalShop, input: SetInput, say: Say): SetError | undefined {
  if (input.compareDigest === undefined) return undefined;
  const known = shop.metafields.find(input.ownerId, input.namespace, input.key);
  if (known === undefined && input.compareDigest !== null)
    return say("INVALID_COMPARE_DIGEST", "Invalid `compareDigest` value.");
  if (known === undefined || known.compareDigest === input.compareDigest) return undefined;
  const message = "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.";
  return say("STALE_OBJECT", message);
}

function ownerExists(shop: LocalShop, owner: string): boolean {
  const type = ownerTypeOf(owner);
  if (type === "CUSTOMER") return !shop.deletedCustomers.has(owner.split("/").at(-1) ?? "");
  if (type === "ORDER") return shop.order(owner) !== undefined;
  if (type === "SHOP") return owner === shop.gid;
  if (type === "API_PERMISSION") return owner === shop.installationGid;
  if (type === "PRODUCT") return shop.products.some((product) => owner.endsWith(`/${product.id}`));
  return type === "DISCOUNT" && shop.discounts.find(owner) !== undefined;
}
