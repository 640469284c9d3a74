/** Whether a program can be what its merchant means: what makes it impossible, and what they may want to know. Pure. */
import { clockText } from "./calendar.ts";
import { formatMoney } from "./money.ts";
import type { Program, ProgramVersion } from "./program.ts";
import { isCodeReward, leastCost, type Reward, valueFor } from "./rewards.ts";
import { SINGLE_MULTIPLIER } from "./settlement.ts";

/** Why a program is not published. */
export type Impossibility =
  /** Nobody spends as much as it takes. */
  | { readonly code: "reward-out-of-reach"; readonly reward: string; readonly spendMinor: number }
  /** It is for members of tiers that the program does not have. */
  | { readonly code: "reward-for-no-tier"; readonly reward: string; readonly tiers: readonly string[] }
  /** Points would be good for a shorter time than they are waited for. */
  | { readonly code: "expiry-within-return-window"; readonly months: number; readonly pendingDays: number }
  /** An order that is just large enough would be a gift, and more. */
  | {
      readonly code: "reward-above-its-minimum";
      readonly reward: string;
      readonly kind: Reward["kind"];
      readonly valueMinor: number;
      readonly minimumMinor: number;
    }
  /** Whatever is bought costs nothing, however much it is. */
  | { readonly code: "reward-takes-all"; readonly reward: string }
  /** More comes back than is spent. */
  | {
      readonly code: "return-above-all";
      readonly reward: string;
      readonly percent: number;
      /** The name of the tier whose members earn so much; null where everybody does. */
      readonly tier: string | null;
    };

/** What is possible, and perhaps not meant. */
export type Warning =
  | { readonly code: "return-is-high"; readonly reward: string; readonly percent: number }
  | { readonly code: "no-rewards" }
  | { readonly code: "short-code"; readonly reward: string; readonly days: number }
  /** A version that is published already begins later, and takes over then. */
  | { readonly code: "version-follows"; readonly version: number; readonly inForceFromMs: number };

export interface Verdict {
  readonly impossible: readonly Impossibility[];
  readonly warnings: readonly Warning[];
}

/** A reward that takes ten thousand times its worth in orders is for nobody. */
const OUT_OF_REACH_TIMES = 10_000;
/** Nor is one that takes orders of a billion in the currency's whole units, where it says nothing of its worth. */
const OUT_OF_REACH_MINOR = 100_000_000_000;
const HIGH_PERCENT = 25;
const SHORT_CODE_DAYS = 3;
/** The shortest month. */
const MONTH_DAYS = 28;

/** All there is to say of a program that begins at a moment, beside the versions that are published. */
export function checkProgram(
  program: Program,
  { versions, beginsAtMs }: { readonly versions: readonly ProgramVersion[]; readonly beginsAtMs: number },
): Verdict {
  return {
    impossible: [...program.rewards.flatMap((reward) => rewardFaults(program, reward)), ...expiryFaults(program)],
    warnings: [...rewardWarnings(program), ...followers(versions, beginsAtMs)],
  };
}

function rewardFaults(program: Program, reward: Reward): Impossibility[] {
  const { name, kind, minimumMinor, percent, tiers } = reward;
  const earner = bestEarner(program, reward);
  if (earner === null) return [{ code: "reward-for-no-tier", reward: name, tiers: tiers ?? [] }];
  const faults: Impossibility[] = [];
  const [spendMinor, { least, most }] = [spendFor(program, leastCost(reward), earner), worthBounds(reward)];
  const mostForLeast = most === null ? null : (most * leastCost(reward)) / mostCost(reward);
  const isBeyond = mostForLeast !== null && spendMinor > mostForLeast * OUT_OF_REACH_TIMES;
  if (spendMinor > OUT_OF_REACH_MINOR || isBeyond)
    faults.push({ code: "reward-out-of-reach", reward: name, spendMinor });
  if (isTakenOff(kind) && most !== null && minimumMinor !== null && most > minimumMinor)
    faults.push({ code: "reward-above-its-minimum", reward: name, kind, valueMinor: most, minimumMinor });
  if (kind === "percentage_off" && percent === 100) faults.push({ code: "reward-takes-all", reward: name });
  const returned = percentOf(least, spendFor(program, mostCost(reward), earner));
  if (returned > 100)
    faults.push({ code: "return-above-all", reward: name, percent: Math.ceil(returned), tier: earner.tier });
  return faults;
}

/** Of an order: the product that is free is bought with it, whatever the minimum is. */
function isTakenOff(kind: Reward["kind"]): boolean {
  return kind === "amount_off" || kind === "free_shipping";
}

function expiryFaults({ expiry, pendingDays }: Program): Impossibility[] {
  if (expiry === null || expiry.months * MONTH_DAYS > pendingDays) return [];
  return [{ code: "expiry-within-return-window", months: expiry.months, pendingDays }];
}

function rewardWarnings(program: Program): Warning[] {
  if (program.rewards.length === 0) return [{ code: "no-rewards" }];
  return program.rewards.flatMap((reward) => {
    const { name, codeDays: days } = reward;
    const warnings: Warning[] = [];
    const earner = bestEarner(program, reward);
    const spendMinor = earner === null ? null : spendFor(program, mostCost(reward), earner);
    const returned = spendMinor === null ? 0 : percentOf(worthBounds(reward).least, spendMinor);
    const percent = Math.floor(returned);
    if (percent >= HIGH_PERCENT && returned <= 100) warnings.push({ code: "return-is-high", reward: name, percent });
    if (isCodeReward(reward) && days < SHORT_CODE_DAYS) warnings.push({ code: "short-code", reward: name, days });
    return warnings;
  });
}

