/** What a shop calls its rewards and tiers in each language: entered once, and read wherever a shopper reads them. */
import { describe, expect, test, vi } from "vitest";
import { publishRewards } from "../../dev/reward-shop.fixture.ts";
import { askedAdmin } from "../../dev/shopify-admin/asked-admin.fixture.ts";
import { proxyQuery, sign } from "../../dev/test-requests.ts";
import type { Outside } from "../../dev/test-tenants.ts";
import { MOST_BYTES } from "../domain/shop-words.ts";
import { fanOut } from "../flows/fan-out.ts";
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
/** Does what paints programs, and leaves the rest of the queue. */
async function paintAll(): Promise<void> {
  const { rooms, queue } = admin.tenants.world;
  const jobs = queue.jobs.filter(({ kind }) => kind === "paint-program");
  expect(jobs.length).toBeGreaterThan(0);
  queue.jobs.length = 0;
  expect(await runJobs(rooms, jobs)).toEqual(jobs.map(() => null));
}
function painted(): { readonly words?: object } {
  const store = admin.tenants.shopify.state.shop(admin.shop.domain);
  return JSON.parse(store?.metafields.find(store.installationGid, "lojal", "program")?.value ?? "{}");
}
const seenVersion = async () => (await admin.tenants.world.rooms.words.find(await shopId())).version;
async function shopId(): Promise<number> {
  const found = await admin.tenants.world.rooms.shops.findOne(admin.shop.domain, Date.now());
  if (!found) throw new Error("no such shop");
  return found.id;
}
const saveAll = async (language: string, words: Record<string, string>) =>
  admin.ask("/admin/words", {
    ...{ language, version: String(await seenVersion()) },
    ...Object.fromEntries(Object.entries(words).map(([own, word]) => [`word:${own}`, word])),
  });
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

  await paintAll();
  expect(painted()).toMatchObject({
    words: {
      sv: { "A nice reward": "Guldkant" },
      nb: { "A nice reward": "Gullkant" },
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

test("words are painted also where the queue refuses the job: by the next cron, once, and nobody's tiers are counted anew for it", async () => {
  const { world } = admin.tenants;
  await saveAll("sv", { "A nice reward": "Guldkant" });
  await paintAll();
  const dueOf = async () => {
    world.queue.jobs.length = 0;
    await fanOut(world.rooms);
    return world.queue.jobs.filter((job) => job.kind === "paint-program" && job.shop === admin.shop.domain);
  };
  expect(await dueOf()).toEqual([]);
  vi.spyOn(world.queue, "send").mockRejectedValueOnce(new Error("the queue refuses"));
  expect((await saveAll("sv", { "A nice reward": "Silverkant" })).status).toBe(200);
  expect(painted()).toMatchObject({ words: { sv: { "A nice reward": "Guldkant" } } });
  expect(await dueOf()).toHaveLength(1);
  // The program that is painted is the same one: else all orders would be counted anew for other tiers.
  world.rooms.shops.forget(admin.shop.domain);
  expect(await world.rooms.shops.findOne(admin.shop.domain, Date.now())).toMatchObject({ paintedProgramVersion: 2 });
  await paintAll();
  expect(painted()).toMatchObject({ words: { sv: { "A nice reward": "Silverkant" } } });
  expect(world.queue.jobs).toEqual([]);
  expect(await dueOf()).toEqual([]);
});

test("words that come while others are painted are due after that, too", async () => {
  const { rooms, queue } = admin.tenants.world;
  await saveAll("sv", { "A nice reward": "Guldkant" });
  await paintAll();
  const shop = await rooms.shops.findOne(admin.shop.domain, Date.now());
  if (!shop) throw new Error("no such shop");
  const seen = await seenVersion();
  await saveAll("sv", { "A nice reward": "Silverkant" });
  await rooms.shops.markProgramPainted(shop, shop.paintedProgramVersion, seen);
  queue.jobs.length = 0;
  await fanOut(rooms);
  expect(queue.jobs).toContainEqual({ kind: "paint-program", shop: shop.domain });
});

describe("words that no program names any more", () => {
  test("are shown in their language, and emptied they are gone", async () => {
    expect((await saveAll("fi", { "Of last year": "Viimevuotinen" })).status).toBe(200);
    const page = await admin.textOf("/admin/words?language=fi");
    expect(page).toMatch(/No longer in your program[\s\S]*name="word:Of last year"[^>]*value="Viimevuotinen"/);
    expect(await admin.textOf("/admin/words?language=da")).not.toContain("No longer in your program");
    await saveAll("fi", { "Of last year": "" });
    expect(await admin.textOf("/admin/words?language=fi")).not.toContain("No longer in your program");
  });

  test("count with all others: the last byte is taken, one more is refused and changes nothing, and what makes them fewer is taken", async () => {
    const { rooms } = admin.tenants.world;
    const all = async () => (await rooms.words.find(await shopId())).words;
    const size = async () => Buffer.byteLength(JSON.stringify(await all()));
    // Two bytes each in UTF-8.
    const long = "é".repeat(90);
    const some = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`Name ${100 + index}`, long]));
    expect((await saveAll("de", some)).status).toBe(200);
    await saveAll("de", { Last: "x" });
    // Up to less than one word more, in one go: a name and its word with all around them take a hundred.
    const further = Math.floor((MOST_BYTES - (await size())) / 100);
    const names = Array.from({ length: further }, (_, index) => `N${1_000 + index}`);
    expect((await saveAll("de", Object.fromEntries(names.map((name) => [name, "y".repeat(89)])))).status).toBe(200);
    const before = await size();
    const most = "x".repeat(1 + MOST_BYTES - before);
    const tooMany = await saveAll("de", { Last: `${most}x` });
    expect([tooMany.status, await size()]).toEqual([400, before]);
    expect(JSON.stringify(await tooMany.json())).toContain("40 KB");
    expect((await saveAll("de", { Last: most })).status).toBe(200);
    expect(await size()).toBe(MOST_BYTES);
    expect((await saveAll("fr", { "A nice reward": "Une attention" })).status).toBe(400);
    expect((await saveAll("de", Object.fromEntries(Object.keys(some).map((name) => [name, ""])))).status).toBe(200);
    expect((await saveAll("fr", { "A nice reward": "Une attention" })).status).toBe(200);
  });
});
