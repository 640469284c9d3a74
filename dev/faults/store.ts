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

export class Store {
  readonly shop: LocalShop;
  readonly shopify: RunningLocalShopify;
  readonly earning: Earning;
  readonly #outbox: Map<string, Delivery[]>;
  /** Who became part of whom. */
  readonly #mergedInto = new Map<string, string>();

  constructor(shopify: RunningLocalShopify, shop: LocalShop, earning: Earning, outbox: Map<string, Delivery[]>) {
    this.shopify = shopify;
    this.shop = shop;
    this.earning = earning;
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

  /** What each order is worth by the oracle, and whose it is; the orders of guests are worth nothing. */
  expectedOrders(): Map<string, { readonly customerId: string; readonly points: number }> {
    const orders = new Map<string, { customerId: string; points: number }>();
    const { points, perMinor } = this.earning;
    const rate = { points, perUnits: formatMoney(perMinor, this.shop.currency) };
    for (const { gid, body } of this.shop.orders.values()) {
      const customer = isObject(body["customer"]) ? idText(body["customer"]["id"]) : undefined;
      if (customer === undefined) continue;
      const worth = oraclePoints(JSON.parse(JSON.stringify(body)), rate, this.shop.currency);
      orders.set(gid.split("/").at(-1) ?? "", { customerId: this.presentName(customer), points: worth });
    }
    return orders;
  }

  presentName(customerId: string): string {
    return this.#mergedInto.get(customerId) ?? customerId;
  }
}
