/** Shopify's list of its admin's elements, as @shopify/polaris-types has it: the stand-ins are made from it, and our HTML is held against it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface Element {
  /** Each attribute with the values it takes; null where any text will do, or the type is more than a list of texts. */
  readonly attributes: ReadonlyMap<string, ReadonlySet<string> | null>;
  readonly slots: ReadonlySet<string>;
}

interface Declared {
  readonly tagName?: string;
  readonly attributes?: readonly { readonly name: string; readonly type?: { readonly text: string } }[];
  readonly slots?: readonly { readonly name: string }[];
}

const path = join(import.meta.dirname, "../../node_modules/@shopify/polaris-types/dist/custom-elements.json");

/** Elements by tag. */
export function readManifest(): ReadonlyMap<string, Element> {
  const { modules } = JSON.parse(readFileSync(path, "utf8")) as {
    modules: readonly { readonly declarations?: readonly Declared[] }[];
  };
  const declared = modules.flatMap(({ declarations = [] }) => declarations);
  return new Map(
    declared.flatMap(({ tagName, attributes = [], slots = [] }) =>
      tagName === undefined
        ? []
        : [
            [
              tagName,
              {
                attributes: new Map(attributes.map(({ name, type }) => [name.toLowerCase(), valuesOf(type?.text)])),
                slots: new Set(slots.map(({ name }) => name)),
              },
            ] as const,
          ],
    ),
  );
}

function valuesOf(type = "string"): ReadonlySet<string> | null {
  const parts = type.split("|").map((part) => part.trim());
  if (!parts.every((part) => /^"[^"]*"$/.test(part))) return null;
  return new Set(parts.map((part) => part.slice(1, -1)));
}

/** App Bridge's, which the manifest does not have. */
const OF_APP_BRIDGE = new Set(["s-app-nav"]);
/** On every element, and on a link in the app's navigation. */
const EVERYWHERE = /^(id|class|slot|hidden|lang|dir|tabindex|title|rel|aria-[a-z]+|data-[a-z-]+)$/;

/** What in this HTML no element of Shopify's has: unknown tags, attributes, values and slots. A value with an ellipsis in it may be any. */
export function problemsOf(html: string): string[] {
  const manifest = readManifest();
  const problems = [];
  const stack: string[] = [];
  for (const [whole, closing, tag = "", rest = "", selfClosing] of html.matchAll(
    /<(\/?)([a-z][a-z0-9-]*)((?:\s+[\w:-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*)\s*(\/?)>/gi,
  )) {
    const name = tag.toLowerCase();
    if (closing) {
      const at = stack.lastIndexOf(name);
      if (at >= 0) stack.length = at;
      continue;
    }
    const parent = stack.at(-1);
    if (!selfClosing && !/^(meta|link|input|br|img|hr)$/.test(name)) stack.push(name);
    const attributes = attributesOf(rest);
    const slot = attributes.get("slot");
    const slots = parent === undefined ? undefined : manifest.get(parent)?.slots;
    if (slot !== undefined && slots !== undefined && !slots.has(slot)) problems.push(`<${parent}> has no slot ${slot}`);
    if (!name.startsWith("s-") || OF_APP_BRIDGE.has(name)) continue;
    const element = manifest.get(name);
    if (element === undefined) {
      problems.push(`there is no <${name}>: ${whole}`);
      continue;
    }
    for (const [attribute, value] of attributes) {
      if (EVERYWHERE.test(attribute)) continue;
      const values = element.attributes.get(attribute);
      if (values === undefined) problems.push(`<${name}> has no ${attribute}`);
      else if (values !== null && !value.includes("…") && !values.has(value))
        problems.push(`<${name} ${attribute}> is not "${value}"`);
    }
  }
  return problems;
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)].map(
      ([, name = "", double, single, bare]) => [name.toLowerCase(), double ?? single ?? bare ?? ""] as const,
    ),
  );
}
