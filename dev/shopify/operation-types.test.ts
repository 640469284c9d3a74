import { buildSchema } from "graphql";
import { expect, test } from "vitest";
import { generate } from "./operation-types.ts";

const schema = buildSchema(`
  scalar DateTime
  enum Colour { RED GREEN @deprecated(reason: "old") }
  type Query { one(id: ID!, first: Int = 5): Thing  many: [Thing!]!  either: Either! }
  type Mutation { paint(input: PaintInput!): Painted }
  type Thing { id: ID!  at: DateTime  colour: Colour!  tags: [String]! }
  type Other { name: String! }
  union Either = Thing | Other
  type Painted { thing: Thing }
  input PaintInput { colour: Colour!  note: String = "none"  old: String @deprecated(reason: "old")  next: PaintInput  tags: [String!] }
`);

/** Without what only a formatter would care for. */
const made = (text: string) => {
  const { types, inputs, shapes } = generate(schema, [{ module: "asking", constant: "ASK", text }]);
  const plain = (file: string) => file.replaceAll(/\s+/g, " ");
  return { types: plain(types), inputs: plain(inputs), shapes: plain(shapes) };
};

test("what may be null is, and what is not cannot be", () => {
  const { types, shapes } = made("query LojalOne($id: ID!) { one(id: $id) { id at colour tags } many { id } }");
  expect(types).toContain(
    "readonly [ASK]: { readonly variables: { readonly id: string }; readonly result: LojalOne };",
  );
  expect(types).toContain(
    "LojalOne = { readonly one: { readonly id: string; readonly at: string | null; readonly colour: string; readonly tags: readonly (string | null)[] } | null; readonly many: readonly { readonly id: string }[] }",
  );
  expect(shapes).toContain(
    'LojalOne: { one: ["?", { id: "string", at: ["?", "string"], colour: "string", tags: ["*", ["?", "string"]] }], many: ["*", { id: "string" }] }',
  );
});

test("what only one type of a union has may be absent", () => {
  const { types, shapes } = made("query LojalEither { either { __typename ... on Other { name } } }");
  expect(types).toContain("{ readonly __typename: string; readonly name?: string }");
  expect(shapes).toContain('either: { __typename: "string", name: ["~", "string"] }');
});

test("what is asked with has no room for what is deprecated, and none but the values that there are", () => {
  const { types, inputs } = made("mutation LojalPaint($input: PaintInput!) { paint(input: $input) { thing { id } } }");
  expect(types).toContain('import type { PaintInput } from "./operation-inputs.ts";');
  expect(inputs).toContain(
    'interface PaintInput { readonly colour: "RED"; readonly note?: string | null; readonly next?: PaintInput | null; readonly tags?: readonly string[] | null; }',
  );
});

test("fields that are not there, and fragments of one's own, are refused", () => {
  expect(() => made("query LojalNo { one(id: 1) { colour nothing } }")).toThrow("Shopify's Thing has no nothing.");
  expect(() => made("query LojalNo { many { ...All } } fragment All on Thing { id }")).toThrow("one operation");
});
