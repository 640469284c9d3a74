/** One member: what they have, how it came about, their codes, and all that staff can do for them. */
import { html } from "hono/html";
import { CUSTOMER_NUMBER } from "../domain/account.ts";
import { leastCost, type Reward } from "../domain/rewards.ts";
import { isGivenBack, paidByGift, undoableIdOf, undoKeyOf } from "../flows/adjustment-ids.ts";
import { namesOf } from "../flows/customer-names.ts";
import { type ExplainedEntry, type MemberView, viewMember } from "../flows/view-members.ts";
import { noSuchCustomer } from "../http/named-customer.ts";
import { problem } from "../http/problem.ts";
import { customerName, namesMissing } from "./customer-names.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { stranger } from "./members-page.ts";
import {
  type AdminContext,
  banner,
  confirmed,
  emptyState,
  facts,
  figures,
  type Html,
  morePages,
  type Page,
  pageFrame,
  table,
} from "./page.ts";

const BACK = { path: "/members", name: "Members" };

const STATES: Readonly<Record<string, readonly [name: string, tone: string]>> = {
  held: ["Being made", "info"],
  issued: ["Can be used", "success"],
  used: ["Used", "neutral"],
  released: ["Given back", "neutral"],
  failed: ["Failed", "critical"],
};

export const memberPage: Page = {
  path: "/members/:customer",
  name: null,
  show: async (c) => {
    const customerId = c.req.param("customer") ?? "";
    const after = c.req.query("after") ?? null;
    if (!CUSTOMER_NUMBER.test(customerId)) return noSuchCustomer(c, customerId);
    if (after !== null && !/^\d{1,18}$/.test(after))
      return problem(c, "not-found", "There is no such page of the history. Open the member again.");
    const rules = c.var.rooms.staff.rules(c.var.shop.id);
    const [member, { budgetPoints, givenPoints, staff }, names] = await Promise.all([
      viewMember(c.var.rooms, c.var.shop, customerId, after),
      rules,
      namesOf(c.var.rooms, c.var.shop, [customerId], rules),
    ]);
    const mayAct = staff === null || staff.includes(c.var.session.staffId);
    const left = budgetPoints === null ? null : Math.max(0, budgetPoints - givenPoints);
    const name = customerName(names, customerId);
    const heading = name === null ? `Customer ${customerId}` : `Customer ${customerId}, ${name}`;
    const format = formatsOf(c);
    const actions = mayAct
      ? adjustDialog(customerId, left, format)
      : html`<s-badge tone="info">You may look, not change</s-badge>`;
    if (member === null) return pageFrame({ heading, back: BACK, actions }, namesMissing(names), stranger(customerId));
    return pageFrame(
      { heading, back: BACK, actions },
      namesMissing(names),
      member.customerId === customerId
        ? null
        : banner(
            "info",
            `This customer is part of customer ${member.customerId} now`,
            "What you see and do here is theirs.",
          ),
      balance(member, format),
      tier(member, format),
      redemptions(member, format, mayAct),
      mayAct ? counter(member, left, format) : null,
      lots(member, format),
      ledger(member, format, mayAct),
      aside(c, member, mayAct, name),
    );
  },
};

function adjustDialog(customerId: string, left: number | null, { points }: Formats): Html {
  const budget =
    left === null ? "Your shop has no monthly budget." : `${points(left)} are left of this month's budget.`;
  return confirmed({
    id: "adjust",
    button: "Adjust points",
    variant: "primary",
    slot: "primary-action",
    heading: "Adjust points",
    action: `/admin/members/${customerId}/adjustments`,
    submit: "Adjust",
    text: `The customer reads the reason. ${budget} You can undo it.`,
    fields: html`<input type="hidden" name="id" value="${crypto.randomUUID()}">
<s-text-field name="points" label="Points" required placeholder="50 or -50" details="Below zero takes points away." autocomplete="off"></s-text-field>
<s-text-field name="reason" label="Reason" required maxLength="200" placeholder="A late parcel" autocomplete="off"></s-text-field>`,
  });
}

function balance({ account, isMember }: MemberView, { number }: Formats): Html {
  const { available, pending, held, owed } = account;
  return html`<s-section heading="Balance">
${figures([
  { name: "To spend", value: number(available) },
  { name: "On their way", value: number(pending), note: "Earned, and not past the return window." },
  { name: "In codes", value: number(held), note: "Reserved for codes that are not used yet." },
  { name: "Owed", value: number(owed), note: "Was spent, and its order refunded." },
])}
${isMember ? "" : html`<s-paragraph><s-badge>Left</s-badge> This customer has left the program: new orders earn nothing. The balance stays.</s-paragraph>`}
</s-section>`;
}

