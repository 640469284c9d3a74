/**
 * What Shopify's admin puts around and into the app: the page with the frame, App Bridge, and the admin's elements. Only the tests and the local
 * machine see these; in production they come from Shopify.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { html } from "hono/html";
import { appScopes, optionalScopes } from "../shopify/app-config.ts";
import type { LocalShop } from "../shopify/shop-state.ts";
import { readManifest } from "./manifest.ts";

export const CDN = "https://cdn.shopify.com";
export const APP_BRIDGE = "/shopifycloud/app-bridge.js";
export const POLARIS = "/shopifycloud/polaris-1.js";

const file = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");

/** A stand-in for the elements, made from Shopify's own list of them. */
export function polarisScript(): string {
  const tags = [...readManifest()].map(([tag, { attributes }]) => [tag, [...attributes.keys()]] as const);
  return `${PAGE_STYLE}\nconst MANIFEST = ${JSON.stringify(Object.fromEntries(tags))};\n${file("polaris.js")}`;
}

/** Shopify's script gives the page its font and ground; so does this one. */
const PAGE_STYLE = `(() => {
  const style = document.createElement("style");
  style.textContent = "body { margin: 0; background: #f1f1f1; color: #303030; font: 14px/20px Inter, system-ui, sans-serif; }";
  document.head.append(style);
})();`;

/** `admin` is the origin of the page around the app. */
export function appBridgeScript(admin: string): string {
  return file("app-bridge.js").replace(
    'document.currentScript.dataset.admin || "https://admin.shopify.com"',
    JSON.stringify(admin),
  );
}

export function frameScript(): string {
  return file("frame.js");
}

/** What App Bridge says of the scopes, after these were granted besides. Only what the app may ask for is granted. */
export function grantScopes(granted: Set<string>, wanted: readonly string[]) {
  for (const scope of wanted) if (optionalScopes.includes(scope)) granted.add(scope);
  return { granted: [...granted], required: appScopes, optional: optionalScopes };
}

/** What a merchant may choose of, in Shopify's own list, as that hands it over. Null for an app that may not see products. */
export function resourcesOf(
  shop: Pick<LocalShop, "products" | "collections" | "scopes">,
  type: string | null | undefined,
): readonly { readonly id: string; readonly title: string }[] | null {
  if (!shop.scopes.has("read_products")) return null;
  const of = (kind: string, all: Iterable<readonly [id: string, title: string]>) =>
    [...all].map(([id, title]) => ({ id: `gid://shopify/${kind}/${id}`, title }));
  return type === "collection"
    ? of("Collection", shop.collections)
    : of(
        "Product",
        shop.products.map(({ id, title }) => [id, title] as const),
      );
}

/** The page around the app. `appUrl` is what is framed, `tokenPath` answers a session token to whoever may see this page. */
export function framePage(options: {
  appUrl: string;
  tokenPath: string;
  /** Where the frame tells what scopes a merchant has granted. */
  scopesPath: string;
  /** Where the frame asks what there is to choose of. */
  resourcesPath: string;
  scriptPath: string;
  shop: string;
}) {
  const { appUrl, tokenPath, scopesPath, resourcesPath, scriptPath, shop } = options;
  return html`<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${shop} · admin</title>
    <style>
      body { margin: 0; background: #1a1a1a; font: 14px/20px Inter, system-ui, sans-serif; display: grid; grid-template: 56px 1fr / 220px 1fr; height: 100vh; }
      [hidden] { display: none !important; }
      header { grid-column: 1 / 3; color: #fff; display: flex; align-items: center; gap: 12px; padding: 0 16px; }
      nav { background: #ebebeb; padding: 12px; border-top-left-radius: 12px; overflow: auto; }
      nav ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 2px; }
      nav a { display: block; padding: 6px 10px; border-radius: 8px; color: #303030; text-decoration: none; }
      nav a[aria-current] { background: #fff; font-weight: 650; }
      iframe { border: 0; width: 100%; height: 100%; background: #f1f1f1; }
      #save-bar { margin-inline: auto; display: flex; gap: 8px; align-items: center; background: #303030; padding: 6px 12px; border-radius: 10px; }
      #save-bar button { font: inherit; border-radius: 8px; border: 1px solid #8a8a8a; padding: 4px 12px; background: #fff; cursor: pointer; }
      #toasts { position: fixed; bottom: 24px; left: 50%; transform: translateX(-50%); display: grid; gap: 8px; z-index: 2; }
      .toast { margin: 0; background: #303030; color: #fff; padding: 10px 16px; border-radius: 8px; } .toast.error { background: #8e1f0b; }
      .picker { border: 0; border-radius: 12px; padding: 16px; width: min(520px, calc(100vw - 32px)); box-sizing: border-box; } .picker::backdrop { background: #0008; }
      .picker h2 { font-size: 14px; margin: 0 0 8px; } .picker label { display: flex; gap: 8px; padding: 8px 0; border-top: 1px solid #e3e3e3; }
      .picker button { font: inherit; border-radius: 8px; border: 1px solid #8a8a8a; padding: 4px 12px; background: #fff; margin: 8px 8px 0 0; }
      main { min-width: 0; }
      @media (max-width: 700px) { body { grid-template: 48px auto 1fr / 1fr; } header { grid-column: 1; } nav { border-radius: 0; padding: 6px; } nav ul { display: flex; flex-wrap: wrap; } }
    </style>
  </head>
  <body>
    <header>
      <strong>${shop.replace(/\.myshopify\.com$/, "")}</strong>
      <div id="save-bar" role="region" aria-label="Save bar" hidden>
        <span>Unsaved changes</span>
        <button type="button" id="discard">Discard</button>
        <button type="button" id="save">Save</button>
      </div>
    </header>
    <nav aria-label="App"><ul></ul></nav>
    <main><iframe title="Lojal" src="${appUrl}" data-token="${tokenPath}" data-scopes="${scopesPath}" data-resources="${resourcesPath}"></iframe></main>
    <div id="toasts" role="status" aria-live="polite"></div>
    <script src="${scriptPath}"></script>
  </body>
</html>`;
}
