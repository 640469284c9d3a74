/** The app in Shopify's admin: one page, the script that fills it, and what it asks for. The page itself tells nothing of any shop. */
import { type Context, Hono } from "hono";
import { SHOP_DOMAIN } from "../domain/shop-domain.ts";
import { admitShop } from "../flows/install-shop.ts";
import { readHome } from "../flows/read-home.ts";
import type { RequestContext } from "../http/context.ts";
import { problem } from "../http/problem.ts";
import { badSession, requireSession } from "../http/session.ts";
import { homePage, outsidePage } from "./home-page.ts";
import { HOME_SCRIPT } from "./home-script.ts";

export const admin = new Hono<RequestContext>();

/** Shopify opens it in a frame and says for which shop. Nobody believes it: it only says who may frame the page. */
admin.get("/", (c) => {
  const shop = shopInQuery(c);
  c.header("Content-Security-Policy", policyFor(shop));
  return shop === null ? c.html(outsidePage()) : c.html(homePage(c.var.rooms.settings.SHOPIFY_API_KEY));
});

/**
 * With managed installation Shopify redirects nobody here, but an app's configuration has to name such an address. Who comes all the same is led
 * to the app.
 */
admin.get("/auth/callback", (c) => {
  const shop = shopInQuery(c);
  if (shop === null) return c.redirect("/", 302);
  const name = shop.replace(/\.myshopify\.com$/, "");
  return c.redirect(`https://admin.shopify.com/store/${name}/apps/${c.var.rooms.settings.SHOPIFY_API_KEY}`, 302);
});

admin.get("/admin/home.js", (c) => {
  c.header("Content-Type", "text/javascript; charset=utf-8");
  c.header("Cache-Control", "public, max-age=300");
  return c.body(HOME_SCRIPT);
});

/** The first request of a shop installs it. */
admin.get("/admin/home", requireSession, async (c) => {
  const admission = await admitShop(c.var.rooms, c.var.session);
  switch (admission.kind) {
    case "refused":
      return badSession(c);
    case "try-again":
      return problem(c, "try-again", "Shopify did not answer, or the shop is being installed at this moment.");
    case "admitted": {
      const { shop, programVersion, isPainted, missingScopes } = readHome(admission.shop);
      return c.json({ shop, program_version: programVersion, painted: isPainted, missing_scopes: missingScopes });
    }
  }
});

function shopInQuery(c: Context<RequestContext>): string | null {
  const shop = c.req.query("shop") ?? "";
  return SHOP_DOMAIN.test(shop) ? shop : null;
}

/**
 * Scripts are ours and Shopify's, none is in the page. Shopify's components style themselves in the page, which a policy without
 * 'unsafe-inline' would forbid them.
 */
function policyFor(shop: string | null): string {
  const cdn = "https://cdn.shopify.com";
  return [
    "default-src 'none'",
    `script-src 'self' ${cdn}`,
    `style-src 'self' 'unsafe-inline' ${cdn}`,
    `img-src 'self' data: ${cdn}`,
    `font-src ${cdn}`,
    `connect-src 'self' ${cdn}`,
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${shop === null ? "'none'" : `https://${shop} https://admin.shopify.com`}`,
  ].join("; ");
}
