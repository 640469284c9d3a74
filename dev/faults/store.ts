/** A shop of the local Shopify whose customers trade, and what its books must come to. */
import { formatMoney } from "../../worker/domain/money.ts";
import { oraclePoints } from "../oracle/order-points.ts";
import { idText, isObject } from "../shopify/exact-json.ts";
import type { RunningLocalShopify } from "../shopify/local-shopify.ts";
import type { LocalOrder, LocalShop } from "../shopify/shop-state.ts";

/** What Shopify posts: signed, and good for as many posts as one likes. */
export interface Delivery {
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface Earning {
  readonly points: number;
  readonly perMinor: number;
}

/** What orders of that moment and later earn. */
interface Rate extends Earning {
  readonly fromMs: number;
}

export class Store {
  readonly shop: LocalShop;
  readonly shopify: RunningLocalShopify;
  readonly #rates: Rate[];
  readonly #outbox: Map<string, Delivery[]>;
  /** Orders of people who were forgotten since. */
  readonly #nobodys = new Set<string>();
  /** Who became part of whom. */
  readonly #mergedInto = new Map<string, string>();

  constructor(shopify: RunningLocalShopify, shop: LocalShop, earning: Earning, outbox: Map<string, Delivery[]>) {
    this.shopify = shopify;
    this.shop = shop;
    this.#rates = [{ ...earning, fromMs: Number.NEGATIVE_INFINITY }];
    this.#outbox = outbox;
  }

  get domain(): string {
    return this.shop.domain;
  }

  /** Takes what Shopify has to tell the app since the last time. */
  take(): Delivery[] {
    return this.#outbox.get(this.domain)?.splice(0) ?? [];
  }

  async buy(customerId: string | null, total: string, codes: readonly string[] = []): Promise<LocalOrder> {
    const bought = await this.shopify.checkout(this.shop, { customerId, total, codes });
    if (!bought.ok) throw new Error(`The local checkout refused: ${bought.reason}`);
    return bought.order;
  }

  /** So many orders of the customers, some of several lines, a part of them refunded or cancelled since. */
  async trade(count: number, customers: readonly string[], random: () => number): Promise<void> {
    const one = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];
    const variants = this.shop.products.flatMap((product) => product.variants.map(({ id }) => id));
    for (let index = 0; index < count; index++) {
      const lines = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
        variantId: one(variants) ?? "",
        quantity: 1 + Math.floor(random() * 3),
      }));
      const bought = await this.shopify.checkout(this.shop, {
        customerId: one(customers) ?? null,
        ...(random() < 0.5
          ? { lines }
          : { total: `${1 + Math.floor(random() * 500)}.${random() < 0.5 ? "00" : "49"}` }),
      });
      if (!bought.ok) throw new Error(`The local checkout refused: ${bought.reason}`);
      const order_id = bought.order.gid.split("/").at(-1) ?? "";
      const fate = random();
      if (fate < 0.2) await this.shopify.refund(this.shop, { order_id, lines: [{ index: 0, quantity: 1 }] });
      else if (fate < 0.25) await this.shopify.refund(this.shop, { order_id, amount: "0.50" });
      else if (fate < 0.3) await this.shopify.cancel(this.shop, { order_id });
    }
  }

  /** Shopify's merchant makes one customer of two. */
  merge(kept: string, merged: string): void {
    this.#mergedInto.set(merged, kept);
    this.shopify.webhooks.emit(this.shop, "customers/merge", {
      admin_graphql_api_customer_kept_id: `gid://shopify/Customer/${kept}`,
      admin_graphql_api_customer_deleted_id: `gid://shopify/Customer/${merged}`,
      admin_graphql_api_job_id: null,
      status: "completed",
      errors: [],
    });
  }

  /** The rules change: an order from then on earns otherwise, one from before keeps its rate. */
  change(rate: Rate): void {
    this.#rates.push(rate);
  }

  /** Shopify asks for a person to be forgotten: all that they bought is nobody's, and who comes back under this number is somebody new. */
  redact(customerId: string): void {
    const person = this.presentName(customerId);
    for (const [orderId, { customerId: owner }] of this.expectedOrders())
      if (owner === person) this.#nobodys.add(orderId);
    for (const [merged] of this.#mergedInto) if (this.presentName(merged) === person) this.#mergedInto.delete(merged);
    this.shopify.webhooks.emit(this.shop, "customers/redact", {
      shop_id: Number(this.shop.id),
      shop_domain: this.domain,
      customer: { id: Number(customerId), email: `${customerId}@example.com`, phone: "555-625-1199" },
      orders_to_redact: [],
    });
  }

  /** The merchant removes the app: its tokens are worth nothing from now on. */
  uninstall(): void {
    this.shop.removeApp();
    this.shopify.webhooks.emit(this.shop, "app/uninstalled", { id: Number(this.shop.id), domain: this.domain });
  }

  /** What each order is worth by the oracle, and whose it is (null: nobody's any more); the orders of guests are worth nothing. */
  expectedOrders(): Map<string, { readonly customerId: string | null; readonly points: number }> {
    const orders = new Map<string, { customerId: string | null; points: number }>();
    for (const { gid, body } of this.shop.orders.values()) {
      const customer = isObject(body["customer"]) ? idText(body["customer"]["id"]) : undefined;
      if (customer === undefined) continue;
      const orderId = gid.split("/").at(-1) ?? "";
      const worth = oraclePoints(
        JSON.parse(JSON.stringify(body)),
        this.#rateAt(body["created_at"]),
        this.shop.currency,
      );
      orders.set(orderId, {
        customerId: this.#nobodys.has(orderId) ? null : this.presentName(customer),
        points: worth,
      });
    }
    return orders;
  }

  presentName(customerId: string): string {
    const kept = this.#mergedInto.get(customerId);
    return kept === undefined ? customerId : this.presentName(kept);
  }

  #rateAt(createdAt: unknown): { readonly points: number; readonly perUnits: string } {
    const atMs = Date.parse(String(createdAt));
    const rate = this.#rates.findLast(({ fromMs }) => fromMs <= atMs);
    if (!rate) throw new Error("An order without a time has no rate.");
    return { points: rate.points, perUnits: formatMoney(rate.perMinor, this.shop.currency) };
  }
}