function tier({ standing, tierRules }: MemberView, { number, money, day }: Formats): Html | null {
  if (tierRules === null) return null;
  const { tier: reached, sinceMs, untilMs, next } = standing;
  const amount = { points: number, spend: money, orders: number }[tierRules.basis];
  const unit = { points: " points", spend: "", orders: " orders" }[tierRules.basis];
  return html`<s-section heading="Tier">
${facts([
  ["Tier", reached?.name ?? "None yet"],
  ...(sinceMs === null ? [] : [["Since", day(sinceMs)] as const]),
  ...(untilMs === null ? [] : [["Kept until", day(untilMs)] as const]),
  ...(next === null ? [] : [["To the next", `${amount(next.missing)}${unit} more for ${next.tier.name}`] as const]),
])}
</s-section>`;
}

function lots({ account }: MemberView, { number, day, lastDay }: Formats): Html {
  const live = account.lots.filter(({ remaining }) => remaining > 0);
  const rows = live.map(({ orderId, remaining, amount, matured, availableAtMs, expiresAtMs }) => [
    orderId === null ? "Given or brought along" : `Order ${orderId}`,
    remaining === amount ? number(remaining) : `${number(remaining)} of ${number(amount)}`,
    matured ? "Yes" : `From ${day(availableAtMs)}`,
    expiresAtMs === null ? "They do not expire" : lastDay(expiresAtMs),
  ]);
  return html`<s-section heading="Points by where they come from" padding="none">
${
  rows.length === 0
    ? emptyState(
        "No points",
        "Points that were earned together are listed here, with the last day on which they are good.",
      )
    : table([{ name: "From" }, { name: "Left", isNumeric: true }, { name: "To spend" }, { name: "Good through" }], rows)
}
</s-section>`;
}

function redemptions({ redemptions: all, customerId }: MemberView, { number, day }: Formats, mayAct: boolean): Html {
  const rows = all.map(({ id, state, code, kind, cost, name, endsAtMs }, index) => {
    const [stateName, tone] = STATES[state] ?? [state, "neutral"];
    const isCode = kind !== "donation" && state !== "held";
    return [
      html`<s-text type="strong">${name}</s-text>`,
      html`${isCode ? html`<span class="lojal-code">${code}</span>` : "–"}`,
      html`<s-badge tone="${tone}">${stateName}</s-badge>`,
      number(cost),
      day(endsAtMs),
      mayAct && (state === "issued" || state === "held")
        ? confirmed({
            id: `cancel-${index}`,
            button: "Cancel",
            heading: "Cancel this code?",
            action: `/admin/members/${customerId}/redemptions/${id}/cancel`,
            submit: "Cancel the code",
            isCritical: true,
            text: `${isCode ? code : name} can be used no more, and ${number(cost)} points go back to the customer.`,
          })
        : "",
    ];
  });
  const columns = [
    { name: "Reward" },
    { name: "Code" },
    { name: "State" },
    { name: "Cost", isNumeric: true },
    { name: "Until" },
    { name: "Action" },
  ];
  return html`<s-section heading="Rewards" padding="none">
${rows.length === 0 ? emptyState("No rewards yet", "Codes this customer has redeemed are listed here.") : table(columns, rows)}
</s-section>`;
}

function counter({ rewards, account, customerId }: MemberView, left: number | null, { number, points }: Formats): Html {
  if (rewards.length === 0)
    return html`<s-section heading="At the counter"><s-paragraph>The program offers no rewards.</s-paragraph></s-section>`;
  const price = (reward: Reward) => {
    const least = leastCost(reward);
    const range = reward.slider ? `${number(least)} to ${number(reward.slider.maxPoints)}` : number(least);
    return `${reward.name}, ${range} points${least <= account.available ? "" : " (too few)"}`;
  };
  const budget =
    left === null ? "Your shop has no monthly budget." : `${points(left)} are left of this month's budget.`;
  return html`<s-section heading="At the counter">
<s-paragraph color="subdued">Redeem a reward for a customer who stands before you. The code is theirs, as if they had done it.</s-paragraph>
<form method="post" action="/admin/members/${customerId}/redemptions"><s-stack gap="base">
<input type="hidden" name="id" value="${crypto.randomUUID()}">
<s-select name="reward_id" label="Reward" required>${rewards.map(
    (reward) => html`<s-option value="${reward.id}">${price(reward)}</s-option>`,
  )}</s-select>
${
  rewards.some(({ slider }) => slider)
    ? html`<s-text-field name="points" label="Points" autocomplete="off" details="Where the customer chooses how many. Empty: the least."></s-text-field>`
    : ""
}
<s-checkbox name="gift" value="yes" label="A gift of the shop's" details="The customer pays nothing: the points are given, and spent at once. ${budget}"></s-checkbox>
<s-stack direction="inline"><s-button type="submit">Redeem</s-button></s-stack>
</s-stack></form>
</s-section>`;
}

