import { defineConfig } from "vitest/config";
import { LongestFirst } from "./dev/test-order.ts";

/** Pure tests, tests on a real Postgres, and whole ones with a browser: all that runs in Node. */
export default defineConfig({
  test: {
    name: "node",
    include: ["worker/**/*.test.ts", "dev/**/*.test.ts", "bench/**/*.test.ts"],
    exclude: ["**/*.worker.test.ts"],
    globalSetup: ["dev/test-setup.ts"],
    setupFiles: ["dev/test-driver.ts"],
    // What a test says is told when it fails.
    silent: "passed-only",
    // Most whole tests wait (for a server to begin, for a queue): two files at a time leave no core idle on a machine of two.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // How long is waited for what hangs, also on a machine that does much else. No test is about its own time.
    testTimeout: 90_000,
    hookTimeout: 180_000,
  },
});
