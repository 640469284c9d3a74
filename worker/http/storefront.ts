/** The app proxy: what a shopper's browser reaches as /apps/lojal/*. Who the shopper is comes from Shopify's signature alone. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import type { Redemption } from "../domain/account.ts";
import { languageOf } from "../domain/explanation/languages.ts";
import { shownCode } from "../domain/rewards.ts";
import { signingSecrets } from "../env.ts";
import { cancelRedemption, readOwnRedemption } from "../flows/cancel-redemption.ts";
import { joinOrLeave } from "../flows/change-member.ts";
import {
  readBalance,
  readExplainedHistory,
  readMembership,
  readRedemptionList,
  readRewards,
} from "../flows/read-member.ts";
import { type RedeemAnswer, redeemReward } from "../flows/redeem-reward.ts";
import { verifyProxy } from "../shopify/verify-proxy.ts";
import { BODY_TIMEOUT_MS, readBody } from "./body.ts";
import type { RequestContext } from "./context.ts";
import { shopperLimited } from "./limits.ts";
import { problem, refused } from "./problem.ts";

export const storefront = new Hono<RequestContext>();

const bounds = { maxBytes: 64 * 1024, maxDroppedBytes: 1024 * 1024, timeoutMs: BODY_TIMEOUT_MS };

storefront.use(async (c, next) => {
  if (c.req.raw.body === null) return next();
  const body = await readBody(c.req.raw, bounds);
  if (body === "too-large") return problem(c, body, "A request has a few hundred bytes.");
  if (body === "too-slow") return problem(c, body);
  c.req.raw = new Request(c.req.raw, { body });
  return next();
});

storefront.use(async (c, next) => {
  const { rooms } = c.var;
  const verdict = await verifyProxy(new URL(c.req.url).searchParams, signingSecrets(rooms.settings), rooms.nowMs());
  if (!verdict.verified) return problem(c, verdict.reason === "stale" ? "stale-request" : verdict.reason);
  const tooMany = await shopperLimited(c, verdict.shopper);
  if (tooMany) return tooMany;
  const shop = await rooms.shops.findOne(verdict.shopper.shop, rooms.nowMs());
  if (!shop?.isInstalled) return problem(c, "unknown-shop", "Install the app in this shop first.");
  c.set("shop", shop);
  c.set("customerId", verdict.shopper.customerId);
  await next();
  return undefined;
});

storefront.get("/member", async (c) => c.json(await readBalance(c.var.rooms, c.var.shop, c.var.customerId)));

storefront.get("/history", async (c) => {
  const after = c.req.query("after") ?? null;
  if (after !== null && !/^\d{1,18}$/.test(after))
    return problem(c, "invalid-request", "`after` is a cursor from an earlier page.");
  const language = languageOf(c.req.query("locale"));
  return c.json(await readExplainedHistory(c.var.rooms, c.var.shop, c.var.customerId, after, language));
});

storefront.get("/rewards", async (c) =>
  c.json({ rewards: await readRewards(c.var.rooms, c.var.shop, c.var.customerId) }),
);

storefront.get("/membership", async (c) =>
  c.json({ member: await readMembership(c.var.rooms, c.var.shop, c.var.customerId) }),
);

const membershipRequest = z.object({ member: z.union([z.boolean(), z.stringbool()]) });

storefront.post("/membership", async (c) => {
  const parsed = membershipRequest.safeParse(
    isForm(c) ? await c.req.parseBody() : await c.req.json().catch(() => null),
  );
  if (!parsed.success)
    return problem(c, "invalid-request", 'Send {"member": true} to join, {"member": false} to leave.');
  const { member } = parsed.data;
  const answer = await joinOrLeave(c.var.rooms, c.var.shop, c.var.customerId, member);
  if (isForm(c)) return c.redirect("/", 303);
  return answer.kind === "refused" ? refused(c, answer.refusal) : c.json({ member, available: answer.available });
});

const redemptionRequest = z.object({
  id: z.guid(),
  reward_id: z.string().min(1).max(64),
  points: z.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
});

storefront.post("/redemptions", async (c) => {
  const parsed = redemptionRequest.safeParse(isForm(c) ? await formRequest(c) : await c.req.json().catch(() => null));
  if (!parsed.success)
    return problem(c, "invalid-request", `${fieldsAtFault(parsed.error)} Send {"id": a UUID, "reward_id": text}.`);
  const { id, reward_id: rewardId, points = null } = parsed.data;
  const answer = await redeemReward(c.var.rooms, c.var.shop, c.var.customerId, {
    redemptionId: id.toLowerCase(),
    rewardId,
    points,
  });
  if (isForm(c)) return c.redirect("/cart", 303);
  return answerRedemption(c, answer, (redemption) => (redemption.state === "held" ? 202 : 201));
});

storefront.get("/redemptions", async (c) =>
  c.json(await readRedemptionList(c.var.rooms, c.var.shop, c.var.customerId)),
);

/** An id that is no UUID names no redemption; the database is not asked. */
storefront.use("/redemptions/:id/*", async (c, next) => {
  const redemptionId = c.req.param("id");
  if (!z.guid().safeParse(redemptionId).success) return refused(c, { code: "unknown-redemption", redemptionId });
  await next();
  return undefined;
});

storefront.get("/redemptions/:id", async (c) => {
  const { rooms, shop, customerId } = c.var;
  const redemptionId = c.req.param("id").toLowerCase();
  const own = await readOwnRedemption(rooms, shop, customerId, redemptionId);
  return own ? answerRedemption(c, own, () => 200) : refused(c, { code: "unknown-redemption", redemptionId });
});

storefront.post("/redemptions/:id/cancel", async (c) => {
  const { rooms, shop, customerId } = c.var;
  const answer = await cancelRedemption(rooms, shop, customerId, c.req.param("id").toLowerCase());
  return isForm(c) ? c.redirect("/cart", 303) : answerRedemption(c, answer, () => 200);
});

function isForm(c: Context<RequestContext>): boolean {
  return (c.req.header("Content-Type") ?? "").startsWith("application/x-www-form-urlencoded");
}

/** Without JavaScript there is nobody to make an id and repeat it: each post is a request of its own. */
async function formRequest(c: Context<RequestContext>): Promise<unknown> {
  const form = await c.req.parseBody();
  return { id: crypto.randomUUID(), reward_id: form["reward_id"] };
}

function fieldsAtFault(error: z.ZodError): string {
  const fields = [...new Set(error.issues.map((issue) => issue.path.join(".") || "body"))];
  return `Wrong or missing: ${fields.join(", ")}.`;
}

function answerRedemption(
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