/** Whether an entry is an adjustment that can be undone and was not: a gift once its reward was given back. */
function isUndoable({ entries, redemptions }: MemberView, key: string): boolean {
  const id = undoableIdOf(key);
  if (id === null || entries.some((entry) => entry.key === undoKeyOf(id))) return false;
  const redemptionId = paidByGift(id);
  return redemptionId === null || redemptions.some((one) => one.id === redemptionId && isGivenBack(one));
}

function ledger(member: MemberView, { signed, moment }: Formats, mayAct: boolean): Html {
  const { entries, next, customerId } = member;
  const why = ({ summary, steps }: ExplainedEntry) =>
    html`<s-stack gap="small-200"><s-text>${summary}</s-text>${
      steps.length === 0
        ? ""
        : html`<details><summary>How it is worked out</summary><s-unordered-list>${steps.map((step) => html`<s-list-item>${step}</s-list-item>`)}</s-unordered-list></details>`
    }</s-stack>`;
  const undo = ({ key, points }: ExplainedEntry, index: number) =>
    mayAct && isUndoable(member, key)
      ? confirmed({
          id: `undo-${index}`,
          button: "Undo",
          heading: "Undo this adjustment?",
          action: `/admin/members/${customerId}/undone`,
          submit: "Undo it",
          text: `The opposite is posted: ${signed(-points)} points. Both stay in the ledger.`,
          fields: html`<input type="hidden" name="key" value="${key}">`,
        })
      : "";
  const rows = entries.map((entry, index) => [
    moment(entry.atMs),
    why(entry),
    signed(entry.points),
    undo(entry, index),
  ]);
  const columns = [{ name: "When" }, { name: "What" }, { name: "Points", isNumeric: true }, { name: "Action" }];
  return html`<s-section heading="History" padding="none">
${rows.length === 0 ? emptyState("Nothing booked", "Every movement of points is listed here, with how it was worked out.") : table(columns, rows)}
${morePages(next === null ? null : `/members/${customerId}?after=${next}`) ?? ""}
</s-section>`;
}

function aside(
  c: AdminContext,
  { customerId, formerCustomerIds, isMember }: MemberView,
  mayAct: boolean,
  name: string | null,
): Html {
  const store = c.var.shop.domain.replace(/\.myshopify\.com$/, "");
  const membership = confirmed({
    id: "membership",
    button: isMember ? "Take out of the program" : "Take back into the program",
    heading: isMember ? "Take this customer out?" : "Take this customer back in?",
    action: `/admin/members/${customerId}/membership`,
    submit: isMember ? "Take out" : "Take back in",
    text: isMember
      ? "Orders from now on earn nothing. The balance stays, and can be spent. You can undo this."
      : "Orders from now on earn points again.",
    fields: html`<input type="hidden" name="member" value="${isMember ? "false" : "true"}">`,
  });
  const merge = confirmed({
    id: "merge",
    button: "Move points here",
    heading: "Move another customer's points here?",
    action: `/admin/members/${customerId}/merge`,
    submit: "Move for good",
    isCritical: true,
    text: "For two customers who are one person. Shopify tells of those it merged by itself. The other one's points, history and codes become this one's, with their own dates, and so do later orders of both. Nobody can undo this.",
    fields: html`<s-text-field name="other" label="The other customer's number" required autocomplete="off"></s-text-field>`,
  });
  const forget = confirmed({
    id: "forget",
    button: "Forget this customer",
    heading: "Forget this customer?",
    action: `/admin/members/${customerId}/forget`,
    submit: "Forget for good",
    isCritical: true,
    text: "Their number is taken out of all that is held. Points and history stay, and are nobody's. Nobody can undo this, you and we included.",
    fields: html`<s-text-field name="repeated" label="Type the customer's number to confirm" required autocomplete="off" details="${customerId}"></s-text-field>`,
  });
  return html`<s-section slot="aside" heading="Customer">
${facts([
  ["Number", customerId],
  ...(formerCustomerIds.length === 0 ? [] : [["Was also", formerCustomerIds.join(", ")] as const]),
  ["In the program", isMember ? "Yes" : "No"],
])}
<s-link href="https://admin.shopify.com/store/${store}/customers/${customerId}" target="_top">Open in Shopify</s-link>
<s-paragraph color="subdued">Lojal keeps numbers, no names.${name === null ? "" : " This one Shopify told just now."}</s-paragraph>
<s-divider></s-divider>
<s-stack gap="base">
<s-button data-download="/admin/members/${customerId}/report" data-file="customer-${customerId}.json">Export all that is held</s-button>
${mayAct ? membership : ""}
${mayAct ? merge : ""}
${mayAct ? forget : ""}
</s-stack>
</s-section>`;
}
