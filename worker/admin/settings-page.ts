/** Who of the staff may do what, and what is known of customers. */
import { Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { changeStaffRules } from "../flows/change-staff-rules.ts";
import type { RequestContext } from "../http/context.ts";
import { apiKeysSection } from "./api-keys-section.ts";
import { formatsOf } from "./formats.ts";
import { answered, optionalWholeNumber, readForm, staffDoor } from "./forms.ts";
import { banner, facts, type Page, pageFrame } from "./page.ts";

const MOST_STAFF = 200;

export const settingsPage: Page = {
  path: "/settings",
  name: "Settings",
  show: async (c) => {
    const { version, budgetPoints, staff, givenPoints, showsNames } = await c.var.rooms.staff.rules(c.var.shop.id);
    const { staffId } = c.var.session;
    const mayAct = staff === null || staff.includes(staffId);
    const { points } = formatsOf(c);
    return pageFrame(
      { heading: "Settings" },
      mayAct
        ? null
        : banner(
            "info",
            "You may look, not change",
            "Your number is not among those who may act. Ask one of those below to add it.",
          ),
      html`<form method="post" action="/admin/settings" data-save-bar>
<input type="hidden" name="version" value="${version}">
<s-section heading="Staff">
<s-text-field name="budget" label="Points that staff may give in a month" value="${budgetPoints ?? ""}" autocomplete="off" ${mayAct ? "" : "disabled"} details="All of them together, by the calendar month (UTC). Empty: no bound. What is undone is back in the budget."></s-text-field>
${facts([["Given this month", points(givenPoints)]])}
<s-text-area name="staff" label="Who may act on members" rows="3" value="${(staff ?? []).join("\n")}" ${mayAct ? "" : "disabled"} details="Shopify's numbers of staff, one a line. Empty: everybody who can open this app. Your number is ${staffId}."></s-text-area>
<s-paragraph color="subdued">Whoever is not on the list can look at everything, and change nothing of members and settings. <s-link href="/acts">Who did what</s-link> is written down.</s-paragraph>
</s-section>
<s-section heading="Languages">
<s-paragraph>The blocks speak English, Swedish, Norwegian, Danish, Finnish, German and French. <s-link href="/words">Say what your rewards and tiers are called in each</s-link>.</s-paragraph>
</s-section>
<s-section heading="Privacy">
<s-switch name="names" value="yes" label="Show customers' names" ${showsNames ? "checked" : ""} ${mayAct ? "" : "disabled"} details="Members are then shown with their names, and can be found by them. Shopify is asked while you look; Lojal keeps and logs no name. Shopify answers only if this app has its permission for protected customer data, level 2, field “name”."></s-switch>
<s-paragraph color="subdued">Without it a member is a number. Each member's page links to the customer in Shopify, where the name is.</s-paragraph>
</s-section>
</form>`,
      await apiKeysSection(c, mayAct),
    );
  },
};

const staffLines = z
  .string()
  .default("")
  .transform((text) => text.split(/[\s,;]+/).filter((line) => line !== ""))
  .pipe(z.array(z.string().regex(/^\d{1,20}$/, "Write numbers, one a line.")).max(MOST_STAFF, `${MOST_STAFF} at most.`))
  .transform((staff) => (staff.length === 0 ? null : [...new Set(staff)]));

const settingsForm = z.object({
  version: z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number),
  budget: optionalWholeNumber.pipe(
    z.number().int().min(0, "0 or more.").max(1_000_000_000_000, "That is too much.").nullable(),
  ),
  // A switch that is off sends nothing.
  names: z
    .literal("yes")
    .optional()
    .transform((sent) => sent === "yes"),
  // What is wrong in one line is told of the whole field.
  staff: z.unknown().transform((text, context) => {
    const parsed = staffLines.safeParse(text);
    if (parsed.success) return parsed.data;
    context.addIssue(parsed.error.issues[0]?.message ?? "Write numbers, one a line.");
    return z.NEVER;
  }),
});

export const settingsForms = new Hono<RequestContext>();

settingsForms.post("/", ...staffDoor, async (c) => {
  const form = await readForm(c, settingsForm);
  if ("problem" in form) return form.problem;
  const { version, budget: budgetPoints, staff, names: showsNames } = form.fields;
  const { rooms, shop, session } = c.var;
  const answer = await changeStaffRules(rooms, shop, session.staffId, { version, budgetPoints, staff, showsNames });
  return answered(c, answer, () => "Saved.");
});
