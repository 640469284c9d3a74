/** What the local Shopify knows: its shops, and in each the things an Admin API call or a checkout can touch. */
import type { Plan } from "./admin-cost.ts";
import { appScopes } from "./app-config.ts";
import { DiscountBook } from "./discount-book.ts";
import { customerIdOf, idText, type JsonObject, textOf } from "./exact-json.ts";
import { MetafieldBook } from "./metafield-book.ts";
import { MoneyBook } from "./money-book.ts";
import { type LocalProduct, sampleProducts } from "./sample-products.ts";
import { TokenIssuer } from "./token-issuer.ts";

/** The time of the local Shopify; tests hand in a hand-wound one. */
export type Clock = () => Date;

export const devShopDomain = "lojal-dev.myshopify.com";

export interface LocalCustomer {
  /** Numeric text, as everywhere outside GraphQL. */
  readonly id: string;
  readonly createdAt: Date;
  readonly tags: Set<string>;
  /** By which it can be looked up, by an app that may; null where it has none. Never shown. */
  email: string | null;
  /** Shown to an app that may. */
  firstName: string | null;
  lastName: string | null;
}

export interface LocalOrder {
  readonly gid: string;
  /** The last state as JSON text: what a webhook would carry, every digit as it came. */
  source: string;
  body: JsonObject;
  /** When the shop took this state: bodies from elsewhere bring times of their own along. */
  takenAt: Date;
}

export interface ShopSettings {
  readonly domain: string;
  readonly currency: string;
  readonly accessToken?: string | undefined;
  readonly name?: string | undefined;
  readonly timezone?: string | undefined;
  /** What the merchant granted; what shopify.app.toml asks for unless told. */
  readonly scopes?: readonly string[] | undefined;
  /** Basis points of value added tax on product lines; none when absent. */
  readonly taxBasisPoints?: number | undefined;
  readonly taxesIncluded?: boolean | undefined;
  /** How fast the shop may be asked; the smallest one unless told. */
  readonly plan?: Plan | undefined;
}

interface ShopContext {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly appId: string;
  readonly usageLagMs: number;
}

/** One shop, in memory. */
export class LocalShop {
  readonly id: string;
  readonly domain: string;
  readonly installationId: string;
  currency: string;
  name: string;
  timezone: string;
  locale = "en";
  taxBasisPoints: number;
  taxesIncluded: boolean;
  plan: Plan;
  readonly scopes: Set<string>;
  /** Those that do not expire. */
  readonly accessTokens = new Set<string>();
  readonly tokens: TokenIssuer;
  isAppInstalled = true;
  /** Protected customer data: level 1 is without names, addresses, phones and e-mails; level 2 is what an app must be approved for. */
  protectedDataLevel: 1 | 2 = 1;
  /** As of 2027 for every public app: a token that does not expire is refused. */
  refusesPermanentTokens = false;
  /** What is sold; whoever changes what is in a collection or has a tag puts other ones here. */
  products: readonly LocalProduct[];
  /** From a collection's number to its title. */
  readonly collections = new Map<string, string>();
  readonly customers = new Map<string, LocalCustomer>();
  readonly deletedCustomers = new Set<string>();
  readonly orders = new Map<string, LocalOrder>();
  readonly discounts: DiscountBook;
  readonly metafields: MetafieldBook;
  /** Store credit and gift cards. */
  readonly money: MoneyBook;
  readonly clock: Clock;
  readonly newId: () => string;
  #orderNumber = 1000;

  constructor(settings: ShopSettings, context: ShopContext) {
    this.clock = context.clock;
    this.newId = context.newId;
    this.tokens = new TokenIssuer(context.clock);
    this.id = context.newId();
    this.installationId = context.newId();
    this.domain = settings.domain;
    this.currency = settings.currency;
    this.name = settings.name ?? titleOf(settings.domain);
    this.timezone = settings.timezone ?? "Europe/Stockholm";
    this.taxBasisPoints = settings.taxBasisPoints ?? 0;
    this.taxesIncluded = settings.taxesIncluded ?? true;
    this.plan = settings.plan ?? "standard";
    this.scopes = new Set(settings.scopes ?? appScopes);
    if (settings.accessToken !== undefined) this.accessTokens.add(settings.accessToken);
    this.products = sampleProducts(context.newId);
    for (const { type, collections } of this.products) for (const id of collections) this.collections.set(id, type);
    this.discounts = new DiscountBook(context);
    this.metafields = new MetafieldBook(context);
    this.money = new MoneyBook(context);
  }

  get gid(): string {
    return `gid://shopify/Shop/${this.id}`;
  }

  get installationGid(): string {
    return `gid://shopify/AppInstallation/${this.installationId}`;
  }

  /** The shop's money format for Liquid, such as `€{{amount}}`. */
  get moneyFormat(): string {
    const parts = new Intl.NumberFormat("en", { style: "currency", currency: this.currency }).formatToParts(0);
    return `${parts.find((part) => part.type === "currency")?.value ?? this.currency}{{amount}}`;
  }

  /** What a token is worth: it opens the Admin API, it is not taken, or not any more because it does not expire. */
  admits(token: string): "yes" | "no" | "permanent" {
    if (this.tokens.admits(token)) return "yes";
    if (!this.accessTokens.has(token)) return "no";
    return this.refusesPermanentTokens ? "permanent" : "yes";
  }

