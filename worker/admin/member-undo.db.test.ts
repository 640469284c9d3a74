/** Which entries of a member's history the page offers to undo. */
import { expect, test, vi } from "vitest";
import { importFile, readFile, undoFile } from "../../dev/import-file.ts";
import { askedAdmin } from "../../dev/shopify-admin/asked-admin.fixture.ts";
import type { Outside } from "../../dev/test-tenants.ts";
import { cancelRedemption } from "../flows/cancel-redemption.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

const admin = askedAdmin(outside);

/** The keys that a form of the member's page would undo. */
async function offered(customerId: string): Promise<string[]> {
  const page = await admin.textOf(`/admin/members/${customerId}`);
  return [...page.matchAll(/name="key" value="([^"]*)"/g)].map(([, key = ""]) => key);
}

test("what staff gave is offered, until it is undone; what an undoing posted never is, nor what an import's undoing took", async () => {
  const { rooms } = admin.tenants.world;
  const id = crypto.randomUUID();
  await admin.ask("/admin/members/8001/adjustments", { id, points: "5", reason: "A late parcel" });
  expect(await offered("8001")).toEqual([`adjust:${id}`]);
  await admin.ask("/admin/members/8001/undone", { key: `adjust:${id}` });
  expect(await offered("8001")).toEqual([]);
  const file = await readFile(new TextEncoder().encode("customer_id,points\n8001,500\n"), {
    format: "lojal",
    adds: false,
  });
  const importId = crypto.randomUUID();
  const wish = { format: "lojal", adds: false, id: importId, begunBy: "operator" } as const;
  await importFile(rooms, admin.shop, file, wish);
  await undoFile(rooms, admin.shop, importId);
  expect(await offered("8001")).toEqual([]);
});

test("a gift is offered once its reward was given back", async () => {
  const id = crypto.randomUUID();
  await admin.ask("/admin/members/8002/redemptions", { id, reward_id: "off-500", gift: "yes" });
  expect(await offered("8002")).toEqual([]);
  await cancelRedemption(admin.tenants.world.rooms, admin.shop, "8002", id);
  expect(await offered("8002")).toEqual([`adjust:gift-${id}`]);
});
