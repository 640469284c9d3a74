/** Looks for what must never be committed. What it finds is told by place and kind, never by its text. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeKey, tokenKey } from "./settings.ts";

interface Pattern {
  readonly kind: string;
  readonly pattern: RegExp;
  /** Tells a placeholder from the thing, by what the pattern's groups caught. */
  readonly isPlaceholder?: (groups: readonly string[]) => boolean;
}

/** Hosts that are nobody's: of this machine, or set apart for examples. */
const NOBODY =
  /^(localhost|127\.0\.0\.1|\[::1\]|([\w-]+\.)*example\.(com|org|net)|([\w-]+\.)*(internal|invalid|test|example|localhost)|…)$/;
const EXAMPLE_WORD = /^(|…|\.{3}|x+|secret(-word)?|password|\*+|[<$%{].*)$/i;

const PATTERNS: readonly Pattern[] = [
  { kind: "a token or secret of Shopify's", pattern: /\bshp[a-z]{2,4}_[A-Za-z0-9]{20,}/g },
  { kind: "a token of Shopify's command line", pattern: /\batkn_[A-Za-z0-9_]{20,}/g },
  { kind: "an API key of a shop's", pattern: /\blojal_[a-z0-9][a-z0-9-]*_[0-9a-f]{12}_[0-9a-f]{64}\b/g },
  { kind: "a private key", pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g },
  {
    kind: "a database's address with its password",
    pattern: /\bpostgres(?:ql)?:\/\/[^\s:/@"'`]+:([^\s@"'`]*)@([^\s:/?"'`]+)/g,
    isPlaceholder: ([password = "", host = ""]) =>
      EXAMPLE_WORD.test(password) || NOBODY.test(host) || host.startsWith("$"),
  },
  { kind: "a password of Neon's", pattern: /\bnpg_[A-Za-z0-9]{10,}/g },
  { kind: "a key of Neon's API", pattern: /\bnapi_[a-z0-9]{30,}/g },
  // What `openssl rand -base64 32` prints: TOKEN_KEY and CODE_KEY are made so.
  {
    kind: "a key of 32 bytes in base64",
    pattern: /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=(?![A-Za-z0-9+/=])/g,
  },
  {
    kind: "a secret's value",
    pattern:
      /^[ \t]*(?:export )?["']?(?:SHOPIFY_API_SECRET(?:_PREVIOUS)?|TOKEN_KEY(?:_PREVIOUS)?|CODE_KEY|CLOUDFLARE_API_TOKEN|NEON_API_KEY|SHOPIFY_CLI_PARTNERS_TOKEN)(?:[ \t]*=[ \t]*["']?|["']?[ \t]*:[ \t]*["'])([^\s"',;]+)/gm,
    isPlaceholder: ([value = ""]) => EXAMPLE_WORD.test(value),
  },
  { kind: "a signed token", pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/g },
  { kind: "a token of GitHub's", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,})/g },
  { kind: "a token of npm's", pattern: /\bnpm_[A-Za-z0-9]{36}|_authToken[ \t]*=[ \t]*[^\s$]+/g },
  { kind: "a key of AWS's", pattern: /\bAKIA[0-9A-Z]{16}\b/g },
];

/** Values that look like secrets and are documented as none: where they may stand, and why. */
export const ALLOWED: readonly { readonly value: string; readonly path: string; readonly why: string }[] = [
  {
    value: tokenKey,
    path: "dev/settings.ts",
    why: "seals the local shops' tokens, which are good for nothing elsewhere",
  },
  { value: codeKey, path: "dev/settings.ts", why: "derives the local shops' codes" },
];

export interface Leak {
  readonly path: string;
  readonly line: number;
  readonly kind: string;
}

/** All that looks like a secret in a file, but for what is allowed there. */
export function scanText(path: string, text: string): Leak[] {
  const allowed = ALLOWED.filter((one) => one.path === path).map(({ value }) => value);
  return PATTERNS.flatMap(({ kind, pattern, isPlaceholder = () => false }) =>
    [...text.matchAll(pattern)]
      .filter(([value, ...groups]) => !allowed.includes(value) && !isPlaceholder(groups))
      .map(({ index }) => ({ path, kind, line: text.slice(0, index).split("\n").length })),
  );
}

/** What git has or would take: committed, staged, and not ignored. Pictures and archives are passed over. Throws where there is no repository. */
export function scanRepository(root: string): Leak[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const paths = [...new Set(listed.split("\0").filter((path) => path !== ""))].sort();
  return paths.flatMap((path) => {
    const text = textOf(join(root, path));
    return text === null ? [] : scanText(path, text);
  });
}

/** Null for what is no text, or is not there any more. */
function textOf(path: string): string | null {
  try {
    const bytes = readFileSync(path);
    return bytes.subarray(0, 8_000).includes(0) ? null : bytes.toString("utf8");
  } catch {
    return null;
  }
}

/** One line for each, for a person. */
export function describeLeaks(leaks: readonly Leak[]): string {
  return leaks.map(({ path, line, kind }) => `${path}:${line} holds ${kind}`).join("\n");
}
