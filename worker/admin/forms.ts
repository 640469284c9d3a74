/** The writing side of a page: a form comes in, one flow runs, and the page is told what to say. */
import * as z from "zod";
import type { Refusal } from "../domain/refusal.ts";
import { BODY_TIMEOUT_MS, type BodyBounds } from "../http/body.ts";
import { boundedBody } from "../http/bounded-body.ts";
import { problem, refused } from "../http/problem.ts";
import { requireSession } from "../http/session.ts";
import { admitted } from "./admit.ts";
import type { AdminContext } from "./page.ts";

const FILE_TIMEOUT_MS = 60_000;
const MOST_FORM_BYTES = 256 * 1024;

function bodyBounds(maxBytes: number, timeoutMs: number): BodyBounds {
  return { maxBytes, maxDroppedBytes: maxBytes + 1024 * 1024, timeoutMs };
}

/**
 * The door of every form and of what else a page asks for. Forms come with the session token in a header, which no page but ours can set: nobody
 * else's page acts in a merchant's name.
 */
export const staffDoor = [
  requireSession,
  admitted,
  boundedBody(bodyBounds(MOST_FORM_BYTES, BODY_TIMEOUT_MS), "A form has a few thousand characters."),
] as const;

/** The same for files: they are larger, and take longer on a slow line. */
export function fileDoor(maxBytes: number, tooLarge: string) {
  return [requireSession, admitted, boundedBody(bodyBounds(maxBytes, FILE_TIMEOUT_MS), tooLarge)] as const;
}

/** A form's fields as the schema has them, or the problem that says at which fields it is not: the page shows each message at its field. */
export async function readForm<Fields>(
  c: AdminContext,
  schema: z.ZodType<Fields>,
): Promise<{ readonly fields: Fields } | { readonly problem: Response }> {
  const isJson = (c.req.header("Content-Type") ?? "").startsWith("application/json");
  const given: unknown = isJson
    ? await c.req.json().catch(() => null)
    : await c.req.parseBody({ all: true }).catch(() => null);
  const parsed = schema.safeParse(given);
  if (parsed.success) return { fields: parsed.data };
  const fields = Object.fromEntries(
    parsed.error.issues.map(({ path, message }) => [path.join(".") || "form", message] as const).reverse(),
  );
  return { problem: problem(c, "invalid-request", "Look at the fields below.", { fields }) };
}

/** It is done: what the page says of it, and where it goes from here (by default it stays, and shows itself anew). */
export function done(c: AdminContext, toast: string, to?: string): Response {
  return c.json({ toast, ...(to === undefined ? {} : { to }) });
}

interface Refused {
  readonly kind: "refused";
  readonly refusal: Refusal;
}

/** The answer of a flow: a refusal as its problem, anything else as what the page says of it. */
export function answered<Answer extends { readonly kind: string }>(
  c: AdminContext,
  answer: Answer | Refused,
  toast: (accepted: Exclude<Answer, { readonly kind: "refused" }>) => string,
  to?: string,
): Response {
  if (isRefused(answer)) return refused(c, answer.refusal);
  return done(c, toast(answer as Exclude<Answer, { readonly kind: "refused" }>), to);
}

function isRefused(answer: { readonly kind: string } | Refused): answer is Refused {
  return answer.kind === "refused";
}

/** A whole number as somebody types it: spaces and grouping are theirs. */
export const wholeNumber = z
  .string("Enter a whole number.")
  .trim()
  .transform((text) => text.replace(/[\s\u00a0\u202f.,'’](?=\d{3}(\D|$))/g, ""))
  .pipe(z.string().regex(/^[+-]?\d{1,15}$/, "Enter a whole number."))
  .transform(Number);

/** An empty field is none. */
export const optionalWholeNumber = z.union([z.literal("").transform(() => null), wholeNumber]);
