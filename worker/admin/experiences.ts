/** What staff do by hand for shoppers: the list of it, and saying that it is done or does not come about. */
import { Hono } from "hono";
import * as z from "zod";
import { experienceCancelled, experienceDone, openExperiences } from "../flows/experiences.ts";
import type { RequestContext } from "../http/context.ts";
import { problem, refused } from "../http/problem.ts";
import { staffDoor } from "./forms.ts";

export const experiences = new Hono<RequestContext>();

experiences.get("/admin/experiences", ...staffDoor, async (c) => {
  const after = c.req.query("after") ?? null;
  if (after !== null && !z.guid().safeParse(after).success)
    return problem(c, "invalid-request", "`after` is the last id of an earlier page.");
  const page = await openExperiences(c.var.rooms, c.var.shop, after);
  const open = page.experiences.map(({ id, customerId, name, cost, chosenAtMs }) => {
    return { id, customer_id: customerId, name, cost, chosen_at: new Date(chosenAtMs).toISOString() };
  });
  return c.json({ experiences: open, next: page.next });
});

experiences.post("/admin/experiences/:id/:end{done|cancelled}", ...staffDoor, async (c) => {
  const { id: redemptionId, end } = c.req.param();
  if (!z.guid().safeParse(redemptionId).success) return refused(c, { code: "unknown-redemption", redemptionId });
  const finish = end === "done" ? experienceDone : experienceCancelled;
  const answer = await finish(c.var.rooms, c.var.shop, c.var.session.staffId, redemptionId.toLowerCase());
  if (answer.kind === "refused") return refused(c, answer.refusal);
  const { id, state, cost } = answer.redemption;
  return c.json({ id, state, cost });
});
