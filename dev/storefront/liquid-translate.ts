/** Shopify's `t`: a dotted key in a locale file, one plural form of it, and values put in. */

export interface LocaleTree {
  readonly [key: string]: string | LocaleTree;
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

function lookUp(tree: LocaleTree, key: string): string | LocaleTree | undefined {
  let node: string | LocaleTree | undefined = tree;
  for (const part of key.split(".")) {
    if (node === undefined || typeof node === "string") return undefined;
    node = node[part];
  }
  return node;
}

function pluralForm(forms: LocaleTree, locale: string, count: unknown): string | undefined {
  const number = Number(count);
  const exact = number === 0 ? forms["zero"] : undefined;
  const chosen = exact ?? forms[new Intl.PluralRules(locale).select(number)] ?? forms["other"];
  return typeof chosen === "string" ? chosen : undefined;
}

/**
 * Values are escaped unless the key ends in `_html`. A missing key gives the text that Shopify shows, so that a test can
 * look for it.
 */
export function translate(tree: LocaleTree, locale: string, key: string, values: Record<string, unknown>): string {
  const found = lookUp(tree, key);
  const text = typeof found === "object" ? pluralForm(found, locale, values["count"]) : found;
  if (text === undefined) return `translation missing: ${locale}.${key}`;
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => {
    const value = String(values[name] ?? "");
    return key.endsWith("_html") ? value : escapeHtml(value);
  });
}
