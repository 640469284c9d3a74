/** The report of donations: on the page and as a file, what members chose and what the merchant is to give. */
import { expect, test, vi } from "vitest";
import { publishRewards } from "../../dev/reward-shop.fixture.ts";
import { askedAdmin } from "../../dev/shopify-admin/asked-admin.fixture.ts";
import type { Outside } from "../../dev/test-tenants.ts";
import { DONATIONS } from "../domain/figures.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

const admin = askedAdmin(outside);

test("a shop that offers none sees none; each gift counts for the days in which it was chosen, in points and in money", async () => {
  const { tenants, textOf } = admin;
  const shop = admin.shop.domain;
  await tenants.earn({ shop, customer: "7001" }, 2_000);
  expect(await textOf("/admin/figures")).not.toContain(`heading="${DONATIONS.name}"`);
  await publishRewards(tenants.world, [{ kind: "donation", id: "tree", name: "A tree", cost: 200, valueMinor: 1_050 }]);
  for (let times = 0; times < 3; times++) {
    const answer = await tenants.ask({ shop, customer: "7001" }, "/redemptions", {
      id: crypto.randomUUID(),
      reward_id: "tree",
    });
    expect(answer.status).toBe(201);
  }
  const page = (await textOf("/admin/figures")).replaceAll(/<[^>]+>|\s+/g, " ").replaceAll(/ +/g, " ");
  expect(page).toContain(DONATIONS.definition);
  expect(page).toMatch(/A tree 3 600 \$31\.50 All 3 600 \$31\.50/);
  expect(await textOf("/admin/figures/donations")).toBe("Reward,Times,Points,Money (USD)\r\nA tree,3,600,31.50\r\n");
  expect(await textOf("/admin/figures/donations?from=2020-01-01&to=2020-01-02")).toBe(
    "Reward,Times,Points,Money (USD)\r\n",
  );
});
