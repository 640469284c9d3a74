/** Test helper: a shop with rows in every table there is, made by the product's own verbs. */

import type { Account } from "../worker/domain/account.ts";
import { PROGRAM_DEFAULTS, shopRules } from "../worker/domain/program.ts";
import { holdForReward } from "../worker/domain/spending.ts";
import { joinOrLeave } from "../worker/flows/change-member.ts";
import { changeStaffRules } from "../worker/flows/change-staff-rules.ts";
import { saveDraft } from "../worker/flows/edit-program.ts";
import { beginImport, importRows } from "../worker/flows/import-members.ts";
import { redeemReward } from "../worker/flows/redeem-reward.ts";
import { reportCustomer } from "../worker/flows/report-customer.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import { settleOrders } from "../worker/flows/settle-orders.ts";
import { noteOf } from "../worker/program/audit.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { orderBody } from "./test-orders.ts";
import type { TestWorld } from "./test-rooms.ts";

/** One of a reward that has a stock, as a program that offers it would have it. */
async function chooseLimited(rooms: Rooms, shop: Shop, account: Account | null, nowMs: number): Promise<void> {
  const preset = {
    name: "A tree",
    kind: "donation",
    cost: 100,
    valueMinor: 500,
    minimumMinor: null,
    codeDays: 30,
  } as const;
  const program = { ...PROGRAM_DEFAULTS, earn: { points: 1, perMinor: 100 }, pendingDays: 0 };
  const rewards = [{ ...preset, id: "tree", stock: 5 }];
  const rules = shopRules(shop.currency, [
    { version: 1, inForceFromMs: 0, publishedAtMs: 0, program: { ...program, rewards } },
  ]);
  const request = { redemptionId: `tree-${shop.id}`, code: `LOJAL-TREE${shop.id}`, rewardId: "tree", points: null };
  const decision = holdForReward({ account, redemption: null }, rules, request, nowMs);
  if (decision.kind !== "changes") throw new Error("The limited reward was not chosen.");
  await rooms.ledger.commit([{ shopId: shop.id, actor: "shopper", changes: decision.changes }]);
}

const DAY = "2026-11-01";

/** Two members, one with a held redemption; an order each; all that a sweep, a statement and a privacy request leave. The shop has no token. */
export async function fillShop({ rooms }: Pick<TestWorld, "rooms">, shop: Shop): Promise<void> {
  const { id: shopId, domain } = shop;
  const job = { kind: "order", shop: domain, topic: "orders/paid", deliveryId: null } as const;
  const order = (orderId: string, customerId: string) => ({
    ...job,
    orderId,
    news: { kind: "state", body: orderBody({ customerId, amountMinor: 200_000 }) } as const,
  });
  await settleOrders(rooms, [order("1", "7001"), order("2", "7002")]);
  const redemptionId = `00000000-0000-4000-8000-${String(shopId).padStart(12, "0")}`;
  await redeemReward(rooms, shop, "7001", { redemptionId, rewardId: "off-500", points: null });
  await joinOrLeave(rooms, shop, "7001", true);
  await rooms.shops.setAside([{ shop: domain, topic: "themes/publish", reason: "unknown-topic", deliveryId: null }]);
  await rooms.sweeps.claim(shopId, null);
  const difference = { orderId: "3", reason: "unknown-order", updatedAtMs: 0, comparedAtMs: 0 } as const;
  await rooms.statements.recordDifferences(shopId, [difference], new Set());
  const proof = await rooms.ledger.proveBooks(shopId, null);
  await rooms.statements.write(shopId, DAY, { ordersKnown: 2, ordersSettled: 2 }, proof);
  const { books, nowMs } = await rooms.ledger.load([{ shopId, customerIds: ["7001"] }], { open: false });
  const account = books.get(shopId)?.accounts[0] ?? null;
  const memberId = account?.memberId ?? "";
  await chooseLimited(rooms, shop, account, nowMs);
  const painted = { memberId, version: 1, content: "hash", digest: "digest", points: 1, nextExpiry: null, tier: null };
  await rooms.paintings.note(shopId, nowMs, [painted]);
  await rooms.paintings.askRepaint(shopId);
  const group = { key: "tag:sale", title: "Sale", productIds: ["501"] };
  const seenVersion = books.get(shopId)?.newestProgramVersion ?? 0;
  await rooms.groups.note(shopId, group, { seenVersion, isNamed: false });
  await rooms.groups.ended(shopId, group.key, "read", 1);
  await saveDraft(rooms, shop, "42", { content: {}, basedOn: 1, revision: 0 });
  await changeStaffRules(rooms, shop, "42", { version: 0, budgetPoints: 1_000, staff: ["42"], showsNames: false });
  await rooms.staff.take(shopId, "gift", "42", 10);
  const layout = { format: "lojal", hasHeader: true, width: 2, places: { customer_id: 0, points: 1 } } as const;
  const file = {
    id: `import-${shopId}`,
    digest: "digest",
    layout,
    adds: false,
    begunBy: "7",
    rowsTotal: 1,
    lastRow: 2,
  };
  await beginImport(rooms, shop, file);
  await importRows(rooms, shop, file.id, { afterRow: 0, throughRow: 2, rows: [{ row: 2, cells: ["7002", "10"] }] });
  const key = { id: "0123456789ab", secretSha256: "0".repeat(64), name: "Till", mayWrite: true, madeBy: "42" };
  await rooms.apiKeys.add(shopId, key, noteOf(shopId, { actor: "staff:42", action: "api-key-made", detail: {} }));
  await reportCustomer(rooms, shop, { requestId: "1", customerId: "7001" });
}
