/** The parts of a deployment that need nothing but their input. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import { codeKey, tokenKey } from "../settings.ts";
import { addressOf, queuesOf } from "./cloudflare.ts";
import { readSettingsFile } from "./settings-file.ts";

const root = join(import.meta.dirname, "../..");
const configPath = join(root, "wrangler.toml");

const whole = {
  MIGRATION_DATABASE_URL: "postgres://owner:secret@ep-x.eu-central-1.aws.neon.tech/lojal",
  DATABASE_URL: "postgres://lojal_app:secret@ep-x-pooler.eu-central-1.aws.neon.tech/lojal",
  SHOPIFY_API_KEY: "key",
  SHOPIFY_API_SECRET: "secret",
  TOKEN_KEY: tokenKey,
  CODE_KEY: codeKey,
};

function fileOf(values: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "lojal-settings-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "deploy.env");
  writeFileSync(
    path,
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );
  return path;
}

test("a whole file of settings is read, and the owner's connection string is not among the worker's", () => {
  const { worker, ownerUrl } = readSettingsFile(fileOf({ ...whole, SHOPIFY_API_SECRET_PREVIOUS: "" }));
  const { MIGRATION_DATABASE_URL, ...rest } = whole;
  expect(ownerUrl).toBe(MIGRATION_DATABASE_URL);
  expect(worker).toEqual(rest);
});

test.each([
  [{ TOKEN_KEY: "" }, "TOKEN_KEY"],
  [{ CODE_KEY: "too-short" }, "CODE_KEY"],
  [{ DATABASE_URL: "mysql://secret-word" }, "DATABASE_URL"],
  [{ MIGRATION_DATABASE_URL: "" }, "MIGRATION_DATABASE_URL"],
  [{ MIGRATION_DATABASE_URL: "postgres://o:secret-word@ep-x-pooler.aws.neon.tech/l" }, "without -pooler"],
])("a missing or malformed setting is refused by its name, and no value is told: %o", (change, named) => {
  const path = fileOf({ ...whole, ...change });
  expect(() => readSettingsFile(path)).toThrow(named);
  expect(() => readSettingsFile(path)).not.toThrow(/secret-word|too-short/);
});

test("no file of settings is refused with how to make one, and the example names every setting with its way to get it", () => {
  expect(() => readSettingsFile("no-such.env")).toThrow("Copy deploy.env.example");
  const example = parseEnv(readFileSync(join(root, "deploy.env.example"), "utf8"));
  expect(Object.keys(example)).toEqual(expect.arrayContaining(Object.keys(whole)));
  expect(Object.values(example).filter((value) => value !== "")).toEqual([]);
});

test("both stages of wrangler.toml have the same bindings, secrets and consumers, each with queues and counts of its own", () => {
  const stage = (env: string) => {
    const config = unstable_readConfig({ config: configPath, env });
    const renamed = JSON.stringify({
      queues: config.queues,
      secrets: config.secrets,
      vars: config.vars,
      ratelimits: config.ratelimits,
      triggers: config.triggers,
      placement: config.placement,
      observability: config.observability,
    });
    return { renamed, raw: config.queues };
  };
  const [first, second] = [stage(""), stage("staging")];
  expect(
    second.renamed.replaceAll("lojal-staging-", "lojal-").replaceAll('"namespace_id":"2', '"namespace_id":"1'),
  ).toBe(first.renamed);
  expect(second.renamed).not.toBe(first.renamed);
});

test("each queue of a stage is known by name, and which one keeps what failed", () => {
  expect(queuesOf("staging")).toEqual([
    { name: "lojal-staging-jobs", isForFailed: false },
    { name: "lojal-staging-bulk", isForFailed: false },
    { name: "lojal-staging-jobs-failed", isForFailed: true },
  ]);
});

test("the worker's address is the one that wrangler wrote down for the deployment", () => {
  const lines = [
    { type: "wrangler-session", version: 1 },
    { type: "deploy", version: 1, worker_name: "lojal", targets: ["https://lojal.example.workers.dev"] },
  ];
  const output = lines.map((line) => JSON.stringify(line)).join("\n");
  expect(addressOf(output)).toBe("https://lojal.example.workers.dev");
  const custom = JSON.stringify({ type: "deploy", targets: ["example.com/*", "loyalty.example.com"] });
  expect(addressOf(custom)).toBe("https://loyalty.example.com");
  expect(() => addressOf(JSON.stringify({ type: "deploy", targets: [] }))).toThrow("--url");
});
