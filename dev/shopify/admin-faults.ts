/** What a call suffers when a fault was ordered for it. */
import { Kind, type OperationDefinitionNode, OperationTypeNode, type SelectionSetNode } from "graphql";
import { answer, cost, plain, raw } from "./admin-answers.ts";
import type { ThrottleStatus } from "./admin-cost.ts";
import { throttled } from "./admin-errors.ts";
import { DropConnection } from "./drop-connection.ts";
import type { FaultName } from "./faults.ts";

/** How long a call that times out keeps its caller waiting. */
const TIMEOUT_MS = 30_000;
/** How long a slow answer takes. */
export const SLOW_MS = 3_000;
/** How long after its caller was cut off a late call has its effect. */
export const LATE_MS = 8_000;

export interface Sufferer {
  readonly fault: FaultName;
  /** Undefined when the call could not be read as one. */
  readonly operation: OperationDefinitionNode | undefined;
  wait(ms: number): Promise<void>;
  throttleStatus(): ThrottleStatus;
  /** Carries the call out; the answer's body. */
  proceed(): Promise<object>;
}

const front: Partial<Record<FaultName, readonly [status: number, errors: string]>> = {
  "401": [401, "[API] Invalid API key or access token (unrecognized login or wrong password)"],
  "402": [402, "This shop is unavailable"],
  "403": [403, "[API] This shop is unavailable to this app"],
  "423": [423, "[API] This shop is locked"],
  "429": [429, "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."],
  "500": [500, "Internal Server Error"],
  "502": [502, "Bad Gateway"],
  "503": [503, "Service Unavailable"],
};

/** The answer of a call that suffers; throws DropConnection where there is none. */
export async function suffer(sufferer: Sufferer): Promise<Response> {
  const { fault, proceed, wait } = sufferer;
  const status = front[fault];
  if (status !== undefined) return plain(...status);
  if (fault === "slow") {
    const body = await proceed();
    await wait(SLOW_MS);
    return answer(body);
  }
  const refused = refusedBody(sufferer);
  if (refused !== undefined) return answer(refused);
  const spoiled = spoil(fault);
  if (spoiled !== undefined) return spoiled(await proceed());
  if (fault === "late") void wait(LATE_MS).then(proceed);
  else if (fault !== "timeout-before") await proceed();
  if (fault.startsWith("timeout")) await wait(TIMEOUT_MS);
  throw new DropConnection(`The local Shopify dropped the connection, as ordered: ${fault}`);
}

/** HTTP 200 and no effect; undefined for any other fault. */
function refusedBody({ fault, operation, throttleStatus }: Sufferer): object | undefined {
  const own = { message: "Internal error. Looks like something went wrong on our end.", extensions: INTERNAL };
  if (fault === "throttle") return { errors: [throttled], extensions: cost(10, null, throttleStatus()) };
  if (fault === "graphql-error") return { errors: [own] };
  if (fault !== "user-errors" && fault !== "refuse") return undefined;
  // Only what changes something answers with user errors.
  if (operation?.operation !== OperationTypeNode.MUTATION) return { errors: [own] };
  const error =
    fault === "refuse"
      ? { field: [], code: "INVALID", message: "The discount is invalid", extraInfo: null }
      : { field: [], code: "INTERNAL_ERROR", message: "Unexpected internal error happened", extraInfo: null };
  const payloads = fieldsOf(operation.selectionSet).map(({ key, selected }) => [key, emptyPayload(selected, error)]);
  return { data: Object.fromEntries(payloads), extensions: cost(10, 10, throttleStatus()) };
}

const INTERNAL = { code: "INTERNAL_SERVER_ERROR" };

function emptyPayload(selected: SelectionSetNode | undefined, error: Readonly<Record<string, unknown>>) {
  const fields = selected ? fieldsOf(selected) : [];
  const entries = fields.map(({ key, name, selected: inner }) => {
    const asked = inner ? fieldsOf(inner).map((field) => [field.key, error[field.name] ?? null]) : [];
    return [key, name === "userErrors" ? [Object.fromEntries(asked)] : null];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function fieldsOf(set: SelectionSetNode) {
  return set.selections.flatMap((node) =>
    node.kind === Kind.FIELD
      ? [{ key: node.alias?.value ?? node.name.value, name: node.name.value, selected: node.selectionSet }]
      : [],
  );
}

/** What becomes of the answer to a call that had its effect; undefined for any other fault. */
function spoil(fault: FaultName): ((body: object) => Response) | undefined {
  switch (fault) {
    case "no-cost":
      return (body) => answer({ ...body, extensions: undefined });
    case "wrong-cost":
      return (body) =>
        answer({
          ...body,
          extensions: { cost: { requestedQueryCost: "ten", actualQueryCost: -1, throttleStatus: null } },
        });
    case "empty-data":
      return (body) => {
        const names = Object.keys((body as { data?: object | null }).data ?? {});
        return answer({ data: Object.fromEntries(names.map((name) => [name, null])) });
      };
    case "bad-json":
      return (body) => raw(JSON.stringify(body).slice(0, -7), "application/json; charset=utf-8");
    case "not-json":
      return () => raw("<!DOCTYPE html><title>Something went wrong</title>", "text/html");
    default:
      return undefined;
  }
}
