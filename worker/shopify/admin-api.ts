/**
 * Shopify's Admin GraphQL API for one shop, over the official client. Adds what that client does not do: calls keep the pace of the shop's bucket,
 * THROTTLED answers (an HTTP 200) are waited out, and every failure is sorted, also into "it had no effect" or "nobody knows".
 */
import { Session, type shopifyApi } from "@shopify/shopify-api";
import { AdminApiFailure, type FailedCall, type FailureKind, headerOf, sortFailure } from "./admin-failure.ts";
import { readCost } from "./call-cost.ts";
import { type AppCredentials, libraryWith } from "./library.ts";
import { SHAPES } from "./operation-shapes.ts";
import type { Operations } from "./operations.ts";
import { jitterMs, type Pace, type Urgency } from "./pace.ts";
import { misfit } from "./shape.ts";

/**
 * How long a call may take, its waits and further tries included, and one try of it. A shopper is waiting, and Shopify gives its proxy about ten
 * seconds.
 */
const LIMITS: Readonly<Record<Urgency, { readonly callMs: number; readonly tryMs: number }>> = {
  shopper: { callMs: 5_000, tryMs: 5_000 },
  background: { callMs: 30_000, tryMs: 15_000 },
};
/** It is no use to ask for less. */
const SHORTEST_TRY_MS = 500;
const THROTTLE_TRIES = 4;
const THROTTLE_WAIT_MS = 250;
/** Only a query is repeated after it failed at Shopify: it has no effect to have twice. */
const QUERY_TRIES = 2;
const QUERY_WAIT_MS = 300;

export interface AdminApi {
  /** Runs one operation. What it answers has the shape that Shopify's schema says. Throws AdminApiFailure. */
  request<Text extends keyof Operations>(
    operation: Text,
    variables: Operations[Text]["variables"],
  ): Promise<Operations[Text]["result"]>;
}

/** Where a shop's offline token comes from. */
export interface AccessGrant {
  /** A token that should work now. */
  token(): Promise<string>;
  /** Shopify refused this token: another one, or null where there is none. */
  renew(refused: string): Promise<string | null>;
}

/** What may be told of a try that failed or was throttled: never what was asked, nor Shopify's words. */
export interface FailedTry {
  readonly operation: string;
  readonly outcome: FailureKind;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly cost: number | null;
  readonly durationMs: number;
}

/** How a shop is asked. */
export interface Manner {
  readonly pace: Pace;
  readonly urgency: Urgency;
  tell(failed: FailedTry): void;
}

/** The Admin API of a shop. A refused token is renewed once. */
export function adminApi(credentials: AppCredentials, shop: string, access: AccessGrant, manner: Manner): AdminApi {
  const clientOf = clientsOf(credentials, shop);
  return {
    async request<Text extends keyof Operations>(operation: Text, variables: Operations[Text]["variables"]) {
      // Its time begins when there is a token: to have one may take a while, too.
      const ask = (accessToken: string) =>
        requestPatiently(clientOf(accessToken), callOf(operation, variables, manner), manner);
      const token = await access.token();
      try {
        return (await ask(token)) as Operations[Text]["result"];
      } catch (fault) {
        if (!(fault instanceof AdminApiFailure) || fault.kind !== "token-refused") throw fault;
        const renewed = await access.renew(token);
        if (renewed === null) throw fault;
        return (await ask(renewed)) as Operations[Text]["result"];
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

interface Call {
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operation: string;
  readonly isMutation: boolean;
  readonly urgency: Urgency;
  readonly endsAtMs: number;
}

function callOf(text: string, variables: Readonly<Record<string, unknown>>, { pace, urgency }: Manner): Call {
  const [, type, operation = "unnamed"] = /\b(query|mutation) (\w+)/.exec(text) ?? [];
  const endsAtMs = pace.clock.nowMs() + LIMITS[urgency].callMs;
  return { text, variables, operation, isMutation: type !== "query", urgency, endsAtMs };
}

/** Keeps the pace, and tries again where that can help and do no harm. Throws AdminApiFailure. */
async function requestPatiently(client: Client, call: Call, manner: Manner): Promise<unknown> {
  const { pace } = manner;
  for (let attempt = 1; ; attempt++) {
    const { resting } = pace;
    if (resting !== null && call.urgency === "background")
      throw new AdminApiFailure("none", "The shop is left alone for a while.", null, resting);
    const entry = await pace.enter(call);
    if (entry.kind === "later")
      throw new AdminApiFailure("none", "The shop's bucket is empty.", null, "throttled", entry.waitMs);
    const answer = await tryOnce(client, call, pace, entry.ticket);
    if ("data" in answer) {
      pace.wake();
      return answer.data;
    }
    const { failure, requestId, cost } = answer;
    const { operation } = call;
    const { kind: outcome, httpStatus: status } = failure;
    manner.tell({
      operation,
      outcome,
      status,
      requestId,
      cost: cost?.requested ?? null,
      durationMs: answer.durationMs,
    });
    if (failure.isShopClosed) pace.rest(outcome);
    const pauseMs = pauseBefore(attempt, answer, call);
    if (pauseMs === null || pace.clock.nowMs() + pauseMs + SHORTEST_TRY_MS > call.endsAtMs)
      throw outcome === "throttled"
        ? new AdminApiFailure(failure.effect, "Shopify throttled every try.", status, "throttled", pauseMs ?? 0)
        : failure;
    await pace.clock.wait(pauseMs);
  }
}

type Answer = { readonly data: unknown } | (FailedCall & { readonly durationMs: number });

async function tryOnce(client: Client, call: Call, pace: Pace, ticket: object): Promise<Answer> {
  const { text, variables, operation, isMutation, urgency, endsAtMs } = call;
  const startedMs = pace.clock.nowMs();
  const timeoutMs = Math.max(SHORTEST_TRY_MS, Math.min(LIMITS[urgency].tryMs, endsAtMs - startedMs));
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { data, extensions, headers } = await client.request(text, { variables, signal });
    pace.leave(ticket, operation, readCost(extensions));
    const place = misfit(SHAPES[operation] ?? "unknown", data);
    if (place === null) return { data };
    const failure = new AdminApiFailure(
      isMutation ? "unknown" : "none",
      `Shopify's answer is not what it should be at ${place}.`,
      null,
      "unreadable",
    );
    return {
      failure,
      requestId: headerOf(headers, "X-Request-Id"),
      cost: null,
      retryAfterMs: null,
      durationMs: pace.clock.nowMs() - startedMs,
    };
  } catch (fault) {
    // Cut off in the middle of an answer is no answer.
    const failed = sortFailure(signal.aborted ? null : fault, isMutation);
    pace.leave(ticket, operation, failed.cost);
    return { ...failed, durationMs: pace.clock.nowMs() - startedMs };
  }
}

/** How long to wait for the next try; null when there is to be none. */
function pauseBefore(attempt: number, { failure, cost, retryAfterMs }: FailedCall, call: Call): number | null {
  if (failure.kind === "throttled") {
    if (attempt >= THROTTLE_TRIES) return null;
    const missing = cost === null ? 0 : Math.max(0, cost.requested - cost.available) / cost.restoreRate;
    return Math.max(THROTTLE_WAIT_MS * attempt, missing * 1000, retryAfterMs ?? 0) + jitterMs();
  }
  const mayHelp = failure.kind === "lost" || failure.kind === "internal";
  if (!mayHelp || call.isMutation || attempt >= QUERY_TRIES) return null;
  return QUERY_WAIT_MS + jitterMs();
}
