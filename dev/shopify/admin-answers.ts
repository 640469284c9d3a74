/** How the Admin API writes its answers down. */
import type { ThrottleStatus } from "./admin-cost.ts";
import { apiVersion } from "./schema.ts";

/** The answer to an operation: HTTP 200 whatever became of it. */
export function answer(body: object): Response {
  return json(200, body);
}

/** The answer of the front door: the operation was not looked at. */
export function plain(status: number, errors: unknown): Response {
  return json(status, { errors });
}

/** A body that is not what it should be, as text. */
export function raw(body: string, contentType: string): Response {
  return new Response(body, { status: 200, headers: { ...headers(), "content-type": contentType } });
}

function json(status: number, body: object): Response {
  const patience = status === 429 ? { "retry-after": "1.0" } : {};
  return Response.json(body, { status, headers: { ...headers(), ...patience } });
}

function headers() {
  return { "x-shopify-api-version": apiVersion, "x-request-id": crypto.randomUUID() };
}

/** What an operation cost, and how much is left. */
export function cost(requestedQueryCost: number, actualQueryCost: number | null, throttleStatus: ThrottleStatus) {
  return { cost: { requestedQueryCost, actualQueryCost, throttleStatus } };
}
