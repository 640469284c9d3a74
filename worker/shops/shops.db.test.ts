import { afterEach, beforeEach, expect, test } from "vitest";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";

let world: TestWorld;
beforeEach(async () => {
  world = await newWorld();
});
afterEach(() => world.close());

test("a shop that is known stays in the answer, whoever forgets or outlives it meanwhile", async () => {
  const other = await addShop(world, "other-shop.myshopify.com");
  const { shops } = world.rooms;
  const nowMs = world.rooms.nowMs();
  await shops.findOne(world.shop.domain, nowMs);
  shops.forget(other.domain);
  const answer = shops.find([world.shop.domain, other.domain], nowMs);
  shops.forget(world.shop.domain);
  expect([...(await answer).keys()].sort()).toEqual([other.domain, world.shop.domain]);
  const expired = shops.find([world.shop.domain, other.domain], nowMs + 61_000);
  await shops.find([other.domain], nowMs + 61_000);
  expect((await expired).size).toBe(2);
});

test("a shop nobody installed is not there, and is asked for again next time", async () => {
  const { shops } = world.rooms;
  expect(await shops.findOne("new-shop.myshopify.com", world.rooms.nowMs())).toBeNull();
  await addShop(world, "new-shop.myshopify.com");
  expect(await shops.findOne("new-shop.myshopify.com", world.rooms.nowMs())).not.toBeNull();
});
