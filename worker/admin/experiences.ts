/** What staff do by hand for shoppers: the list of it, and saying that it is done or does not come about. */
import { Hono, type MiddlewareHandler } from "hono";
import * as z from "zod";
import { experienceCancelled, experienceDone, openExperiences } from "../flows/experiences.ts";
import type { RequestContext } from "../http/context.ts";
import { problem, refused } from "../http/problem.ts";
import { requireSession } from "../http/session.ts";

export const experiences = new Hono<RequestContext>();

const requireShop: MiddlewareHandler<RequestContext> = async (c, next) => {
  const shop = await c.var.rooms.shops.findOne(c.var.session.shop, c.var.rooms.nowMs());
  if (!shop?.isInstalled) return problem(c, "unknown-shop", "Open the app's first page: that installs it.");
  c.set("shop", shop);
  await next();
  return undefined;
};

experiences.get("/admin/experiences", requireSession, requireShop, async (c) => {
  const after = c.req.query("after") ?? null;
  if (after !== null && !z.guid().safeParse(after).success)
    return problem(c, "invalid-request", "`after` is the last id of an earlier page.");
  const page = await openExperiences(c.var.rooms, c.var.shop, after);
  const open = page.experiences.map(({ id, customerId, name, cost, chosenAtMs }) => {
    return { id, customer_id: customerId, name, cost, chosen_at: new Date(chosenAtMs).toISOString() };
  });
  return c.json({ experiences: open, next: page.next });
});

experiences.post("/admin/experiences/:id/:end{done|cancelled}", requireSession, requireShop, async (c) => {
  const { id: redemptionId, end } = c.req.param();
  if (!z.guid().safeParse(redemptionId).success) return refused(c, { code: "unknown-redemption", redemptionId });
  const finish = end === "done" ? experienceDone : experienceCancelled;
  const answer = await finish(c.var.rooms, c.var.shop, c.var.session.staffId, redemptionId.toLowerCase());
  if (answer.kind === "refused") return refused(c, answer.refusal);
  const { id, state, cost } = answer.redemption;
  return c.json({ id, state, cost });
});
