/** The document that Shopify frames: it is the same for every page and every shop, and tells nothing of any. Its script asks for the page. */
import { html } from "hono/html";
import type { NavigationLink } from "./page.ts";

/** App Bridge reads the key, and must be the first script there is. */
export function document(apiKey: string, links: readonly NavigationLink[]) {
  return html`<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="shopify-api-key" content="${apiKey}">
    <title>Lojal</title>
    <script src="https://cdn.shopify.com/shopifycloud/app-bridge.js"></script>
    <script src="https://cdn.shopify.com/shopifycloud/polaris-1.js"></script>
    <link rel="stylesheet" href="/admin/lojal.css">
    <script src="/admin/lojal.js" defer></script>
  </head>
  <body>
    <s-app-nav>
      <s-link href="/" rel="home">Home</s-link>
      ${links.map(({ path, name }) => html`<s-link href="${path}">${name}</s-link>`)}
    </s-app-nav>
    <div id="page" tabindex="-1" aria-busy="true">
      <s-page heading="Lojal">
        <s-section heading="One moment">
          <s-paragraph>Loading …</s-paragraph>
        </s-section>
      </s-page>
    </div>
    <noscript>Lojal needs JavaScript here: Shopify's admin says who you are by it.</noscript>
  </body>
</html>`;
}

/** For whoever comes from elsewhere than Shopify's admin. */
export function outsideDocument() {
  return html`<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Lojal</title>
  </head>
  <body>
    <h1>Lojal</h1>
    <p>Open the app from the admin of your Shopify shop, under Apps.</p>
  </body>
</html>`;
}

/** The little that Shopify's elements do not bring. */
export const STYLE = `#page:focus { outline: none; }
#page[aria-busy="true"] > * { opacity: 0.6; transition: opacity 0.2s 0.15s; }
.lojal-figure { font-size: 1.5rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
.lojal-day { white-space: nowrap; }
.lojal-code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
form { display: contents; }
[data-picks][hidden] { display: none; }
.lojal-plot svg { display: block; width: 100%; height: auto; font: 12px/1 inherit; fill: currentColor; overflow: visible; }
.lojal-plot .lojal-plot-narrow { display: none; }
.lojal-plot-axis { font-weight: 600; }
.lojal-plot-grid { stroke: currentColor; opacity: 0.25; }
.lojal-plot-legend { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 8px 0 0; padding: 0; list-style: none; }
.lojal-plot-legend svg { display: inline-block; width: 36px; height: 12px; vertical-align: middle; }
.lojal-definition summary { cursor: pointer; }
.lojal-definition p { margin: 4px 0 8px; max-width: 60ch; }
@media (max-width: 560px) {
  .lojal-plot .lojal-plot-wide { display: none; }
  .lojal-plot .lojal-plot-narrow { display: block; }
}
`;
