/** The rewards of the draft: what each costs and gives, how often it was had, and how they are put in order. */
import { html } from "hono/html";
import { REWARD_KINDS, type Reward } from "../domain/rewards.ts";
import { type ProgramView, readProgramView } from "../flows/edit-program.ts";
import type { RewardCount } from "../ledger/reward-uses.ts";
import { BOUNDS } from "../program/bounds.ts";
import { rewardSchema } from "../program/reward-schema.ts";
import { withheldKinds } from "../shopify/reward-scopes.ts";
import { mayChange, seenFields } from "./draft-forms.ts";
import { contentOf, isSame, levelsOf, type Part, rewardsOf, textOf } from "./draft-parts.ts";
import { draftChanges, draftNews } from "./draft-section.ts";
import { type Formats, formatsOf } from "./formats.ts";
import { banner, emptyState, type Html, type Page, pageFrame, table } from "./page.ts";
import { scopeBanner } from "./reward-scope.ts";
import { conditionsInWords, KINDS, priceInWords, worthInWords } from "./reward-words.ts";

interface Shown {
  readonly view: ProgramView;
  readonly counts: ReadonlyMap<string, RewardCount>;
  readonly format: Formats;
  readonly mayChange: boolean;
  /** Kinds that the shop has not allowed. */
  readonly withheld: ReadonlySet<string>;
}

export const rewardsPage: Page = {
  path: "/rewards",
  name: "Rewards",
  show: async (c) => {
    const { rooms, shop } = c.var;
    const [view, counts, isAllowed] = await Promise.all([
      readProgramView(rooms, shop),
      rooms.ledger.rewardCounts(shop.id),
      mayChange(c),
    ]);
    const format = formatsOf(c);
    const withheld = withheldKinds(shop.scopes);
    const shown = { view, counts, format, mayChange: isAllowed, withheld };
    const rewards = rewardsOf(contentOf(view));
    const isFull = rewards.length >= BOUNDS.rewards.max;
    const lacking = REWARD_KINDS.filter((kind) => withheld.has(kind) && rewards.some((one) => one["kind"] === kind));
    const add = html`<s-button slot="primary-action" variant="primary" href="/rewards/edit">Add a reward</s-button>`;
    return pageFrame(
      { heading: "Rewards", ...(isAllowed && !isFull ? { actions: add } : {}) },
      draftNews(view, isAllowed),
      scopeBanner(lacking, isAllowed),
      justRemoved(view, c.req.query("removed"), isAllowed),
      list(rewards, shown),
      isFull
        ? banner("info", `A program has ${BOUNDS.rewards.max} rewards at most`, "Remove one to add another.")
        : null,
      takenOut(rewards, shown),
      draftChanges(view, { mayChange: isAllowed, timeZone: shop.timeZone, format }),
    );
  },
};

function list(rewards: readonly Part[], shown: Shown): Html {
  const add = html`<s-button variant="primary" href="/rewards/edit">Add the first reward</s-button>`;
  if (rewards.length === 0)
    return html`<s-section heading="Rewards">${emptyState("No rewards yet", "Points need something to be spent on: a discount, a gift, something that you do.", ...(shown.mayChange ? [add] : []))}</s-section>`;
  const columns = [{ name: "Reward" }, { name: "Price" }, { name: "Gives" }, { name: "State" }];
  return html`<s-section heading="In this order shoppers see them" padding="none">
${table(
  shown.mayChange ? [...columns, { name: "Change" }] : columns,
  rewards.map((reward, index) => row(reward, { index, count: rewards.length }, shown)),
)}
</s-section>`;
}

function row(part: Part, place: { readonly index: number; readonly count: number }, shown: Shown): (Html | string)[] {
  const { view, format } = shown;
  const id = textOf(part, "id");
  const name = textOf(part, "name") || id;
  const read = rewardSchema.safeParse(part);
  const tierNames = new Map(
    levelsOf(contentOf(view)).map((level) => [textOf(level, "id"), textOf(level, "name")] as const),
  );
  const reward: Reward | null = read.success ? read.data : null;
  const kind = reward === null ? "" : KINDS[reward.kind].name;
  const worth = reward === null ? "" : worthInWords(reward, format);
  const under = reward === null ? "" : conditionsInWords(reward, format, tierNames);
  return [
    html`<s-stack gap="small-300"><s-link href="/rewards/edit?id=${encodeURIComponent(id)}">${name}</s-link><s-text color="subdued">${kind}</s-text></s-stack>`,
    reward === null ? "" : priceInWords(reward, format),
    html`<s-stack gap="small-300"><s-text>${worth}</s-text>${under === "" ? "" : html`<s-text color="subdued">${under}</s-text>`}</s-stack>`,
    stateOf(part, reward, shown),
    ...(shown.mayChange ? [changes(id, name, place, view)] : []),
  ];
}

