/** Shopify's tags that liquidjs does not know, and `render` of an app block. */
import {
  type Context,
  type Emitter,
  Hash,
  type Liquid,
  type Parser,
  RenderTag,
  Tag,
  type TagToken,
  type Template,
  type TopLevelToken,
  Value,
} from "liquidjs";
import type { PageParts } from "./liquid.ts";
import { escapeHtml } from "./liquid-translate.ts";

function isEnd(token: TopLevelToken, name: string): boolean {
  return "name" in token && (token as TagToken).name === `end${name}`;
}

/** The text between a tag and its end, as it was written. */
function takeRaw(token: TagToken, remaining: TopLevelToken[]): string {
  let raw = "";
  for (let next = remaining.shift(); next !== undefined; next = remaining.shift()) {
    if (isEnd(next, token.name)) return raw;
    raw += next.getText();
  }
  throw new Error(`tag ${token.getText()} not closed`);
}

function takeTemplates(token: TagToken, remaining: TopLevelToken[], parser: Parser): Template[] {
  const templates: Template[] = [];
  for (let next = remaining.shift(); next !== undefined; next = remaining.shift()) {
    if (isEnd(next, token.name)) return templates;
    templates.push(parser.parseToken(next, remaining));
  }
  throw new Error(`tag ${token.getText()} not closed`);
}

function partsOf(context: Context): PageParts {
  const parts: unknown = (context.globals as { page_parts?: unknown }).page_parts;
  if (parts instanceof Object) return parts as PageParts;
  throw new Error("this page has no sections or blocks");
}

/** Read by the editor, never written: a schema that is no JSON is an error here too. */
class SchemaTag extends Tag {
  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid) {
    super(token, remaining, liquid);
    JSON.parse(takeRaw(token, remaining));
  }
  render(): void {}
}

/** `javascript` and `stylesheet`: Shopify collects these into files of the theme. */
class CollectedTag extends Tag {
  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid) {
    super(token, remaining, liquid);
    takeRaw(token, remaining);
  }
  render(): void {}
}

class StyleTag extends Tag {
  readonly #templates: Template[];
  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, remaining, liquid);
    this.#templates = takeTemplates(token, remaining, parser);
  }
  *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    emitter.write("<style data-shopify>");
    yield this.liquid.renderer.renderTemplates(this.#templates, context, emitter);
    emitter.write("</style>");
  }
}

const formActions: Record<string, string> = { product: "/cart/add", cart: "/cart" };

class FormTag extends Tag {
  readonly #templates: Template[];
  readonly #kind: string;
  readonly #hash: Hash;
  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, remaining, liquid);
    const kind = /^\s*'(\w+)'/.exec(token.args)?.[1];
    if (kind === undefined) throw new Error(`form without a kind: ${token.getText()}`);
    this.#kind = kind;
    // What comes before the first named argument is the kind and the object that the form is about.
    this.#hash = new Hash(/,\s*(\w[\w-]*\s*:[\s\S]*)$/.exec(token.args)?.[1] ?? "");
    this.#templates = takeTemplates(token, remaining, parser);
  }
  *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const given = (yield this.#hash.render(context)) as Record<string, unknown>;
    const attributes = { method: "post", action: formActions[this.#kind] ?? "/", "accept-charset": "UTF-8", ...given };
    const written = Object.entries(attributes).map(([name, value]) => `${name}="${escapeHtml(String(value))}"`);
    emitter.write(`<form ${written.join(" ")}><input type="hidden" name="form_type" value="${this.#kind}">`);
    yield this.liquid.renderer.renderTemplates(this.#templates, context, emitter);
    emitter.write("</form>");
  }
}

class SectionTag extends Tag {
  readonly #name: Value;
  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid) {
    super(token, remaining, liquid);
    this.#name = new Value(token.args, liquid);
  }
  *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const name = yield this.#name.value(context);
    emitter.write(yield partsOf(context).section(String(name)));
  }
}

/** A group of sections, such as those of the header: its sections take app blocks, which one that is only named in a layout does not. */
class SectionsTag extends Tag {
  readonly #name: Value;
  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid) {
    super(token, remaining, liquid);
    this.#name = new Value(token.args, liquid);
  }
  *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const name = yield this.#name.value(context);
    emitter.write(yield partsOf(context).group(String(name)));
  }
}

/** `{% render block %}` draws an app block where the theme wants it; with a quoted name it is the ordinary tag. */
class RenderBlockOrSnippet extends Tag {
  readonly #snippet: Tag | undefined;
  readonly #block: Value | undefined;
  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, remaining, liquid);
    if (/^\s*['"]/.test(token.args)) this.#snippet = new RenderTag(token, remaining, liquid, parser);
    else this.#block = new Value(token.args, liquid);
  }
  *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    if (this.#snippet !== undefined) yield this.#snippet.render(context, emitter);
    if (this.#block === undefined) return;
    const block = yield this.#block.value(context);
    emitter.write(yield partsOf(context).block(block));
  }
}

export function registerTags(engine: Liquid): void {
  engine.registerTag("schema", SchemaTag);
  engine.registerTag("javascript", CollectedTag);
  engine.registerTag("stylesheet", CollectedTag);
  engine.registerTag("style", StyleTag);
  engine.registerTag("form", FormTag);
  engine.registerTag("section", SectionTag);
  engine.registerTag("sections", SectionsTag);
  engine.registerTag("render", RenderBlockOrSnippet);
}
