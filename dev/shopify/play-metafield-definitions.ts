/** Definitions of metafields in the Admin API: made once, changed in what may change. */
import { badRequest, notPlayed } from "./admin-errors.ts";
import type { Args } from "./connection.ts";
import { checkMetafield, type MetafieldDefinition } from "./metafield-book.ts";
import { demandOwnerScope } from "./play-metafields.ts";
import type { LocalShop } from "./shop-state.ts";

/** Per app and owner type. */
const mostDefinitions = 256;
/** What analytics can filter and group by. */
const queryable = {
  owners: ["PRODUCT", "PRODUCTVARIANT", "ORDER", "CUSTOMER"],
  types: ["single_line_text_field", "number_integer", "number_decimal", "boolean", "date", "date_time"],
};

interface DefinitionInput {
  readonly name?: string | null;
  readonly namespace?: string | null;
  readonly key: string;
  readonly type: string;
  readonly ownerType: string;
  readonly description?: string | null;
  readonly validations?: readonly unknown[] | null;
  readonly access?: { readonly admin?: string | null; readonly storefront?: string | null } | null;
  readonly capabilities?: Readonly<Record<string, { readonly enabled: boolean } | null | undefined>> | null;
}

interface DefinitionError {
  readonly field: readonly string[];
  readonly message: string;
  readonly code: string;
  readonly elementKey: null;
  readonly elementIndex: null;
}

/** `metafieldDefinitionCreate`, without validations; pinning is taken and has no effect. */
export function metafieldDefinitionCreate(shop: LocalShop, args: Args) {
  const { definition: input } = args as { definition: DefinitionInput };
  demandOwnerScope(shop, "metafieldDefinitionCreate", input.ownerType);
  const error = creationError(shop, input) ?? settingError(shop, input, input.type);
  if (error !== undefined) return { createdDefinition: null, userErrors: [error] };
  const { ownerType, key, name, type, description } = input;
  const created = shop.metafields.define({
    ...{ ownerType, namespace: shop.metafields.resolve(input.namespace), key, name: name ?? "", type },
    description: description ?? null,
    storefrontAccess: input.access?.storefront ?? "NONE",
    isAnalyticsQueryable: input.capabilities?.["analyticsQueryable"]?.enabled ?? false,
  });
  return { createdDefinition: definitionView(created), userErrors: [] };
}

/** `metafieldDefinitionUpdate`: name, description, access and capabilities; the type stays. */
export function metafieldDefinitionUpdate(shop: LocalShop, args: Args) {
  const { definition: input } = args as { definition: Omit<DefinitionInput, "type"> };
  demandOwnerScope(shop, "metafieldDefinitionUpdate", input.ownerType);
  const none = { updatedDefinition: null, validationJob: null };
  const known = shop.metafields.definition(input.ownerType, input.namespace, input.key);
  if (known === undefined)
    return { ...none, userErrors: [refusal("NOT_FOUND", "The metafield definition could not be found.", "key")] };
  const error = settingError(shop, input, known.type);
  if (error !== undefined) return { ...none, userErrors: [error] };
  const changed = {
    ...known,
    name: input.name ?? known.name,
    description: input.description ?? known.description,
    storefrontAccess: input.access?.storefront ?? known.storefrontAccess,
    isAnalyticsQueryable: input.capabilities?.["analyticsQueryable"]?.enabled ?? known.isAnalyticsQueryable,
  };
  shop.metafields.redefine(changed);
  return { updatedDefinition: definitionView(changed), validationJob: null, userErrors: [] };
}

function definitionView(definition: MetafieldDefinition) {
  const { gid, name, namespace, key, description, ownerType, type } = definition;
  return { id: gid, name, namespace, key, description, ownerType, type: { name: type } };
}

function refusal(code: string, message: string, part: string): DefinitionError {
  return { field: ["definition", part], message, code, elementKey: null, elementIndex: null };
}

function creationError(shop: LocalShop, input: DefinitionInput): DefinitionError | undefined {
  if ((input.name ?? "").trim() === "") return refusal("BLANK", "Name can't be blank", "name");
  if (checkMetafield(input.type, "") === "unknown-type")
    return refusal("INCLUSION", `Type name ${input.type} is not a valid type.`, "type");
  const namespace = shop.metafields.resolve(input.namespace);
  if (shop.metafields.definition(input.ownerType, namespace, input.key) !== undefined)
    return refusal(
      "TAKEN",
      `Key is in use for ${titled(input.ownerType)} metafields on the '${namespace}' namespace.`,
      "key",
    );
  if (!/^[A-Za-z0-9_-]{2,64}$/.test(input.key)) throw badRequest("Key contains one or more invalid characters.");
  if (!shop.metafields.mayWrite(namespace)) throw badRequest("The namespace is another app's.");
  if (shop.metafields.definitionsOf(input.ownerType) >= mostDefinitions)
    return refusal("RESOURCE_TYPE_LIMIT_EXCEEDED_BY_APP", "Too many definitions of this app.", "ownerType");
  return undefined;
}

/** What is wrong with what both creating and updating set. */
function settingError(
  shop: LocalShop,
  input: Omit<DefinitionInput, "type">,
  type: string,
): DefinitionError | undefined {
  if ((input.validations ?? []).length > 0) throw notPlayed("validations of a metafield definition");
  if (input.access?.admin && !shop.metafields.isOwn(shop.metafields.resolve(input.namespace)))
    return refusal(
      "ADMIN_ACCESS_INPUT_NOT_ALLOWED",
      "Admin access can only be specified for app-owned definitions.",
      "access",
    );
  for (const [capability, setting] of Object.entries(input.capabilities ?? {})) {
    if (capability !== "analyticsQueryable") throw notPlayed(`the capability ${capability}`);
    const isEligible = queryable.owners.includes(input.ownerType) && queryable.types.includes(type);
    if (setting?.enabled && !isEligible)
      return refusal("INVALID_CAPABILITY", `The capability is not available for ${type}.`, "capabilities");
  }
  return undefined;
}

function titled(ownerType: string): string {
  return ownerType.slice(0, 1) + ownerType.slice(1).toLowerCase();
}
