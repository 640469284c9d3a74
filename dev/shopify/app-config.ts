/** What shopify.app.toml asks Shopify for: access scopes, and which fields of a webhook's body are sent. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const text = readFileSync(join(import.meta.dirname, "../../shopify.app.toml"), "utf8");

/** What the app asks a merchant for. */
export const appScopes: readonly string[] = (/^scopes = "([^"]+)"/m.exec(text)?.[1] ?? "").split(",");

/** What a merchant may be asked for later, when a reward that needs it is offered. */
export const optionalScopes: readonly string[] = listIn(text, "optional_scopes");

/** The API version of webhooks. */
export const webhookVersion = textIn("api_version");

/** Where Shopify finds the app; all but the webhooks' paths are whole addresses. */
export const appAddresses = {
  application: textIn("application_url"),
  redirects: listIn(text, "redirect_urls"),
  proxy: textIn("url"),
  proxyPrefix: textIn("prefix"),
  proxySubpath: textIn("subpath"),
  webhooks: [...new Set([...text.matchAll(/^uri = "([^"]+)"/gm)].map(([, uri = ""]) => uri))],
};

/** From each topic whose body Shopify is asked to reduce to the fields that stay, such as `customer.id`. */
export const includeFields: ReadonlyMap<string, readonly string[]> = new Map(
  text.split("[[webhooks.subscriptions]]").flatMap((table) => {
    const fields = listIn(table, "include_fields");
    return fields.length === 0 ? [] : listIn(table, "topics").map((topic) => [topic, fields] as const);
  }),
);

/** Every topic that is asked for, the privacy laws' among them. */
export const appTopics: readonly string[] = text
  .split("[[webhooks.subscriptions]]")
  .flatMap((table) => [...listIn(table, "topics"), ...listIn(table, "compliance_topics")]);

function textIn(key: string): string {
  return new RegExp(`^${key} = "([^"]*)"`, "m").exec(text)?.[1] ?? "";
}

function listIn(table: string, key: string): string[] {
  const list = new RegExp(`^${key} = \\[([^\\]]*)\\]`, "m").exec(table)?.[1] ?? "";
  return [...list.matchAll(/"([^"]+)"/g)].map(([, item = ""]) => item);
}
