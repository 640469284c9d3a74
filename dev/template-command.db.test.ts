import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Refused } from "./command.ts";
import { putDraft } from "./template-command.ts";
import { newWorld, type TestWorld } from "./test-rooms.ts";

let world: TestWorld;
let said: string[];
beforeEach(async () => {
  said = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
  world = await newWorld();
});
afterEach(() => world.close());

const asked = { products: [], replace: false, publish: false, since: undefined };
const put = (changes: Partial<Parameters<typeof putDraft>[2]>) =>
  putDraft(world.rooms, world.shop, { ...asked, name: "beauty", ...changes });
const draft = () => world.rooms.desk.draft(world.shop.id);
const ANSWERS = ["extra=7001", "cup=7001,7002:4.25", "bag=7003"];

test("a template becomes the draft, and takes nobody's draft away unasked", async () => {
  await put({});
  expect(await draft()).toMatchObject({ revision: 1, basedOn: 1, savedBy: "operator", content: { pendingDays: 14 } });
  await expect(put({ name: "simple" })).rejects.toThrow("has a draft already (operator)");
  await put({ name: "simple", replace: true });
  expect(await draft()).toMatchObject({ revision: 2, content: { tiers: null } });
});

test("what is missing is told, and is needed before it is published as the next version", async () => {
  await expect(put({ name: "coffee", publish: true })).rejects.toThrow(
    /saved and not published: .*A free cup”: Choose the products of which one is free/,
  );
  expect(said.filter((line) => line.includes("Still to be said"))).toHaveLength(3);
  await put({ name: "coffee", replace: true, publish: true, products: ANSWERS });
  expect(said.at(-1)).toBe(
    "test-shop.myshopify.com: program version 2 is in force from now. Shoppers see it within two minutes.",
  );
  const [row] = await world.look<{ program: { rewards: object[] }; published_by: string }>(
    "select program, published_by from program_versions where version = 2",
  );
  expect(row).toMatchObject({
    published_by: "operator",
    program: { rewards: [{}, { valueMinor: 425, items: { products: ["7001", "7002"] } }, {}] },
  });
  expect(await draft()).toMatchObject({ content: null });
});

test("an answer to what is not asked, or that is no amount, changes nothing", async () => {
  await expect(put({ name: "coffee", products: ["tea=7001"] })).rejects.toThrow(Refused);
  await expect(put({ name: "coffee", products: ["cup=7001:4.2.5"] })).rejects.toThrow("no amount of USD");
  await expect(put({ products: ["cup=7001"] })).rejects.toThrow("asks for nothing, and not for cup");
  expect(await draft()).toMatchObject({ revision: 0 });
});