  /** The merchant removes the app: its tokens are worth nothing from this moment. */
  removeApp(): void {
    this.isAppInstalled = false;
    this.accessTokens.clear();
    this.tokens.revokeAll();
  }

  /** Takes over new settings; what is absent stays, and an access token is added to those that are valid. */
  update(settings: ShopSettings): void {
    this.currency = settings.currency;
    this.name = settings.name ?? this.name;
    this.timezone = settings.timezone ?? this.timezone;
    this.taxBasisPoints = settings.taxBasisPoints ?? this.taxBasisPoints;
    this.taxesIncluded = settings.taxesIncluded ?? this.taxesIncluded;
    this.plan = settings.plan ?? this.plan;
    if (settings.accessToken !== undefined) this.accessTokens.add(settings.accessToken);
    if (settings.scopes !== undefined) {
      this.scopes.clear();
      for (const scope of settings.scopes) this.scopes.add(scope);
    }
  }

  /** Deletes a customer, and what apps have written on them. */
  deleteCustomer(id: string): void {
    this.customers.delete(id);
    this.deletedCustomers.add(id);
    this.metafields.forgetValues(`gid://shopify/Customer/${id}`);
  }

  /** The customer with this numeric id; one that was never seen is taken as the shop's own from now on. */
  adoptCustomer(id: string): LocalCustomer {
    const known = this.customers.get(id);
    if (known !== undefined) return known;
    const customer: LocalCustomer = {
      id,
      createdAt: this.clock(),
      tags: new Set(),
      email: null,
      firstName: null,
      lastName: null,
    };
    this.customers.set(id, customer);
    return customer;
  }

  nextOrderNumber(): number {
    this.#orderNumber += 1;
    return this.#orderNumber;
  }

  /** The order with this numeric id or gid. */
  order(idOrGid: string): LocalOrder | undefined {
    return this.orders.get(idOrGid.startsWith("gid:") ? idOrGid : `gid://shopify/Order/${idOrGid}`);
  }

  /**
   * Takes an order body as the order's state, unless a newer one is known. Returns undefined when the body names no
   * order.
   */
  takeOrder(source: string, body: JsonObject): { order: LocalOrder; before: JsonObject | undefined } | undefined {
    const gid = orderGid(body);
    if (gid === undefined) return undefined;
    const customer = customerIdOf(body);
    if (customer !== undefined) this.adoptCustomer(customer);
    const known = this.orders.get(gid);
    if (known === undefined) {
      const order = { gid, source, body, takenAt: this.clock() };
      this.orders.set(gid, order);
      return { order, before: undefined };
    }
    const before = known.body;
    if (updatedAt(body) >= updatedAt(before)) Object.assign(known, { source, body, takenAt: this.clock() });
    return { order: known, before };
  }
}

function titleOf(domain: string): string {
  const words = domain.replace(/\.myshopify\.com$/, "").split("-");
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(" ");
}

function orderGid(body: JsonObject): string | undefined {
  const gid = textOf(body["admin_graphql_api_id"]);
  if (gid?.startsWith("gid://shopify/Order/")) return gid;
  const id = idText(body["id"]);
  return id === undefined ? undefined : `gid://shopify/Order/${id}`;
}

/** When an order body says it was last changed, in milliseconds; 0 when it does not say. */
export function updatedAt(body: JsonObject): number {
  const parsed = Date.parse(textOf(body["updated_at"]) ?? "");
  return Number.isNaN(parsed) ? 0 : parsed;
}

export interface LocalShopifyOptions {
  readonly clock: Clock;
  /** How long a use of a code takes to appear in `asyncUsageCount`, which at Shopify lags; 0 unless told. */
  readonly usageLagMs?: number | undefined;
}

/** All shops. Ids start from the time, so that those of an earlier run, still in a database, do not come again. */
export class LocalShopify {
  readonly clock: Clock;
  readonly appId = "170200300";
  readonly #shops = new Map<string, LocalShop>();
  readonly #usageLagMs: number;
  #lastId: number;

  constructor(options: LocalShopifyOptions) {
    this.clock = options.clock;
    this.#usageLagMs = options.usageLagMs ?? 0;
    this.#lastId = Math.floor(options.clock().getTime() / 1000) * 100_000;
  }

  /** A new numeric id, unique over all shops and kinds of things. */
  newId = (): string => {
    this.#lastId += 1;
    return String(this.#lastId);
  };

  shop(domain: string): LocalShop | undefined {
    return this.#shops.get(domain);
  }

  shops(): LocalShop[] {
    return [...this.#shops.values()];
  }

  /** Adds a shop, or gives a known one new settings. */
  putShop(settings: ShopSettings): LocalShop {
    const known = this.#shops.get(settings.domain);
    if (known !== undefined) {
      known.update(settings);
      return known;
    }
    const context = { clock: this.clock, newId: this.newId, appId: this.appId, usageLagMs: this.#usageLagMs };
    const shop = new LocalShop(settings, context);
    this.#shops.set(shop.domain, shop);
    return shop;
  }
}
