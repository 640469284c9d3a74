/** The merchant's API: what their own till, app or script asks with a key of the shop's (docs/api.md). Its verbs are the flows that everybody uses. */

import { type Context, Hono, type MiddlewareHandler } from "hono";
import * as z from "zod";
import { MOST_POINTS_AT_ONCE } from "../domain/import-format.ts";
import { adjustByKey, admitKey, cancelByKey, redeemByKey } from "../flows/act-by-key.ts";
import {
  listRewards,
  readExplainedHistory,
  readListedRedemption,
  readMember,
  readRedemptionList,
} from "../flows/read-member.ts";
import { note, type RequestContext } from "./context.ts";
import { limited } from "./limits.ts";
import {
  adjustmentReason,
  answerRedemption,
  boundedRequest,
  fieldsAtFault,
  madeOrHeld,
  namedRedemption,
  readCursor,
  redemptionRequest,
  spoken,
} from "./member-requests.ts";
import { namedCustomer } from "./named-customer.ts";
import { problem, refused } from "./problem.ts";

export const api = new Hono<RequestContext>();

/**
 * Sets `shop` and `apiKey`. Who has no key that is good is told 401, and not which of the reasons it is. The key stands in a header alone: addresses
 * are logged and remembered.
 */
const requireKey: MiddlewareHandler<RequestContext> = async (c, next) => {
  const [, text] = /^bearer ([\w-]{1,200})$/i.exec(c.req.header("Authorization") ?? "") ?? [];
  if (text === undefined) return badKey(c);
  // Whether a key is good only the database knows, and anybody may ask.
  const tooMany = await limited(c, "apiAddress", c.req.header("CF-Connecting-IP") ?? "");
  if (tooMany) return tooMany;
  const atWork = await admitKey(c.var.rooms, text);
  if (atWork === null) return badKey(c);
  const { shop, key } = atWork;
  note(c, { shop: shop.domain });
  const tooFast = await limited(c, "apiKey", `${shop.domain} ${key.id}`);
  if (tooFast) return tooFast;
  c.set("shop", shop);
  c.set("apiKey", key);
  await next();
  return undefined;
};

const mayWrite: MiddlewareHandler<RequestContext> = async (c, next) => {
  if (!c.var.apiKey.mayWrite) return problem(c, "not-permitted", "This key may read, and nothing else.");
  await next();
  return undefined;
};

function badKey(c: Context<RequestContext>): Response {
  c.header("WWW-Authenticate", 'Bearer realm="lojal"');
  return problem(c, "bad-api-key", "Send `Authorization: Bearer` and a key of your shop's that was not revoked.");
}

const reader = [requireKey] as const;
const writer = [boundedRequest, requireKey, mayWrite] as const;

api.get("/members/:customer", ...reader, namedCustomer, async (c) =>
  c.json(await readMember(c.var.rooms, c.var.shop, c.var.customerId)),
);

api.get("/members/:customer/entries", ...reader, namedCustomer, async (c) => {
  const cursor = readCursor(c);
  if (cursor instanceof Response) return cursor;
  const { rooms, shop, customerId } = c.var;
  const { language, words } = await spoken(c);
  return c.json(await readExplainedHistory(rooms, shop, customerId, cursor.after, language, words));
});

api.get("/members/:customer/redemptions", ...reader, namedCustomer, async (c) =>
  c.json(await readRedemptionList(c.var.rooms, c.var.shop, c.var.customerId)),
);

api.get("/members/:customer/redemptions/:id", ...reader, namedCustomer, namedRedemption, async (c) => {
  const { rooms, shop, customerId } = c.var;
  const redemptionId = (c.req.param("id") ?? "").toLowerCase();
  const found = await readListedRedemption(rooms, shop, customerId, redemptionId);
  return found === null ? refused(c, { code: "unknown-redemption", redemptionId }) : c.json(found);
});

api.get("/rewards", ...reader, async (c) => c.json({ rewards: await listRewards(c.var.rooms, c.var.shop) }));

const adjustmentRequest = z.object({
  id: z.guid(),
  points: z
    .number()
    .int()
    .min(-MOST_POINTS_AT_ONCE)
    .max(MOST_POINTS_AT_ONCE)
    .refine((points) => points !== 0),
  reason: adjustmentReason,
});

api.post("/members/:customer/adjustments", ...writer, namedCustomer, async (c) => {
  const parsed = adjustmentRequest.safeParse(await c.req.json().catch(() => null));
  if (!parsed.success)
    return problem(
      c,
      "invalid-request",
      `${fieldsAtFault(parsed.error)} Send {"id": a UUID, "points": a whole number but 0, "reason": text}.`,
    );
  const adjustment = { ...parsed.data, id: parsed.data.id.toLowerCase() };
  const { id, points, reason } = adjustment;
  const answer = await adjustByKey(c.var.rooms, atWork(c), c.var.customerId, adjustment);
  if (answer.kind !== "refused") return c.json({ id, points, reason, available: answer.available }, 201);
  return answer.refusal.code === "different-request"
    ? problem(c, answer.refusal.code, "Make a new id for a new adjustment.", { adjustment_id: id })
    : refused(c, answer.refusal);
});

api.post("/members/:customer/redemptions", ...writer, namedCustomer, async (c) => {
  const parsed = redemptionRequest.safeParse(await c.req.json().catch(() => null));
  if (!parsed.success)
    return problem(c, "invalid-request", `${fieldsAtFault(parsed.error)} Send {"id": a UUID, "reward_id": text}.`);
  const { id, reward_id: rewardId, points = null } = parsed.data;
  const request = { redemptionId: id.toLowerCase(), rewardId, points };
  return answerRedemption(c, await redeemByKey(c.var.rooms, atWork(c), c.var.customerId, request), madeOrHeld);
});

api.post("/members/:customer/redemptions/:id/cancel", ...writer, namedCustomer, namedRedemption, async (c) => {
  const redemptionId = (c.req.param("id") ?? "").toLowerCase();
  return answerRedemption(c, await cancelByKey(c.var.rooms, atWork(c), c.var.customerId, redemptionId), () => 200);
});

function atWork(c: Context<RequestContext>) {
  return { shop: c.var.shop, key: c.var.apiKey };
}
