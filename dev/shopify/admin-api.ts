/**
 * The Admin GraphQL API of the local shops: `https://{shop}.myshopify.com/admin/api/2026-10/graphql.json` on Shopify's
 * own schema. Shopify answers 200 to nearly everything, THROTTLED and refused fields included; so does this.
 */
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { answer, cost, plain } from "./admin-answers.ts";
import { LeakyBucket, maximumQueryCost, requestedCost } from "./admin-cost.ts";
import { formatError, throttled, tooDear } from "./admin-errors.ts";
import { suffer } from "./admin-faults.ts";
import { play } from "./admin-play.ts";
import type { Faults } from "./faults.ts";
import { adminSchema, apiVersion } from "./schema.ts";
import type { LocalShop, LocalShopify } from "./shop-state.ts";

export interface AdminApiOptions {
  readonly faults: Faults;
  /** Waits out a timeout; handed in so that no test waits for real. */
  readonly wait: (ms: number) => Promise<void>;
}

export type AdminApi = (request: Request) => Promise<Response>;

interface Call {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly operationName: string | undefined;
}

/** The Admin API over the given shops. */
export function createAdminApi(shopify: LocalShopify, options: AdminApiOptions): AdminApi {
  const buckets = new Map<string, LeakyBucket>();
  const bucketOf = (shop: LocalShop) => {
    const bucket = buckets.get(shop.domain) ?? new LeakyBucket(shopify.clock, shop.plan);
    buckets.set(shop.domain, bucket);
    bucket.follow(shop.plan);
    return bucket;
  };
  return async (request) => {
    const door = enter(request, shopify);
    if (door instanceof Response) return door;
    const call = await readCall(request);
    if (call instanceof Response) return call;
    const prepared = preparedOf(call);
    const fault = options.faults.take(door.domain, "operation" in prepared ? rootFields(prepared.operation) : []);
    const bucket = bucketOf(door);
    const proceed = async () => {
      if ("errors" in prepared) return { errors: prepared.errors };
      return await pay(door, bucket, { ...call, ...prepared });
    };
    if (fault === undefined) return answer(await proceed());
    const operation = "operation" in prepared ? prepared.operation : undefined;
    const throttleStatus = () => bucket.status();
    return await suffer({ fault, operation, wait: options.wait, throttleStatus, proceed });
  };
}

/** Who is asking for what: the shop, or the answer to a call that does not get in. */
function enter(request: Request, shopify: LocalShopify): LocalShop | Response {
  const url = new URL(request.url);
  const version = /^\/admin\/api\/([^/]+)\/graphql\.json$/.exec(url.pathname)?.[1];
  const shop = shopify.shop(url.hostname);
  if (shop === undefined || version !== apiVersion) return plain(404, "Not Found");
  const token = request.headers.get("x-shopify-access-token") ?? "";
  const admission = shop.admits(token);
  if (admission === "permanent")
    return plain(403, "[API] Non-expiring access tokens are no longer accepted for the Admin API.");
  if (admission === "no")
    return plain(401, "[API] Invalid API key or access token (unrecognized login or wrong password)");
  if (request.method !== "POST") return plain(405, "Method Not Allowed");
  return shop;
}

async function readCall(request: Request): Promise<Call | Response> {
  if (!(request.headers.get("content-type") ?? "").startsWith("application/json"))
    return plain(415, "Unsupported Media Type");
  let body: unknown;
  try {
    body = await request.json();
  } catch {
    return plain(400, "Bad Request");
  }
  const { query, variables, operationName } = (body ?? {}) as Record<string, unknown>;
  if (typeof query !== "string" || query === "") return plain(400, { query: "Required parameter missing or invalid" });
  return {
    query,
    variables: typeof variables === "object" && variables !== null ? (variables as Record<string, unknown>) : {},
    operationName: typeof operationName === "string" ? operationName : undefined,
  };
}

type Prepared =
  | { readonly errors: readonly GraphQLFormattedError[] }
  | { readonly document: DocumentNode; readonly operation: OperationDefinitionNode };

/** The worker asks a handful of operations, many times: each is read and held to the schema once. */
const known = new Map<string, Prepared>();
const MOST_KNOWN = 200;

function preparedOf(call: Call): Prepared {
  const key = `${call.operationName ?? ""}\n${call.query}`;
  const prepared = known.get(key) ?? prepare(call);
  if (known.size < MOST_KNOWN) known.set(key, prepared);
  return prepared;
}

function prepare(call: Call): Prepared {
  let document: DocumentNode;
  try {
    document = parse(call.query);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return { errors: [formatError(error)] };
  }
  const faults = validate(adminSchema().schema, document, specifiedRules);
  if (faults.length > 0) return { errors: faults.map(formatError) };
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const named = operations.filter(({ name }) => call.operationName === undefined || name?.value === call.operationName);
  const [operation] = named;
  if (operation === undefined || named.length > 1)
    return {
      errors: [
        {
          message:
            call.operationName === undefined
              ? "An operation name is required"
              : `No operation named "${call.operationName}"`,
        },
      ],
    };
  return { document, operation };
}

function rootFields(operation: OperationDefinitionNode): string[] {
  return operation.selectionSet.selections.flatMap((node) => (node.kind === Kind.FIELD ? [node.name.value] : []));
}

type Payable = Call & { readonly document: DocumentNode; readonly operation: OperationDefinitionNode };

/** Takes the points, plays the operation, and gives back the points it did not use. */
async function pay(shop: LocalShop, bucket: LeakyBucket, payable: Payable): Promise<object> {
  const admin = adminSchema();
  const requested = requestedCost(admin.schema, payable.document, payable.operation, payable.variables);
  if (requested > maximumQueryCost) return { errors: [tooDear(requested, maximumQueryCost)] };
  if (!bucket.take(requested)) return { errors: [throttled], extensions: cost(requested, null, bucket.status()) };
  const { result, actualCost } = await play(admin, shop, payable);
  const actual = Math.min(actualCost, requested);
  bucket.giveBack(requested - actual);
  const errors = result.errors?.map(formatError);
  return {
    ...(result.data === undefined ? {} : { data: result.data }),
    ...(errors === undefined ? {} : { errors }),
    extensions: cost(requested, actual, bucket.status()),
  };
}
