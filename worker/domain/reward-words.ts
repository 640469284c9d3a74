/** Changes of a program's rewards as sentences for staff. */
import { counted, instead, money, number, plainChange, record } from "./plain-words.ts";
import type { Program } from "./program.ts";
import type { Change } from "./program-difference.ts";
import type { CombinesWith, Reward, RewardItems, RewardKind, RewardLimit, Slider } from "./rewards.ts";

interface Context {
  readonly before: Program | null;
  readonly after: Program;
  readonly currency: string;
}

/** One sentence for one change below `rewards`. */
export function rewardSentence(change: Change, context: Context): string {
  const [, id, ...field] = change.path;
  if (id === undefined) return "The rewards are listed in another order.";
  const reward = rewardOf(context, id);
  const name = `The reward “${reward?.name ?? id}”`;
  if (field.length > 0) return `${name} ${fieldWords(change, field, reward, context)}.`;
  if (change.kind === "removed") return `${name} is offered no more.`;
  return `${name} is new: ${inShort(change.after as Reward, context)}.`;
}

const KINDS: Readonly<Record<RewardKind, string>> = {
  amount_off: "an amount off",
  percentage_off: "a percentage off",
  free_shipping: "free shipping",
  free_product: "a free product",
  store_credit: "store credit",
  gift_card: "a gift card",
  donation: "a donation",
  experience: "something that you do by hand",
};

/** What differs in one reward. */
function fieldWords(change: Change, field: readonly string[], reward: Reward | null, context: Context): string {
  const [setting = "", part] = field;
  const words = part === undefined ? (SETTINGS[setting] ?? null) : (PARTS[setting] ?? null);
  return (
    words?.(change, { ...context, reward, part: part ?? "" }) ?? `has ${plainChange(change, field, context.currency)}`
  );
}

interface FieldContext extends Context {
  readonly reward: Reward | null;
  readonly part: string;
}

/** Null where there are no words of its own for such a change. */
type Words = (change: Change, context: FieldContext) => string | null;

/** For settings that are one value for another. */
function ifSet(words: (change: Change, context: FieldContext) => string): Words {
  return (change, context) => (change.kind === "set" ? words(change, context) : null);
}

const isNone = (value: unknown) => value === null || value === undefined;
const was = (before: unknown, words: (before: unknown) => string) => (isNone(before) ? "" : instead(before, words));

const SETTINGS: Readonly<Record<string, Words>> = {
  name: ifSet(({ before }) => `was called “${String(before)}”`),
  kind: ifSet(
    ({ before, after }) => `is ${kindName(after)} now${isNone(before) ? "" : `, and was ${kindName(before)}`}`,
  ),
  cost: ifSet(({ before, after }) => `costs ${counted(after, "point")}${was(before, number)}`),
  valueMinor: ifSet(({ before, after }, { reward, currency }) => {
    const amount = (minor: unknown) => money(Number(minor), currency);
    // Kinds without an amount hold 0, which is not told as a sum.
    if (after === 0) return "has no amount any more";
    return `${gives(reward?.kind ?? "amount_off", amount(after))}${was(before || null, amount)}`;
  }),
  percent: ifSet(({ before, after }) =>
    isNone(after)
      ? "takes no percentage off"
      : `takes ${number(after)} % off${was(before, (share) => `${number(share)} %`)}`,
  ),
  minimumMinor: ifSet(({ before, after }, { currency }) => {
    const amount = (minor: unknown) => money(Number(minor), currency);
    return isNone(after)
      ? "can be used on orders of any amount"
      : `can be used on orders from ${amount(after)} on${was(before, amount)}`;
  }),
  codeDays: ifSet(({ before, after }) => `is good for ${counted(after, "day")}${was(before, number)}`),
  maximumShippingMinor: ifSet(({ before, after }, { currency }) => {
    const amount = (minor: unknown) => money(Number(minor), currency);
    return isNone(after)
      ? "is good for shipping at any price"
      : `is good for shipping up to ${amount(after)}${was(before, amount)}`;
  }),
  slider: ifSet(({ after }) => (record(after) === null ? "has one price" : sliderWords(after as Slider))),
  items: ifSet(({ after }) =>
    record(after) === null ? "is for the whole order" : `is only for ${itemsInWords(after as RewardItems)}`,
  ),
  combinesWith: ifSet(({ after }) =>
    record(after) === null ? "goes together with free shipping only" : togetherWith(after as CombinesWith),
  ),
  tiers: (change, context) => {
    if (change.kind === "added") return `is for ${tierName(change.after, context)}, too`;
    if (change.kind === "removed") return `is not for ${tierName(change.before, context)} any more`;
    if (change.kind === "order") return "lists its tiers in another order";
    return Array.isArray(change.after)
      ? `is only for ${listed(change.after.map((id) => tierName(id, context)))}`
      : "is for everybody";
  },
  stock: ifSet(({ before, after }) =>
    isNone(after) ? "has no end of it" : `can be had ${counted(after, "time")} in all${was(before, number)}`,
  ),
  limit: ifSet(({ after }) =>
    record(after) === null ? "can be had as often as a member likes" : limitWords(after as RewardLimit),
  ),
};

