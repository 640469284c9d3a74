/** What a program may say. */
import * as z from "zod";
import { PROGRAM_DEFAULTS, type Program } from "../domain/program.ts";
import { BOUNDS, count, within } from "./bounds.ts";
import { exclusionSchema } from "./exclusion-schema.ts";
import { rewardSchema } from "./reward-schema.ts";
import { tiersSchema } from "./tier-schema.ts";

/** One schema for storage, forms, API and docs. */
export const programSchema = z.strictObject({
  earn: z.strictObject({ points: count, perMinor: count }),
  pendingDays: within(BOUNDS.pendingDays),
  rewards: z
    .array(rewardSchema)
    .max(BOUNDS.rewards.max)
    .refine((rewards) => new Set(rewards.map((reward) => reward.id)).size === rewards.length, "reward ids must differ"),
  // What a program that was published before these could be chosen has always done.
  expiry: z
    .strictObject({
      kind: z.enum(["after-available", "after-inactivity"]),
      months: within(BOUNDS.expiryMonths),
    })
    .nullable()
    .default(PROGRAM_DEFAULTS.expiry),
  owing: z.enum(["owe", "stop-at-zero"]).default(PROGRAM_DEFAULTS.owing),
  returnSpent: z.boolean().default(PROGRAM_DEFAULTS.returnSpent),
  membership: z.enum(["everybody", "joined", "pilot"]).default(PROGRAM_DEFAULTS.membership),
  exclusions: exclusionSchema.default({ productIds: [], vendors: [], channels: [], collectionIds: [], tags: [] }),
  taxEarns: z.boolean().default(PROGRAM_DEFAULTS.taxEarns),
  state: z.enum(["live", "paused"]).default(PROGRAM_DEFAULTS.state),
  tiers: tiersSchema.nullable().default(PROGRAM_DEFAULTS.tiers),
}) satisfies z.ZodType<Program>;

/**
 * A program, or as much of one as a draft has, as it is stored. A setting that workers before this one do not know is left out where it says what they do
 * anyway, so that they can read it after a rollback (docs/deploy.md, "Going back").
 */
export function storedProgram(content: unknown): string {
  return JSON.stringify(content, (name, value) => (name === "taxEarns" && value === false ? undefined : value));
}
