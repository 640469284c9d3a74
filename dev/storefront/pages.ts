/** Draws pages and sections of the local theme, with the app's blocks in the places its JSON templates name. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Liquid, Template as Parsed } from "liquidjs";
import type { PricedCart } from "./carts.ts";
import type { StorefrontDeps, StoreShop } from "./deps.ts";
import { stateOf } from "./folder-state.ts";
import { createEngine, type LiquidCache, type PageParts } from "./liquid.ts";
import { cartObject, metafieldsOf, productObject, routes, shopObject } from "./objects.ts";

export const themeRoot = `${import.meta.dirname}/theme`;
export const extensionRoot = resolve(import.meta.dirname, "../../shopify-extension");

interface BlockPlace {
  readonly type: string;
  /** The kind of the group that its section is in. */
  readonly group?: string | undefined;
  readonly settings?: Record<string, unknown>;
}

interface SectionPlace {
  readonly type: string;
  readonly settings?: Record<string, unknown>;
  readonly blocks?: Record<string, BlockPlace>;
  readonly block_order?: readonly string[];
}

interface Template {
  readonly sections: Record<string, SectionPlace>;
  readonly order: readonly string[];
}

interface Group extends Template {
  readonly type: string;
}

/** Kinds of pages and of groups of sections; `*` is each of them. */
interface Places {
  readonly templates?: readonly string[];
  readonly groups?: readonly string[];
}

interface BlockSchema {
  readonly javascript?: string;
  readonly stylesheet?: string;
  readonly target?: string;
  /** Such as `{{ app.metafields.lojal.live }}`: a boolean of the app's, without which the block is not to be had. */
  readonly available_if?: string;
  readonly enabled_on?: Places;
  readonly disabled_on?: Places;
  readonly settings?: readonly { readonly id?: string; readonly default?: unknown }[];
}

/** What a page is about. */
export interface PageRequest {
  readonly template: "index" | "collection" | "product" | "cart" | "page" | "thanks";
  readonly shop: StoreShop;
  readonly cart: PricedCart;
  readonly customerId: string | null;
  readonly locale: string;
  readonly path: string;
  readonly productHandle?: string | undefined;
  readonly variantId?: string | undefined;
  /** Further objects for the theme's own sections. */
  readonly extra?: Record<string, unknown>;
}

interface ThemeSettings {
  readonly current: { readonly blocks: Record<string, BlockPlace & { readonly disabled?: boolean }> };
}

/** A block that is enabled on some places is not to be had in others: one that names templates alone is in no group. */
function isFor({ enabled_on: on, disabled_on: off }: BlockSchema, template: string, group?: string): boolean {
  const has = ({ templates = [], groups = [] }: Places): boolean => {
    const [names, name] = group === undefined ? [templates, template] : [groups, group];
    return names.includes(name) || names.includes("*");
  };
  return (on === undefined || has(on)) && (off === undefined || !has(off));
}

function groupOf(name: string): Group {
  return JSON.parse(readFileSync(`${themeRoot}/sections/${name}.json`, "utf8"));
}

