/** One structured event per request, batch and cron: ids, counts and outcomes; never a person, a token or a driver's message. */

import { sqlStateOf } from "./fault.ts";

/** What may be told of a request while it is answered; the request's one event says it. */
export interface RequestNotes {
  readonly shop?: string;
  readonly topic?: string;
  readonly accepted?: boolean;
  readonly outcome?: string;
  readonly reason?: string;
  readonly work?: string;
  readonly fault?: string;
  readonly code?: string | null;
}

/** The only fields an event may have; docs/events.md explains each. */
export interface Event extends RequestNotes {
  readonly event: "request" | "batch" | "cron" | "fault" | "token" | "shopify";
  readonly route?: string;
  readonly status?: number | null;
  readonly durationMs?: number;
  readonly queue?: string;
  readonly jobs?: number;
  readonly settled?: number;
  readonly retried?: number;
  readonly failed?: number;
  readonly lagMs?: number;
  readonly byKind?: Readonly<Record<string, number>>;
  readonly operation?: string;
  readonly requestId?: string | null;
  readonly cost?: number | null;
  readonly unpainted?: number;
  readonly paintLagMs?: number;
}

/** The same fields at run time: whatever else an object brings along is left out. */
const FIELDS: Readonly<Record<keyof Event, true>> = {
  event: true,
  route: true,
  status: true,
  durationMs: true,
  shop: true,
  topic: true,
  accepted: true,
  outcome: true,
  reason: true,
  queue: true,
  jobs: true,
  settled: true,
  retried: true,
  failed: true,
  lagMs: true,
  byKind: true,
  operation: true,
  requestId: true,
  cost: true,
  unpainted: true,
  paintLagMs: true,
  work: true,
  fault: true,
  code: true,
};

/** The names of all fields that an event may have. */
export const eventFields: readonly string[] = Object.keys(FIELDS);

export function logEvent(event: Event): void {
  const told = Object.entries(event).filter(([name, value]) => Object.hasOwn(FIELDS, name) && isTold(name, value));
  console.log(JSON.stringify(Object.fromEntries(told)));
}

/** Plain values, and counts by kind: nothing that could carry more than its name says. */
function isTold(name: string, value: unknown): boolean {
  if (name !== "byKind") return typeof value !== "object" || value === null;
  return Object.entries(value ?? {}).every(([kind, count]) => /^[a-z-]{1,40}$/.test(kind) && typeof count === "number");
}

export interface Fault {
  readonly fault: string;
  readonly code: string | null;
  /** How long it is of no use to try again; not told when nobody knows. */
  readonly delaySeconds?: number;
}

/** What may be told of a fault: its class and, for the database, SQLSTATE. Incomplete settings name themselves. */
export function faultFields(fault: unknown): Fault {
  if (!(fault instanceof Error)) return { fault: typeof fault, code: null };
  return { fault: fault.name === "SettingsIncomplete" ? fault.message : fault.name, code: sqlStateOf(fault) };
}
