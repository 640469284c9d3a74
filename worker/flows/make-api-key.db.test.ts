/** Making and revoking keys: at most twenty live ones, by those who may, each written down, none whose secret is kept. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newKey } from "../../dev/test-keys.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { MOST_KEYS, readKey } from "../shops/api-keys.ts";
import type { Shop } from "../shops/shops.ts";
import { makeApiKey, revokeApiKey } from "./make-api-key.ts";

let world: TestWorld;
let shops = 0;
beforeAll(async () => {
  world = await newWorld();
});
afterAll(() => world.close());

const newShop = () => addShop(world, `keys-${++shops}.myshopify.com`);
const wanted = { name: "Till", mayWrite: false };
const acts = (shop: Shop) =>
  world.look("select actor, action, detail from audit_entries where shop_id = $1 order by id", [shop.id]);
const live = (shop: Shop) => world.look("select id from api_keys where shop_id = $1 and revoked_at is null", [shop.id]);

test("a key names its shop, is told once, and what is kept of its secret is a hash", async () => {
  const shop = await newShop();
  const made = await makeApiKey(world.rooms, shop, "42", { name: "Till", mayWrite: true });
  if (made.kind === "refused") throw new Error("The key was not made.");
  const secret = made.text.slice(-64);
  expect(made.text).toBe(`lojal_keys-${shops}_${made.id}_${secret}`);
  expect(await world.look("select * from api_keys where shop_id = $1", [shop.id])).toEqual([
    expect.objectContaining({
      ...{
        id: made.id,
        name: "Till",
        may_write: true,
        made_by: "42",
        used_on: null,
        revoked_at: null,
        revoked_by: null,
      },
      secret_sha256: createHash("sha256").update(secret).digest("hex"),
    }),
  ]);
  expect(await readKey(made.text)).toMatchObject({ domain: shop.domain, id: made.id });
  expect(await acts(shop)).toEqual([
    { actor: "staff:42", action: "api-key-made", detail: { key: made.id, mayWrite: true } },
  ]);
});

test("no two keys are alike", async () => {
  const keys = await Promise.all(Array.from({ length: 10 }, () => newKey(world.rooms, world.shop)));
  expect(new Set(keys.map(({ text }) => text.slice(-64))).size).toBe(10);
  expect(new Set(keys.map(({ id }) => id)).size).toBe(10);
});

test("a shop has twenty live keys at most, however many make one at the same moment, and a revoked one gives its place up", async () => {
  const shop = await newShop();
  const answers = await Promise.all(Array.from({ length: 26 }, () => makeApiKey(world.rooms, shop, "42", wanted)));
  expect(answers.filter(({ kind }) => kind === "made")).toHaveLength(MOST_KEYS);
  for (const answer of answers)
    if (answer.kind === "refused") expect(answer.refusal).toMatchObject({ code: "invalid-request" });
  expect([(await live(shop)).length, (await acts(shop)).length]).toEqual([MOST_KEYS, MOST_KEYS]);
  const [first] = await live(shop);
  await revokeApiKey(world.rooms, shop, "42", String(first?.["id"]));
  expect(await makeApiKey(world.rooms, shop, "42", wanted)).toMatchObject({ kind: "made" });
  expect(await makeApiKey(world.rooms, shop, "42", wanted)).toMatchObject({ kind: "refused" });
});

test("revoking is for good, is written down once, and reaches no other shop's key", async () => {
  const [shop, other] = [await newShop(), await newShop()];
  const { id } = await newKey(world.rooms, shop);
  expect(await revokeApiKey(world.rooms, other, "42", id)).toMatchObject({ refusal: { code: "invalid-request" } });
  expect(await live(shop)).toHaveLength(1);
  expect(await revokeApiKey(world.rooms, shop, "43", id)).toEqual({ kind: "done" });
  const row = () => world.look("select revoked_at, revoked_by from api_keys where id = $1", [id]);
  const revoked = await row();
  expect(revoked).toMatchObject([{ revoked_by: "43", revoked_at: expect.any(Date) }]);
  expect(await revokeApiKey(world.rooms, shop, "44", id)).toEqual({ kind: "done" });
  expect(await row()).toEqual(revoked);
  expect((await acts(shop)).slice(1)).toEqual([{ actor: "staff:43", action: "api-key-revoked", detail: { key: id } }]);
  expect(await acts(other)).toEqual([]);
});

test("whoever may not act on settings makes none and revokes none", async () => {
  const shop = await newShop();
  const { id } = await newKey(world.rooms, shop);
  await world.look("insert into shop_settings (shop_id, version, staff) values ($1, 1, array['42'])", [shop.id]);
  const no = { kind: "refused", refusal: { code: "not-permitted" } };
  expect(await makeApiKey(world.rooms, shop, "43", wanted)).toEqual(no);
  expect(await revokeApiKey(world.rooms, shop, "43", id)).toEqual(no);
  expect([(await live(shop)).length, (await acts(shop)).length]).toEqual([1, 1]);
});

test("the list has live keys first and then those that were revoked, and no more than fifty", async () => {
  const shop = await newShop();
  const keys = [];
  for (const name of ["First", "Second", "Third"]) keys.push(await newKey(world.rooms, shop, { name }));
  await revokeApiKey(world.rooms, shop, "42", keys[2]?.id ?? "");
  const names = async () => (await world.rooms.apiKeys.list(shop.id)).map(({ name }) => name);
  expect(await names()).toEqual(["Second", "First", "Third"]);
  await world.look(
    `insert into api_keys (shop_id, id, name, may_write, secret_sha256, place, made_by, revoked_at, revoked_by)
     select $1, lpad(n::text, 12, '0'), 'Old', false, repeat('0', 64), 1, '42', now() - interval '1 year', '42' from generate_series(1, 60) n`,
    [shop.id],
  );
  expect((await names()).slice(0, 4)).toEqual(["Second", "First", "Third", "Old"]);
  expect(await names()).toHaveLength(50);
});
