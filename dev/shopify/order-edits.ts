/** What `orders/edited` carries: the differences an edit made, and not the order. */
import { idNumber, idText, type Json, type JsonObject, objectsOf } from "./exact-json.ts";
import { timeInZone } from "./order-body.ts";
import type { LocalOrder, LocalShop } from "./shop-state.ts";

/** The delivery for an order that was one thing before and is another now; before the first state, everything is added. */
export function orderEditBody(shop: LocalShop, before: JsonObject | undefined, order: LocalOrder): JsonObject {
  const now = timeInZone(shop.clock(), shop.timezone);
  const left = unitsLeft(before);
  const changes = objectsOf(order.body["line_items"]).map((line) => ({
    id: line["id"] ?? null,
    delta: unitsOf(line) - (left.get(idText(line["id"]) ?? "") ?? 0),
  }));
  const withSign = (sign: 1 | -1): Json[] =>
    changes.filter(({ delta }) => delta * sign > 0).map(({ id, delta }) => ({ id, delta: delta * sign }));
  return {
    order_edit: {
      id: idNumber(shop.newId()),
      app_id: null,
      created_at: now,
      committed_at: now,
      notify_customer: false,
      order_id: idNumber(order.gid.split("/").at(-1) ?? "0"),
      staff_note: "",
      user_id: null,
      line_items: { additions: withSign(1), removals: withSign(-1) },
      discounts: { line_item: { additions: [], removals: [] } },
      shipping_lines: { additions: [], removals: [] },
    },
  };
}

function unitsLeft(body: JsonObject | undefined): Map<string, number> {
  return new Map(objectsOf(body?.["line_items"]).map((line) => [idText(line["id"]) ?? "", unitsOf(line)]));
}

function unitsOf(line: JsonObject): number {
  return Number(line["current_quantity"] ?? line["quantity"]);
}
