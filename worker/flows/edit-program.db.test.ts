import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addShop, newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { openRooms } from "../app.ts";
import { sqlStateOf } from "../fault.ts";
import type { Shop } from "../shops/shops.ts";
import { discardDraft, publishDraft, readProgramView, saveDraft } from "./edit-program.ts";
import type { Rooms } from "./rooms.ts";

const [ANNA, BERIT] = ["42", "43"];
const DAY_MS = 86_400_000;

let world: TestWorld;
/** The rooms of another worker: it shares nothing with the first but the database. */
let others: Rooms;
beforeAll(async () => {
  world = await newWorld();
  others = openRooms(world.rooms.settings, world.queue);
});
afterAll(() => world.close());

let made = 0;
let shop: Shop;
beforeEach(async () => {
  made += 1;
  shop = await addShop(world, `edit-${made}.myshopify.com`);
});

const content = (points: number, changes: Record<string, unknown> = {}) => ({
  earn: { points, perMinor: 100 },
  pendingDays: 0,
  rewards: [
    {
      id: "off-500",
      name: "50.00 USD off",
      kind: "amount_off",
      cost: 500,
      valueMinor: 5000,
      minimumMinor: null,
      codeDays: 30,
    },
  ],
  ...changes,
});
const save = (staff: string, points: number, revision = 0, basedOn = 1, rooms = world.rooms) =>
  saveDraft(rooms, shop, staff, { content: content(points), basedOn, revision });
const publish = (staff: string, revision: number, inForceFromMs: number | null = null, rooms = world.rooms) =>
  publishDraft(rooms, shop, staff, { revision, inForceFromMs });
const acts = async (rooms = world.rooms) =>
  (await rooms.audit.page(shop.id, null)).acts.map(({ actor, action, detail }) => ({ actor, action, detail }));

describe("a draft", () => {
  test("is kept as it was entered, and told as what it changes", async () => {
    expect(await save(ANNA, 2)).toEqual({ kind: "saved", revision: 1 });
    const view = await readProgramView(world.rooms, shop);
    expect(view).toMatchObject({
      draft: { revision: 1, basedOn: 1, savedBy: "staff:42", content: content(2) },
      differences: ["Orders earn 2 points per 1.00 USD instead of 1 point per 1.00 USD."],
      faults: [],
      publishedSince: [],
    });
  });
  test("may be no program yet, and says what is missing", async () => {
    await saveDraft(world.rooms, shop, ANNA, { content: { pendingDays: 200 }, basedOn: 1, revision: 0 });
    const { faults, program } = await readProgramView(world.rooms, shop);
    expect(program).toBeNull();
    expect(faults.map(({ code }) => code)).toEqual(["earn", "pendingDays", "rewards"]);
    expect(await publish(ANNA, 1)).toMatchObject({ refusal: { code: "impossible-program" } });
  });
  test("of ten staff who save at once is one's, and the others are told whose", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => save(`${index + 1}`, index + 2)));
    const won = answers.findIndex(({ kind }) => kind === "saved");
    expect(answers.filter(({ kind }) => kind === "saved")).toEqual([{ kind: "saved", revision: 1 }]);
    const refusal = { code: "newer-draft", revision: 1, savedBy: `staff:${won + 1}` };
    expect(answers.filter(({ kind }) => kind === "refused")).toEqual(Array(9).fill({ kind: "refused", refusal }));
    expect((await readProgramView(world.rooms, shop)).draft.content).toEqual(content(won + 2));
  });
  test("that is given up is not there any more, and what was read of it before is not taken for the next one", async () => {
    await save(ANNA, 2);
    expect(await discardDraft(world.rooms, shop, BERIT, 1)).toEqual({ kind: "saved", revision: 2 });
    expect(await publish(ANNA, 1)).toEqual({
      kind: "refused",
      refusal: { code: "newer-draft", revision: 2, savedBy: "staff:43" },
    });
    expect(await save(ANNA, 3, 1)).toMatchObject({ kind: "refused" });
    expect(await save(BERIT, 4, 2)).toEqual({ kind: "saved", revision: 3 });
  });
  test("is based on a version that there is", async () => {
    expect(await save(ANNA, 2, 0, 9)).toMatchObject({ refusal: { code: "invalid-request" } });
  });
});

