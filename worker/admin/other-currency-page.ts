/** Orders that earned nothing because they are in another currency than the shop's: newest first, why, and what can be done. */
import { html } from "hono/html";
import { viewOtherCurrency } from "../flows/view-other-currency.ts";
import { problem } from "../http/problem.ts";
import type { OrderInOtherCurrency, OtherCurrencyCount } from "../ledger/read-other-currency.ts";
import type { Shop } from "../shops/shops.ts";
import { formatsFor } from "./formats.ts";
import { emptyState, type Html, morePages, type Page, pageFrame, table } from "./page.ts";

const PATH = "/other-currency";

export const otherCurrencyPage: Page = {
  path: PATH,
  name: null,
  show: async (c) => {
    const before = c.req.query("before") ?? null;
    if (before !== null && !/^\d{1,20}$/.test(before))
      return problem(c, "invalid-request", "This list has no such page: open Health, and the list from there.");
    const { shop } = c.var;
    const { orders, next } = await viewOtherCurrency(c.var.rooms, shop, before);
    return pageFrame(
      { heading: "Orders in another currency", back: { path: "/health", name: "Health" } },
      orders.length === 0 ? null : explanation(shop.currency),
      html`<s-section padding="none" accessibilityLabel="Orders">${
        orders.length > 0
          ? orderTable(orders, shop)
          : before === null
            ? emptyState(
                "No order in another currency",
                `Your points are counted in ${shop.currency}. A paid order in another currency earns nothing, and would be listed here.`,
              )
            : emptyState("No older ones", "Orders that changed meanwhile may be here no more.")
      }
${morePages(next === null ? null : `${PATH}?before=${next}`) ?? ""}
</s-section>`,
    );
  },
};

/** Where there are any: how many, and the way to them. */
export function otherCurrencyNote(count: OtherCurrencyCount, number: (whole: number) => string): Html | null {
  const { orders, isMore } = count;
  if (orders === 0) return null;
  const many = `${isMore ? "More than " : ""}${number(orders)} ${orders === 1 ? "order" : "orders"}`;
  return html`<s-paragraph>${many} in another currency earned nothing. <s-link href="${PATH}">See ${orders === 1 ? "it" : "them"}, and what can be done</s-link></s-paragraph>`;
}

function explanation(currency: string): Html {
  return html`<s-section heading="Why they earned nothing">
<s-paragraph>Your points are counted in ${currency}. Nothing says how many points an amount in another currency would be, so these orders earned none.</s-paragraph>
<s-paragraph>If somebody is to have points for one of them, open the customer and adjust their points: they read your reason. An order that is cancelled leaves this list by itself.</s-paragraph>
<s-paragraph>If your shop has changed its currency at Shopify, this is so for every order since then: points go on being counted in ${currency}.</s-paragraph>
</s-section>`;
}

function orderTable(orders: readonly OrderInOtherCurrency[], shop: Shop): Html {
  const store = shop.domain.replace(/\.myshopify\.com$/, "");
  const { day } = formatsFor(shop);
  // Formats are dear to make, and a page has few currencies.
  const currencies = new Set(orders.map(({ currency }) => currency));
  const formats = new Map([...currencies].map((currency) => [currency, formatsFor({ ...shop, currency })]));
  const rows = orders.map((order) => {
    const { orderId, name, createdAtMs, currency, totalMinor } = order;
    return [
      html`<s-link href="https://admin.shopify.com/store/${store}/orders/${orderId}" target="_top">${name ?? orderId}</s-link>${name === null ? "" : html` <s-text color="subdued">${orderId}</s-text>`}`,
      day(createdAtMs),
      currency,
      formats.get(currency)?.money(totalMinor) ?? "",
      customerOf(order),
    ];
  });
  return table(
    [
      { name: "Order" },
      { name: "Placed" },
      { name: "Currency" },
      { name: "Total", isNumeric: true },
      { name: "Customer" },
    ],
    rows,
  );
}

function customerOf({ customerId, isForgotten }: OrderInOtherCurrency): Html | string {
  if (customerId !== null) return html`<s-link href="/members/${customerId}">${customerId}</s-link>`;
  return isForgotten ? "Forgotten" : "No customer";
}
