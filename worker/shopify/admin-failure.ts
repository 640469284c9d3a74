/**
 * What may become of a call to Shopify's Admin API other than its answer, sorted as exactly as Shopify tells it. Shopify's words are not repeated:
 * they may hold what was asked.
 */
import { GraphqlQueryError, HttpResponseError } from "@shopify/shopify-api";
import { type CallCost, readCost } from "./call-cost.ts";

export type FailureKind =
  /** Every try was throttled, or it would have been. */
  | "throttled"
  | "token-refused"
  /** The shop is frozen until its bill is paid. */
  | "unpaid"
  /** The shop is closed to this app: marked as fraudulent, or its token is of a kind that is taken no more. */
  | "forbidden"
  | "locked"
  | "inactive"
  /** A scope is missing for a field, or the whole operation; what there was of an answer is not used. */
  | "access-denied"
  /** No bucket could pay for it. */
  | "too-costly"
  /** Not understood, or not taken. */
  | "refused"
  /** Something went wrong at Shopify. */
  | "internal"
  /** No answer: not in time, or the connection broke. */
  | "lost"
  /** An answer that is none, or of another shape than the schema's. */
  | "unreadable";

/** "none" only where it surely had none. A query has none, whatever becomes of it. */
export type Effect = "none" | "unknown";

/** Whoever is told so of one call is told so of the next: the shop is left alone for a while. */
const RESTING: ReadonlySet<FailureKind> = new Set(["unpaid", "forbidden", "locked", "inactive"]);
/** Days may pass until a frozen shop pays; a hundred tries in the queue are two of them, and the sweep finds what is missing later. */
const REST_SECONDS = 1_800;

/** The call failed: why, and whether it may have had its effect all the same. */
export class AdminApiFailure extends Error {
  override readonly name = "AdminApiFailure";
  readonly effect: Effect;
  /** Where Shopify answered this very call with an HTTP error. */
  readonly httpStatus: number | null;
  readonly kind: FailureKind;
  /** How long it is of no use to ask again; 0 when nobody knows. */
  readonly delaySeconds: number;

  constructor(
    effect: Effect,
    message: string,
    httpStatus: number | null = null,
    kind: FailureKind = effect === "unknown" ? "lost" : kindOfStatus(httpStatus),
    waitMs = 0,
  ) {
    super(message);
    this.effect = effect;
    this.httpStatus = httpStatus;
    this.kind = kind;
    this.delaySeconds = RESTING.has(kind) ? REST_SECONDS : Math.ceil(waitMs / 1000);
  }

  /** Whether it is the shop that is closed, and not this call that failed. */
  get isShopClosed(): boolean {
    return RESTING.has(this.kind);
  }
}

/** A mutation's payload. Without one there is no telling what became of it. */
export function payloadOf<Payload>(payload: Payload | null): Payload {
  if (payload === null)
    throw new AdminApiFailure("unknown", "Shopify answered without the mutation's payload.", null, "unreadable");
  return payload;
}

/** A call that failed, with what Shopify told beside it. */
export interface FailedCall {
  readonly failure: AdminApiFailure;
  readonly requestId: string | null;
  readonly cost: CallCost | null;
  /** How long Shopify asks to wait; null when it does not say. */
  readonly retryAfterMs: number | null;
}

/** Sorts what the official client threw. */
export function sortFailure(fault: unknown, isMutation: boolean): FailedCall {
  const unlessQuery: Effect = isMutation ? "unknown" : "none";
  if (fault instanceof GraphqlQueryError) {
    const { data, extensions, errors } = bodyOf(fault.body);
    const { kind, effect } = sortErrors(errors, data, unlessQuery);
    const failure = new AdminApiFailure(effect, `Shopify answered with errors: ${kind}.`, null, kind);
    return {
      failure,
      requestId: headerOf(fault.headers, "X-Request-Id"),
      cost: readCost(extensions),
      retryAfterMs: null,
    };
  }
  if (fault instanceof HttpResponseError) {
    const { code, headers } = fault.response;
    const kind = kindOfStatus(code);
    const effect = ANSWERED_AT_THE_DOOR.has(code) ? "none" : unlessQuery;
    const failure = new AdminApiFailure(effect, `Shopify answered HTTP ${code}: ${kind}.`, code, kind);
    const seconds = Number(headerOf(headers, "Retry-After") ?? Number.NaN);
    return {
      failure,
      requestId: headerOf(headers, "X-Request-Id"),
      cost: null,
      retryAfterMs: seconds >= 0 ? seconds * 1000 : null,
    };
  }
  const failure = new AdminApiFailure(unlessQuery, "Shopify's answer was lost.", null, "lost");
  return { failure, requestId: null, cost: null, retryAfterMs: null };
}

