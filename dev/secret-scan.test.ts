import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ALLOWED, describeLeaks, scanRepository, scanText } from "./secret-scan.ts";
import { tokenKey } from "./settings.ts";

const root = join(import.meta.dirname, "..");
/** Written apart, so that this file holds none of them. */
const letters = (length: number) => "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6".slice(0, length);
const freshKey = Buffer.alloc(32, 7).toString("base64");

const SECRETS: [kind: string, text: string][] = [
  ["token or secret of Shopify", `shpat_${letters(32)}`],
  ["token or secret of Shopify", `const secret = "shpss_${letters(32)}";`],
  ["token or secret of Shopify", `shpca_${letters(32)}`],
  ["Shopify's command line", `atkn_${letters(40)}`],
  ["API key of a shop", `lojal_my-shop_${letters(12)}_${letters(32)}${letters(32)}`],
  ["private key", ["-----BEGIN", "RSA PRIVATE", "KEY-----"].join(" ")],
  ["private key", ["-----BEGIN", "PRIVATE", "KEY-----"].join(" ")],
  [
    "database's address",
    ["postgres", "://lojal_app:", letters(16), "@ep-cool-1.eu-central-1.aws.neon.tech/lojal"].join(""),
  ],
  ["password of Neon", `npg_${letters(12)}`],
  ["key of 32 bytes", `key = "${freshKey}"`],
  ["secret's value", `SHOPIFY_API_SECRET=${letters(32)}`],
  ["secret's value", `  "CLOUDFLARE_API_TOKEN": "${letters(40)}"`],
  ["signed token", ["eyJhbGciOiJIUzI1NiJ9", "eyJpc3MiOiJodHRwczovL3gifQ", letters(43)].join(".")],
  ["token of GitHub", `ghp_${letters(36)}`],
  ["token of npm", `//registry.invalid/:_authToken=${letters(20)}`],
  ["key of AWS", `AKIA${"ABCDEFGH23456789"}`],
];

test.each(SECRETS)("%s is found: by its place and kind, and not told", (kind, text) => {
  const leaks = scanText("worker/somewhere.ts", `first line\n${text}\nlast line`);
  expect(leaks).toContainEqual({ path: "worker/somewhere.ts", line: 2, kind: expect.stringContaining(kind) });
  const told = describeLeaks(leaks);
  for (const secret of [letters(12), freshKey]) expect(told).not.toContain(secret);
});

test.each([
  "postgres://lojal_app:secret@ep-x.eu-central-1.aws.neon.tech/lojal",
  `postgres://lojal_app:${"lojal-dev-worker"}@127.0.0.1:5432/lojal`,
  "postgres://nobody:x@nowhere.invalid/none",
  "postgres://…",
  "SHOPIFY_API_SECRET=",
  "  SHOPIFY_API_SECRET: apiSecret,",
  "  TOKEN_KEY: base64Key,",
  "shpat_secret",
])("%s is a placeholder", (text) => {
  expect(scanText("docs/deploy.md", text)).toEqual([]);
});

test("what is allowed in one place is not allowed in another, and each has its reason", () => {
  expect(scanText("dev/settings.ts", `"${tokenKey}"`)).toEqual([]);
  expect(scanText("worker/env.ts", `"${tokenKey}"`)).toHaveLength(1);
  for (const { path, value, why } of ALLOWED) {
    expect(readFileSync(join(root, path), "utf8")).toContain(value);
    expect(why).toMatch(/\w/);
  }
});

test("a repository is searched as git has it and would take it, but not what it ignores", () => {
  const folder = mkdtempSync(join(tmpdir(), "lojal-secrets-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "pipe" });
  git("init", "--quiet");
  const secret = `shpat_${letters(32)}`;
  writeFileSync(join(folder, ".gitignore"), "deploy.env\n");
  for (const name of ["staged.ts", "untracked.md", "deploy.env"]) writeFileSync(join(folder, name), secret);
  git("add", "staged.ts", ".gitignore");
  expect(scanRepository(folder).map(({ path }) => path)).toEqual(["staged.ts", "untracked.md"]);
});
