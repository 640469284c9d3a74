import { expect, test } from "vitest";
import { newWorld } from "./local-shopify.fixture.ts";

const set = `mutation Set($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { userErrors { field code } } }`;
const own = { ownerId: "gid://shopify/Customer/7001", namespace: "$app" };
const codes = async (...metafields: object[]) => {
  const { call } = newWorld();
  const answer = await call(set, { m: metafields.map((one) => ({ ...own, ...one })) });
  return (answer.at("data.metafieldsSet.userErrors") as { code: string }[]).map(({ code }) => code);
};

test.each([
  ["a whole number", { key: "points", type: "number_integer", value: "120" }, []],
  ["a number with a fraction", { key: "points", type: "number_integer", value: "1.5" }, ["INVALID_VALUE"]],
  [
    "a number beyond what is exact",
    { key: "points", type: "number_integer", value: "9007199254740992" },
    ["INVALID_VALUE"],
  ],
  ["a day", { key: "day", type: "date", value: "2028-02-29" }, []],
  ["a day that never comes", { key: "day", type: "date", value: "9999-12-31" }, []],
  ["a day that is none", { key: "day", type: "date", value: "2027-02-29" }, ["INVALID_VALUE"]],
  ["no day at all", { key: "day", type: "date", value: "" }, ["BLANK"]],
  ["128 KB of JSON", { key: "all", type: "json", value: `"${"x".repeat(128 * 1024 - 2)}"` }, []],
  ["a byte more of JSON", { key: "all", type: "json", value: `"${"x".repeat(128 * 1024 - 1)}"` }, ["TOO_LONG"]],
  [
    "another app's namespace",
    { namespace: "app--1", key: "points", type: "json", value: "{}" },
    ["APP_NOT_AUTHORIZED"],
  ],
  ["a namespace of two letters", { namespace: "ab", key: "points", type: "json", value: "{}" }, ["TOO_SHORT"]],
  ["a key with a blank", { key: "my points", type: "json", value: "{}" }, ["INVALID"]],
  [
    "a digest of what is not there",
    { key: "all", type: "json", value: "{}", compareDigest: "x" },
    ["INVALID_COMPARE_DIGEST"],
  ],
])("%s is taken or refused as Shopify would", async (_, metafield, expected) => {
  expect(await codes(metafield)).toEqual(expected);
});

test("a customer who was deleted has no metafields any more, and takes none", async () => {
  const { call, shop } = newWorld();
  const m = [{ ...own, key: "points", type: "number_integer", value: "1" }];
  await call(set, { m });
  shop.deleteCustomer("7001");
  expect(shop.metafields.of(own.ownerId)).toEqual([]);
  const { at } = await call(set, { m });
  expect(at("data.metafieldsSet.userErrors")).toEqual([{ field: ["metafields", "0", "ownerId"], code: "INVALID" }]);
});

const define = `mutation($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) { userErrors { code } } }`;
const redefine = `mutation($d: MetafieldDefinitionUpdateInput!) { metafieldDefinitionUpdate(definition: $d) {
  updatedDefinition { name type { name } } userErrors { code } } }`;
const definition = { namespace: "$app", key: "points", ownerType: "CUSTOMER" };

test("a definition is changed in all but its type; one that is not there is not found", async () => {
  const { call } = newWorld();
  const change = async () =>
    (await call(redefine, { d: { ...definition, name: "Points" } })).at("data.metafieldDefinitionUpdate");
  expect(await change()).toEqual({ updatedDefinition: null, userErrors: [{ code: "NOT_FOUND" }] });
  await call(define, { d: { ...definition, name: "Earlier", type: "number_integer" } });
  expect(await change()).toEqual({
    updatedDefinition: { name: "Points", type: { name: "number_integer" } },
    userErrors: [],
  });
});

test("reports take what they can count or group by; access for the admin is for the app's own alone", async () => {
  const { call } = newWorld();
  const made = async (changes: object) =>
    (await call(define, { d: { ...definition, name: "Points", ...changes } })).at(
      "data.metafieldDefinitionCreate.userErrors",
    );
  const capabilities = { analyticsQueryable: { enabled: true } };
  expect(await made({ type: "json", capabilities })).toEqual([{ code: "INVALID_CAPABILITY" }]);
  expect(await made({ type: "number_integer", capabilities })).toEqual([]);
  const open = { namespace: "custom", type: "json", access: { admin: "MERCHANT_READ" } };
  expect(await made(open)).toEqual([{ code: "ADMIN_ACCESS_INPUT_NOT_ALLOWED" }]);
});

test("whoever may not write customers defines nothing on them", async () => {
  const { call } = newWorld({ scopes: ["read_customers"] });
  const { at } = await call(define, { d: { ...definition, name: "Points", type: "number_integer" } });
  expect(at("errors.0.extensions.code")).toBe("ACCESS_DENIED");
});
