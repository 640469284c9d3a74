/** What our pages are made of is what Shopify's admin has: every tag, attribute, value and slot that the sources write out. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { problemsOf } from "../../dev/shopify-admin/manifest.ts";

const sources = globSync("*.ts", { cwd: import.meta.dirname }).filter((path) => !path.endsWith(".test.ts"));

test.each(sources)("%s names no element, attribute, value or slot that Shopify's list has not", (path) => {
  const text = readFileSync(join(import.meta.dirname, path), "utf8");
  // What a template puts in is any value here; what it put in is looked at where a page is shown in a browser.
  const flat = text.replace(/\$\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g, (inner) =>
    inner.includes("<s-") ? inner : "…",
  );
  expect(problemsOf(flat)).toEqual([]);
});

test("the look notices what is not there", () => {
  const html =
    '<s-page heading="x"><s-buton>x</s-buton><s-button variant="huge" size="1">x</s-button><p slot="top">x</p></s-page>';
  expect(problemsOf(html)).toEqual([
    "there is no <s-buton>: <s-buton>",
    '<s-button variant> is not "huge"',
    "<s-button> has no size",
    "<s-page> has no slot top",
  ]);
});
