/** Collections and tags that earn nothing: the permission that reading them needs, and what is known of them. */
import { html } from "hono/html";
import { excludedGroups, groupKey, type ProductGroup } from "../domain/product-groups.ts";
import { currentVersions } from "../domain/program.ts";
import type { ProgramView } from "../flows/edit-program.ts";
import type { GroupReadingState, KnownGroup } from "../program/product-groups.ts";
import { GROUP_SCOPE, LARGEST_GROUP, mayReadGroups } from "../shopify/product-groups.ts";
import { contentOf, record, textsOf } from "./draft-parts.ts";
import type { Formats } from "./formats.ts";
import { type AdminContext, banner, type Html, refreshing, table } from "./page.ts";

const REFRESH_SECONDS = 2;
/** So long after it was asked for a reading is said to be under way; then, that Shopify does not answer. */
const UNDER_WAY_MS = 15 * 60_000;

/** The groups of the draft, of the version in force and of those to come, by key. */
export function groupsOf(view: ProgramView): ReadonlyMap<string, ProductGroup> {
  const entered = record(contentOf(view)["exclusions"]);
  const ofDraft = { collectionIds: textsOf(entered, "collectionIds"), tags: textsOf(entered, "tags") };
  const ofPrograms = currentVersions(view.versions, view.nowMs).map(({ program }) => program.exclusions);
  return new Map([ofDraft, ...ofPrograms].flatMap(excludedGroups).map((group) => [groupKey(group), group]));
}

/** Null while no program and no draft names a group. */
export async function groupsSection(
  c: AdminContext,
  view: ProgramView,
  format: Formats,
  mayAsk: boolean,
): Promise<Html | null> {
  const { shop } = c.var;
  if (groupsOf(view).size === 0) return null;
  const mayRead = mayReadGroups(shop.scopes);
  return html`${mayRead ? "" : permission(mayAsk)}
<s-section heading="Collections and tags that earn nothing" padding="none">
${await groupsTable(c, view, format)}
<s-box padding="base"><s-stack gap="base"><s-paragraph color="subdued">They are read as you publish, and once a day. An order goes by what was known when it was placed, and so do its refunds: what you put into a
collection in between earns until it is read. A collection or tag may hold up to ${format.number(LARGEST_GROUP)} products.</s-paragraph>
${mayRead && mayAsk ? html`<form method="post" action="/admin/program/groups/read"><s-button type="submit">Read them now</s-button></form>` : ""}</s-stack></s-box>
</s-section>`;
}

/** What is known of each; it asks for itself again while one of them is being read. */
export async function groupsTable(c: AdminContext, view: ProgramView, format: Formats): Promise<Html> {
  const { rooms, shop } = c.var;
  const [known, readings] = await Promise.all([rooms.groups.known(shop.id), rooms.groups.readings(shop.id)]);
  const byKey = new Map(known.map((group) => [group.key, group]));
  const all = [...groupsOf(view)].map(([key, group]) => ({ group, known: byKey.get(key), last: readings.get(key) }));
  const nowMs = rooms.nowMs();
  const content = table(
    [{ name: "What" }, { name: "Name" }, { name: "Products", isNumeric: true }, { name: "Last read" }],
    all.map((one) => [
      one.group.kind === "collection" ? "Collection" : "Tag",
      one.known?.title ?? one.group.name,
      one.known ? format.number(one.known.products) : "–",
      lastRead(one, nowMs, format),
    ]),
  );
  return all.some(({ last }) => isUnderWay(last, nowMs))
    ? refreshing("/admin/program/groups", REFRESH_SECONDS, content)
    : html`<div>${content}</div>`;
}

interface Shown {
  readonly known: KnownGroup | undefined;
  readonly last: GroupReadingState | undefined;
}

function isAsked(last: GroupReadingState | undefined): last is GroupReadingState & { readonly askedAtMs: number } {
  return last !== undefined && last.askedAtMs !== null && last.askedAtMs > (last.endedAtMs ?? 0);
}

function isUnderWay(last: GroupReadingState | undefined, nowMs: number): boolean {
  return isAsked(last) && last.askedAtMs > nowMs - UNDER_WAY_MS;
}

function lastRead({ known, last }: Shown, nowMs: number, { number, moment }: Formats): string {
  if (isUnderWay(last, nowMs)) return "Being read …";
  if (isAsked(last))
    return `Asked for ${moment(last.askedAtMs)}, and Shopify has not answered. It is tried again by itself, and once a day.`;
  const at = moment(last?.endedAtMs ?? 0);
  switch (last?.outcome) {
    case "too-large":
      return `It cannot be read (${at}): more than ${number(LARGEST_GROUP)} products. Name smaller collections or tags, or leave products out by vendor.`;
    case "doubted":
      return `${at}: ${number(last.products ?? 0)} of ${number(known?.products ?? 0)} products were found. That is believed when a second reading says so, too, some ten minutes later at the earliest; until then they stay left out.`;
    case "denied":
      return `Shopify did not allow it (${at}).`;
    case "gone":
      return `Shopify knows none of this number (${at}). Take it out, or choose it again.`;
    default:
      return known ? moment(known.readAtMs) : "When the draft is tried or published";
  }
}

function permission(mayAsk: boolean): Html {
  const ask = html`<s-button data-scopes="${GROUP_SCOPE}" data-then="/admin/program/scopes">Ask Shopify for it</s-button>`;
  return banner(
    "warning",
    "Your shop has not allowed this app to see your products yet",
    "You can name collections and tags all the same. The program cannot be published before the permission is there.",
    html`Missing: ${GROUP_SCOPE}.`,
    ...(mayAsk ? [ask] : []),
  );
}
