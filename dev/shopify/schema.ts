/** Shopify's own Admin schema and the access scopes of its fields, read once from the file beside this one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { buildClientSchema, GraphQLError, type GraphQLSchema, type IntrospectionQuery, isScalarType } from "graphql";

/** The only version that the local Shopify speaks, as the app pins one. */
export const apiVersion = "2026-10";

export interface ScopeRow {
  readonly anyOf: readonly string[];
  /** Shopify's prose, which it repeats in its error message. */
  readonly requiredAccess: string;
}

export interface AdminSchema {
  readonly schema: GraphQLSchema;
  /** Keyed by `Type` and by `Type.field`; only rows that demand a scope. */
  readonly scopes: ReadonlyMap<string, ScopeRow>;
}

interface SchemaFile {
  readonly data: IntrospectionQuery;
  readonly offline_scopes: {
    readonly items: readonly {
      readonly typeName: string;
      readonly fieldName?: string;
      readonly requiredAccess: string;
      readonly offlineScopes: readonly string[];
    }[];
  };
}

let loaded: AdminSchema | undefined;

/** The Admin schema; the first call takes a third of a second, the others nothing. */
export function adminSchema(): AdminSchema {
  loaded ??= load();
  return loaded;
}

function load(): AdminSchema {
  const zipped = readFileSync(join(import.meta.dirname, "schema", `admin_${apiVersion}.json.gz`));
  const file = JSON.parse(gunzipSync(zipped).toString("utf8")) as SchemaFile;
  const schema = buildClientSchema(file.data, { assumeValid: true });
  checkScalars(schema);
  const scopes = new Map<string, ScopeRow>();
  for (const item of file.offline_scopes.items) {
    if (item.offlineScopes.length === 0) continue;
    const name = item.fieldName === undefined ? item.typeName : `${item.typeName}.${item.fieldName}`;
    scopes.set(name, { anyOf: item.offlineScopes, requiredAccess: item.requiredAccess });
  }
  return { schema, scopes };
}

const scalarPatterns: Record<string, RegExp> = {
  DateTime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/,
  Decimal: /^-?\d+(\.\d+)?$/,
  UnsignedInt64: /^\d+$/,
};

/** An introspection result knows only the names of scalars; without this any text would pass for a date. */
function checkScalars(schema: GraphQLSchema): void {
  for (const [name, pattern] of Object.entries(scalarPatterns)) {
    const scalar = schema.getType(name);
    if (!isScalarType(scalar)) continue;
    const coerce = (value: unknown): unknown => {
      if ((typeof value === "string" || typeof value === "number") && pattern.test(String(value))) return String(value);
      throw new GraphQLError(`invalid ${name} ${JSON.stringify(value)}`);
    };
    scalar.coerceInputValue = coerce;
    scalar.parseValue = coerce;
    scalar.coerceInputLiteral = (node) => coerce("value" in node ? node.value : undefined);
  }
}
