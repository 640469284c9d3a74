/** What a fault of the suite is: something that goes wrong many times, and what must be true afterwards. */
import type { Bed } from "./bed.ts";

export interface FaultOptions {
  /** How often it goes wrong. */
  readonly count: number;
  /** Chance follows from it: the same seed makes the same run. */
  readonly seed: number;
  /** Where the run is, for a person. */
  progress(line: string): void;
}

export interface Report {
  /** How often it did go wrong. */
  readonly made: number;
  /** Orders, points or codes that should be there and are not. */
  readonly lost: number;
  /** Those that are there more than once. */
  readonly twice: number;
  /** What does not hold, each in a sentence; empty when all does. */
  readonly broken: readonly string[];
}

export interface Fault {
  /** As on the command line: "F4". */
  readonly id: string;
  readonly title: string;
  readonly counts: { readonly test: number; readonly usual: number; readonly full: number };
  /** Gets a bed of its own. Throws only when the suite itself is at fault. */
  run(bed: Bed, options: FaultOptions): Promise<Report>;
}

/** The line that a person reads at the end. */
export function lineOf({ id, title }: Fault, options: FaultOptions, report: Report, seconds: number): string {
  const { made, lost, twice, broken } = report;
  const holds = broken.length === 0 ? "invariants hold" : `${broken.length} things do NOT hold`;
  const parts = [`${made} of ${options.count}`, `${lost} lost`, `${twice} twice`, holds, `seed ${options.seed}`];
  return `${id} ${title} ${parts.join(", ")}, ${seconds.toFixed(0)} s`;
}

/** Whether all is as it must be, and went wrong as often as was asked. */
export function holds(options: FaultOptions, report: Report): boolean {
  return report.broken.length === 0 && report.lost === 0 && report.twice === 0 && report.made >= options.count;
}
