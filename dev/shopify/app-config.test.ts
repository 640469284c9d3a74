/** shopify.app.toml, the worker and Shopify's own schema held against each other: what is asked for is needed, and what is needed is asked for. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getNamedType, parse, TypeInfo, visit, visitWithTypeInfo } from "graphql";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createApp, openRooms } from "../../worker/app.ts";
import { API_VERSION } from "../../worker/shopify/library.ts";
import { noLimits } from "../no-limits.ts";
import { localSettings } from "../settings.ts";
import { appAddresses, appScopes, appTopics, optionalScopes, webhookVersion } from "./app-config.ts";
import { isGranted } from "./play-access.ts";
import { proxyPrefix } from "./proxy.ts";
import { adminSchema } from "./schema.ts";

const root = join(import.meta.dirname, "../..");
const { schema, scopes } = adminSchema();

/** Every GraphQL operation that the worker's Shopify room exports, by its own name. */
async function operationsOfWorker(): Promise<ReadonlyMap<string, string>> {
  const files = globSync("worker/shopify/*.ts", { cwd: root }).filter((file) => !file.endsWith(".test.ts"));
  const modules = await Promise.all(files.map((file) => import(join(root, file)) as Promise<Record<string, unknown>>));
  const texts = modules.flatMap((module) => Object.values(module)).filter((value) => typeof value === "string");
  const named = texts.flatMap((text) => {
    const name = /^(?:#graphql)?\s*(?:query|mutation)\s+(\w+)/.exec(text)?.[1];
    return name === undefined ? [] : [[name, text] as const];
  });
  return new Map(named);
}

/** From each operation to alternatives of scopes, one of each of which it needs: by the schema's own table. */
function scopesBySchema(operation: string): (readonly string[])[] {
  const info = new TypeInfo(schema);
  const needed: (readonly string[])[] = [];
  const need = (name: string) => {
    const row = scopes.get(name);
    if (row) needed.push(row.anyOf);
  };
  visit(
    parse(operation),
    visitWithTypeInfo(info, {
      Field(node) {
        const [parent, type] = [info.getParentType(), info.getType()];
        if (parent) need(`${parent.name}.${node.name.value}`);
        if (type) need(getNamedType(type).name);
      },
    }),
  );
  return needed;
}

/** Where the schema's table is silent: from Shopify's documentation. */
const BESIDE_THE_SCHEMA: Readonly<Record<string, readonly string[]>> = {
  // A metafield is written under the scope of what it hangs on: customers, and the app's own installation, which needs none.
  LojalSetMetafields: ["write_customers"],
  // A definition for customers likewise.
  LojalDefineMetafield: ["write_customers"],
  LojalRedefineMetafield: ["write_customers"],
  // What a code does to whom is read back, and its customers with it.
  LojalFindCode: ["read_customers"],
};

/** What a subscription needs; the topics of apps, shops and privacy laws need nothing. */
const BY_TOPIC: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^(?:orders|refunds)\//, ["read_orders"]],
  [/^customers\/merge$/, ["read_customer_merge"]],
  [/^(?:app|shop)\//, []],
  [/^customers\/(?:data_request|redact)$/, []],
];

function scopesOfTopic(topic: string): readonly string[] {
  const row = BY_TOPIC.find(([pattern]) => pattern.test(topic));
  if (!row) throw new Error(`Which scope does the topic ${topic} need? Say it here.`);
  return row[1];
}

describe("scopes", () => {
  const granted = new Set(appScopes);

  test("every operation of the worker is allowed by what a merchant is asked for, at the start or when a reward needs it", async () => {
    const askedFor = new Set([...appScopes, ...optionalScopes]);
    const operations = await operationsOfWorker();
    expect([...operations.keys()]).toEqual(expect.arrayContaining(["LojalSetMetafields", "LojalReadOrder"]));
    expect(Object.keys(BESIDE_THE_SCHEMA).filter((name) => !operations.has(name))).toEqual([]);
    for (const [name, text] of operations) {
      const needed = [...scopesBySchema(text), ...(BESIDE_THE_SCHEMA[name] ?? []).map((scope) => [scope])];
      const missing = needed.filter((anyOf) => !anyOf.some((scope) => isGranted(askedFor, scope)));
      expect(missing, name).toEqual([]);
    }
  });

  test("every topic that is subscribed to is allowed, too", () => {
    for (const topic of appTopics)
      expect(
        scopesOfTopic(topic).filter((scope) => !isGranted(granted, scope)),
        topic,
      ).toEqual([]);
  });

  test("no scope is asked for that nothing needs", async () => {
    const texts = [...(await operationsOfWorker())];
    const byOperation = texts.flatMap(([name, text]) => [
      ...scopesBySchema(text).flat(),
      ...(BESIDE_THE_SCHEMA[name] ?? []),
    ]);
    const needed = new Set([...byOperation, ...appTopics.flatMap(scopesOfTopic), "write_app_proxy"]);
    const isNeeded = (scope: string) => needed.has(scope) || needed.has(scope.replace(/^write_/, "read_"));
    expect(appScopes.filter((scope) => !isNeeded(scope))).toEqual([]);
    // Writing is asked for where something is written.
    expect(appScopes.filter((scope) => scope.startsWith("write_") && !needed.has(scope))).toEqual([]);
  });

  test("what is optional is not asked for at the same time, and is a scope that Shopify's schema knows", () => {
    const known = new Set([...scopes.values()].flatMap(({ anyOf }) => anyOf));
    expect(optionalScopes.filter((scope) => appScopes.includes(scope) || !known.has(scope))).toEqual([]);
  });
});

test("the version of Shopify's API stands in one place of the worker, and webhooks are of the same one", () => {
  const codeOf = (file: string) => readFileSync(join(root, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  const mentions = globSync("worker/**/*.ts", { cwd: root })
    .filter((file) => !file.endsWith(".test.ts"))
    .filter((file) => /\b20\d\d-(?:01|04|07|10)\b(?!-)|ApiVersion\./.test(codeOf(file)));
  expect(mentions).toHaveLength(1);
  expect(webhookVersion).toBe(API_VERSION);
});

test("every address of the app is on one host, and is one that the worker answers", async () => {
  const { application, redirects, proxy, webhooks } = appAddresses;
  const hosts = new Set([application, ...redirects, proxy].map((address) => new URL(address).host));
  expect(hosts.size).toBe(1);
  expect(new URL(proxy).pathname).toBe("/proxy");
  expect(webhooks).toEqual(["/webhooks"]);
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  onTestFinished(() => void vi.restoreAllMocks());
  const app = createApp(() => openRooms(localSettings("unused"), { send: () => Promise.resolve() }), noLimits);
  const answers = async (path: string, method: string) => (await app.request(path, { method })).status;
  for (const address of [application, ...redirects])
    expect([200, 302]).toContain(await answers(new URL(address).pathname, "GET"));
  // Nobody signed these.
  expect(await answers(`${new URL(proxy).pathname}/member`, "GET")).toBe(401);
  for (const path of webhooks) expect(await answers(path, "POST")).toBe(401);
  expect(`/${appAddresses.proxyPrefix}/${appAddresses.proxySubpath}`).toBe(proxyPrefix);
});
