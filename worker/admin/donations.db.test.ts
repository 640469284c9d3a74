/** The report of donations: on the page and as a file, what members chose and what the merchant is to give. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { publishRewards } from "../../dev/reward-shop.fixture.ts";
import { apiKey, apiSecret } from "../../dev/settings.ts";
import { sessionClaims, signSession } from "../../dev/shopify/session-token.ts";
import { newTenants, type Outside, type Tenants } from "../../dev/test-tenants.ts";
import { DONATIONS } from "../domain/figures.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

let tenants: Tenants;
beforeAll(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  tenants = await newTenants(outside);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await tenants.close();
});

async function textOf(path: string): Promise<string> {
  const token = signSession(sessionClaims(tenants.shops[0].domain, apiKey, new Date()), apiSecret);
  const answer = await tenants.fetch(path, { headers: { Authorization: `Bearer ${token}` } });
  expect([path, answer.status]).toEqual([path, 200]);
  return await answer.text();
}

test("a shop that offers none sees none; each gift counts for the days in which it was chosen, in points and in money", async () => {
  const shop = tenants.shops[0].domain;
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
