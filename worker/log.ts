/** One structured event per request, batch and cron: ids, counts and outcomes; never a person, a token or a driver's message. */

import { sqlStateOf } from "./fault.ts";

/** The only fields an event may have. */
export interface Event {
  readonly event: "request" | "batch" | "cron" | "fault";
  readonly route?: string;
  readonly status?: number;
  readonly topic?: string;
  readonly shop?: string;
  readonly durationMs?: number;
  readonly jobs?: number;
  readonly settled?: number;
  readonly retried?: number;
  readonly work?: string;
  readonly fault?: string;
  readonly code?: string | null;
}

export function logEvent(event: Event): void {
  console.log(JSON.stringify(event));
}

/** What may be told of a fault: its class and, for the database, SQLSTATE. Incomplete settings name themselves. */
export function faultFields(fault: unknown): { fault: string; code: string | null } {
  if (!(fault instanceof Error)) return { fault: typeof fault, code: null };
  return { fault: fault.name === "SettingsIncomplete" ? fault.message : fault.name, code: sqlStateOf(fault) };
}
