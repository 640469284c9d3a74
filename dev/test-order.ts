/** Which test file begins when: the long ones first, so that none of them runs on alone at the end. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Whole programs and browsers take minutes, Postgres seconds, the rest nothing. */
const KINDS = [".e2e.test.ts", ".db.test.ts"];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // Within a kind as vitest does: by how long they took here last time, else by their size.
    const usual = await super.sort(files);
    return usual.toSorted((a, b) => rankOf(a.moduleId) - rankOf(b.moduleId));
  }
}

function rankOf(path: string): number {
  const kind = KINDS.findIndex((ending) => path.endsWith(ending));
  return kind < 0 ? KINDS.length : kind;
}
