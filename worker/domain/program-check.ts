/** Whether a program can be what its merchant means: what makes it impossible, and what they may want to know. Pure. */
import { formatMoney } from "./money.ts";
import type { Program, ProgramVersion } from "./program.ts";
import type { Reward } from "./rewards.ts";

/** Why a program is not published. */
export type Impossibility =
  /** Nobody spends as much as it takes. */
  | { readonly code: "reward-out-of-reach"; readonly reward: string; readonly spendMinor: number }
  /** Points would be good for a shorter time than they are waited for. */
  | { readonly code: "expiry-within-return-window"; readonly months: number; readonly pendingDays: number }
  /** An order that is just large enough would be a gift, and more. */
  | {
      readonly code: "reward-above-its-minimum";
      readonly reward: string;
      readonly valueMinor: number;
      readonly minimumMinor: number;
    };

/** What is possible, and perhaps not meant. */
export type Warning =
  /** What is spent comes back in full, or more than that. */
  | { readonly code: "return-above-all"; readonly reward: string; readonly percent: number }
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
  const [spendMinor, worth] = [spendFor(program, reward), worthOf(reward)];
  const { name, minimumMinor } = reward;
  const faults: Impossibility[] = [];
  if (spendMinor > OUT_OF_REACH_MINOR || (worth !== null && spendMinor > worth * OUT_OF_REACH_TIMES))
    faults.push({ code: "reward-out-of-reach", reward: name, spendMinor });
  if (reward.kind === "amount_off" && worth !== null && minimumMinor !== null && worth > minimumMinor)
    faults.push({ code: "reward-above-its-minimum", reward: name, valueMinor: worth, minimumMinor });
  return faults;
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
    const worth = worthOf(reward);
    const percent = worth === null ? 0 : Math.floor((worth * 100) / spendFor(program, reward));
    if (percent >= 100) warnings.push({ code: "return-above-all", reward: name, percent });
    else if (percent >= HIGH_PERCENT) warnings.push({ code: "return-is-high", reward: name, percent });
    if (reward.kind !== "donation" && days < SHORT_CODE_DAYS) warnings.push({ code: "short-code", reward: name, days });
    return warnings;
  });
}

function followers(versions: readonly ProgramVersion[], beginsAtMs: number): Warning[] {
  return versions
    .filter((one) => one.inForceFromMs > beginsAtMs)
    .map(({ version, inForceFromMs }) => ({ code: "version-follows", version, inForceFromMs }));
}

/** What orders must come to for as many points as a reward costs, in minor units, by the rate alone. */
function spendFor({ earn }: Program, reward: Reward): number {
  return (reward.cost * earn.perMinor) / earn.points;
}

/** What a reward is worth in money; null where that is no fixed amount. */
export function worthOf(reward: Reward): number | null {
  return reward.valueMinor;
}

/** Why a program is refused, as a sentence for staff. */
export function impossibilityInWords(fault: Impossibility, currency: string): string {
  const money = (minor: number) => `${formatMoney(Math.round(minor), currency)} ${currency}`;
  switch (fault.code) {
    case "reward-out-of-reach":
      return `Nobody can reach the reward “${fault.reward}”: it takes orders of ${money(fault.spendMinor)}.`;
    case "expiry-within-return-window":
      return `Points would be good for ${fault.months} ${fault.months === 1 ? "month" : "months"} and have to wait ${fault.pendingDays} days before that: let them live longer, or wait less.`;
    case "reward-above-its-minimum":
      return `The reward “${fault.reward}” takes ${money(fault.valueMinor)} off orders from ${money(fault.minimumMinor)} on: more than such an order costs.`;
  }
}

/** What a merchant may want to know, as a sentence for staff. */
export function warningInWords(warning: Warning): string {
  switch (warning.code) {
    case "return-above-all":
      return `The reward “${warning.reward}” gives back ${warning.percent} % of what is spent for it: more than all of it.`;
    case "return-is-high":
      return `The reward “${warning.reward}” gives back ${warning.percent} % of what is spent for it.`;
    case "no-rewards":
      return "There is no reward: points can be earned and not be used.";
    case "short-code":
      return `The code of “${warning.reward}” is good for ${warning.days} ${warning.days === 1 ? "day" : "days"} only.`;
    case "version-follows":
      return `Version ${warning.version} begins at ${new Date(warning.inForceFromMs).toISOString()} and takes over then. To withdraw it, let this one begin at that very moment.`;
  }
}
