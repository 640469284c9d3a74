/** What a shop calls its rewards and tiers in each language: entered once, and read wherever a shopper reads them. */
import { expect, test, vi } from "vitest";
import { publishRewards } from "../../dev/reward-shop.fixture.ts";
import { askedAdmin } from "../../dev/shopify-admin/asked-admin.fixture.ts";
import { proxyQuery, sign } from "../../dev/test-requests.ts";
import type { Outside } from "../../dev/test-tenants.ts";
import { runJobs } from "../flows/run-jobs.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

const admin = askedAdmin(outside);

/** As the storefront of a language asks. */
async function proxied(path: string, locale: string | null): Promise<unknown> {
  const query = proxyQuery({ shop: admin.shop.domain, customer: "7001" });
  if (locale !== null) query.set("locale", locale);
  return (await admin.tenants.fetch(`/proxy${path}?${sign(query)}`)).json();
}
const save = (language: string, version: number, word: string) =>
  admin.ask("/admin/words", { language, version: String(version), "word:A nice reward": word });

test("words are entered for a language, painted for Liquid, and told by the proxy to whoever asks in that language", async () => {
  const { tenants, shop } = admin;
  await publishRewards(tenants.world, [{ kind: "amount_off", id: "off-500", cost: 500, name: "A nice reward" }]);
  await tenants.earn({ shop: shop.domain, customer: "7001" }, 2_000);
  await tenants.redeem({ shop: shop.domain, customer: "7001" });
  expect(await admin.textOf("/admin/settings")).toContain('href="/words"');
  expect(await admin.textOf("/admin/words?language=sv")).toMatch(/name="word:A nice reward"[^>]*value=""/);
  expect((await save("sv", 0, "Guldkant")).status).toBe(200);
  expect((await save("nb", 1, "Gullkant")).status).toBe(200);
  // Whoever has not seen the last change does not write over it.
  expect((await save("sv", 1, "Annat")).status).toBe(409);
  expect(await admin.textOf("/admin/words?language=sv")).toMatch(/name="word:A nice reward"[^>]*value="Guldkant"/);
  const wrong = await save("sv", 2, "x".repeat(101));
  expect(await wrong.json()).toMatchObject({ fields: { "word:A nice reward": expect.any(String) } });

  await runJobs(
    tenants.world.rooms,
    tenants.world.queue.jobs.filter(({ kind }) => kind === "paint-program"),
  );
  const store = tenants.shopify.state.shop(shop.domain);
  const summary = store?.metafields.find(store.installationGid, "lojal", "program")?.value;
  expect(JSON.parse(summary ?? "{}")).toMatchObject({
    words: {
      sv: { "A nice reward": "Guldkant" },
      nb: { "A nice reward": "Gullkant" },
      no: { "A nice reward": "Gullkant" },
    },
  });

  const names = async (locale: string | null) => [
    ((await proxied("/rewards", locale)) as { rewards: { name: string }[] }).rewards[0]?.name,
    ((await proxied("/redemptions", locale)) as { redemptions: { name: string }[] }).redemptions[0]?.name,
  ];
  expect(await names("sv-SE")).toEqual(["Guldkant", "Guldkant"]);
  expect(await names("no")).toEqual(["Gullkant", "Gullkant"]);
  for (const locale of ["en", "pt-BR", null]) expect(await names(locale)).toEqual(["A nice reward", "A nice reward"]);
  const history = async (locale: string) => JSON.stringify(await proxied("/history", locale));
  expect(await history("sv")).toContain("Guldkant");
  expect(await history("sv")).not.toContain("A nice reward");
  expect(await history("de")).toContain("A nice reward");
  expect(JSON.stringify(await proxied("/data", "sv"))).not.toContain("A nice reward");

  // An empty field is the program's own word again.
  expect((await save("sv", 2, "")).status).toBe(200);
  expect(await names("sv")).toEqual(["A nice reward", "A nice reward"]);
});
