/** A program's changes as sentences for staff. All English words for it are here: another language is another one of these. */
import { counted, instead, money, plainChange, record } from "./plain-words.ts";
import type { Program } from "./program.ts";
import { type Change, differenceOf } from "./program-difference.ts";
import { rewardSentence } from "./reward-words.ts";
import { tierSentence } from "./tier-words.ts";

/** One sentence for each change; none where two programs are equal. `before` is null before the first program. */
export function differenceInWords(before: Program | null, after: Program, currency: string): readonly string[] {
  return differenceOf(before, after).map((change) => sentenceOf(change, { before, after, currency }));
}

interface Context {
  readonly before: Program | null;
  readonly after: Program;
  readonly currency: string;
}

type Sentence = (change: Change, context: Context) => string;

function sentenceOf(change: Change, context: Context): string {
  const [setting = ""] = change.path;
  const known = SETTINGS[setting];
  if (known && change.path.length === 1) return known(change, context);
  const list = LISTS[setting];
  return list ? list(change, context) : otherSentence(change, context);
}

/** Settings of the program itself. */
const SETTINGS: Readonly<Record<string, Sentence>> = {
  earn: ({ before, after }, { currency }) =>
    before === undefined
      ? `Orders earn ${rate(after, currency)}.`
      : `Orders earn ${rate(after, currency)} instead of ${rate(before, currency)}.`,
  pendingDays: ({ before, after }) =>
    after === 0
      ? `Points can be used at once${instead(before, (days) => `after ${counted(days, "day")}`)}.`
      : `Points wait ${counted(after, "day")} before they can be used${instead(before, (days) => counted(days, "day"))}.`,
  expiry: ({ before, after }) => {
    const was = record(before);
    if (record(after) === null)
      return was ? `Points do not expire any more (they did ${expiryRule(before)}).` : "Points do not expire.";
    return `Points expire ${expiryRule(after)}${was ? ` instead of ${expiryRule(before)}` : ""}.`;
  },
  owing: ({ after }) =>
    after === "owe"
      ? "What a refund can no longer take back, because it was spent, is owed, and paid by coming points."
      : "What a refund can no longer take back, because it was spent, is forgiven; balances stop at zero.",
  returnSpent: ({ after }) =>
    after === true
      ? "Points that were spent on an order come back as it is refunded."
      : "Points that were spent on an order do not come back when it is refunded.",
  taxEarns: ({ after }) =>
    after === true ? "Tax on products earns points, like their prices." : "Tax on products earns no points.",
  membership: (_, { after }) => MEMBERSHIPS[after.membership],
  state: ({ after }) =>
    after === "paused"
      ? "The program is paused: nobody earns or chooses a reward. Balances stay, and codes go on being good."
      : "The program is live: orders earn and rewards can be chosen.",
};

const MEMBERSHIPS: Readonly<Record<Program["membership"], string>> = {
  everybody: "Everybody with a customer account takes part.",
  joined: "Only customers who joined take part.",
  pilot: "Only customers on the pilot's list take part.",
};

/** Settings that are lists. */
const LISTS: Readonly<Record<string, Sentence>> = {
  rewards: rewardSentence,
  tiers: (change, { before, after, currency }) =>
    tierSentence(change, { before: before?.tiers ?? null, after: after.tiers, currency }),
  exclusions: (change, context) => {
    const [, kind = ""] = change.path;
    const what = EXCLUDED[kind];
    if (what && change.kind === "added") return `${what(String(change.after))} earn nothing.`;
    if (what && change.kind === "removed") return `${what(String(change.before))} earn points again.`;
    return otherSentence(change, context);
  },
};

const EXCLUDED: Readonly<Record<string, (item: string) => string>> = {
  productIds: (id) => `Products with the number ${id}`,
  collectionIds: (id) => `Products of the collection with the number ${id}`,
  tags: (tag) => `Products with the tag “${tag}”`,
  vendors: (vendor) => `Products of ${vendor}`,
  channels: (channel) => `Orders from the channel “${channel}”`,
};

/** For whatever has no words of its own: its name, and both values. */
function otherSentence(change: Change, { currency }: Context): string {
  const text = plainChange(change, change.path, currency);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function rate(earn: unknown, currency: string): string {
  const { points, perMinor } = record(earn) ?? {};
  return `${counted(points, "point")} per ${money(Number(perMinor), currency)}`;
}

function expiryRule(rule: unknown): string {
  const { kind, months } = record(rule) ?? {};
  const since = kind === "after-inactivity" ? "after the member’s last activity" : "after they became available";
  return `${counted(months, "month")} ${since}`;
}
