/** Fields that the bodies of many topics have; every number is still its text. */
import * as z from "zod";

/** Shopify's number of something: exact, because it is never made a number. */
export const id = z.string().regex(/^\d+$/);

/** Years of four digits, in any time zone: what both calendars, JavaScript's and the database's, write alike. Importers write odd ones. */
const [EARLIEST_MS, LATEST_MS] = [Date.parse("0001-01-02"), Date.parse("9999-12-31")];

/** A moment in time, as milliseconds since 1970. Only dates written out in full: `Date.parse` takes a bare 0 for the year 2000. */
export const moment = z.string().transform((value, context) => {
  const parsed = /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
  if (parsed >= EARLIEST_MS && parsed < LATEST_MS) return parsed;
  context.addIssue("not a moment in time");
  return z.NEVER;
});
