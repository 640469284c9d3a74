/** Shopify's filters, as far as our templates use them; any other is an error. */
import type { FilterImplOptions, Liquid } from "liquidjs";
import { type EngineOptions, LiquidFault } from "./liquid.ts";
import { type MoneyStyle, writeMoney } from "./liquid-money.ts";
import { escapeHtml, type LocaleTree, translate } from "./liquid-translate.ts";

type Named = readonly [name: string, value: unknown];

/** A number with its kind: Ruby divides integers by flooring, and JavaScript cannot tell 4.0 from 4. */
interface Numeric {
  readonly value: number;
  readonly isInteger: boolean;
}

/** As Liquid reads a value that should be a number: digits count, everything else is 0. */
function numeric(value: unknown): Numeric {
  if (typeof value === "number") return { value, isInteger: Number.isInteger(value) };
  const text = typeof value === "string" ? value.trim() : "";
  if (/^-?\d+\.\d+$/.test(text)) return { value: Number(text), isInteger: false };
  const whole = /^-?\d+/.exec(text);
  return { value: whole ? Number(whole[0]) : 0, isInteger: true };
}

function named(args: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(args.filter((arg): arg is Named => Array.isArray(arg) && arg.length === 2));
}

/** Whether the first argument was written with a point, as in `divided_by: 4.0`. */
function writtenAsDecimal(filter: unknown): boolean {
  if (!(filter instanceof Object) || !("token" in filter)) return false;
  const { token } = filter as { token: { args?: readonly unknown[] } };
  const first = token.args?.[0];
  return (
    first instanceof Object && "getText" in first && /^-?\d+\.\d+$/.test((first as { getText(): string }).getText())
  );
}

type Filters = Record<string, FilterImplOptions>;

const arithmetic: Filters = {
  plus: (a, b) => numeric(a).value + numeric(b).value,
  minus: (a, b) => numeric(a).value - numeric(b).value,
  times: (a, b) => numeric(a).value * numeric(b).value,
  modulo(a, b) {
    const [x, y] = [numeric(a), numeric(b)];
    if (y.value === 0 && y.isInteger) throw new LiquidFault("divided by 0");
    return x.value - y.value * Math.floor(x.value / y.value);
  },
  divided_by(a, b) {
    const [x, y] = [numeric(a), numeric(b)];
    const whole = x.isInteger && y.isInteger && !writtenAsDecimal(this);
    if (whole && y.value === 0) throw new LiquidFault("divided by 0");
    return whole ? Math.floor(x.value / y.value) : x.value / y.value;
  },
};

function jsonText(value: unknown): string {
  // As Shopify writes it: what could end a script element is escaped.
  const escapes: Record<string, string> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026" };
  return JSON.stringify(value ?? null).replace(/[<>&]/g, (sign) => escapes[sign] ?? sign);
}

function imageUrl(image: unknown, ...args: unknown[]): string {
  const source = image instanceof Object && "src" in image ? String(image.src) : String(image ?? "");
  const sizes = Object.entries(named(args)).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return sizes.length === 0 ? source : `${source}?${sizes.join("&")}`;
}

const addresses: Filters = {
  image_url: imageUrl,
  stylesheet_tag: (url) => `<link href="${escapeHtml(String(url))}" rel="stylesheet" type="text/css" media="all">`,
  script_tag: (url) => `<script src="${escapeHtml(String(url))}"></script>`,
  url_param_escape: (text) => encodeURIComponent(String(text ?? "")),
  within: (url) => url,
  link_to: (text, url) => `<a href="${escapeHtml(String(url))}" title="">${text}</a>`,
  handleize: (text) =>
    String(text ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-|-$/g, ""),
};

export function registerFilters(engine: Liquid, options: EngineOptions, locale: LocaleTree): void {
  const money =
    (style: MoneyStyle): FilterImplOptions =>
    (amount) =>
      writeMoney(numeric(amount).value, options.currency, style);
  const t: FilterImplOptions = (key, ...args) => translate(locale, options.locale, String(key), named(args));
  const filters: Filters = {
    ...arithmetic,
    ...addresses,
    json: jsonText,
    t,
    translate: t,
    asset_url: (file) => options.assetUrl(String(file)),
    money: money("plain"),
    money_with_currency: money("with-currency"),
    money_without_currency: money("without-currency"),
    money_without_trailing_zeros: money("without-trailing-zeros"),
  };
  for (const [name, filter] of Object.entries(filters)) engine.registerFilter(name, filter);
}
