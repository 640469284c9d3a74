/**
 * How many cases a property test goes through: as many as it says, or the few of mutation testing (`vitest.mutation.config.ts`), where the
 * same tests run once for every mutant.
 */
export function propertyRuns(usual: number): number {
  return Math.min(usual, Number(process.env["PROPERTY_RUNS"] ?? usual));
}
