import { defineConfig } from "vitest/config";
import { LongestFirst } from "./dev/test-order.ts";

/** Tests on a real Postgres, whole ones with a browser, and those that change what modules take: each file with modules of its own. */
export default defineConfig({
  test: {
    name: "node",
    include: ["{worker,dev,bench}/**/*.{alone,db,e2e,bodies}.test.ts"],
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
