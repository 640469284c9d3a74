import { defineConfig } from "vitest/config";
import { QuickTestsFirst } from "./dev/mutation-order.ts";

/**
 * The tests of the rules as mutation testing runs them (`npm run test:mutation`): once for every mutant, so with few random cases, and
 * always the same ones.
 */
export default defineConfig({
  test: {
    name: "mutation",
    include: ["worker/domain/**/*.test.ts"],
    setupFiles: ["dev/mutation-setup.ts"],
    isolate: false,
    sequence: { sequencer: QuickTestsFirst },
    env: { PROPERTY_RUNS: "25" },
    testTimeout: 30_000,
  },
});
