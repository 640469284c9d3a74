/**
 * Shopify's Admin GraphQL API for one shop, over the official client. Adds what that client does not do: THROTTLED answers (an HTTP 200)
 * are waited out, and every failure is sorted into "it had no effect" or "nobody knows".
 */
import { GraphqlQueryError, HttpResponseError, Session, type shopifyApi } from "@shopify/shopify-api";
import { type AppCredentials, libraryWith } from "./library.ts";

/** A shopper is waiting, and Shopify gives its proxy about ten seconds. */
const TIMEOUT_MS = 5_000;
const THROTTLE_TRIES = 4;
const THROTTLE_WAIT_MS = 1_000;

/** The call failed and whether it had its effect is not known; or it surely had none. */
export class AdminApiFailure extends Error {
  readonly effect: "none" | "unknown";
  /** Where Shopify answered with an HTTP error. */
  readonly httpStatus: number | null;
  constructor(effect: "none" | "unknown", message: string, httpStatus: number | null = null) {
    super(message);
    this.name = "AdminApiFailure";
    this.effect = effect;
    this.httpStatus = httpStatus;
  }
}

export interface AdminApi {
  /** Runs one operation; the caller names the data's shape. Throws AdminApiFailure. */
  request<Data>(operation: string, variables: Record<string, unknown>): Promise<Data>;
}

/** Where a shop's offline token comes from. */
export interface AccessGrant {
  /** A token that should work now. */
  token(): Promise<string>;
  /** Shopify refused this token: another one, or null where there is none. */
  renew(refused: string): Promise<string | null>;
}

/** The Admin API of a shop. A refused token is renewed once. */
export function adminApi(credentials: AppCredentials, shop: string, access: AccessGrant): AdminApi {
  const clientOf = clientsOf(credentials, shop);
  return {
    async request<Data>(operation: string, variables: Record<string, unknown>): Promise<Data> {
      const token = await access.token();
      try {
        return await requestPatiently<Data>(clientOf(token), operation, variables);
      } catch (fault) {
        if (!(fault instanceof AdminApiFailure) || fault.httpStatus !== 401) throw fault;
        const renewed = await access.renew(token);
        if (renewed === null) throw fault;
        return await requestPatiently<Data>(clientOf(renewed), operation, variables);
      }
    },
  };
}

type Client = InstanceType<ReturnType<typeof shopifyApi>["clients"]["Graphql"]>;

function clientsOf(credentials: AppCredentials, shop: string): (accessToken: string) => Client {
  const shopify = libraryWith(credentials);
  return (accessToken) =>
    new shopify.clients.Graphql({
      session: new Session({ id: `offline_${shop}`, shop, state: "", isOnline: false, accessToken }),
    });
}

/** Waits out throttling. Throws AdminApiFailure. */
async function requestPatiently<Data>(
  client: Client,
  operation: string,
  variables: Record<string, unknown>,
): Promise<Data> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await client.request<Data>(operation, { variables, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.data === undefined || response.data === null)
        throw new AdminApiFailure("unknown", "Shopify answered without data.");
      return response.data as Data;
    } catch (fault) {
      const failure = failureOf(fault);
      if (failure !== "throttled") throw failure;
      if (attempt === THROTTLE_TRIES) throw new AdminApiFailure("none", "Shopify throttled every try.");
      await new Promise((resolve) => setTimeout(resolve, THROTTLE_WAIT_MS * attempt));
    }
  }
}

function failureOf(fault: unknown): AdminApiFailure | "throttled" {
  if (fault instanceof AdminApiFailure) return fault;
  if (fault instanceof GraphqlQueryError) {
    const errors = graphqlErrorsOf(fault);
    if (errors.some((error) => error.extensions?.code === "THROTTLED")) return "throttled";
    return new AdminApiFailure(
      "none",
      `Shopify refused the operation: ${errors.map((error) => error.message).join("; ")}`,
    );
  }
  if (fault instanceof HttpResponseError) {
    const { code } = fault.response;
    if (code === 429) return "throttled";
    return new AdminApiFailure(code >= 500 ? "unknown" : "none", `Shopify answered HTTP ${code}.`, code);
  }
  return new AdminApiFailure("unknown", "Shopify's answer was lost.");
}

interface GraphqlFault {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

function graphqlErrorsOf(fault: GraphqlQueryError): readonly GraphqlFault[] {
  const body = fault.body as { errors?: { graphQLErrors?: readonly GraphqlFault[] } } | undefined;
  return body?.errors?.graphQLErrors ?? [];
}
