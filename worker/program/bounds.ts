/** Bounds that several parts of a program share. */
import * as z from "zod";

/** A number of points, or of minor units of money, that is at least one. */
export const count = z.number().int().min(1).max(1_000_000_000);

/** An id inside a program: never shown, never changed. */
export const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
