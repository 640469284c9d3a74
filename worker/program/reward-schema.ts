/** One reward as it is stored, entered and published. */
import * as z from "zod";
import { count, slug } from "./bounds.ts";

export const rewardSchema = z.strictObject({
  id: slug,
  name: z.string().min(1).max(100),
  kind: z.enum(["amount_off", "donation"]),
  cost: count,
  valueMinor: count,
  minimumMinor: count.nullable(),
  codeDays: z.number().int().min(1).max(365),
});
