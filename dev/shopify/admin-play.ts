/** Runs one Admin operation against a local shop: access, resolution, and the honest no for what is not played. */
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLFieldResolver,
  getNamedType,
  isCompositeType,
  type OperationDefinitionNode,
} from "graphql";
import { accessDenied, notPlayed } from "./admin-errors.ts";
import type { Args } from "./connection.ts";
import { missingAccess } from "./play-access.ts";
import { customerQueries, customerView, tagsAdd, tagsRemove } from "./play-customers.ts";
import { codeNode, discountMutations, discountQueries } from "./play-discounts.ts";
import { metafieldDefinitionCreate, metafieldDefinitionUpdate } from "./play-metafield-definitions.ts";
import { metafieldFields, metafieldsSet } from "./play-metafields.ts";
import { moneyMutations, moneyQueries } from "./play-money.ts";
import { orderQueries, orderView } from "./play-orders.ts";
import { productQueries } from "./play-products.ts";
import type { AdminSchema } from "./schema.ts";
import type { LocalShop } from "./shop-state.ts";

export interface Operation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface PlayContext {
  readonly shop: LocalShop;
  readonly scopes: AdminSchema["scopes"];
  /** Objects that were really returned: the actual cost. */
  objects: number;
}

/** Executes a valid operation; the actual cost counts the objects in the answer, or 10 for each mutation. */
export async function play(
  admin: AdminSchema,
  shop: LocalShop,
  { document, operation, variables }: Operation,
): Promise<{ result: ExecutionResult; actualCost: number }> {
  const context: PlayContext = { shop, scopes: admin.scopes, objects: 0 };
  const isMutation = operation.operation === "mutation";
  const result = await execute({
    schema: admin.schema,
    document,
    operationName: operation.name?.value ?? null,
    variableValues: variables,
    rootValue: isMutation ? mutations(shop) : queries(shop),
    contextValue: context,
    fieldResolver: resolveField,
    typeResolver: (value) => (value as { __typename: string }).__typename,
  });
  const actualCost = isMutation ? 10 * operation.selectionSet.selections.length : context.objects;
  return { result, actualCost };
}

const resolveField: GraphQLFieldResolver<unknown, PlayContext> = (source, args, context, info) => {
  const field = `${info.parentType.name}.${info.fieldName}`;
  const returned = getNamedType(info.returnType);
  const missing = missingAccess(context.scopes, context.shop.scopes, [field, returned.name]);
  if (missing !== undefined) throw accessDenied(info.fieldName, missing.requiredAccess);
  const holder = source as Record<string, unknown>;
  if (!Object.hasOwn(holder, info.fieldName)) throw notPlayed(field);
  const value = holder[info.fieldName];
  const result: unknown = typeof value === "function" ? (value as (args: Args) => unknown)(args) : value;
  if (isCompositeType(returned) && result !== null) context.objects += Array.isArray(result) ? result.length : 1;
  return result;
};

function mutations(shop: LocalShop) {
  return {
    ...discountMutations(shop),
    ...moneyMutations(shop),
    metafieldsSet: (args: Args) => metafieldsSet(shop, args),
    metafieldDefinitionCreate: (args: Args) => metafieldDefinitionCreate(shop, args),
    metafieldDefinitionUpdate: (args: Args) => metafieldDefinitionUpdate(shop, args),
    tagsAdd: (args: Args) => tagsAdd(shop, args),
    tagsRemove: (args: Args) => tagsRemove(shop, args),
  };
}

function queries(shop: LocalShop) {
  return {
    ...discountQueries(shop),
    ...customerQueries(shop),
    ...moneyQueries(shop),
    ...orderQueries(shop),
    ...productQueries(shop),
    shop: () => shopView(shop),
    currentAppInstallation: () => installationView(shop),
    node: (args: Args) => nodeView(shop, String(args["id"])),
    nodes: (args: Args) => (args["ids"] as string[]).map((id) => nodeView(shop, id)),
  };
}

function shopView(shop: LocalShop) {
  return {
    __typename: "Shop",
    id: shop.gid,
    name: shop.name,
    currencyCode: shop.currency,
    myshopifyDomain: shop.domain,
    url: `https://${shop.domain}`,
    ianaTimezone: shop.timezone,
    primaryDomain: {
      __typename: "Domain",
      localization: { __typename: "DomainLocalization", defaultLocale: shop.locale },
    },
    taxesIncluded: shop.taxesIncluded,
    currencyFormats: { moneyFormat: shop.moneyFormat },
    ...metafieldFields(shop, shop.gid),
  };
}

function installationView(shop: LocalShop) {
  return {
    __typename: "AppInstallation",
    id: shop.installationGid,
    accessScopes: [...shop.scopes].map((handle) => ({ handle })),
    ...metafieldFields(shop, shop.installationGid),
  };
}

function nodeView(shop: LocalShop, gid: string): unknown {
  const [, type = "", id = ""] = /^gid:\/\/shopify\/(\w+)\/(\d+)$/.exec(gid) ?? [];
  if (gid === shop.gid) return shopView(shop);
  if (gid === shop.installationGid) return installationView(shop);
  if (type === "Customer") {
    const customer = shop.customers.get(id);
    return customer === undefined ? null : customerView(shop, customer);
  }
  if (type === "Order") {
    const order = shop.order(gid);
    return order === undefined ? null : orderView(shop, order);
  }
  if (type === "DiscountCodeNode") {
    const discount = shop.discounts.find(gid);
    return discount === undefined ? null : codeNode(shop, discount);
  }
  throw notPlayed(`node of type ${type}`);
}
