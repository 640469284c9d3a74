import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newWorld as newShopify, type World as ShopifyWorld } from "../../dev/shopify/local-shopify.fixture.ts";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { paintProgram } from "./paint-storefront.ts";

/** The official client takes the network as it finds it when it is loaded: here it finds the local store. */
const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

const HOUR_MS = 3_600_000;

let world: TestWorld;
let store: ShopifyWorld;
beforeEach(async () => {
  world = await newWorld();
  store = newShopify({ currency: "USD" });
  store.shopify.state.putShop({ domain: world.shop.domain, currency: "USD", accessToken: "test-token" });
  network.answer = (request) => store.shopify.adminApi(request);
});
afterEach(() => world.close());

test.each([
  { clock: "a day behind", skewMs: -24 * HOUR_MS },
  { clock: "right", skewMs: 0 },
  { clock: "a day ahead", skewMs: 24 * HOUR_MS },
])("by a worker whose clock is $clock, the program in force by the database's time is painted", async ({ skewMs }) => {
  const [begun, coming] = [-HOUR_MS, HOUR_MS].map((ms) => new Date(Date.now() + ms).toISOString());
  await addShop(world, world.shop.domain, { points: 2, since: begun ?? "" });
  const shop = await addShop(world, world.shop.domain, { points: 3, since: coming ?? "" });
  await paintProgram({ ...world.rooms, nowMs: () => Date.now() + skewMs }, shop);
  const rows = await world.look("select painted_program_version from shops");
  expect(rows).toEqual([{ painted_program_version: 2 }]);
});

test("beside the summary stands a boolean, without which Shopify keeps newer blocks from a theme", async () => {
  const shop = await addShop(world, world.shop.domain, { points: 2, since: "2000-01-01" });
  await paintProgram(world.rooms, shop);
  const own = store.shopify.state.shop(world.shop.domain);
  const of = (key: string) => own?.metafields.find(own.installationGid, "lojal", key);
  expect(of("live")).toMatchObject({ type: "boolean", value: "true" });
  expect(JSON.parse(of("program")?.value ?? "")).toMatchObject({ v: 1, state: "live", membership: "everybody" });
});
