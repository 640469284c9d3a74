/** The page in Shopify's admin, in Shopify's own elements. Where they do not load, their text is there all the same. */
import { html } from "hono/html";

/** App Bridge reads the key, and must be the first script there is. */
export function homePage(apiKey: string) {
  return html`<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="shopify-api-key" content="${apiKey}">
    <title>Lojal</title>
    <script src="https://cdn.shopify.com/shopifycloud/app-bridge.js"></script>
    <script src="https://cdn.shopify.com/shopifycloud/polaris-1.js"></script>
    <script src="/admin/home.js" defer></script>
  </head>
  <body>
    <s-page heading="Lojal">
      <s-section heading="Your loyalty program">
        <s-paragraph id="installation" role="status">Connecting to your shop …</s-paragraph>
        <s-paragraph id="program"></s-paragraph>
        <s-paragraph id="scopes"></s-paragraph>
      </s-section>
    </s-page>
    <noscript>Lojal needs JavaScript here: Shopify's admin says who you are by it.</noscript>
  </body>
</html>`;
}

/** For whoever comes from elsewhere than Shopify's admin. */
export function outsidePage() {
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
