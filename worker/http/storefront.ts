/** The app proxy: what a shopper's browser reaches as /apps/lojal/*. Who the shopper is comes from Shopify's signature alone. */
import { type Context, Hono } from "hono";
import * as z from "zod";
import { signingSecrets } from "../env.ts";
import { cancelRedemption, readOwnRedemption } from "../flows/cancel-redemption.ts";
import { joinOrLeave } from "../flows/change-member.ts";
import { readOwnData } from "../flows/own-data.ts";
import {
  readBalance,
  readExplainedHistory,
  readMembership,
  readRedemptionList,
  readRewards,
} from "../flows/read-member.ts";
import { redeemReward } from "../flows/redeem-reward.ts";
import { sha256 } from "../flows/sha256.ts";
import { verifyProxy } from "../shopify/verify-proxy.ts";
import type { RequestContext } from "./context.ts";
import { historyPage } from "./history-page.ts";
import { shopperLimited } from "./limits.ts";
import {
  answerRedemption,
  boundedRequest,
  fieldsAtFault,
  madeOrHeld,
  namedRedemption,
  readCursor,
  redemptionRequest,
  spoken,
} from "./member-requests.ts";
import { problem, refused } from "./problem.ts";

export const storefront = new Hono<RequestContext>();

storefront.use(boundedRequest);

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

storefront.get("/member", async (c) =>
  c.json(await readBalance(c.var.rooms, c.var.shop, c.var.customerId, (await spoken(c)).words)),
);

storefront.get("/history", async (c) => {
  const cursor = readCursor(c);
  if (cursor instanceof Response) return cursor;
  const { language, words } = await spoken(c);
  const page = await readExplainedHistory(c.var.rooms, c.var.shop, c.var.customerId, cursor.after, language, words);
  return c.req.query("view") === "page" ? c.html(historyPage(page, language)) : c.json(page);
});

storefront.get("/data", async (c) => {
  const { rooms, shop, customerId } = c.var;
  const own = await readOwnData(rooms, shop, customerId, await spoken(c));
  c.header("Content-Disposition", 'attachment; filename="points.json"');
  return c.json(own);
});

storefront.get("/rewards", async (c) =>
  c.json({ rewards: await readRewards(c.var.rooms, c.var.shop, c.var.customerId, (await spoken(c)).words) }),
);

storefront.get("/membership", async (c) =>
  c.json({ member: await readMembership(c.var.rooms, c.var.shop, c.var.customerId) }),
);

const membershipRequest = z.object({ member: z.union([z.boolean(), z.stringbool()]) });

storefront.post("/membership", async (c) => {
  const form = await formOf(c);
  const parsed = membershipRequest.safeParse(form ?? (await c.req.json().catch(() => null)));
  if (!parsed.success)
    return problem(c, "invalid-request", 'Send {"member": true} to join, {"member": false} to leave.');
  const { member } = parsed.data;
  const answer = await joinOrLeave(c.var.rooms, c.var.shop, c.var.customerId, member);
  if (form) return backTo(c, form, answer.kind !== "refused", "/");
  return answer.kind === "refused" ? refused(c, answer.refusal) : c.json({ member, available: answer.available });
});

storefront.post("/redemptions", async (c) => {
  const form = await formOf(c);
  const parsed = redemptionRequest.safeParse(form ? await formRequest(c, form) : await c.req.json().catch(() => null));
  if (!parsed.success)
    return problem(c, "invalid-request", `${fieldsAtFault(parsed.error)} Send {"id": a UUID, "reward_id": text}.`);
  const { id, reward_id: rewardId, points = null } = parsed.data;
  const answer = await redeemReward(c.var.rooms, c.var.shop, c.var.customerId, {
    redemptionId: id.toLowerCase(),
    rewardId,
    points,
  });
  if (form) return backTo(c, form, answer.kind !== "refused" && answer.redemption.state !== "released");
  return answerRedemption(c, answer, madeOrHeld);
});

storefront.get("/redemptions", async (c) =>
  c.json(await readRedemptionList(c.var.rooms, c.var.shop, c.var.customerId, (await spoken(c)).words)),
);

storefront.use("/redemptions/:id/*", namedRedemption);

storefront.get("/redemptions/:id", async (c) => {
  const { rooms, shop, customerId } = c.var;
  const redemptionId = c.req.param("id").toLowerCase();
  const own = await readOwnRedemption(rooms, shop, customerId, redemptionId);
  return own ? answerRedemption(c, own, () => 200) : refused(c, { code: "unknown-redemption", redemptionId });
});

storefront.post("/redemptions/:id/cancel", async (c) => {
  const { rooms, shop, customerId } = c.var;
  const form = await formOf(c);
  const answer = await cancelRedemption(rooms, shop, customerId, c.req.param("id").toLowerCase());
  return form ? backTo(c, form, answer.kind !== "refused") : answerRedemption(c, answer, () => 200);
});

type Form = Readonly<Record<string, unknown>>;

/** What a form without script sent, empty where it cannot be read; null where the request is not one. */
async function formOf(c: Context<RequestContext>): Promise<Form | null> {
  const isForm = (c.req.header("Content-Type") ?? "").startsWith("application/x-www-form-urlencoded");
  return isForm ? c.req.parseBody().catch(() => ({})) : null;
}

/** Back to the page that the form was on, where the mark in the address lights the sentence that Liquid has painted for it in the form's own block. */
function backTo(c: Context<RequestContext>, form: Form, isDone: boolean, otherwise = "/cart"): Response {
  const { return_to: page, block } = form;
  const place = typeof page === "string" && OWN_PAGE.test(page) ? new URL(page, c.req.url).pathname : otherwise;
  const within = typeof block === "string" && BLOCK.test(block) ? `-${block}` : "";
  return c.redirect(`${place}#lojal-${isDone ? "done" : "no"}${within}`, 303);
}

/**
 * A path of the shop's own, in whatever script its handles are written, without query and mark: nobody is led elsewhere by a form. No part of it is empty, because
 * two strokes would begin an address of somebody else's once what leads there (`/.`) is taken out.
 */
const OWN_PAGE = /^(?=.{1,2000}$)(?:\/[^\s\p{Cc}\p{Cs}/\\?#]+)*\/?$/u;

/** What Shopify calls a block on a page. */
const BLOCK = /^[\w-]{1,200}$/;

/**
 * Without JavaScript there is nobody to make an id and repeat it, and two taps before the answer send a form twice. So one painting of a form asks for one choice
 * once: the id derives from the mark that Liquid has painted, or, of a form without one, from the request's signature, which is new each second. A slider's points
 * are beside its button.
 */
async function formRequest(c: Context<RequestContext>, form: Form): Promise<unknown> {
  const { reward_id: rewardId } = form;
  const once = form["once"] || c.req.query("signature");
  const points = form[`points-${String(rewardId)}`];
  const text = JSON.stringify([c.var.shop.domain, c.var.customerId, rewardId, points, once]);
  const hash = await sha256(text);
  // In the form of a UUID of version 8: what its bits say is ours to choose.
  const id = hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, "$1-$2-8$3-8$4-$5");
  return { id, reward_id: rewardId, ...(points === undefined ? {} : { points: Number(points) }) };
}
