/** Each button for Shopify's list asks for as many products or collections as the program may name there. */
import { expect, test, vi } from "vitest";
import { askedAdmin } from "../../dev/shopify-admin/asked-admin.fixture.ts";
import type { Outside } from "../../dev/test-tenants.ts";
import { chooseTemplate } from "../flows/choose-template.ts";
import { BOUNDS } from "../program/bounds.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

const admin = askedAdmin(outside);

const { excludedProducts, excludedCollections, rewardItems, membershipProducts } = BOUNDS;

test.each([
  ["/program", { product_ids: excludedProducts, collection_ids: excludedCollections }],
  ["/rewards/edit?kind=free_product", { products: rewardItems, collections: rewardItems }],
  ["/rewards/edit?kind=amount_off", { products: rewardItems, collections: rewardItems }],
  ["/tiers/edit", { products: membershipProducts }],
  ["/setup?template=prime", { products_membership: membershipProducts }],
  ["/setup?template=coffee", { products_extra: rewardItems, products_cup: rewardItems, products_bag: rewardItems }],
])("%s asks for as many as the program takes", async (path, bounds) => {
  const { world } = admin.tenants;
  const [{ revision, version } = { revision: 0, version: 0 }] = await world.look<{ revision: number; version: number }>(
    `select coalesce((select max(revision) from program_drafts where shop_id = $1), 0)::int as revision,
            coalesce((select max(version) from program_versions where shop_id = $1), 0)::int as version`,
    [admin.shop.id],
  );
  const drafted = { templateId: "prime", answers: {}, revision, basedOn: version };
  expect(await chooseTemplate(world.rooms, admin.shop, "staff:42", drafted)).toMatchObject({ kind: "saved" });
  const text = await admin.textOf(`/admin${path}`);
  const asked = [...text.matchAll(/data-into="(\w+)" data-most="(\d+)"/g)].map(([, into, most]) => [into, most]);
  expect(Object.fromEntries(asked)).toEqual(
    Object.fromEntries(Object.entries(bounds).map(([into, { max }]) => [into, String(max)])),
  );
});
