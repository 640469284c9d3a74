/** Fields that the bodies of many topics have; every number is still its text. */
import * as z from "zod";

/** Shopify's number of something: exact, because it is never made a number. */
export const id = z.string().regex(/^\d+$/);

/** A moment in time, as milliseconds since 1970. */
export const moment = z.string().transform((value, context) => {
  const parsed = Date.parse(value);
  if (!Number.isNaN(parsed)) return parsed;
  context.addIssue("not a moment in time");
  return z.NEVER;
});
