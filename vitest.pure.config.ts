import { defineConfig } from "vitest/config";

/** Tests of what needs no database and no browser. Files share their modules, which none of them changes: half of the time was loading them again. One that does is called `alone`. */
export default defineConfig({
  test: {
    name: "pure",
    include: ["{worker,dev,bench}/**/*.test.ts"],
    exclude: ["**/*.{alone,db,e2e,worker,bodies}.test.ts"],
    isolate: false,
    // What a test says is told when it fails.
    silent: "passed-only",
    maxWorkers: 2,
    // How long is waited for what hangs, also on a machine that does much else. No test is about its own time.
    testTimeout: 90_000,
    hookTimeout: 180_000,
  },
});
