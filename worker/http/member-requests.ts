/** What a shopper's browser and the merchant's own software both ask for: read the same way, answered in the same words. */
import type { Context, MiddlewareHandler } from "hono";
import * as z from "zod";
import type { Redemption } from "../domain/account.ts";
import { type Language, languageOf } from "../domain/explanation/languages.ts";
import { shownCode } from "../domain/rewards.ts";
import { NO_WORDS, type Words } from "../domain/shop-words.ts";
import { wordsIn } from "../flows/change-words.ts";
import type { RedeemAnswer } from "../flows/redeem-reward.ts";
import { BODY_TIMEOUT_MS } from "./body.ts";
import { boundedBody } from "./bounded-body.ts";
import type { RequestContext } from "./context.ts";
import { problem, refused } from "./problem.ts";

export const boundedRequest = boundedBody(
  { maxBytes: 64 * 1024, maxDroppedBytes: 1024 * 1024, timeoutMs: BODY_TIMEOUT_MS },
  "A request has a few hundred bytes.",
);

export const redemptionRequest = z.object({
  id: z.guid(),
  reward_id: z.string().min(1).max(64),
  points: z.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
});

/** Why somebody gives or takes points. The shopper reads it, on one line. */
export const adjustmentReason = z
  .string("Say why.")
  .trim()
  .min(1, "Say why: the customer reads it.")
  .max(200, "200 characters at most.")
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "Letters, digits and signs, on one line.");

/** Which fields of a body cannot be read. */
export function fieldsAtFault(error: z.ZodError): string {
  const fields = [...new Set(error.issues.map((issue) => issue.path.join(".") || "body"))];
  return `Wrong or missing: ${fields.join(", ")}.`;
}

/** From where a history is to go on; null from its newest entry. */
export function readCursor(c: Context<RequestContext>): { readonly after: string | null } | Response {
  const after = c.req.query("after") ?? null;
  return after !== null && !/^\d{1,18}$/.test(after)
    ? problem(c, "invalid-request", "`after` is a cursor from an earlier page.")
    : { after };
}

/**
 * The language that a request names, and what the shop calls its rewards and tiers in it. Whoever names none, or one that is not among the product's,
 * hears the program's own words, as Liquid has it.
 */
export async function spoken(
  c: Context<RequestContext>,
): Promise<{ readonly language: Language; readonly words: Words }> {
  const locale = c.req.query("locale") ?? "";
  const language = languageOf(locale);
  const isAsked = language !== "en" || /^en(?![a-z])/i.test(locale);
  return { language, words: isAsked ? await wordsIn(c.var.rooms, c.var.shop, language) : NO_WORDS };
}

/** An id that is no UUID names no redemption; the database is not asked. */
export const namedRedemption: MiddlewareHandler<RequestContext> = async (c, next) => {
  const redemptionId = c.req.param("id") ?? "";
  if (!z.guid().safeParse(redemptionId).success) return refused(c, { code: "unknown-redemption", redemptionId });
  await next();
  return undefined;
};

export function answerRedemption(
  c: Context<RequestContext>,
  answer: RedeemAnswer,
  statusOf: (redemption: Redemption) => 200 | 201 | 202,
): Response {
  if (answer.kind === "refused") return refused(c, answer.refusal);
  const { redemption, available } = answer;
  const { id, state, cost } = redemption;
  const code = shownCode({ kind: redemption.reward.kind, state, code: redemption.code });
  return c.json({ id, state, code, cost, available }, statusOf(redemption));
}

/** Held, while nobody knows whether Shopify has the code. */
export function madeOrHeld({ state }: Redemption): 201 | 202 {
  return state === "held" ? 202 : 201;
}
