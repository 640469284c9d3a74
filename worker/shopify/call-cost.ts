/** What a call cost, and how full the shop's bucket is: Shopify tells it beside each answer, throttled ones included. */
import * as z from "zod";

const points = z.number().nonnegative();

const costOf = z.object({
  cost: z.object({
    requestedQueryCost: points,
    throttleStatus: z.object({
      maximumAvailable: z.number().positive(),
      currentlyAvailable: points,
      restoreRate: z.number().positive(),
    }),
  }),
});

export interface CallCost {
  readonly requested: number;
  readonly maximum: number;
  readonly available: number;
  /** Points that come back in a second. */
  readonly restoreRate: number;
}

/** Null where Shopify does not say it, or says what cannot be. */
export function readCost(extensions: unknown): CallCost | null {
  const parsed = costOf.safeParse(extensions);
  if (!parsed.success) return null;
  const { requestedQueryCost, throttleStatus } = parsed.data.cost;
  const { maximumAvailable, currentlyAvailable, restoreRate } = throttleStatus;
  return { requested: requestedQueryCost, maximum: maximumAvailable, available: currentlyAvailable, restoreRate };
}
