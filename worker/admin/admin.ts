/**
 * The app in Shopify's admin: documents that tell nothing of any shop, the script and style of all of them, and, behind a session token, what they
 * show and the forms they send. One page is one file; this one lists them.
 */
import { type Context, Hono } from "hono";
import { SHOP_DOMAIN } from "../domain/shop-domain.ts";
import type { RequestContext } from "../http/context.ts";
import { requireSession } from "../http/session.ts";
import { actsPage } from "./acts-page.ts";
import { admitted, admittedAnew } from "./admit.ts";
import { apiKeyForms } from "./api-keys-section.ts";
import { BROWSER_SCRIPT } from "./browser-script.ts";
import { nameForms } from "./customer-names.ts";
import { document, outsideDocument, STYLE } from "./document.ts";
import { figuresFiles, figuresPage } from "./figures-page.ts";
import { healthForms, healthPage } from "./health-page.ts";
import { homePage } from "./home-page.ts";
import { exportFiles, importFile, importForms } from "./import-forms.ts";
import { importPage, oneImportPage } from "./import-page.ts";
import { memberForms } from "./member-forms.ts";
import { memberPage } from "./member-page.ts";
import { membersPage } from "./members-page.ts";
import { otherCurrencyPage } from "./other-currency-page.ts";
import { contentsPath, type NavigationLink, type Page } from "./page.ts";
import { programForms } from "./program-forms.ts";
import { programPage } from "./program-page.ts";
import { rewardForms } from "./reward-forms.ts";
import { rewardPage } from "./reward-page.ts";
import { rewardsPage } from "./rewards-page.ts";
import { settingsForms, settingsPage } from "./settings-page.ts";
import { setupForms } from "./setup-forms.ts";
import { setupPage } from "./setup-page.ts";
import { tierForms } from "./tier-forms.ts";
import { tierPage, tiersPage } from "./tiers-page.ts";
import { wordsForms, wordsPage } from "./words-page.ts";

/** In the order of the navigation. */
const PAGES: readonly Page[] = [
  homePage,
  setupPage,
  programPage,
  rewardsPage,
  rewardPage,
  tiersPage,
  tierPage,
  membersPage,
  memberPage,
  figuresPage,
  importPage,
  oneImportPage,
  healthPage,
  otherCurrencyPage,
  settingsPage,
  wordsPage,
  actsPage,
];

const links: NavigationLink[] = PAGES.flatMap(({ path, name }) =>
  name === null || path === "/" ? [] : [{ path, name }],
);

export const admin = new Hono<RequestContext>();

for (const { path, show } of PAGES) {
  /** Shopify opens it in a frame and says for which shop. Nobody believes it: it only says who may frame the document. */
  admin.get(path, (c) => {
    const shop = shopInQuery(c);
    c.header("Content-Security-Policy", policyFor(shop));
    return shop === null ? c.html(outsideDocument()) : c.html(document(c.var.rooms.settings.SHOPIFY_API_KEY, links));
  });
  admin.get(contentsPath(path), requireSession, path === "/" ? admittedAnew : admitted, async (c) => {
    const shown = await show(c);
    return shown instanceof Response ? shown : c.html(shown);
  });
}

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

admin.get("/admin/lojal.js", (c) => {
  c.header("Content-Type", "text/javascript; charset=utf-8");
  c.header("Cache-Control", "public, max-age=300");
  return c.body(BROWSER_SCRIPT);
});

admin.get("/admin/lojal.css", (c) => {
  c.header("Content-Type", "text/css; charset=utf-8");
  c.header("Cache-Control", "public, max-age=300");
  return c.body(STYLE);
});

admin.route("/admin/members", memberForms);
admin.route("/admin/customer-names", nameForms);
admin.route("/admin/figures", figuresFiles);
admin.route("/admin/import-file", importFile);
admin.route("/admin/import", importForms);
admin.route("/admin/export", exportFiles);
admin.route("/admin/health", healthForms);
admin.route("/admin/program", programForms);
admin.route("/admin/program", rewardForms);
admin.route("/admin/program", setupForms);
admin.route("/admin/program", tierForms);
admin.route("/admin/settings", settingsForms);
admin.route("/admin/words", wordsForms);
admin.route("/admin/settings/api-keys", apiKeyForms);

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
