/** The expected "no"s. Each has one row in http/problem.ts; a new one without a row does not compile. */
export type Refusal =
  | { readonly code: "invalid-request"; readonly detail: string }
  | { readonly code: "unknown-reward"; readonly rewardId: string }
  | { readonly code: "insufficient-points"; readonly needed: number; readonly available: number }
  | { readonly code: "different-request"; readonly id: string }
  | { readonly code: "unknown-redemption"; readonly redemptionId: string }
  | { readonly code: "already-used"; readonly redemptionId: string }
  | { readonly code: "reward-refused"; readonly redemptionId: string }
  | { readonly code: "tier-required"; readonly rewardId: string; readonly tiers: readonly string[] }
  | { readonly code: "reward-sold-out"; readonly rewardId: string }
  | {
      readonly code: "reward-limit-reached";
      readonly rewardId: string;
      readonly times: number;
      readonly days: number | null;
    }
  | { readonly code: "reward-unavailable"; readonly rewardId: string }
  | { readonly code: "credit-under-way"; readonly rewardId: string }
  | { readonly code: "try-again"; readonly detail: string };
