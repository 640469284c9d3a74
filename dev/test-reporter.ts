import { appendFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Adds one line of counts to the file that dev/test.ts asks for. */
export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string) => states.filter((found) => found === state).length;
    // A file that cannot even be loaded has no tests, and an error outside any test is a failure as well.
    const broken = modules.filter(
      (module) => module.state() === "failed" && ![...module.children.allTests("failed")].length,
    );
    const counts: Counts = {
      passed: count("passed"),
      failed: count("failed") + broken.length + unhandledErrors.length,
      skipped: count("skipped") + count("pending"),
    };
    const file = process.env["LOJAL_TEST_COUNTS"];
    if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
  }
}
