/** Work for many jobs at once: what one of them makes impossible stops no other. */
import { isDatabaseAway } from "../fault.ts";
import { type Fault, faultFields, logEvent } from "../log.ts";
import { AdminApiFailure } from "../shopify/admin-failure.ts";
import type { Job } from "./jobs.ts";

/** One batch for all; if that fails with the database there, each by itself: one that cannot be done holds up no other. */
export async function allOrEach<Kind extends Job>(
  jobs: readonly Kind[],
  work: string,
  run: (some: readonly Kind[]) => Promise<void>,
): Promise<[Kind, Fault | null][]> {
  if (jobs.length === 0) return [];
  const fault = await faultOf(work, () => run(jobs));
  const isAlone = jobs.length === 1 || isDatabaseAway(fault);
  if (fault === null || isAlone) return jobs.map((job) => [job, toldOf(fault)]);
  const results: [Kind, Fault | null][] = [];
  for (const job of jobs) results.push([job, toldOf(await faultOf(work, () => run([job])))]);
  return results;
}

/** Runs; a fault is logged once and handed back. */
export async function faultOf(work: string, run: () => Promise<void>): Promise<unknown> {
  try {
    await run();
    return null;
  } catch (fault) {
    logEvent({ event: "fault", work, ...faultFields(fault) });
    return fault ?? "unknown fault";
  }
}

/** What the queue's consumer is told of a fault. */
export function toldOf(fault: unknown): Fault | null {
  if (fault === null) return null;
  const delaySeconds = fault instanceof AdminApiFailure ? fault.delaySeconds : 0;
  return { ...faultFields(fault), ...(delaySeconds > 0 ? { delaySeconds } : {}) };
}
