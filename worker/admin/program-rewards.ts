/** The rewards of a draft: what there is, one more, one fewer. */
import { html } from "hono/html";
import * as z from "zod";
import { parseMoney } from "../domain/money.ts";
import type { ProgramView } from "../flows/edit-program.ts";
import type { Formats } from "./formats.ts";
import { wholeNumber } from "./forms.ts";
import { confirmed, emptyState, type Html, table } from "./page.ts";
import { contentOf, record } from "./program-fields.ts";

export function rewardsSection(view: ProgramView, currency: string, format: Formats): Html {
  const rewards = rewardsOf(contentOf(view));
  const hidden = html`<input type="hidden" name="revision" value="${view.draft.revision}">
<input type="hidden" name="based_on" value="${view.versions.at(-1)?.version ?? 0}">`;
  const add = confirmed({
    id: "add-reward",
    button: "Add a reward",
    heading: "An amount off an order",
    action: "/admin/program/rewards",
    submit: "Add to the draft",
    fields: html`${hidden}
<s-text-field name="name" label="Name" autocomplete="off" details="Shoppers read it."></s-text-field>
<s-text-field name="cost" label="Price in points" autocomplete="off"></s-text-field>
<s-text-field name="value" label="Amount off (${currency})" autocomplete="off"></s-text-field>
<s-text-field name="minimum" label="Only for orders from (${currency})" autocomplete="off" details="Empty: for any order."></s-text-field>
<s-text-field name="days" label="Days that its code is good" value="30" autocomplete="off"></s-text-field>`,
  });
  const rows = rewards.map((reward, index) => [
    String(reward["name"] ?? ""),
    typeof reward["cost"] === "number" ? format.number(reward["cost"]) : "",
    typeof reward["valueMinor"] === "number" ? format.money(reward["valueMinor"]) : "",
    confirmed({
      id: `remove-${index}`,
      button: "Remove",
      heading: "Remove this reward from the draft?",
      action: "/admin/program/rewards/removed",
      submit: "Remove",
      variant: "tertiary",
      text: "Codes that were made for it go on being good.",
      fields: html`${hidden}<input type="hidden" name="id" value="${String(reward["id"] ?? "")}">`,
    }),
  ]);
  return html`<s-section heading="Rewards">
<s-stack gap="base">${
    rows.length === 0
      ? emptyState("No rewards yet", "Points need something to be spent on.")
      : table(
          [
            { name: "Reward" },
            { name: "Points", isNumeric: true },
            { name: "Worth", isNumeric: true },
            { name: "Change" },
          ],
          rows,
        )
  }
<s-stack direction="inline">${add}</s-stack></s-stack>
</s-section>`;
}

export const rewardForm = z.object({
  revision: wholeNumber,
  based_on: wholeNumber,
  name: z.string().trim().min(1, "Give it a name.").max(100, "100 characters at most."),
  cost: wholeNumber.pipe(z.number().min(1, "1 or more.")),
  value: z.string("Enter an amount."),
  minimum: z.string().default(""),
  days: wholeNumber.pipe(z.number().min(1, "1 to 365.").max(365, "1 to 365.")),
});

/** The draft with one more reward. A string is the field that is wrong. */
export function withReward(
  content: Readonly<Record<string, unknown>>,
  form: z.infer<typeof rewardForm>,
  currency: string,
): Readonly<Record<string, unknown>> | "value" | "minimum" {
  const valueMinor = parseMoney(form.value.replace(",", "."), currency);
  if (valueMinor === null || valueMinor < 1) return "value";
  const minimumMinor = form.minimum.trim() === "" ? null : parseMoney(form.minimum.replace(",", "."), currency);
  if (minimumMinor === null && form.minimum.trim() !== "") return "minimum";
  const rewards = rewardsOf(content);
  const ids = new Set(rewards.map((reward) => reward["id"]));
  let id = `off-${form.cost}`;
  for (let count = 2; ids.has(id); count++) id = `off-${form.cost}-${count}`;
  const { name, cost, days: codeDays } = form;
  return {
    ...content,
    rewards: [...rewards, { id, name, kind: "amount_off", cost, valueMinor, minimumMinor, codeDays }],
  };
}

export function withoutReward(content: Readonly<Record<string, unknown>>, id: string) {
  return { ...content, rewards: rewardsOf(content).filter((reward) => reward["id"] !== id) };
}

function rewardsOf({ rewards }: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(rewards)) return [];
  return rewards.map(record).filter((reward) => reward !== null);
}