/** What the draft makes of it, whether it can be had, and how often it was. */
function stateOf(part: Part, reward: Reward | null, { view, counts, format, withheld }: Shown): Html {
  const published = view.versions.at(-1)?.program.rewards.find(({ id }) => id === part["id"]);
  const { chosen = 0, used = 0, taken = 0 } = counts.get(textOf(part, "id")) ?? {};
  const left = typeof reward?.stock === "number" ? Math.max(0, reward.stock - taken) : null;
  const badges: (readonly [tone: "info" | "critical" | "warning", text: string])[] = [];
  if (reward === null) badges.push(["critical", "Needs a look"]);
  if (reward !== null && withheld.has(reward.kind)) badges.push(["warning", "Needs permission"]);
  if (left === 0) badges.push(["warning", "Sold out"]);
  if (view.draft.content !== null && published === undefined) badges.push(["info", "New"]);
  else if (view.draft.content !== null && !isSame(published, reward)) badges.push(["info", "Changed"]);
  const uses =
    chosen === 0 ? "Not chosen yet" : `Chosen ${format.number(chosen)} times, used ${format.number(used)} times`;
  const stock =
    left === null ? "" : html`<s-text>${format.number(left)} of ${format.number(reward?.stock ?? 0)} left</s-text>`;
  const shown = badges.map(
    ([tone, text]) => html`<s-stack direction="inline"><s-badge tone="${tone}">${text}</s-badge></s-stack>`,
  );
  return html`<s-stack gap="small-300">
${shown}${stock}<s-text color="subdued">${uses}</s-text>
</s-stack>`;
}

function changes(
  id: string,
  name: string,
  { index, count }: { readonly index: number; readonly count: number },
  view: ProgramView,
): Html {
  const own = html`${seenFields(view)}<input type="hidden" name="id" value="${id}">`;
  const move = (where: "up" | "down", text: string, isLast: boolean) =>
    html`<form method="post" action="/admin/program/rewards/moved">${own}<input type="hidden" name="where" value="${where}">
<s-button id="${where}-${id}" type="submit" variant="tertiary" accessibilityLabel="Move ${name} ${where}" ${isLast ? "disabled" : ""}>${text}</s-button></form>`;
  return html`<s-stack direction="inline" gap="small-300">
${move("up", "Up", index === 0)}${move("down", "Down", index === count - 1)}
<form method="post" action="/admin/program/rewards/removed">${own}
<s-button type="submit" variant="tertiary" tone="critical" accessibilityLabel="Remove ${name}">Remove</s-button></form>
</s-stack>`;
}

/** What has just been removed travels in the address, so that it can be put back, published before or not. */
function justRemoved(view: ProgramView, removed: string | undefined, isAllowed: boolean): Html | null {
  const reward = removed === undefined ? null : removedReward(removed);
  if (reward === null || !isAllowed) return null;
  if (rewardsOf(contentOf(view)).some(({ id }) => id === reward.id)) return null;
  return banner("info", `“${reward.name}” is removed from the draft`, putBack(view, reward));
}

function removedReward(text: string): Reward | null {
  try {
    const read = rewardSchema.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null; // Somebody changed the address.
  }
}

function putBack(view: ProgramView, reward: Reward): Html {
  return html`<form method="post" action="/admin/program/rewards/restored">${seenFields(view)}
<input type="hidden" name="reward" value="${JSON.stringify(reward)}">
<s-button type="submit" accessibilityLabel="Put ${reward.name} back">Put it back</s-button></form>`;
}

/** What is offered now and would not be any more. */
function takenOut(rewards: readonly Part[], { view, mayChange: isAllowed, format }: Shown): Html | null {
  const ids = new Set(rewards.map(({ id }) => id));
  const gone = (view.versions.at(-1)?.program.rewards ?? []).filter(({ id }) => !ids.has(id));
  if (gone.length === 0) return null;
  return html`<s-section heading="Taken out by this draft" padding="none">
${table(
  [{ name: "Reward" }, { name: "Price" }, { name: "Put back" }],
  gone.map((reward) => [reward.name, priceInWords(reward, format), isAllowed ? putBack(view, reward) : ""]),
)}
<s-box padding="base"><s-paragraph color="subdued">Codes that were made for them go on being good.</s-paragraph></s-box>
</s-section>`;
}
