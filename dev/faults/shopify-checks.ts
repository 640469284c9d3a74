/** I8 in both places: what the ledger says of each redemption against what Shopify would do with its code. */
import type { LocalDiscount } from "../shopify/discount-book.ts";
import type { LocalShop } from "../shopify/shop-state.ts";
import type { ShopifyWorld, StoryShop } from "./shopify-world.ts";

interface RedemptionRow {
  readonly shop_id: number;
  readonly id: string;
  readonly state: string;
  readonly code: string;
  readonly customer_id: string;
  readonly discount_id: string | null;
  readonly used_by_order: string | null;
  readonly holds: number;
}

export interface Ending {
  readonly shopId: number;
  readonly id: string;
  readonly state: string;
  readonly faults: readonly string[];
}

/** Each redemption ends with exactly one usable code or with its points back: never both, never neither. */
export async function endingsOf(world: ShopifyWorld, places: readonly StoryShop[]): Promise<Ending[]> {
  const rows = await world.look<RedemptionRow>(`
    select r.shop_id, r.id::text, r.state, r.code, r.discount_id, r.used_by_order, m.customer_id,
      (select count(*)::int from entries e where e.shop_id = r.shop_id and e.redemption_id = r.id and e.kind = 'hold') as holds
    from redemptions r join members m on m.shop_id = r.shop_id and m.id = r.member_id`);
  const locals = new Map(places.map(({ shop, local }) => [shop.id, local]));
  const endings = rows.flatMap((row) => {
    const local = locals.get(row.shop_id);
    if (!local) return [];
    const texts = [...fateFaults(row, local), ...(row.holds === 1 ? [] : [`I9: held ${row.holds} times`])];
    const faults = texts.map((text) => `${text} (${row.state} ${row.id})`);
    return [{ shopId: row.shop_id, id: row.id, state: row.state, faults }];
  });
  return [...endings, ...strays(rows, locals)];
}

function fateFaults(row: RedemptionRow, local: LocalShop): string[] {
  const { discounts } = local;
  const discount = discounts.findByCode(row.code);
  const refusal = discounts.refusal(row.code, { customerId: row.customer_id, subtotal: 1_000_000, quantity: 1 });
  switch (row.state) {
    case "issued":
      if (!discount) return ["I8: the points are held and Shopify has no code"];
      if (refusal) return [`I8: the points are held and the code cannot be used: ${refusal.reason}`];
      return [
        ...(discount.gid === row.discount_id ? [] : ["I8: another discount than ours"]),
        ...termFaults(row, discount),
      ];
    case "used":
      return discount?.uses.length === 1 && discount.uses[0]?.orderGid.endsWith(`/${row.used_by_order}`)
        ? []
        : [`I8: spent by order ${row.used_by_order}; Shopify counts ${discount?.uses.length ?? "no"} uses`];
    case "released":
      if (!refusal) return ["I8: the points are back and the code can be used"];
      return discount?.uses.length ? ["I8: the points are back and the code was used"] : [];
    default:
      return ["I8: not at its end"];
  }
}

/** For one customer, once. */
function termFaults(row: RedemptionRow, discount: LocalDiscount): string[] {
  const isBound = discount.customers !== "all" && discount.customers.join() === row.customer_id;
  return isBound && discount.usageLimit === 1 && discount.endsAt !== null
    ? []
    : ["I8: a code that others can use, or often"];
}

/** Codes at Shopify that no redemption knows. */
function strays(rows: readonly RedemptionRow[], locals: ReadonlyMap<number, LocalShop>): Ending[] {
  const known = new Set(rows.map((row) => `${row.shop_id}/${row.code}`));
  return [...locals].flatMap(([shopId, local]) =>
    local.discounts.all().flatMap(({ code }) => {
      const faults = ["I8: Shopify has a code that belongs to no redemption"];
      return known.has(`${shopId}/${code}`) ? [] : [{ shopId, id: code, state: "stray", faults }];
    }),
  );
}
