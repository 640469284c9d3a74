/** All members of a shop: found by their number at Shopify, listed by what they have. */
import { html } from "hono/html";
import { namesOf, type ShownNames } from "../flows/customer-names.ts";
import { type ListedMember, listMembers } from "../flows/view-members.ts";
import { problem } from "../http/problem.ts";
import { MEMBER_FILTERS, type MemberFilter } from "../ledger/read-members.ts";
import { customerName, nameSearch, namesMissing } from "./customer-names.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { banner, emptyState, type Html, morePages, type Page, pageFrame, table } from "./page.ts";

const FILTER_NAMES: Readonly<Record<MemberFilter, string>> = {
  all: "Everybody",
  available: "With points to spend",
  pending: "With points on their way",
  owed: "Owing points",
};

export const membersPage: Page = {
  path: "/members",
  name: "Members",
  show: async (c) => {
    const asked = c.req.query("customer") ?? "";
    const before = c.req.query("before") ?? null;
    if (before !== null && !/^\d{1,18}$/.test(before))
      return problem(c, "invalid-request", "This list has no such page: open the members again.");
    const filter = MEMBER_FILTERS.find((one) => one === c.req.query("filter")) ?? "all";
    const found = customerNumber(asked);
    const tier = /^[\w-]{1,64}$/.exec(c.req.query("tier") ?? "")?.[0] ?? null;
    const { members, next, tiers } = await listMembers(c.var.rooms, c.var.shop, { filter, tier, before });
    const customerIds = members.map(({ customerId }) => customerId);
    const names = await namesOf(c.var.rooms, c.var.shop, customerIds);
    const heading = tier === null ? FILTER_NAMES[filter] : (tiers.find(({ id }) => id === tier)?.name ?? tier);
    const query = tier === null ? `filter=${filter}` : `tier=${tier}`;
    return pageFrame(
      { heading: "Members" },
      namesMissing(names),
      searchForm(asked, found),
      names.kind === "named" ? nameSearch() : null,
      html`<s-section heading="${heading}" padding="none">
<s-stack direction="inline" gap="small-200" padding="base">${MEMBER_FILTERS.map(
        (one) =>
          html`<s-button variant="${tier === null && one === filter ? "primary" : "secondary"}" href="/members?filter=${one}">${FILTER_NAMES[one]}</s-button>`,
      )}${tiers.map(
        ({ id, name }) =>
          html`<s-button variant="${id === tier ? "primary" : "secondary"}" href="/members?tier=${id}" accessibilityLabel="Members in ${name}">${name}</s-button>`,
      )}</s-stack>
${members.length === 0 ? nobody(tier === null ? filter : "owed", next !== null) : memberTable(members, names, tiers.length > 0, formatsOf(c))}
${morePages(next === null ? null : `/members?${query}&before=${next}`) ?? ""}
</s-section>`,
    );
  },
};

/**
 * The customer's number in what somebody typed: the number itself, Shopify's id, or the address of the customer's page. Zeros before it, which
 * Shopify does not write, are left out.
 */
export function customerNumber(text: string): string | null {
  return /^(?:.*(?:\/customers\/|\/Customer\/))?0*([1-9]\d{0,19})(?:[/?#].*)?$/.exec(text.trim())?.[1] ?? null;
}

function searchForm(asked: string, found: string | null): Html {
  const isWrong = asked !== "" && found === null;
  return html`<s-section heading="Find a member">
<form method="get" action="/members"><s-stack direction="block" gap="base">
<s-search-field name="customer" label="Customer" value="${asked}" placeholder="7001" details="The customer's number, or the address of their page in your admin." ${isWrong ? html`error="There is no customer number in this."` : ""}></s-search-field>
<s-stack direction="inline" gap="base"><s-button type="submit">Find</s-button>${
    found === null ? "" : html`<s-link href="/members/${found}">Open customer ${found}</s-link>`
  }</s-stack>
</s-stack></form>
</s-section>`;
}

function memberTable(
  members: readonly ListedMember[],
  names: ShownNames,
  hasTiers: boolean,
  { number, day }: Formats,
): Html {
  const columns = [
    { name: "Customer" },
    ...(names.kind === "named" ? [{ name: "Name" }] : []),
    ...(hasTiers ? [{ name: "Tier" }] : []),
    { name: "To spend", isNumeric: true },
    { name: "On their way", isNumeric: true },
    { name: "Owed", isNumeric: true },
    { name: "Last order or reward" },
  ];
  const rows = members.map(({ customerId, available, pending, owed, tier, isMember, lastActivityMs }) => [
    html`<s-link href="/members/${customerId}">${customerId}</s-link>${isMember ? "" : html` <s-badge>Left</s-badge>`}`,
    ...(names.kind === "named" ? [customerName(names, customerId) ?? "–"] : []),
    ...(hasTiers ? [tier?.name ?? "–"] : []),
    number(available),
    number(pending),
    number(owed),
    lastActivityMs === null ? "–" : day(lastActivityMs),
  ]);
  return table(columns, rows);
}

function nobody(filter: MemberFilter, areMore: boolean): Html {
  if (areMore) return emptyState("Nobody among these", "Go on to the older members.");
  return filter === "all"
    ? emptyState(
        "No members yet",
        "A customer is a member from their first order on, as soon as a program is published.",
      )
    : emptyState("Nobody here", "No member is in this state at the moment.");
}

/** What a page says of a customer we have not met. */
export function stranger(customerId: string): Html {
  return banner(
    "info",
    `Nothing is booked for customer ${customerId}`,
    "They have placed no order since the app is installed, or were forgotten. What you give them opens their account.",
  );
}
