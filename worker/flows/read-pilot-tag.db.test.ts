/** A pilot by a tag at Shopify, against the local Shopify: what is read becomes what is stored, and counts from then on. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { auditLedger } from "../../dev/audit.ts";
import * as store from "../../dev/connected-shop.fixture.ts";
import { KeptQueue } from "../../dev/test-rooms.ts";
import { isInPilotBy } from "../domain/members.ts";
import type { Shop } from "../shops/shops.ts";
import { inviteMembers } from "./invite-members.ts";
import type { ReadPilotTagJob } from "./jobs.ts";
import { choosePilotTag, readPilotTag, readPilotTagDaily, readPilotTagNow } from "./read-pilot-tag.ts";
import type { Rooms } from "./rooms.ts";
import { runJobs } from "./run-jobs.ts";

const network = vi.hoisted(() => {
  const network = { answer: (_request: Request): Promise<Response> => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => network.answer(new Request(input, init));
  return network;
});

let rooms: Rooms;
let queue: KeptQueue;
let shop: Shop;
beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  await store.openShopify(network);
  queue = new KeptQueue();
  rooms = { ...store.newRooms(), queue };
  await store.openApp(rooms);
  const found = await rooms.shops.findOne(store.domain, rooms.nowMs());
  if (!found) throw new Error("The test's shop was not found.");
  shop = found;
  tag("7001", "VIP");
  tag("7002", "vip");
  tag("7003", "VIP later");
});
afterEach(async () => {
  expect(await auditLedger(store)).toEqual([]);
  vi.restoreAllMocks();
  await store.closeShopify();
});

const tag = (customer: string, ...tags: string[]) => {
  const { tags: own } = store.local.adoptCustomer(customer);
  own.clear();
  for (const one of tags) own.add(one);
};
/** Runs what was queued, until nothing of the tag is left; says which members are to be painted. */
async function readToTheEnd(): Promise<number> {
  let painted = 0;
  for (let jobs = queue.jobs.splice(0); jobs.length > 0; jobs = queue.jobs.splice(0)) {
    painted += jobs.flatMap((job) => (job.kind === "paint-members" ? job.memberIds : [])).length;
    const readings = jobs.filter((job) => job.kind === "read-pilot-tag");
    expect((await runJobs(rooms, readings)).filter((fault) => fault !== null)).toEqual([]);
  }
  return painted;
}
const choose = async (chosen: string | null) => {
  await choosePilotTag(rooms, shop, "42", chosen);
  return await readToTheEnd();
};
/** Who is in the pilot now, by each way. */
async function inPilot() {
  const rows = await store.look<{ customer: string; membership: [] }>(
    "select customer_id as customer, membership from members m join accounts a on a.member_id = m.id order by 1",
  );
  const by = (way: "pilot" | "tag") =>
    rows.filter((row) => isInPilotBy(row, way, Number.POSITIVE_INFINITY)).map(({ customer }) => customer);
  return { list: by("pilot"), tag: by("tag") };
}

test("everybody who has the tag comes in, whoever loses it goes, and the list is left as it is", async () => {
  await inviteMembers(rooms, shop, "staff:42", { customerIds: ["7002", "7009"], isInvited: true });
  expect(await choose("VIP")).toBe(2 + 2);
  expect(await inPilot()).toEqual({ list: ["7002", "7009"], tag: ["7001", "7002"] });
  expect(await rooms.pilotTags.find(shop.id)).toMatchObject({ tag: "VIP", members: 2, readAtMs: expect.any(Number) });
  tag("7001", "other");
  tag("7002");
  tag("7003", "VIP");
  await readPilotTagNow(rooms, shop, "42");
  expect(await readToTheEnd()).toBe(3);
  expect(await inPilot()).toEqual({ list: ["7002", "7009"], tag: ["7003"] });
  expect(await choose(null)).toBe(1);
  expect(await inPilot()).toEqual({ list: ["7002", "7009"], tag: [] });
  expect(
    await store.look("select actor, action, detail from audit_entries where action like 'pilot-tag-%' order by id"),
  ).toEqual([
    { actor: "staff:42", action: "pilot-tag-chosen", detail: { hasTag: true } },
    { actor: "staff:42", action: "pilot-tag-read", detail: {} },
    { actor: "staff:42", action: "pilot-tag-chosen", detail: { hasTag: false } },
  ]);
});

test("each change is stored with its moment, and reading again changes nothing", async () => {
  await choose("VIP");
  const before = await store.look("select member_id, version, membership from accounts order by 1");
  expect(JSON.stringify(before)).toMatch(/"atMs":\d+,"isMember":true,"by":"tag"/);
  await readPilotTagDaily(rooms, shop);
  expect(await readToTheEnd()).toBe(0);
  expect(await store.look("select member_id, version, membership from accounts order by 1")).toEqual(before);
});

test("more customers than one page are all read, and a customer who is gone at Shopify goes", async () => {
  for (let at = 0; at < 600; at++) tag(String(10_000 + at), "VIP");
  await choose("VIP");
  expect((await inPilot()).tag).toHaveLength(602);
  store.local.deleteCustomer("7001");
  await readPilotTagNow(rooms, shop, "42");
  await readToTheEnd();
  expect((await inPilot()).tag).toHaveLength(601);
});

test("a reading of a tag that was given up in the middle changes nothing more", async () => {
  await choosePilotTag(rooms, shop, "42", "VIP");
  const late = queue.jobs.splice(0).filter((job): job is ReadPilotTagJob => job.kind === "read-pilot-tag");
  await choose("VIP later");
  expect((await inPilot()).tag).toEqual(["7003"]);
  for (const job of late) await readPilotTag(rooms, shop, job);
  expect(await readToTheEnd()).toBe(0);
  expect((await inPilot()).tag).toEqual(["7003"]);
});

test("where Shopify does not answer nobody goes, and the job comes again", async () => {
  await choose("VIP");
  tag("7001");
  await readPilotTagNow(rooms, shop, "42");
  network.answer = () => Promise.resolve(new Response(null, { status: 503 }));
  const [fault] = await runJobs(rooms, queue.jobs.splice(0));
  expect(fault).not.toBeNull();
  expect((await inPilot()).tag).toEqual(["7001", "7002"]);
});

test("a shop without a tag is asked for none with the day's sweep", async () => {
  await readPilotTagDaily(rooms, shop);
  expect(queue.jobs).toEqual([]);
});
