/** The extension as Shopify would judge it: schemas, languages, sizes and Theme Check. */
import { readdirSync, readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { themeCheckRun } from "@shopify/theme-check-node";
import { describe, expect, test } from "vitest";
import { currencyExponent } from "../../worker/domain/money.ts";
import { TERMS, THINGS, typographyFaults } from "../typography.ts";
import { extensionRoot } from "./pages.ts";

const read = (path: string): string => readFileSync(`${extensionRoot}/${path}`, "utf8");
const files = (folder: string): string[] =>
  readdirSync(`${extensionRoot}/${folder}`).map((name) => `${folder}/${name}`);
const brotli = (path: string): number => brotliCompressSync(read(path)).length;
const languages = ["sv", "nb", "da", "fi", "de", "fr"] as const;

function leaves(tree: object, path = ""): [path: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[`${path}${key}`, value]] : leaves(value, `${path}${key}.`),
  );
}

describe("sizes", () => {
  test("all script is under 4,000 bytes, and 2,000 of them load before a touch", () => {
    expect(brotli("assets/lojal.js")).toBeLessThan(2000);
    expect(brotli("assets/lojal.js") + brotli("assets/lojal-cart.js")).toBeLessThan(4000);
    expect(files("assets").filter((name) => name.endsWith(".js"))).toHaveLength(2);
  });
  test("the style sheet is under 4,000 bytes", () => {
    expect(brotli("assets/lojal.css")).toBeLessThan(4000);
  });
  test("all Liquid is under 100 KB, each language under 15 KB", () => {
    const liquid = [...files("blocks"), ...files("snippets")].reduce((sum, path) => sum + read(path).length, 0);
    expect(liquid).toBeLessThan(100_000);
    for (const path of files("locales")) expect(Buffer.byteLength(read(path))).toBeLessThan(15_000);
  });
});

describe.each(["", ".schema"])("locales%s", (kind) => {
  const english = leaves(JSON.parse(read(`locales/en.default${kind}.json`)));
  test.each(languages)("%s has exactly the English keys, every placeholder, and no English left over", (language) => {
    const own = new Map(leaves(JSON.parse(read(`locales/${language}${kind}.json`))));
    expect([...own.keys()]).toEqual(english.map(([key]) => key));
    for (const [key, text] of english) {
      const names = (from: string): string[] => (from.match(/\{\{\s*\w+\s*\}\}/g) ?? []).sort();
      const translated = own.get(key) ?? "";
      expect(names(translated), key).toEqual(names(text));
      // A separator has no words, and Danish and French share a word or two with English.
      const hasSentence =
        text
          .replace(/\{\{.*?\}\}|%\S+/g, "")
          .split(/\s+/)
          .filter((word) => /\w{2}/.test(word)).length > 1;
      if (hasSentence) expect(translated, key).not.toBe(text);
    }
  });
});

describe("the sentences, language by language", () => {
  const english = leaves(JSON.parse(read("locales/en.default.json")));
  test.each(["en", ...languages] as const)("%s is set as its readers expect", (language) => {
    for (const kind of ["", ".schema"]) {
      const name = language === "en" ? `en.default${kind}` : `${language}${kind}`;
      for (const [key, text] of leaves(JSON.parse(read(`locales/${name}.json`))))
        if (!key.startsWith("lojal.date")) expect(typographyFaults(language, text), `${key}: ${text}`).toEqual([]);
    }
  });
  test.each(languages)(
    "%s names points, rewards, codes and tiers by its own words wherever English names them",
    (language) => {
      const own = new Map(leaves(JSON.parse(read(`locales/${language}.json`))));
      for (const [key, text] of english) {
        const bare = text.replace(/\{\{.*?\}\}/g, "");
        const translated = (own.get(key) ?? "").replace(/\{\{.*?\}\}/g, "");
        for (const thing of THINGS)
          if (TERMS.en[thing].test(bare)) expect(translated, key).toMatch(TERMS[language][thing]);
      }
    },
  );
});

