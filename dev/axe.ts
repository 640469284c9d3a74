/**
 * axe in a document of a test's browser. It runs in the one frame it is asked about and reports violations alone: what passes is not described,
 * which is most of the time that axe takes on a page with large tables.
 */
import axe from "axe-core";
import type { Frame, Page } from "playwright-core";

/** The rules of WCAG 2.2 AA, and what axe calls good practice. */
export const WCAG_AND_BEST = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly target: readonly unknown[] }[];
}

/** What axe finds, as lines: within `include` (a selector), by rules with one of `tags`; all of the document by all rules if neither is given. */
export async function axeFaults(
  where: Page | Frame,
  { include, tags }: { readonly include?: string; readonly tags?: readonly string[] } = {},
): Promise<string[]> {
  if (!(await where.evaluate("typeof axe === 'object'"))) await where.evaluate(axe.source);
  const options = {
    resultTypes: ["violations"],
    ...(tags ? { runOnly: { type: "tag", values: tags } } : {}),
  };
  const violations: readonly Violation[] = await where.evaluate(
    `axe.run(${include ? JSON.stringify(include) : "document"}, ${JSON.stringify(options)}).then(({ violations }) =>
      violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html, target }) => ({ html, target })) })))`,
  );
  return violations.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, target }) => `${target.join(" ")} ${html.slice(0, 160)}`).join(" | ")}`,
  );
}
