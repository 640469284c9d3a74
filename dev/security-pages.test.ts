/** SECURITY.md and docs/security.md name what holds and the tests that say so: each is there, and no risk is without one. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const page = (path: string) => readFileSync(join(root, path), "utf8");

/** The cells of each row of the table under a heading. */
function table(text: string, heading: string): string[][] {
  const section = text.split(/^## /m).find((one) => one.startsWith(heading)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows
    .slice(1)
    .filter((line) => !/^\| -/.test(line))
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));
}

const named = (cell = ""): string[] =>
  [...cell.matchAll(/`([\w./-]+\.(?:ts|toml|md|sql))`/g)].map(([, path = ""]) => path);

test("each of OWASP's ten risks has a row, and each row a test that is there", () => {
  const rows = table(page("docs/security.md"), "OWASP");
  expect(rows.map(([risk = ""]) => /^API\d+/.exec(risk)?.[0])).toEqual(
    Array.from({ length: 10 }, (_, n) => `API${n + 1}`),
  );
  for (const [risk, holds = "", tests] of rows) {
    expect(holds).toMatch(/\w{4}/);
    const files = named(tests);
    expect(files.length, risk).toBeGreaterThan(0);
    for (const file of files) {
      expect(file, risk).toMatch(/\.test\.ts$/);
      expect(existsSync(join(root, file)), `${risk}: ${file}`).toBe(true);
      expect(page(file), file).toMatch(/\btest(\.each)?\(/);
    }
  }
});

test("the limits are those of wrangler.toml", () => {
  const told = table(page("docs/security.md"), "Limits").map(([, often = "", binding]) => {
    const limit = Number(/[\d,]+/.exec(often)?.[0].replace(",", ""));
    return [binding?.replaceAll("`", ""), limit, /a minute/.test(often) ? 60 : 10];
  });
  const toml = page("wrangler.toml").matchAll(
    /^\[\[ratelimits\]\]\nname = "(\w+)"\n.*\nsimple = \{ limit = (\d+), period = (\d+) \}$/gm,
  );
  expect(told).toEqual([...toml].map(([, name, limit, period]) => [name, Number(limit), Number(period)]));
});

test("every boundary of SECURITY.md says what is not defended, and every file that either page names is there", () => {
  const rows = table(page("SECURITY.md"), "Trust boundaries");
  expect(rows.length).toBeGreaterThanOrEqual(8);
  for (const row of rows) for (const cell of row) expect(cell, row[0]).toMatch(/\w{4}/);
  for (const path of ["SECURITY.md", "docs/security.md"])
    for (const file of named(page(path)))
      expect(existsSync(join(root, file)) || file === "SECURITY.md", `${path}: ${file}`).toBe(true);
});
