/** Every link of the docs leads to a file that is there, and to a heading that it has. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const pages = globSync(["*.md", "docs/**/*.md"], { cwd: root }).sort();

/** Without fenced code, in which nothing is a link or a heading. */
function proseOf(page: string): string {
  return readFileSync(page, "utf8").replace(/^\s*```[\s\S]*?^\s*```/gm, "");
}

/** A heading's anchor, as GitHub makes it. */
function anchorOf(heading: string): string {
  const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
  return text.replace(/[^\p{Letter}\p{Number}\p{Mark} _-]/gu, "").replaceAll(" ", "-");
}

function anchorsOf(page: string): Set<string> {
  return new Set([...proseOf(page).matchAll(/^#+ +(.+?) *$/gm)].map(([, heading = ""]) => anchorOf(heading)));
}

function deadLinksOf(page: string): string[] {
  const links = [...proseOf(join(root, page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const file = path === "" ? join(root, page) : resolve(root, dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && file.endsWith(".md") && !anchorsOf(file).has(anchor);
  });
}

test("there are pages", () => {
  expect(pages).toEqual(expect.arrayContaining(["README.md", "docs/ledger.md"]));
});

test.each(pages)("no link of %s is dead", (page) => {
  expect(deadLinksOf(page)).toEqual([]);
});