interface Schema {
  readonly name: string;
  readonly target: string;
  readonly javascript?: string;
  readonly stylesheet?: string;
  readonly available_if?: string;
  readonly enabled_on?: { readonly templates: readonly string[] };
  readonly disabled_on?: { readonly templates: readonly string[] };
  readonly settings: readonly {
    readonly type: string;
    readonly id: string;
    readonly label: string;
    readonly default: unknown;
  }[];
}

const schemaKeys = [
  "name",
  "target",
  "javascript",
  "stylesheet",
  "available_if",
  "enabled_on",
  "disabled_on",
  "settings",
];

describe.each(files("blocks"))("%s", (path) => {
  const source = read(path);
  const schema: Schema = JSON.parse(/\{% schema %\}([\s\S]*)\{% endschema %\}/.exec(source)?.[1] ?? "");
  test("has a schema that Shopify takes", () => {
    for (const key of Object.keys(schema)) {
      expect(schemaKeys).toContain(key);
    }
    expect(["section", "body", "head", "compliance_head"]).toContain(schema.target);
    for (const { templates } of [schema.enabled_on, schema.disabled_on].filter((place) => place !== undefined))
      for (const template of templates) expect(["product", "cart"]).toContain(template);
    // The worker writes this one, as a boolean.
    if (schema.available_if !== undefined) expect(schema.available_if).toBe("{{ app.metafields.lojal.live }}");
    expect(schema.settings.length).toBeGreaterThan(0);
    for (const setting of schema.settings) expect(["select", "checkbox", "text", "url"]).toContain(setting.type);
    expect(new Set(schema.settings.map(({ id }) => id)).size).toBe(schema.settings.length);
    for (const file of [schema.javascript, schema.stylesheet].filter((name) => name !== undefined))
      expect(files("assets")).toContain(`assets/${file}`);
  });
  test("is named in every language, in at most 25 characters", () => {
    for (const language of ["en.default", ...languages]) {
      const texts = new Map(leaves(JSON.parse(read(`locales/${language}.schema.json`))));
      for (const key of source.match(/(?<="t:)[\w.]+/g) ?? []) expect(texts.get(key), key).toBeTruthy();
      const name = texts.get(schema.name.replace("t:", "")) ?? "";
      expect(name.length, name).toBeLessThanOrEqual(25);
    }
  });
});

test("every class is ours by its name, so that no theme styles it by accident", () => {
  const css = read("assets/lojal.css");
  for (const [, name = ""] of css.matchAll(/\.([a-z][\w-]*)/g)) expect(name).toMatch(/^lojal-/);
  for (const path of [...files("blocks"), ...files("snippets")]) {
    for (const [, names = ""] of read(path).matchAll(/class="([^"]*)"/g)) {
      for (const name of names.split(" ").filter(Boolean)) expect(name).toMatch(/^(lojal-|\{\{|block\.|\}\})/);
    }
  }
});

test("Theme Check finds nothing", { timeout: 30_000 }, async () => {
  const { offenses, theme } = await themeCheckRun(extensionRoot, `${extensionRoot}/.theme-check.yml`);
  expect(theme.length).toBeGreaterThan(10);
  expect(offenses.map(({ check, message, uri }) => `${check}: ${message} (${uri})`)).toEqual([]);
});

test("Liquid's list of currencies without subunits is the worker's", () => {
  const listOf = (snippet: string) =>
    /whole_units = '([A-Z ]+)'/.exec(read(`snippets/${snippet}.liquid`))?.[1]?.split(" ") ?? [];
  const list = listOf("lojal-earned");
  expect(listOf("lojal-money")).toEqual(list);
  const all = [...new Set([...list, ...Intl.supportedValuesOf("currency")])];
  expect(all.length).toBeGreaterThan(100);
  expect([...list].sort()).toEqual(all.filter((currency) => currencyExponent(currency) === 0).sort());
});