/** Settings that are made of several, where only some of these differ. */
const PARTS: Readonly<Record<string, Words>> = {
  slider: ifSet(({ before, after }, { part }) => {
    const points = `${counted(after, "point")}${was(before, number)}`;
    if (part === "minPoints") return `can be had from ${points} on`;
    return part === "maxPoints" ? `can be had for up to ${points}` : `goes in steps of ${points}`;
  }),
  items: (change, { part }) => {
    const what = part === "collections" ? "collection" : "product";
    if (change.kind === "added") return `is for ${what} ${String(change.after)}, too`;
    return change.kind === "removed" ? `is not for ${what} ${String(change.before)} any more` : null;
  },
  combinesWith: ifSet(({ after }, { part }) => {
    const other = { order: "discounts on the order", product: "discounts on products", shipping: "free shipping" }[
      part
    ];
    return after === true ? `goes together with ${other}` : `does not go together with ${other}`;
  }),
  limit: ifSet(({ before, after }, { part }) => {
    if (part === "times") return `can be had ${counted(after, "time")} by each member${was(before, number)}`;
    return isNone(after)
      ? "has its limit for ever"
      : `has its limit within ${counted(after, "day")}${isNone(before) ? " instead of for ever" : instead(before, number)}`;
  }),
};

/** A new reward in one breath. */
function inShort(reward: Reward, context: Context): string {
  const { kind, cost, valueMinor, percent, minimumMinor, codeDays, maximumShippingMinor } = reward;
  const { slider, items, combinesWith, tiers } = reward;
  const { currency } = context;
  const worth = valueMinor > 0 ? gives(kind, money(valueMinor, currency)) : `is ${KINDS[kind]}`;
  const all = [
    isNone(percent) ? worth : `takes ${percent} % off`,
    `costs ${counted(cost, "point")}${slider ? ` for that, and ${sliderWords(slider)}` : ""}`,
    ...(isNone(minimumMinor) ? [] : [`is for orders from ${money(Number(minimumMinor), currency)} on`]),
    ...(isNone(maximumShippingMinor)
      ? []
      : [`is good for shipping up to ${money(Number(maximumShippingMinor), currency)}`]),
    ...(items ? [`is only for ${itemsInWords(items)}`] : []),
    ...(combinesWith ? [togetherWith(combinesWith)] : []),
    ...(tiers ? [`is only for ${listed(tiers.map((id) => tierName(id, context)))}`] : []),
    ...(isNone(reward.stock) ? [] : [`can be had ${counted(reward.stock, "time")} in all`]),
    ...(reward.limit ? [limitWords(reward.limit)] : []),
    ...(kind === "donation" || kind === "experience" ? [] : [`is good for ${counted(codeDays, "day")}`]),
  ];
  return `it ${listed(all)}`;
}

function gives(kind: RewardKind, amount: string): string {
  switch (kind) {
    case "free_product":
      return `takes up to ${amount} off a product`;
    case "store_credit":
      return `credits ${amount}`;
    case "gift_card":
      return `is a gift card of ${amount}`;
    case "donation":
      return `gives ${amount} to a cause`;
    case "amount_off":
      return `takes ${amount} off`;
    case "percentage_off":
    case "free_shipping":
    case "experience":
      return `is worth ${amount}`;
  }
}

function kindName(kind: unknown): string {
  return Object.entries(KINDS).find(([name]) => name === kind)?.[1] ?? String(kind);
}

function sliderWords({ minPoints, maxPoints, stepPoints }: Slider): string {
  return `lets the customer choose from ${number(minPoints)} to ${counted(maxPoints, "point")} in steps of ${number(stepPoints)}`;
}

function limitWords({ times, days }: RewardLimit): string {
  return `can be had ${counted(times, "time")} by each member${days === null ? "" : ` within ${counted(days, "day")}`}`;
}

function itemsInWords({ products, collections }: RewardItems): string {
  const of = (noun: string, ids: readonly string[]) =>
    ids.length === 0 ? [] : [`${noun}${ids.length === 1 ? "" : "s"} ${ids.join(", ")}`];
  return [...of("product", products), ...of("collection", collections)].join(" and ") || "nothing";
}

function togetherWith({ order, product, shipping }: CombinesWith): string {
  const all = [
    ...(order ? ["discounts on the order"] : []),
    ...(product ? ["discounts on products"] : []),
    ...(shipping ? ["free shipping"] : []),
  ];
  return all.length === 0 ? "goes together with no other discount" : `goes together with ${listed(all)}`;
}

/** As customers and staff call it; the draft's name before the one of today. */
function tierName(id: unknown, { before, after }: Context): string {
  const levels = [...(after.tiers?.levels ?? []), ...(before?.tiers?.levels ?? [])];
  return `“${levels.find((tier) => tier.id === id)?.name ?? String(id)}”`;
}

function rewardOf({ before, after }: Context, id: string): Reward | null {
  return [...after.rewards, ...(before?.rewards ?? [])].find((reward) => reward.id === id) ?? null;
}

function listed(all: readonly string[]): string {
  return all.length < 2 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}
