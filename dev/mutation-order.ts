/** Quick tests first: most mutants die there, and the random histories are lived through only for those that do not. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

const SLOW = /(histories|arithmetic)\.test\.ts$/;

export class QuickTestsFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): string => `${SLOW.test(moduleId) ? 1 : 0}${moduleId}`;
    return Promise.resolve([...files].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)));
  }
}
