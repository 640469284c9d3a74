/** Explanations in English. */
import { capital, numbersIn } from "./numbers.ts";
import type { ExplanationTexts, Name } from "./texts.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const numbers = numbersIn({
  group: ",",
  decimal: ".",
  date: ({ year, month, day }) => `${MONTHS[month - 1]} ${day}, ${year}`,
});
const { number } = numbers;
const points = (count: number): string => `${number(count)} ${Math.abs(count) === 1 ? "point" : "points"}`;
const were = (count: number): string => `${points(count)} ${count === 1 ? "was" : "were"}`;
const are = (count: number): string => `${points(count)} ${count === 1 ? "is" : "are"}`;
const order = (name: Name): string => (name === null ? "the order" : `order ${name}`);
const reward = (name: Name): string => (name === null ? "the reward" : `the reward “${name}”`);
const months = (count: number): string => (count === 1 ? "1 month" : `${count} months`);

export const english: ExplanationTexts = {
  ...numbers,
  points,
  rate: (count, per) => `${points(count)} per ${per}`,
  sentences: {
    earned: (name, count, from) =>
      `${capital(order(name))} earned ${points(count)}${from ? `: ${from.amount} at ${from.rate}` : ""}.`,
    earnedMore: (name, count, { now, before }) =>
      `${capital(order(name))} is worth ${points(now)} now instead of ${number(before)}: ${points(count)} more.`,
    usableFrom: (count, date) => `${points(count)} can be used from ${date}.`,
    usableNow: (count) => `${points(count)} can be used now.`,
    takenBack: (count, why) => `${were(count)} taken back: ${why}.`,
    worthNow: ({ now, before }) => `It is worth ${points(now)} now instead of ${number(before)}.`,
    owed: (count) => `${are(count)} owed: new points cover ${count === 1 ? "it" : "them"} first.`,
    forgiven: (count) => `${were(count)} no longer there, and nothing is owed for ${count === 1 ? "it" : "them"}.`,
    lapsed: (count) => `${points(count)} of this order had expired already.`,
    repaid: (count) => `${points(count)} covered what was owed.`,
    matured: (name, count) =>
      `${are(count)} no longer pending: ${name === null ? "the waiting time" : `the return window of ${order(name)}`} has passed.`,
    expired: (count, why) => `${points(count)} expired: ${why}.`,
    held: (name, count) =>
      `${are(count)} reserved for ${reward(name)}. ${count === 1 ? "It comes" : "They come"} back if the code is not used.`,
    chosen: (name, count) =>
      `${are(count)} reserved for ${reward(name)}. ${count === 1 ? "It comes" : "They come"} back if it does not come about.`,
    donated: (name, count) => `${were(count)} given ${name === null ? "as a donation" : `for “${name}”`}.`,
    used: (name, used, count) =>
      `${capital(reward(name))} was used with ${order(used)}: the reservation of ${points(count)} is spent.`,
    donationMade: (name, count) =>
      `The donation${name === null ? "" : ` “${name}”`} is made: the reservation of ${points(count)} is spent.`,
    received: (name, count) => `${capital(reward(name))} was received: the reservation of ${points(count)} is spent.`,
    notReceived: (reason, name, count) => {
      const end = {
        cancelled: "was cancelled",
        expired: "was not received in time",
        refused: "could not be given",
        other: "is no longer valid",
      };
      return `${are(count)} back: ${reward(name)} ${end[reason]}.`;
    },
    released: (reason, name, count) => {
      const end = {
        cancelled: "was cancelled",
        expired: "was not used in time",
        refused: "could not be made",
        other: "is no longer valid",
      };
      return `${are(count)} back: the code for ${reward(name)} ${end[reason]}.`;
    },
    usedAfterRelease: (name, used, count) =>
      `${were(count)} taken again: the code for ${reward(name)} was used with ${order(used)} after its points had been given back.`,
    refundUndone: (name, used, count) =>
      `${were(count)} taken again: less of ${order(used)} is refunded than before, so the points for ${reward(name)} count as spent again.`,
    returned: (reason, name, used, count) => {
      const end = { cancelled: "was cancelled", deleted: "was deleted", refunded: "was refunded" };
      return `${points(count)} came back: ${order(used)}, where ${reward(name)} was used, ${end[reason]}.`;
    },
    added: (count, reason) =>
      `The shop added ${points(count)}: ${reason === null ? "no reason was given" : `“${reason}”`}.`,
    removed: (count, reason) =>
      `The shop took ${points(count)} away: ${reason === null ? "no reason was given" : `“${reason}”`}.`,
    opened: (count) => `${were(count)} brought along from an earlier program.`,
    gift: (tier, count) =>
      `${points(count)} as a welcome gift: ${tier === null ? "a new tier was reached" : `the tier “${tier}” was reached`}.`,
    mergedIn: "Two customer accounts became one: the other account’s points were moved here.",
    mergedOut: "Two customer accounts became one: the points were moved to the other account.",
    losses: {
      earned: (name) => `${order(name)} is worth less after a refund or change`,
      "nothing-left": (name) => `${order(name)} earns no points any more after a refund or change`,
      deleted: (name) => `${order(name)} was deleted`,
      cancelled: (name) => `${order(name)} was cancelled`,
      "test-order": (name) => `${order(name)} is a test order`,
      "not-paid": (name) => `${order(name)} is not paid`,
      "other-currency": (name) => `${order(name)} is in another currency than the shop’s`,
      "order-moved": (name) => `${order(name)} belongs to another customer now`,
    },
    expiries: {
      "after-available": (count) => `points expire no earlier than ${months(count)} after they become available`,
      "after-inactivity": (count) => `points expire no earlier than ${months(count)} after the last order or reward`,
      ownDate: "they had an expiry date of their own",
      unknown: "their time to be used was over",
    },
  },
  steps: {
    order: (name) => `Order ${name}`,
    line: (amount, count) => (amount === null ? `Line: ${points(count)}` : `Line of ${amount}: ${points(count)}`),
    otherLines: (amount) => `Other lines and roundings: ${amount}`,
    together: (amount, withTax) =>
      `Together ${amount}: products after discounts and refunds, ${withTax ? "with tax and without shipping" : "without tax and shipping"}`,
    kept: (left, of) =>
      `Money was refunded beyond the lines: ${left} of ${of} is left, and every line counts in that proportion`,
    paid: (paid, of) => `Paid so far: ${paid} of ${of}, and the order counts in that proportion`,
    notCounted: {
      collection: (title) => `Not counted: products of the collection “${title}”`,
      tag: (title) => `Not counted: products with the tag “${title}”`,
    },
    rule: (rate) => `Rule: ${rate}`,
    multiplier: (times) => `Multiplier of the tier: × ${times}`,
    orderVersion: (version) => `Program version ${version}, in force when the order was placed`,
    rewardVersion: (version) => `Program version ${version}, in force when the reward was chosen`,
    giftVersion: (version) => `Program version ${version}, in force when the gift was given`,
    noVersion: "No program was in force then",
    worth: (sum) => `Worth: ${sum}`,
    roundedDown: (exact, count) => `${exact}, rounded down to ${points(count)}`,
    reward: (name) => `Reward: “${name}”`,
    price: (count) => `Price: ${points(count)}`,
    refunded: (part, of) => `Of the reward’s discount of ${of}, ${part} belonged to what was refunded`,
    allBack: "Nothing of the order is left, so the whole price belongs back",
    back: (sum) => `Belongs back: ${sum}`,
    pots: {
      pending: (change) => `Pending: ${change}`,
      available: (change) => `Available: ${change}`,
      held: (change) => `Reserved: ${change}`,
      owed: (change) => `Owed: ${change}`,
    },
    pendingUntil: (change, date) => `Pending: ${change}, until ${date}`,
  },
  terms: {
    pending: "pending",
    available: "available",
    held: "reserved",
    owed: "owed",
    worthNow: "worth now",
    before: "counted before",
    forgivenBefore: "not taken back earlier",
    lapsedNow: "expired already",
    forgivenNow: "forgiven now",
    backNow: "belongs back now",
    backBefore: "was back before",
    price: "price",
  },
};
