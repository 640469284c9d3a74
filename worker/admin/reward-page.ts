/** One reward: which kind it is to be, and then its form. */
import { html } from "hono/html";
import { REWARD_KINDS, type RewardKind } from "../domain/rewards.ts";
import { readProgramView } from "../flows/edit-program.ts";
import { withheldKinds } from "../shopify/reward-scopes.ts";
import { mayChange, seenFields } from "./draft-forms.ts";
import { contentOf, levelsOf, type Part, rewardsOf, textOf } from "./draft-parts.ts";
import { lookOnly } from "./draft-section.ts";
import { banner, type Html, type Page, pageFrame } from "./page.ts";
import { rewardFields } from "./reward-fields.ts";
import { scopeBanner } from "./reward-scope.ts";
import { KINDS } from "./reward-words.ts";

const BACK = { path: "/rewards", name: "Rewards" };

export const rewardPage: Page = {
  path: "/rewards/edit",
  name: null,
  show: async (c) => {
    const { rooms, shop } = c.var;
    const [view, isAllowed] = await Promise.all([readProgramView(rooms, shop), mayChange(c)]);
    const content = contentOf(view);
    const id = c.req.query("id");
    const withheld = withheldKinds(shop.scopes);
    const reward = id === undefined ? null : (rewardsOf(content).find((one) => one["id"] === id) ?? null);
    const kind = kindOf(reward === null ? c.req.query("kind") : textOf(reward, "kind"));
    if (id !== undefined && reward === null)
      return pageFrame(
        { heading: "Reward", back: BACK },
        banner("info", "This reward is not in the draft", "It was removed, or the draft was discarded or published."),
      );
    if (kind === null) return pageFrame({ heading: "Add a reward", back: BACK }, choice(withheld));
    const heading = reward === null ? `Add: ${KINDS[kind].name.toLowerCase()}` : textOf(reward, "name");
    const terms = { kind, currency: shop.currency, levels: levelsOf(content), isDisabled: !isAllowed };
    return pageFrame(
      { heading, back: BACK },
      isAllowed ? null : lookOnly(),
      scopeBanner(withheld.has(kind) ? [kind] : [], isAllowed),
      form(view, reward, terms),
    );
  },
};

function form(
  view: Parameters<typeof seenFields>[0],
  reward: Part | null,
  terms: Parameters<typeof rewardFields>[1],
): Html {
  const submit = reward === null ? "Add to the draft" : "Save in the draft";
  return html`<form method="post" action="/admin/program/rewards" data-save-bar data-again>
${seenFields(view, reward)}
<input type="hidden" name="id" value="${textOf(reward, "id")}">
<input type="hidden" name="kind" value="${terms.kind}">
<s-paragraph>${KINDS[terms.kind].text}</s-paragraph>
${rewardFields(reward, terms)}
${terms.isDisabled ? "" : html`<s-stack direction="inline" gap="base"><s-button type="submit" variant="primary">${submit}</s-button><s-button href="/rewards">Back to the rewards</s-button></s-stack>`}
</form>`;
}

function choice(withheld: ReadonlySet<RewardKind>): Html {
  return html`<s-section heading="What shall it be?">
<s-stack gap="base">${REWARD_KINDS.map(
    (kind) => html`<s-stack gap="small-300">
<s-stack direction="inline" gap="small-200"><s-link href="/rewards/edit?kind=${kind}">${KINDS[kind].name}</s-link>${withheld.has(kind) ? html`<s-badge tone="warning">Needs permission</s-badge>` : ""}</s-stack>
<s-text color="subdued">${KINDS[kind].text}</s-text>
</s-stack>`,
  )}</s-stack>
</s-section>`;
}

function kindOf(text: string | undefined): RewardKind | null {
  return REWARD_KINDS.find((kind) => kind === text) ?? null;
}
