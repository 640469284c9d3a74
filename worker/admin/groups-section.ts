/** Collections and tags that earn nothing: the permission that reading them needs, and what is known of them. */
import { html } from "hono/html";
import { excludedGroups, groupKey } from "../domain/product-groups.ts";
import type { ProgramView } from "../flows/edit-program.ts";
import { GROUP_SCOPE, LARGEST_GROUP, mayReadGroups } from "../shopify/product-groups.ts";
import { contentOf, record, textsOf } from "./draft-parts.ts";
import type { Formats } from "./formats.ts";
import { type AdminContext, banner, type Html, table } from "./page.ts";

/** Null while no program and no draft names a group. */
export async function groupsSection(
  c: AdminContext,
  view: ProgramView,
  format: Formats,
  mayAsk: boolean,
): Promise<Html | null> {
  const { rooms, shop } = c.var;
  const entered = record(contentOf(view)["exclusions"]);
  const ofDraft = { collectionIds: textsOf(entered, "collectionIds"), tags: textsOf(entered, "tags") };
  const ofPrograms = view.versions
    .filter((one) => one === view.inForce || one.inForceFromMs > view.nowMs)
    .map(({ program }) => program.exclusions);
  const named = new Map([ofDraft, ...ofPrograms].flatMap(excludedGroups).map((group) => [groupKey(group), group]));
  if (named.size === 0) return null;
  const known = new Map((await rooms.groups.known(shop.id)).map((group) => [group.key, group]));
  const rows = [...named].map(([key, { kind, name }]) => {
    const found = known.get(key);
    return [
      kind === "collection" ? "Collection" : "Tag",
      found?.title ?? name,
      found ? format.number(found.products) : "–",
      found ? format.moment(found.readAtMs) : "When the draft is tried or published",
    ];
  });
  return html`${mayReadGroups(shop.scopes) ? "" : permission(mayAsk)}
<s-section heading="Collections and tags that earn nothing" padding="none">
${table([{ name: "What" }, { name: "Name" }, { name: "Products", isNumeric: true }, { name: "Last read" }], rows)}
<s-box padding="base"><s-paragraph color="subdued">They are read as you publish, and once a day. An order goes by what was known when it was placed, and so do its refunds: what you put into a
collection in between earns until it is read. A collection or tag may hold up to ${format.number(LARGEST_GROUP)} products.</s-paragraph></s-box>
</s-section>`;
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