describe("publishing", () => {
  test("makes the next version, in force from now on, and ends the draft; who did it is written down", async () => {
    await save(ANNA, 2);
    const { nowMs } = await readProgramView(world.rooms, shop);
    const published = await publish(BERIT, 1);
    expect(published).toMatchObject({
      kind: "published",
      version: 2,
      differences: ["Orders earn 2 points per 1.00 USD instead of 1 point per 1.00 USD."],
    });
    const view = await readProgramView(others, shop);
    expect(view.inForce).toMatchObject({ version: 2, publishedBy: "staff:43", program: { earn: { points: 2 } } });
    expect(view.inForce?.inForceFromMs).toBeGreaterThanOrEqual(nowMs);
    expect(view.draft).toMatchObject({ content: null, revision: 2 });
    expect(await acts()).toEqual([
      {
        actor: "staff:43",
        action: "program-published",
        detail: { version: 2, inForceFromMs: view.inForce?.inForceFromMs },
      },
      { actor: "staff:42", action: "draft-saved", detail: { basedOn: 1, revision: 1 } },
    ]);
  });
  test("by ten at once, from two workers, makes one version; the others are told which, whose, and what it changes", async () => {
    await save(ANNA, 2);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        publish(`${index + 1}`, 1, null, index % 2 === 0 ? world.rooms : others),
      ),
    );
    const won = answers.findIndex(({ kind }) => kind === "published");
    const refused = answers.filter(({ kind }) => kind === "refused");
    expect(refused).toHaveLength(9);
    for (const answer of refused)
      expect(answer).toMatchObject({
        refusal: {
          code: "newer-version",
          version: 2,
          publishedBy: `staff:${won + 1}`,
          differences: ["Orders earn 2 points per 1.00 USD instead of 1 point per 1.00 USD."],
        },
      });
    expect((await readProgramView(others, shop)).versions).toHaveLength(2);
    expect((await acts()).filter(({ action }) => action === "program-published")).toHaveLength(1);
  });
  test("keeps a setting that a worker of before does not know where it changes something, and only there", async () => {
    const kept = async () =>
      (
        await world.look("select program from program_versions where shop_id = $1 order by version desc limit 1", [
          shop.id,
        ])
      )[0];
    await saveDraft(world.rooms, shop, ANNA, { content: content(2, { taxEarns: false }), basedOn: 1, revision: 0 });
    expect((await readProgramView(world.rooms, shop)).draft.content).toEqual(content(2));
    expect(await publish(ANNA, 1)).toMatchObject({ kind: "published" });
    expect(await kept()).toMatchObject({ program: { returnSpent: true } });
    expect(await kept()).not.toHaveProperty("program.taxEarns");
    await saveDraft(world.rooms, shop, ANNA, { content: content(2, { taxEarns: true }), basedOn: 2, revision: 2 });
    expect(await publish(ANNA, 3)).toMatchObject({
      differences: ["Tax on products earns points, like their prices."],
    });
    expect(await kept()).toMatchObject({ program: { taxEarns: true } });
  });
  test("a draft that was begun before somebody published is refused until its author has seen what that changed", async () => {
    await save(ANNA, 2);
    await addShop(world, shop.domain, { points: 5 });
    const view = await readProgramView(world.rooms, shop);
    const differences = ["Orders earn 5 points per 1.00 USD instead of 1 point per 1.00 USD."];
    expect(view.publishedSince).toEqual(differences);
    expect(await publish(ANNA, 1)).toMatchObject({ refusal: { code: "newer-version", version: 2, differences } });
    await save(ANNA, 2, 1, 2);
    expect(await publish(ANNA, 2)).toMatchObject({ kind: "published", version: 3 });
  });
  test("begins now or later, and not before", async () => {
    await save(ANNA, 2);
    const { nowMs } = await readProgramView(world.rooms, shop);
    expect(await publish(ANNA, 1, nowMs - 1_000)).toMatchObject({ refusal: { code: "begins-too-early" } });
    const laterMs = nowMs + DAY_MS;
    expect(await publish(ANNA, 1, laterMs)).toMatchObject({ kind: "published", inForceFromMs: laterMs });
    const { inForce, versions } = await readProgramView(others, shop);
    expect([inForce?.version, versions.at(-1)?.inForceFromMs]).toEqual([1, laterMs]);
  });
  test("a version that has not begun is withdrawn by another that begins at the same moment", async () => {
    const { nowMs } = await readProgramView(world.rooms, shop);
    await save(ANNA, 2);
    await publish(ANNA, 1, nowMs + DAY_MS);
    await save(BERIT, 3, 2, 2);
    expect((await readProgramView(world.rooms, shop)).warnings.map(({ code }) => code)).toContain("version-follows");
    expect(await publish(BERIT, 3, nowMs + DAY_MS)).toMatchObject({ kind: "published", version: 3 });
  });
  test("a shop's first one may reach back, by 60 days", async () => {
    const rows = await world.look<{ id: number }>(
      "insert into shops (domain, currency, access_token_sealed) values ($1, 'USD', 'v1.a.b') returning id",
      [`first-${made}.myshopify.com`],
    );
    expect(rows).toHaveLength(1);
    shop = (await world.rooms.shops.findOne(`first-${made}.myshopify.com`, world.rooms.nowMs())) ?? shop;
    await save(ANNA, 2, 0, 0);
    const { nowMs } = await readProgramView(world.rooms, shop);
    expect(await publish(ANNA, 1, nowMs - 61 * DAY_MS)).toMatchObject({ refusal: { code: "begins-too-early" } });
    expect(await publish(ANNA, 1, nowMs - 59 * DAY_MS)).toMatchObject({ kind: "published", version: 1 });
  });
  test("what is impossible is refused with the reason, and changes nothing", async () => {
    const rewards = [{ ...content(1).rewards[0], cost: 1_000_000_000 }];
    await saveDraft(world.rooms, shop, ANNA, { content: content(1, { rewards }), basedOn: 1, revision: 0 });
    expect(await publish(ANNA, 1)).toMatchObject({
      refusal: { code: "impossible-program", reasons: [{ code: "reward-out-of-reach" }] },
    });
    expect((await readProgramView(world.rooms, shop)).versions).toHaveLength(1);
  });
});

