/** The shopper's side of a local shop: its pages, its cart and checkout, and the road to the app behind `/apps/lojal`. */
import { readFile } from "node:fs/promises";
import { type Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { Carts, type HeldCart, type PricedCart, priceCart, quantityOf, setCodes, setQuantity } from "./carts.ts";
import type { PlacedOrder, StorefrontDeps, StoreShop } from "./deps.ts";
import { liquidAmount } from "./liquid-money.ts";
import { cartJson, productObject } from "./objects.ts";
import { extensionRoot, type PageRequest, renderPage, renderSections, themeRoot } from "./pages.ts";

const languages = ["en", "sv", "nb", "da", "fi", "de", "fr"];
const contentTypes: Record<string, string> = { js: "text/javascript", css: "text/css", svg: "image/svg+xml" };

const templates: Record<string, PageRequest["template"]> = {
  "/cart": "cart",
  "/collections/all": "collection",
  "/pages/loyalty": "page",
};

interface Visit {
  readonly shop: StoreShop;
  readonly customerId: string | null;
  readonly held: HeldCart;
  readonly cart: PricedCart;
}

class Shopfront {
  readonly deps: StorefrontDeps;
  readonly #carts = new Carts();

  constructor(deps: StorefrontDeps) {
    this.deps = deps;
  }

  customerOf(c: Context): string | null {
    const id = getCookie(c, "customer") ?? "";
    return /^\d{1,20}$/.test(id) ? id : null;
  }

  cartOf(c: Context): HeldCart {
    const held = this.#carts.open(getCookie(c, "cart"));
    if (getCookie(c, "cart") !== held.token)
      setCookie(c, "cart", held.token, { path: "/", httpOnly: true, sameSite: "Lax" });
    return held;
  }

  async visit(c: Context, held = this.cartOf(c)): Promise<Visit> {
    const shop = await this.deps.shop();
    const customerId = this.customerOf(c);
    return { shop, customerId, held, cart: await priceCart(held, shop, customerId, this.deps) };
  }

  async request(c: Context, visit: Visit, url: URL): Promise<PageRequest> {
    const { shop, cart, customerId } = visit;
    const handle = /^\/products\/([\w-]+)$/.exec(url.pathname)?.[1];
    const asked = url.searchParams.get("locale") ?? getCookie(c, "locale") ?? "en";
    const extra = {
      languages,
      members: await this.deps.customers(),
      all_products: shop.products.map((product) => productObject(product, shop)),
    };
    return {
      template: handle !== undefined ? "product" : (templates[url.pathname] ?? "index"),
      shop,
      cart,
      customerId,
      locale: languages.includes(asked) ? asked : "en",
      path: url.pathname,
      productHandle: handle,
      variantId: url.searchParams.get("variant") ?? undefined,
      extra,
    };
  }

  async page(c: Context): Promise<Response> {
    const url = new URL(c.req.url);
    const request = await this.request(c, await this.visit(c), url);
    if (
      request.template === "product" &&
      !request.shop.products.some(({ handle }) => handle === request.productHandle)
    ) {
      return c.text("There is no such product", 404);
    }
    const locale = url.searchParams.get("locale");
    if (locale !== null && languages.includes(locale)) setCookie(c, "locale", locale, { path: "/" });
    const names = url.searchParams.get("sections");
    if (names !== null) return c.json(await renderSections(request, this.deps, names.split(",")));
    return c.html(await renderPage(request, this.deps));
  }

  async thanks(c: Context, visit: Visit, order: PlacedOrder): Promise<Response> {
    const { currency } = visit.shop;
    const program = await this.deps.getMetafield({ kind: "app-installation" }, "lojal", "program");
    const emptied = await this.visit(c, visit.held);
    const request = await this.request(c, emptied, new URL("/", c.req.url));
    const shown = {
      name: order.name,
      total: liquidAmount(order.totalMinor, currency),
      discounts: order.discounts.map(({ code, amountMinor }) => ({
        code,
        amount: liquidAmount(amountMinor, currency),
      })),
      points:
        visit.customerId === null || program === null
          ? null
          : (pointsFor(visit.cart, program.value)?.toLocaleString(request.locale) ?? null),
    };
    return c.html(
      await renderPage({ ...request, template: "thanks", extra: { ...request.extra, placed: shown } }, this.deps),
    );
  }

  /** What a change of the cart answers: its JSON, with the sections that were asked for. */
  async changed(c: Context, held: HeldCart, body: Body): Promise<Response> {
    const visit = await this.visit(c, held);
    const names = sectionNames(body["sections"]);
    if (names.length === 0) return c.json(cartJson(visit.cart, visit.shop));
    const url = new URL(String(body["sections_url"] ?? "/cart"), c.req.url);
    const request = await this.request(c, visit, url);
    const sections = await renderSections(request, this.deps, names);
    return c.json({ ...cartJson(visit.cart, visit.shop), sections });
  }
}

/** An estimate for the thank-you page; the worker's own answer comes with the order's webhook. */
function pointsFor(cart: PricedCart, program: string): number | null {
  const { earn } = JSON.parse(program) as { earn?: { points: number; per_minor: number } };
  if (earn === undefined || earn.per_minor <= 0) return null;
  const earning = cart.lines.filter(({ product }) => !product.isGiftCard);
  const off = cart.subtotalMinor - cart.totalMinor;
  const eligible = Math.max(earning.reduce((sum, line) => sum + line.priceMinor, 0) - off, 0);
  return Math.floor((eligible * earn.points) / earn.per_minor);
}

type Body = Record<string, unknown>;

async function bodyOf(c: Context): Promise<Body> {
  const isJson = c.req.header("content-type")?.includes("json") ?? false;
  if (!isJson) return c.req.parseBody({ all: true });
  const body: unknown = await c.req.json();
  return body instanceof Object ? (body as Body) : {};
}

function sectionNames(given: unknown): string[] {
  if (Array.isArray(given)) return given.map(String);
  return typeof given === "string" && given !== "" ? given.split(",") : [];
}

/** `updates` as an object of variants and quantities (JSON), or `updates[ID]` fields (form). */
function updatesOf(body: Body): [variantId: string, quantity: number][] {
  const given = body["updates"];
  if (given instanceof Object) return Object.entries(given).map(([id, quantity]) => [id, Number(quantity)]);
  return Object.entries(body).flatMap(([name, quantity]): [string, number][] => {
    const id = /^updates\[(\d+)\]$/.exec(name)?.[1];
    return id === undefined ? [] : [[id, Number(quantity)]];
  });
}

function applyTo(held: HeldCart, body: Body): void {
  for (const [variantId, quantity] of updatesOf(body)) setQuantity(held, variantId, quantity);
  if (typeof body["discount"] === "string") setCodes(held, body["discount"]);
}

function addTo(held: HeldCart, shop: StoreShop, body: Body): boolean {
  const items = Array.isArray(body["items"]) ? (body["items"] as Body[]) : [body];
  return items.every((item) => {
    const id = String(item["id"] ?? "");
    const isSold = shop.products.some((product) => product.variants.some((variant) => variant.id === id));
    if (isSold) setQuantity(held, id, quantityOf(held, id) + Number(item["quantity"] ?? 1));
    return isSold;
  });
}

function addCart(app: Hono, front: Shopfront): void {
  const notSold = { status: 422, message: "Cart Error", description: "The product is not sold here." };
  app.get("/cart.js", async (c) => {
    const visit = await front.visit(c);
    return c.json(cartJson(visit.cart, visit.shop));
  });
  app.post("/cart/add.js", async (c) => {
    const [held, body] = [front.cartOf(c), await bodyOf(c)];
    return addTo(held, await front.deps.shop(), body) ? front.changed(c, held, body) : c.json(notSold, 422);
  });
  app.post("/cart/add", async (c) => {
    const added = addTo(front.cartOf(c), await front.deps.shop(), await bodyOf(c));
    return added ? c.redirect("/cart", 303) : c.text(notSold.description, 422);
  });
  app.post("/cart/update.js", async (c) => {
    const [held, body] = [front.cartOf(c), await bodyOf(c)];
    applyTo(held, body);
    return front.changed(c, held, body);
  });
  app.post("/cart/change.js", async (c) => {
    const [held, body] = [front.cartOf(c), await bodyOf(c)];
    const line = held.lines[Number(body["line"]) - 1];
    const id = line?.variantId ?? String(body["id"] ?? "").replace(/:.*/, "");
    if (quantityOf(held, id) > 0) setQuantity(held, id, Number(body["quantity"]));
    return front.changed(c, held, body);
  });
  app.post("/cart", async (c) => {
    applyTo(front.cartOf(c), await bodyOf(c));
    return c.redirect("/cart", 303);
  });
  // Shopify's link that carries a code: without script it is how a code gets on the cart.
  app.get("/discount/:code", (c) => {
    const held = front.cartOf(c);
    setCodes(held, [...held.codes, c.req.param("code")].join());
    const back = c.req.query("redirect") ?? "/";
    return c.redirect(/^\/(?!\/)/.test(back) ? back : "/", 303);
  });
}

function addAccountAndCheckout(app: Hono, front: Shopfront): void {
  app.post("/account/switch", async (c) => {
    const body = await bodyOf(c);
    const id = String(body["customer_id"] ?? "");
    const back = String(body["return_to"] ?? "/");
    setCookie(c, "customer", id, { path: "/", httpOnly: true, sameSite: "Lax", ...(id === "" && { maxAge: 0 }) });
    return c.redirect(/^\/(?!\/)/.test(back) ? back : "/", 303);
  });
  for (const path of ["/account/login", "/account/register"]) app.get(path, (c) => c.redirect("/#account", 303));
  app.post("/checkout", async (c) => {
    const visit = await front.visit(c);
    if (visit.cart.quantity === 0) return c.redirect("/cart", 303);
    const codes = visit.cart.codes.filter(({ applicable }) => applicable).map(({ code }) => code);
    const answer = await front.deps.checkout({ customerId: visit.customerId, lines: visit.held.lines, codes });
    if (!answer.ok) return c.text(`The checkout refused: ${answer.reason}`, 422);
    visit.held.lines = [];
    visit.held.codes = [];
    return front.thanks(c, visit, answer.order);
  });
}

export function createStorefront(deps: StorefrontDeps): Hono {
  const app = new Hono();
  const front = new Shopfront(deps);
  app.get("/", (c) => front.page(c));
  for (const path of Object.keys(templates)) app.get(path, (c) => front.page(c));
  app.get("/products/:handle", (c) => front.page(c));
  addCart(app, front);
  addAccountAndCheckout(app, front);
  app.all("/apps/lojal/*", async (c) => {
    const shop = await deps.shop();
    return deps.proxy(c.req.raw, { shop: shop.domain, customerId: front.customerOf(c) });
  });
  app.get("/assets/:owner{theme|lojal}/:file{[\\w-]+\\.(?:js|css|svg)}", async (c) => {
    const { owner, file } = c.req.param();
    const path = `${owner === "theme" ? themeRoot : extensionRoot}/assets/${file}`;
    const body = await readFile(path).catch(() => null);
    if (body === null) return c.notFound();
    return c.body(body, 200, { "content-type": contentTypes[file.replace(/.*\./, "")] ?? "text/plain" });
  });
  return app;
}
