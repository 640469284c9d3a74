import { expect, test } from "vitest";
import { misfit, type Shape } from "./shape.ts";

const order: Shape = {
  order: ["?", { id: "string", test: "boolean", lines: ["*", { quantity: "number", code: ["~", "string"] }] }],
};
const whole = { order: { id: "1", test: false, lines: [{ quantity: 2 }, { quantity: 1, code: "A" }] } };

test("an answer as the schema says fits, whatever else it brings along", () => {
  expect(misfit(order, whole)).toBeNull();
  expect(misfit(order, { order: null })).toBeNull();
  expect(misfit(order, { ...whole, more: 1 })).toBeNull();
  expect(misfit("unknown", undefined)).toBeNull();
});

test.each([
  ["data", null],
  ["data", "text"],
  ["data", [whole]],
  ["data.order", {}],
  ["data.order", { order: [] }],
  ["data.order.id", { order: { ...whole.order, id: 1 } }],
  ["data.order.test", { order: { ...whole.order, test: "false" } }],
  ["data.order.lines", { order: { ...whole.order, lines: null } }],
  ["data.order.lines", { order: { ...whole.order, lines: { length: 0 } } }],
  ["data.order.lines[].quantity", { order: { ...whole.order, lines: [{ quantity: 1 }, { quantity: "1" }] } }],
  ["data.order.lines[].code", { order: { ...whole.order, lines: [{ quantity: 1, code: null }] } }],
])("a fault at %s is found there, and told without its value", (place, value) => {
  expect(misfit(order, value)).toBe(place);
});