function followers(versions: readonly ProgramVersion[], beginsAtMs: number): Warning[] {
  return versions
    .filter((one) => one.inForceFromMs > beginsAtMs)
    .map(({ version, inForceFromMs }) => ({ code: "version-follows", version, inForceFromMs }));
}

/** Whoever can have a reward and earns most. */
interface Earner {
  /** As tiers count: 10000 is one. */
  readonly multiplier: number;
  /** The name of their tier; null for everybody. */
  readonly tier: string | null;
}

/** Null where nobody can have it: it is for tiers that the program does not have. */
function bestEarner({ tiers }: Program, reward: Reward): Earner | null {
  const levels = tiers?.levels ?? [];
  const open = reward.tiers ? levels.filter(({ id }) => reward.tiers?.includes(id)) : levels;
  if (reward.tiers && open.length === 0) return null;
  return open.reduce<Earner>(
    (best, { multiplier, name }) => (multiplier > best.multiplier ? { multiplier, tier: name } : best),
    {
      multiplier: SINGLE_MULTIPLIER,
      tier: null,
    },
  );
}

/** What orders of such a member must come to for so many points, in minor units. */
function spendFor({ earn }: Program, points: number, { multiplier }: Earner): number {
  return (points * earn.perMinor * SINGLE_MULTIPLIER) / (earn.points * multiplier);
}

function percentOf(minor: number, ofMinor: number): number {
  return (minor * 100) / ofMinor;
}

/**
 * What a reward is worth in money, at its highest price: at least, and at most (null where there is no end to it). Of a percentage the least is that of the smallest
 * order it is for; what shipping costs is not known but for its limit, nor what an experience costs.
 */
function worthBounds(reward: Reward): { readonly least: number; readonly most: number | null } {
  const { kind, minimumMinor, percent, maximumShippingMinor } = reward;
  switch (kind) {
    case "amount_off":
    case "store_credit":
    case "gift_card":
    case "donation":
    case "free_product": {
      const worth = valueFor(reward, mostCost(reward));
      return { least: worth, most: worth };
    }
    case "percentage_off":
      return { least: Math.floor(((minimumMinor ?? 0) * (percent ?? 0)) / 100), most: null };
    case "free_shipping":
      return { least: 0, most: maximumShippingMinor ?? null };
    case "experience":
      return { least: 0, most: null };
  }
}

function mostCost({ cost, slider }: Reward): number {
  return slider?.maxPoints ?? cost;
}

/** What so many points are surely worth when they are spent on a reward, in minor units; null where nobody can tell. */
export function sureWorth(reward: Reward): { readonly valueMinor: number; readonly points: number } | null {
  const { least } = worthBounds(reward);
  return least === 0 ? null : { valueMinor: least, points: mostCost(reward) };
}

/** Why a program is refused, as a sentence for staff. */
export function impossibilityInWords(fault: Impossibility, currency: string): string {
  const money = (minor: number) => `${formatMoney(Math.round(minor), currency)} ${currency}`;
  switch (fault.code) {
    case "reward-out-of-reach":
      return `Nobody can reach the reward “${fault.reward}”: it takes orders of ${money(fault.spendMinor)}.`;
    case "expiry-within-return-window":
      return `Points would be good for ${fault.months} ${fault.months === 1 ? "month" : "months"} and have to wait ${fault.pendingDays} days before that: let them live longer, or wait less.`;
    case "reward-for-no-tier":
      return `Nobody can reach the reward “${fault.reward}”: it is for tiers that the program does not have (${fault.tiers.join(", ")}).`;
    case "reward-above-its-minimum":
      return fault.kind === "free_shipping"
        ? `The reward “${fault.reward}” pays shipping of up to ${money(fault.valueMinor)} for orders from ${money(fault.minimumMinor)} on: more than such an order costs.`
        : `The reward “${fault.reward}” takes ${money(fault.valueMinor)} off orders from ${money(fault.minimumMinor)} on: more than such an order costs.`;
    case "reward-takes-all":
      return `The reward “${fault.reward}” takes all of the price off, however much is bought: take less than 100 % off, or make it a free product.`;
    case "return-above-all": {
      const spent = fault.tier === null ? "is spent" : `members of ${fault.tier} spend`;
      return `The reward “${fault.reward}” gives back ${fault.percent} % of what ${spent} for it: more than all of it.`;
    }
  }
}

/** What a merchant may want to know, as a sentence for staff; moments are those of the shop's clocks. */
export function warningInWords(warning: Warning, timeZone: string): string {
  switch (warning.code) {
    case "return-is-high":
      return `The reward “${warning.reward}” gives back ${warning.percent} % of what is spent for it.`;
    case "no-rewards":
      return "There is no reward: points can be earned and not be used.";
    case "short-code":
      return `The code of “${warning.reward}” is good for ${warning.days} ${warning.days === 1 ? "day" : "days"} only.`;
    case "version-follows":
      return `Version ${warning.version} begins at ${clockText(warning.inForceFromMs, timeZone)} (${timeZone}) and takes over then. To withdraw it, let this one begin at that very moment.`;
  }
}