/** Answers with these were given before the operation was looked at. Of any other, a mutation may have had its effect. */
const ANSWERED_AT_THE_DOOR: ReadonlySet<number> = new Set([
  400, 401, 402, 403, 404, 405, 406, 413, 414, 415, 422, 423, 426, 429, 430,
]);

function kindOfStatus(status: number | null): FailureKind {
  if (status === 401) return "token-refused";
  if (status === 402) return "unpaid";
  if (status === 403) return "forbidden";
  if (status === 423) return "locked";
  if (status === 429) return "throttled";
  if (status === null || (status >= 400 && status < 500)) return "refused";
  // The official client throws this for a 200 whose body is no answer.
  return status < 400 ? "unreadable" : "internal";
}

interface GraphqlError {
  readonly code: string | null;
  /** How deep in the answer: 1 is the operation's own field. 0 when it is not said. */
  readonly depth: number;
}

const KINDS: ReadonlyMap<string | null, FailureKind> = new Map<string, FailureKind>([
  ["THROTTLED", "throttled"],
  ["SHOP_INACTIVE", "inactive"],
  ["MAX_COST_EXCEEDED", "too-costly"],
  ["ACCESS_DENIED", "access-denied"],
  ["INTERNAL_SERVER_ERROR", "internal"],
]);

/** Said before anything is carried out. */
const BEFORE_ANY_EFFECT: ReadonlySet<string | null> = new Set([
  "THROTTLED",
  "SHOP_INACTIVE",
  "MAX_COST_EXCEEDED",
  "INVALID_VARIABLE",
  "argumentLiteralsIncompatible",
  "argumentNotAccepted",
  "missingRequiredArguments",
  "missingRequiredInputObjectAttribute",
  "selectionMismatch",
  "undefinedField",
  "undefinedType",
  "variableMismatch",
]);

/** One error that nobody foresaw outweighs those that surely had no effect. */
function sortErrors(errors: readonly GraphqlError[], data: unknown, unlessQuery: Effect) {
  const first = [...KINDS].find(([code]) => errors.some((error) => error.code === code));
  const hadNone = ({ code, depth }: GraphqlError) =>
    (data === undefined && BEFORE_ANY_EFFECT.has(code)) ||
    // An operation's own field that is refused was not carried out; one within its answer was asked for too late.
    (code === "ACCESS_DENIED" && depth === 1 && isEmpty(data));
  const effect: Effect = errors.length > 0 && errors.every(hadNone) ? "none" : unlessQuery;
  return { kind: first?.[1] ?? "refused", effect } as const;
}

function isEmpty(data: unknown): boolean {
  return data === undefined || data === null || Object.values(data).every((value) => value === null);
}

function bodyOf(body: unknown) {
  const { data, extensions, errors } = (body ?? {}) as { data?: unknown; extensions?: unknown; errors?: unknown };
  const listed = (errors as { graphQLErrors?: unknown } | undefined)?.graphQLErrors;
  return { data, extensions, errors: Array.isArray(listed) ? listed.map(errorOf) : [] };
}

function errorOf(error: unknown): GraphqlError {
  const { extensions, path } = (error ?? {}) as { extensions?: { code?: unknown }; path?: unknown };
  const code = extensions?.code;
  return { code: typeof code === "string" ? code : null, depth: Array.isArray(path) ? path.length : 0 };
}

/** One header of an answer, as the official client hands them over; null unless it is short and plain. */
export function headerOf(headers: unknown, name: string): string | null {
  const value = (headers as Record<string, unknown> | undefined)?.[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" && /^[\w.:-]{1,100}$/.test(first) ? first : null;
}
