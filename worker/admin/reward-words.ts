/** Rewards as staff read them: what each kind is, what a reward costs and gives. */
import type { Reward, RewardKind } from "../domain/rewards.ts";
import type { Formats } from "./formats.ts";

export const KINDS: Readonly<Record<RewardKind, { readonly name: string; readonly text: string }>> = {
  amount_off: { name: "Amount off", text: "A discount code that takes an amount off an order." },
  percentage_off: { name: "Percentage off", text: "A discount code that takes a percentage off an order." },
  free_shipping: { name: "Free shipping", text: "A discount code that makes shipping free." },
  free_product: { name: "Free product", text: "A discount code that makes one product free." },
  store_credit: { name: "Store credit", text: "Money in the customer’s account at your shop." },
  gift_card: { name: "Gift card", text: "A gift card of your shop, with a code." },
  donation: { name: "Donation", text: "An amount that you give to a cause; you see how much to give." },
  experience: { name: "Experience", text: "Something that you do by hand; it becomes a task for your staff." },
};

/** What it costs: "500 points", or "100 to 1,000 points in steps of 100". */
export function priceInWords({ cost, slider }: Reward, { number, points }: Formats): string {
  if (!slider) return points(cost);
  const { minPoints, maxPoints, stepPoints } = slider;
  return `${number(minPoints)} to ${points(maxPoints)}, in steps of ${number(stepPoints)}`;
}

/** What it gives, in a few words. */
export function worthInWords(reward: Reward, { money, number }: Formats): string {
  const { kind, valueMinor, slider, cost, percent, maximumShippingMinor, items } = reward;
  const worth = money(valueMinor);
  const each = slider ? ` for ${number(cost)} points` : "";
  switch (kind) {
    case "amount_off":
      return `${worth} off${each}`;
    case "percentage_off":
      return `${percent ?? 0} % off`;
    case "free_shipping":
      return maximumShippingMinor ? `Free shipping up to ${money(maximumShippingMinor)}` : "Free shipping";
    case "free_product":
      return `One of ${itemsInWords(items)}, up to ${money(valueMinor)}`;
    case "store_credit":
      return `${worth} of store credit${each}`;
    case "gift_card":
      return `A gift card of ${worth}${each}`;
    case "donation":
      return `${worth} given${each}`;
    case "experience":
      return "Done by hand";
  }
}

/** Under what conditions it can be had; empty where there are none. `tierNames` names tiers by their ids. */
export function conditionsInWords(
  reward: Reward,
  { money, number }: Formats,
  tierNames: ReadonlyMap<string, string>,
): string {
  const { minimumMinor, items, tiers, limit, kind } = reward;
  const all = [
    ...(minimumMinor === null ? [] : [`orders from ${money(minimumMinor)}`]),
    ...(items && kind !== "free_product" ? [`only ${itemsInWords(items)}`] : []),
    ...(tiers ? [`only ${tiers.map((id) => tierNames.get(id) ?? id).join(", ")}`] : []),
    ...(limit
      ? [`${number(limit.times)} times for each member${limit.days === null ? "" : ` in ${number(limit.days)} days`}`]
      : []),
  ];
  const text = all.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function itemsInWords(items: Reward["items"]): string {
  const products = items?.products.length ?? 0;
  const collections = items?.collections.length ?? 0;
  if (collections > 0) return `${collections} ${collections === 1 ? "collection" : "collections"}`;
  return `${products} ${products === 1 ? "product" : "products"}`;
}
