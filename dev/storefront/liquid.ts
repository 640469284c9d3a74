/**
 * A Liquid engine with Shopify's semantics, for rendering the app blocks and the local theme. Integers stay integers, an
 * unknown filter is an error, and an error in one tag is text in the page as it is at Shopify.
 */
import { readFileSync } from "node:fs";
import {
  type Context,
  type Emitter,
  Liquid,
  LiquidError,
  type LiquidOptions,
  RenderError,
  type Template,
} from "liquidjs";
import { registerFilters } from "./liquid-filters.ts";
import { registerTags } from "./liquid-tags.ts";
import type { LocaleTree } from "./liquid-translate.ts";

export type LiquidCache = Exclude<LiquidOptions["cache"], boolean | number | undefined>;

export interface EngineOptions {
  /** The folder that holds `snippets/` and `locales/`. */
  readonly root: string;
  readonly currency: string;
  readonly timezone: string;
  readonly locale: string;
  /** The address of a file in `assets/`. */
  readonly assetUrl: (file: string) => string;
  /** Where files that were read once are kept; without one, each is read again each time. */
  readonly cache?: LiquidCache;
}

/** What a page gives its templates beside Shopify's objects: how to draw a section by name and an app block. */
export interface PageParts {
  readonly section: (name: string) => Promise<string>;
  readonly group: (name: string) => Promise<string>;
  readonly block: (block: unknown) => Promise<string>;
}

/** Faults that Shopify writes into the page where they happen. */
export class LiquidFault extends Error {}

function faultOf(error: unknown): LiquidFault | undefined {
  if (error instanceof LiquidFault) return error;
  const inner: unknown = error instanceof LiquidError ? error.originalError : undefined;
  return inner instanceof LiquidFault ? inner : undefined;
}

/** Like liquidjs's own loop, but a fault is written where it happened and the page goes on. */
function* renderTemplates(
  templates: Template[],
  context: Context,
  emitter: Emitter,
): Generator<unknown, unknown, string> {
  for (const template of templates) {
    context.renderLimit.check(performance.now());
    try {
      const html = yield template.render(context, emitter);
      if (html) emitter.write(html);
      if (context.breakCalled || context.continueCalled) break;
    } catch (error) {
      const fault = faultOf(error);
      if (fault !== undefined) emitter.write(`Liquid error: ${fault.message}`);
      else throw error instanceof LiquidError ? error : new RenderError(error as Error, template);
    }
  }
  return emitter.buffer;
}

/** All templates as one, which writes and returns nothing. */
function whole(templates: Template[]): Template {
  return {
    *render(context: Context, emitter: Emitter) {
      yield renderTemplates(templates, context, emitter);
    },
  } as Partial<Template> as Template;
}

function readLocale(root: string, locale: string): LocaleTree {
  for (const name of [`${locale}.json`, `${locale}.default.json`, "en.default.json"]) {
    try {
      return JSON.parse(readFileSync(`${root}/locales/${name}`, "utf8"));
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  return {};
}

export function createEngine(options: EngineOptions): Liquid {
  const engine = new Liquid({
    root: options.root,
    partials: `${options.root}/snippets`,
    extname: ".liquid",
    strictFilters: true,
    dynamicPartials: true,
    timezoneOffset: options.timezone,
    locale: options.locale,
    ...(options.cache ? { cache: options.cache } : {}),
  });
  const { renderer } = engine;
  const ordinary = renderer.renderTemplates.bind(renderer);
  // liquidjs makes its own emitter when none is given; only that first call may stay with it.
  renderer.renderTemplates = (templates, context, emitter) =>
    emitter === undefined
      ? ordinary([whole(templates)], context)
      : (renderTemplates(templates, context, emitter) as IterableIterator<unknown>);
  registerFilters(engine, options, readLocale(options.root, options.locale));
  registerTags(engine);
  return engine;
}
