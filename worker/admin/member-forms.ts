/** What staff do to a member: each form one flow. */

import { Hono } from "hono";
import * as z from "zod";
import { CUSTOMER_NUMBER, type Redemption } from "../domain/account.ts";
import { isCodeReward } from "../domain/rewards.ts";
import { actAsStaff, type NoteOn, noteThenAct, type StaffAct } from "../flows/act-as-staff.ts";
import { adjustByStaff, undoAdjustment } from "../flows/adjust-by-staff.ts";
import { cancelRedemption } from "../flows/cancel-redemption.ts";
import { joinOrLeave } from "../flows/change-member.ts";
import { forgetCustomer } from "../flows/forget-customer.ts";
import { giveReward } from "../flows/give-reward.ts";
import { mergeByStaff } from "../flows/merge-customers.ts";
import { redeemReward } from "../flows/redeem-reward.ts";
import { reportOn } from "../flows/report-customer.ts";
import type { RequestContext } from "../http/context.ts";
import { adjustmentReason } from "../http/member-requests.ts";
import { namedCustomer } from "../http/named-customer.ts";
import { refused } from "../http/problem.ts";
import { formatsOf } from "./formats.ts";
import { answered, optionalWholeNumber, readForm, staffDoor, wholeNumber } from "./forms.ts";
import type { AdminContext } from "./page.ts";

export const memberForms = new Hono<RequestContext>();

const door = [...staffDoor, namedCustomer] as const;

const adjustmentForm = z.object({
  id: z.guid(),
  points: wholeNumber.pipe(z.number().refine((points) => points !== 0, "Enter a number other than 0.")),
  reason: adjustmentReason,
});

memberForms.post("/:customer/adjustments", ...door, async (c) => {
  const form = await readForm(c, adjustmentForm);
  if ("problem" in form) return form.problem;
  const { rooms, shop, session, customerId } = c.var;
  const adjustment = { ...form.fields, id: form.fields.id.toLowerCase() };
  const answer = await adjustByStaff(rooms, shop, session.staffId, customerId, adjustment);
  return answered(c, answer, ({ available }) => `Adjusted: ${formatsOf(c).points(available)} to spend now.`);
});

memberForms.post("/:customer/undone", ...door, async (c) => {
  const form = await readForm(c, z.object({ key: z.string().max(200) }));
  if ("problem" in form) return form.problem;
  const { rooms, shop, session, customerId } = c.var;
  const answer = await undoAdjustment(rooms, shop, session.staffId, customerId, form.fields.key);
  return answered(c, answer, ({ available }) => `Undone: ${formatsOf(c).points(available)} to spend now.`);
});

const redemptionForm = z.object({
  id: z.guid(),
  reward_id: z.string().min(1, "Choose a reward.").max(64),
  points: optionalWholeNumber.default(null),
  /** Ticked, the shop pays for it. */
  gift: z.string().optional(),
});

memberForms.post("/:customer/redemptions", ...door, async (c) => {
  const form = await readForm(c, redemptionForm);
  if ("problem" in form) return form.problem;
  const { rooms, shop, session, customerId } = c.var;
  const { id, reward_id: rewardId, points, gift } = form.fields;
  const request = { redemptionId: id.toLowerCase(), rewardId, points };
  const isGift = gift !== undefined;
  const detail = { reward: request.rewardId, redemption: request.redemptionId };
  const act = actOf(c, isGift ? "reward-given" : "reward-redeemed", detail);
  const answer = await actAsStaff(rooms, shop, act, (note) =>
    isGift
      ? giveReward(rooms, shop, session.staffId, { customerId, request, note })
      : redeemReward(rooms, shop, customerId, request, { note }),
  );
  return answered(c, answer, ({ redemption }) => toldOf(redemption));
});

/** What staff say to the customer. */
function toldOf({ state, code, reward }: Redemption): string {
  if (isCodeReward(reward))
    return state === "held" ? "The code is being made: it is here in a moment." : `The code is ${code}.`;
  if (reward.kind === "donation") return "Donated.";
  if (reward.kind === "experience") return "It is on the list of what is to be done.";
  return state === "used" ? `${reward.name}: the customer has it.` : `${reward.name}: it is there in a moment.`;
}

memberForms.post("/:customer/merge", ...door, async (c) => {
  const form = await readForm(
    c,
    z.object({
      other: z.string().trim().regex(CUSTOMER_NUMBER, "Enter the other customer's number, without zeros before it."),
    }),
  );
  if ("problem" in form) return form.problem;
  const { rooms, shop, customerId } = c.var;
  const merger = { keptCustomerId: customerId, mergedCustomerId: form.fields.other };
  const answer = await actAsStaff(rooms, shop, actOf(c, "points-moved", {}), (note) =>
    mergeByStaff(rooms, shop, merger, note),
  );
  return answered(c, answer, ({ available }) => `Moved: ${formatsOf(c).points(available)} to spend now.`);
});

memberForms.post("/:customer/redemptions/:id/cancel", ...door, async (c) => {
  const redemptionId = c.req.param("id").toLowerCase();
  if (!z.guid().safeParse(redemptionId).success) return refused(c, { code: "unknown-redemption", redemptionId });
  const { rooms, shop, customerId } = c.var;
  const act = actOf(c, "code-cancelled", { redemption: redemptionId });
  const cancel = (note: NoteOn) => cancelRedemption(rooms, shop, customerId, redemptionId, note);
  const answer = await actAsStaff(rooms, shop, act, cancel);
  return answered(c, answer, ({ redemption }) => `Cancelled: ${formatsOf(c).points(redemption.cost)} are back.`);
});

memberForms.post("/:customer/membership", ...door, async (c) => {
  const form = await readForm(c, z.object({ member: z.stringbool() }));
  if ("problem" in form) return form.problem;
  const { rooms, shop, customerId } = c.var;
  const { member } = form.fields;
  const act = actOf(c, "membership-changed", { isMember: member });
  const answer = await actAsStaff(rooms, shop, act, (note) => joinOrLeave(rooms, shop, customerId, member, note));
  return answered(c, answer, () => (member ? "Back in the program." : "Out of the program."));
});

memberForms.post("/:customer/forget", ...door, async (c) => {
  const { rooms, shop, customerId } = c.var;
  const form = await readForm(
    c,
    z.object({
      repeated: z
        .string()
        .trim()
        .refine((text) => text === customerId, "This is another number."),
    }),
  );
  if ("problem" in form) return form.problem;
  // Who is forgotten is named nowhere.
  const answer = await noteThenAct(rooms, shop, actOf(c, "customer-forgotten", {}), async () => {
    await forgetCustomer(rooms, shop, customerId, null);
    return { kind: "done" } as const;
  });
  return answered(c, answer, () => "Forgotten.", "/members");
});

memberForms.get("/:customer/report", ...door, async (c) => {
  const { rooms, shop, customerId } = c.var;
  const act = actOf(c, "export-made", { what: "member" });
  const answer = await noteThenAct(rooms, shop, act, async () => ({
    kind: "report" as const,
    text: (await reportOn(rooms, shop, customerId)).text,
  }));
  if (answer.kind === "refused") return refused(c, answer.refusal);
  c.header("Content-Type", "application/json");
  return c.body(answer.text);
});

function actOf(c: AdminContext, action: StaffAct["action"], detail: StaffAct["detail"]): StaffAct {
  return { staffId: c.var.session.staffId, action, detail };
}