describe("what is published and written down", () => {
  const fault = async (query: string): Promise<string | null> => {
    try {
      await world.look(query);
      return null;
    } catch (caught) {
      return sqlStateOf(caught);
    }
  };
  test.each([
    "update program_versions set program = '{}'",
    "delete from program_versions",
    "truncate program_versions",
    "update audit_entries set actor = 'operator'",
    "delete from audit_entries",
    "truncate audit_entries",
  ])("is not changed by anybody: %s", async (query) => {
    expect(await fault(query)).toBe("23001");
  });
  test("is read page by page, newest first, and once per key", async () => {
    const act = { actor: "staff:42", action: "points-adjusted", detail: { points: 5 } } as const;
    for (let index = 0; index < 60; index++) await world.rooms.audit.record(shop.id, { ...act, detail: { index } });
    for (let index = 0; index < 2; index++) await world.rooms.audit.record(shop.id, { ...act, key: "adjust:1" });
    const first = await world.rooms.audit.page(shop.id, null);
    const second = await world.rooms.audit.page(shop.id, first.next);
    expect([first.acts.length, second.acts.length, second.next]).toEqual([50, 11, null]);
    const indexes = [...first.acts, ...second.acts].map(({ detail }) => detail["index"] ?? null);
    expect(indexes).toEqual([null, ...Array.from({ length: 60 }, (_, index) => 59 - index)]);
  });
});