function schemaOf(source: string): BlockSchema {
  const text = /\{%-?\s*schema\s*-?%\}([\s\S]*?)\{%-?\s*endschema/.exec(source)?.[1];
  return text === undefined ? {} : JSON.parse(text);
}

function shopifyObjects(request: PageRequest, deps: StorefrontDeps): Record<string, unknown> {
  const { shop, customerId } = request;
  const product = shop.products.find(({ handle }) => handle === request.productHandle);
  return {
    shop: shopObject(shop),
    routes,
    cart: cartObject(request.cart, shop),
    customer:
      customerId === null
        ? null
        : { id: Number(customerId), metafields: metafieldsOf({ kind: "customer", id: customerId }, deps) },
    product: product === undefined ? null : productObject(product, shop, request.variantId),
    request: {
      path: request.path,
      page_type: request.template,
      locale: { iso_code: request.locale },
      design_mode: false,
    },
    localization: { language: { iso_code: request.locale }, country: { currency: { iso_code: shop.currency } } },
    template: { name: request.template },
  };
}

/** Engines with the state of their folders when their templates were read. */
const engines = new Map<string, { readonly liquid: Liquid; readonly state: string }>();

/** One engine for each kind of page, for as long as its folder stays as it is: an edit shows at once. */
function engineFor(owner: "theme" | "lojal", { shop, locale }: PageRequest): Liquid {
  const key = [owner, shop.currency, shop.timezone, locale].join();
  const state = stateOf(owner === "theme" ? themeRoot : extensionRoot);
  const known = engines.get(key);
  if (known?.state === state) return known.liquid;
  const liquid = makeEngine(owner, shop, locale);
  engines.set(key, { liquid, state });
  return liquid;
}

function makeEngine(owner: "theme" | "lojal", { currency, timezone }: StoreShop, locale: string): Liquid {
  const root = owner === "theme" ? themeRoot : extensionRoot;
  const parsed = new Map<string, Parsed[] | Promise<Parsed[]>>();
  const cache: LiquidCache = {
    read: (key) => parsed.get(key),
    write: (key, templates) => void parsed.set(key, templates),
    remove: (key) => void parsed.delete(key),
  };
  const assetUrl = (file: string) => `/assets/${owner}/${file}`;
  return createEngine({ root, currency, timezone, locale, assetUrl, cache });
}

/** One page being drawn: it remembers which files the blocks on it want. */
class Page {
  readonly #request: PageRequest;
  readonly #deps: StorefrontDeps;
  readonly #objects: Record<string, unknown>;
  readonly #theme: Liquid;
  readonly #extension: Liquid;
  readonly #wanted = new Set<string>();

  constructor(request: PageRequest, deps: StorefrontDeps) {
    this.#request = request;
    this.#deps = deps;
    this.#objects = shopifyObjects(request, deps);
    this.#theme = engineFor("theme", request);
    this.#extension = engineFor("lojal", request);
  }

  readonly #parts: PageParts = {
    section: (name) => this.section(name, { type: name }),
    group: (name) => this.#group(name),
    block: (block) => this.#block(block as BlockPlace & { id: string }),
  };

  async #block(block: BlockPlace & { readonly id: string }): Promise<string> {
    const name = /^shopify:\/\/apps\/lojal\/blocks\/([\w-]+)\//.exec(block.type)?.[1];
    if (name === undefined) return "";
    if (this.#deps.isAppInstalled === false) return "";
    const source = readFileSync(`${extensionRoot}/blocks/${name}.liquid`, "utf8");
    const schema = schemaOf(source);
    if (!isFor(schema, this.#request.template, block.group) || !(await this.#isAvailable(schema))) return "";
    if (schema.stylesheet) {
      this.#wanted.add(`<link href="/assets/lojal/${schema.stylesheet}" rel="stylesheet" media="all">`);
    }
    if (schema.javascript) this.#wanted.add(`<script src="/assets/lojal/${schema.javascript}" defer></script>`);
    const defaults = Object.fromEntries((schema.settings ?? []).map((setting) => [setting.id ?? "", setting.default]));
    const scope = {
      block: { id: block.id, type: block.type, settings: { ...defaults, ...block.settings }, shopify_attributes: "" },
    };
    const globals = { ...this.#objects, app: { metafields: metafieldsOf({ kind: "app-installation" }, this.#deps) } };
    const html = await this.#extension.parseAndRender(source, scope, { globals });
    return `<div id="shopify-block-${block.id}" class="shopify-block shopify-app-block">${html}</div>`;
  }

  async #isAvailable({ available_if: condition }: BlockSchema): Promise<boolean> {
    if (condition === undefined) return true;
    const [, namespace = "", key = ""] = /^\{\{ app\.metafields\.(\w+)\.(\w+) \}\}$/.exec(condition) ?? [];
    const metafield = await this.#deps.getMetafield({ kind: "app-installation" }, namespace, key);
    return metafield?.type === "boolean" && metafield.value === "true";
  }

  /** The app embeds that the theme has turned on. */
  async #embeds(): Promise<string> {
    const settings: ThemeSettings = JSON.parse(readFileSync(`${themeRoot}/config/settings_data.json`, "utf8"));
    let html = "";
    for (const [id, place] of Object.entries(settings.current.blocks))
      if (!place.disabled) html += await this.#block({ id, ...place });
    return html;
  }

  async #group(name: string): Promise<string> {
    const { type, sections, order } = groupOf(name);
    let html = "";
    for (const id of order) html += await this.section(id, sections[id] ?? { type: id }, type);
    return html;
  }

  async section(id: string, place: SectionPlace, group?: string): Promise<string> {
    const blocks = (place.block_order ?? []).map((blockId) => ({ id: blockId, group, ...place.blocks?.[blockId] }));
    const scope = { section: { id, settings: place.settings ?? {}, blocks } };
    const globals = { ...this.#objects, ...this.#request.extra, page_parts: this.#parts };
    const html = await this.#theme.renderFile(`sections/${place.type}`, scope, { globals });
    return `<div id="shopify-section-${id}" class="shopify-section">${html}</div>`;
  }

  template(): Template {
    return JSON.parse(readFileSync(`${themeRoot}/templates/${this.#request.template}.json`, "utf8"));
  }

  async whole(): Promise<string> {
    const { sections, order } = this.template();
    let content = "";
    for (const id of order) content += await this.section(id, sections[id] ?? { type: id });
    const embeds = await this.#embeds();
    const { drawer } = this.#deps;
    const globals = { ...this.#objects, ...this.#request.extra, drawer, page_parts: this.#parts };
    const scope = { content_for_layout: content, content_for_header: [...this.#wanted].join("\n") };
    // Shopify puts embeds at the end of the body.
    const html: string = await this.#theme.renderFile("layout/theme", scope, { globals });
    return html.replace("</body>", () => `${embeds}</body>`);
  }
}

export function renderPage(request: PageRequest, deps: StorefrontDeps): Promise<string> {
  return new Page(request, deps).whole();
}

/** The Section Rendering API: the named sections of this page; null for one that it does not have. */
export async function renderSections(
  request: PageRequest,
  deps: StorefrontDeps,
  names: readonly string[],
): Promise<Record<string, string | null>> {
  const page = new Page(request, deps);
  const { sections } = page.template();
  const overlay = groupOf("overlay-group");
  const answer: Record<string, string | null> = {};
  for (const name of names.slice(0, 5)) {
    const place = sections[name] ?? (name === "header" ? { type: "header" } : undefined);
    const lying = overlay.sections[name];
    if (lying !== undefined) answer[name] = await page.section(name, lying, overlay.type);
    else answer[name] = place === undefined ? null : await page.section(name, place);
  }
  return answer;
}
