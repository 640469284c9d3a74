import { describe, expect, test } from "vitest";
import { codeInput, createCode, newWorld } from "./local-shopify.fixture.ts";

const byCode = `query ByCode($code: String!) { codeDiscountNodeByCode(code: $code) { id codeDiscount { __typename
  ... on DiscountCodeBasic { title status usageLimit appliesOncePerCustomer endsAt
    context { __typename ... on DiscountCustomers { customers { id } } }
    customerGets { items { ... on AllDiscountItems { allItems } } value { __typename ... on DiscountAmount { amount { amount currencyCode } } } }
    minimumRequirement { ... on DiscountMinimumSubtotal { greaterThanOrEqualToSubtotal { amount } } } } } } }`;

describe("the door", () => {
  test("a bad token is 401 in Shopify's words", async () => {
    const { status, body } = await newWorld().call("{ shop { name } }", {}, "bad");
    expect(status).toBe(401);
    expect(body).toEqual({ errors: "[API] Invalid API key or access token (unrecognized login or wrong password)" });
  });

  test("an unknown shop or version is 404", async () => {
    const { shopify } = newWorld();
    const ask = (url: string) => shopify.adminApi(new Request(url, { method: "POST" }));
    expect((await ask("https://nobody.myshopify.com/admin/api/2026-10/graphql.json")).status).toBe(404);
    expect((await ask("https://lojal-dev.myshopify.com/admin/api/2026-07/graphql.json")).status).toBe(404);
  });

  test("unknown fields, arguments and input fields are refused with their real names", async () => {
    const { call } = newWorld();
    const field = await call("query Q { shop { nmae } }");
    expect(field.status).toBe(200);
    expect(field.at("errors.0")).toMatchObject({
      message: "Field 'nmae' doesn't exist on type 'Shop'",
      extensions: { code: "undefinedField", typeName: "Shop", fieldName: "nmae" },
    });
    const argument = await call('{ shop(id: "1") { name } }');
    expect(argument.at("errors.0.extensions.code")).toBe("argumentNotAccepted");
    const input = await call(createCode, { input: { ...codeInput(), colour: "red" } });
    expect(input.at("errors.0.extensions.code")).toBe("INVALID_VARIABLE");
    expect(input.at("errors.0.message")).toContain("colour");
  });

  test("a date that is none does not pass as a DateTime", async () => {
    const { call, shop } = newWorld();
    const { at } = await call(createCode, { input: codeInput({ endsAt: "tomorrow" }) });
    expect(at("errors.0.extensions.code")).toBe("INVALID_VARIABLE");
    expect(shop.discounts.all()).toEqual([]);
  });

  test("what is not played is an error and never made up", async () => {
    const { call } = newWorld();
    const { at } = await call("{ shop { email name } }");
    expect(at("errors.0.message")).toBe("The local Shopify does not play Shop.email");
    expect((await call("{ giftCardsCount { count } }")).at("errors")).toHaveLength(1);
  });
});

describe("access scopes", () => {
  test("a mutation without its scope has no effect", async () => {
    const { call, shop } = newWorld({ scopes: ["read_discounts", "read_customers"] });
    const { at } = await call(createCode, { input: codeInput() });
    expect(at("data")).toEqual({ discountCodeBasicCreate: null });
    expect(at("errors.0")).toMatchObject({
      message:
        "Access denied for discountCodeBasicCreate field. Required access: Apps must have `write_discounts` access scope.",
      path: ["discountCodeBasicCreate"],
      extensions: { code: "ACCESS_DENIED", requiredAccess: "Apps must have `write_discounts` access scope." },
    });
    expect(shop.discounts.all()).toEqual([]);
  });

  test("the customers of a discount need read_customers; writing includes reading", async () => {
    const denied = newWorld({ scopes: ["write_discounts"] });
    await denied.call(createCode, { input: codeInput() });
    const { at } = await denied.call(byCode, { code: "LOJAL-ABCD" });
    expect(at("errors.0.extensions.code")).toBe("ACCESS_DENIED");
    expect(at("errors.0.message")).toContain("read_customers");
    const allowed = newWorld({ scopes: ["write_discounts", "write_customers"] });
    await allowed.call(createCode, { input: codeInput() });
    expect((await allowed.call(byCode, { code: "LOJAL-ABCD" })).at("errors")).toBeUndefined();
  });

  test("a customer's metafield needs write_customers, the installation's none", async () => {
    const { call, shop } = newWorld({ scopes: ["read_customers"] });
    const set = "mutation($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { userErrors { code } } }";
    const field = { key: "balance", type: "number_integer", value: "5" };
    const denied = await call(set, { m: [{ ...field, ownerId: "gid://shopify/Customer/7001" }] });
    expect(denied.at("errors.0.extensions.code")).toBe("ACCESS_DENIED");
    const allowed = await call(set, { m: [{ ...field, ownerId: shop.installationGid }] });
    expect(allowed.at("data.metafieldsSet.userErrors")).toEqual([]);
  });
});

describe("discount codes", () => {
  test("a code is created, found whatever its case, and its customer adopted", async () => {
    const { call, shop } = newWorld();
    const made = await call(createCode, { input: codeInput() });
    expect(made.at("data.discountCodeBasicCreate.userErrors")).toEqual([]);
    const { at } = await call(byCode, { code: "lojal-abcd" });
    expect(at("data.codeDiscountNodeByCode.codeDiscount")).toEqual({
      __typename: "DiscountCodeBasic",
      title: "Lojal 5.00",
      status: "ACTIVE",
      usageLimit: 1,
      appliesOncePerCustomer: true,
      endsAt: "2026-12-22T09:00:00.000Z",
      context: { __typename: "DiscountCustomers", customers: [{ id: "gid://shopify/Customer/7001" }] },
      customerGets: {
        items: { allItems: true },
        value: { __typename: "DiscountAmount", amount: { amount: "5.0", currencyCode: "EUR" } },
      },
      minimumRequirement: null,
    });
    expect([...shop.customers.keys()]).toEqual(["7001"]);
    expect((await call(byCode, { code: "OTHER" })).at("data")).toEqual({ codeDiscountNodeByCode: null });
  });

  test("a second discount of the same code is TAKEN", async () => {
    const { call, shop } = newWorld();
    await call(createCode, { input: codeInput() });
    const { status, at } = await call(createCode, { input: codeInput({ code: "Lojal-abcd" }) });
    expect(status).toBe(200);
    expect(at("data.discountCodeBasicCreate")).toEqual({
      codeDiscountNode: null,
      userErrors: [
        {
          field: ["basicCodeDiscount", "code"],
          message: "Code must be unique. Please try a different code.",
          code: "TAKEN",
          extraInfo: null,
        },
      ],
    });
    expect(shop.discounts.all()).toHaveLength(1);
  });

  const value = (given: object) => ({ customerGets: { items: { all: true }, value: given } });
  test.each([
    ["no title", { title: " " }, "BLANK"],
    ["no code", { code: "" }, "BLANK"],
    ["no start", { startsAt: undefined }, "BLANK"],
    ["an end before the start", { endsAt: "2026-11-22T08:00:00Z" }, "INVALID"],
    ["no context", { context: undefined }, "BLANK"],
    ["a context that names no customer", { context: { customers: { add: ["gid://shopify/Order/1"] } } }, "INVALID"],
    ["a percentage above 1", value({ percentage: 10 }), "VALUE_OUTSIDE_RANGE"],
    ["an amount of nothing", value({ discountAmount: { amount: "0" } }), "GREATER_THAN"],
    ["a negative amount", value({ discountAmount: { amount: "-5.00" } }), "GREATER_THAN"],
    ["an amount in half cents", value({ discountAmount: { amount: "5.005" } }), "INVALID"],
    ["no value", value({}), "BLANK"],
    ["a usage limit of nothing", { usageLimit: 0 }, "GREATER_THAN"],
    [
      "two minimums",
      {
        minimumRequirement: {
          subtotal: { greaterThanOrEqualToSubtotal: "1" },
          quantity: { greaterThanOrEqualToQuantity: "1" },
        },
      },
      "CONFLICT",
    ],
  ])("%s is refused", async (_name, changes, code) => {
    const { call, shop } = newWorld();
    const { at } = await call(createCode, { input: codeInput(changes) });
    expect(at("errors")).toBeUndefined();
    expect(at("data.discountCodeBasicCreate.codeDiscountNode")).toBeNull();
    expect(at("data.discountCodeBasicCreate.userErrors.0.code")).toBe(code);
    expect(shop.discounts.all()).toEqual([]);
  });

  test("a context is one thing only", async () => {
    const both = { all: "ALL", customers: { add: ["gid://shopify/Customer/7001"] } };
    const { at } = await newWorld().call(createCode, { input: codeInput({ context: both }) });
    expect(at("errors.0.extensions.code")).toBe("INVALID_VARIABLE");
  });

  test("deactivated is expired, activated is active again, deleted is gone", async () => {
    const { call, shop } = newWorld();
    await call(createCode, { input: codeInput() });
    const id = shop.discounts.all()[0]?.gid;
    const run = async (name: string) =>
      (
        await call(
          `mutation($id: ID!) { ${name}(id: $id) { codeDiscountNode { codeDiscount { ... on DiscountCodeBasic { status } } } userErrors { code } } }`,
          { id },
        )
      ).at(`data.${name}.codeDiscountNode.codeDiscount.status`);
    expect(await run("discountCodeDeactivate")).toBe("EXPIRED");
    expect(await run("discountCodeActivate")).toBe("ACTIVE");
    await call("mutation($id: ID!) { discountCodeDelete(id: $id) { deletedCodeDiscountId } }", { id });
    expect(shop.discounts.findByCode("LOJAL-ABCD")).toBeUndefined();
  });

  test("updates change what they name, and discountNodes finds by title and status", async () => {
    const { call } = newWorld();
    const made = await call(createCode, { input: codeInput() });
    const id = made.at("data.discountCodeBasicCreate.codeDiscountNode.id");
    const update = `mutation($id: ID!, $input: DiscountCodeBasicInput!) {
      discountCodeBasicUpdate(id: $id, basicCodeDiscount: $input) { userErrors { code } } }`;
    await call(update, { id, input: { title: "Renamed", endsAt: "2026-11-22T09:30:00Z" } });
    const find =
      "query($q: String) { discountNodes(first: 5, query: $q) { nodes { discount { ... on DiscountCodeBasic { title status usageLimit } } } } }";
    const { at } = await call(find, { q: "title:Renamed AND status:expired" });
    expect(at("data.discountNodes.nodes")).toEqual([
      { discount: { title: "Renamed", status: "EXPIRED", usageLimit: 1 } },
    ]);
    expect((await call(find, { q: "status:active" })).at("data.discountNodes.nodes")).toEqual([]);
  });
});

describe("metafields", () => {
  const set = `mutation Set($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
    metafields { namespace key value compareDigest } userErrors { field message code } } }`;
  const field = (changes: object = {}) => ({
    ownerId: "gid://shopify/Customer/7001",
    namespace: "$app:loyalty",
    key: "balance",
    type: "json",
    value: '{"available":120}',
    ...changes,
  });

  test("app namespaces resolve, and Liquid reads them in short", async () => {
    const { call, shop } = newWorld();
    const { at } = await call(set, { m: [field()] });
    expect(at("data.metafieldsSet.metafields.0.namespace")).toBe("app--170200300--loyalty");
    expect(shop.metafields.forLiquid("gid://shopify/Customer/7001")["$app:loyalty"]?.["balance"]?.value).toEqual({
      available: 120,
    });
    const read =
      '{ customer(id: "gid://shopify/Customer/7001") { metafield(namespace: "$app:loyalty", key: "balance") { jsonValue } } }';
    expect((await call(read)).at("data.customer.metafield.jsonValue")).toEqual({ available: 120 });
  });

  test("one bad field leaves all unset; 26 are too many", async () => {
    const { call, shop } = newWorld();
    const { at } = await call(set, { m: [field(), field({ key: "other", value: "{" })] });
    expect(at("data.metafieldsSet.userErrors")).toEqual([
      { field: ["metafields", "1", "value"], message: "Value is not a valid json.", code: "INVALID_VALUE" },
    ]);
    expect(shop.metafields.of("gid://shopify/Customer/7001")).toEqual([]);
    const many = await call(set, { m: Array.from({ length: 26 }, (_, n) => field({ key: `key-${n}` })) });
    expect(many.at("data.metafieldsSet.userErrors.0.code")).toBe("LESS_THAN_OR_EQUAL_TO");
  });

  test("a stale digest is refused", async () => {
    const { call } = newWorld();
    const first = await call(set, { m: [field({ compareDigest: null })] });
    const digest: unknown = first.at("data.metafieldsSet.metafields.0.compareDigest");
    const write = async (compareDigest: unknown, value: string) =>
      (await call(set, { m: [field({ compareDigest, value })] })).at("data.metafieldsSet.userErrors.0.code");
    expect(await write(null, "{}")).toBe("STALE_OBJECT");
    expect(await write(digest, "{}")).toBeUndefined();
    expect(await write(digest, "[]")).toBe("STALE_OBJECT");
  });

  test("a definition is made once, and holds the type", async () => {
    const { call } = newWorld();
    const define = `mutation($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) {
      createdDefinition { namespace key } userErrors { code } } }`;
    const d = { name: "Balance", namespace: "$app:loyalty", key: "balance", type: "json", ownerType: "CUSTOMER" };
    expect((await call(define, { d })).at("data.metafieldDefinitionCreate.userErrors")).toEqual([]);
    expect((await call(define, { d })).at("data.metafieldDefinitionCreate.userErrors")).toEqual([{ code: "TAKEN" }]);
    const { at } = await call(set, { m: [field({ type: "boolean", value: "true" })] });
    expect(at("data.metafieldsSet.userErrors.0.code")).toBe("INVALID_TYPE");
  });
});

describe("the leaky bucket", () => {
  test("answers carry the cost; an empty bucket throttles with a 200, and refills with time", async () => {
    const { call, pass, shop } = newWorld();
    const first = await call(createCode, { input: codeInput({ code: "CODE-0" }) });
    expect(first.at("extensions.cost")).toEqual({
      requestedQueryCost: 10,
      actualQueryCost: 10,
      throttleStatus: { maximumAvailable: 2000, currentlyAvailable: 1990, restoreRate: 100 },
    });
    for (let n = 1; n < 200; n += 1) await call(createCode, { input: codeInput({ code: `CODE-${n}` }) });
    const { status, at } = await call(createCode, { input: codeInput({ code: "CODE-200" }) });
    expect(status).toBe(200);
    expect(at("errors.0")).toMatchObject({ message: "Throttled", extensions: { code: "THROTTLED" } });
    expect(at("data")).toBeUndefined();
    expect(at("extensions.cost")).toMatchObject({ requestedQueryCost: 10, actualQueryCost: null });
    expect(shop.discounts.all()).toHaveLength(200);
    pass(100);
    const after = await call(createCode, { input: codeInput({ code: "CODE-200" }) });
    expect(after.at("data.discountCodeBasicCreate.userErrors")).toEqual([]);
  });

  test("what a query asked for and did not use comes back", async () => {
    const { call } = newWorld();
    const { at } = await call("{ discountNodes(first: 100) { nodes { id } } }");
    expect(at("extensions.cost.requestedQueryCost")).toBeGreaterThan(20);
    expect(at("extensions.cost.throttleStatus.currentlyAvailable")).toBeGreaterThan(1995);
  });
});

describe("ordered faults", () => {
  test("a lost reply has its effect, and the connection breaks off", async () => {
    const { call, press, shop } = newWorld();
    await press("faults", { next: 1, fault: "lose-reply", operation: "discountCodeBasicCreate" });
    expect((await call("{ shop { name } }")).status).toBe(200);
    await expect(call(createCode, { input: codeInput() })).rejects.toMatchObject({ name: "DropConnection" });
    expect(shop.discounts.findByCode("LOJAL-ABCD")).toBeDefined();
    const again = await call(createCode, { input: codeInput() });
    expect(again.at("data.discountCodeBasicCreate.userErrors.0.code")).toBe("TAKEN");
  });

  test.each([
    ["timeout-before", 0],
    ["timeout-after", 1],
  ])("%s breaks off without an answer", async (fault, made) => {
    const { call, press, shop } = newWorld();
    await press("faults", { next: 1, fault });
    await expect(call(createCode, { input: codeInput() })).rejects.toMatchObject({ name: "DropConnection" });
    expect(shop.discounts.all()).toHaveLength(made);
  });

  test("throttle and 500 have no effect, and end with their count", async () => {
    const { call, press, shop } = newWorld();
    await press("faults", { next: 1, fault: "throttle" });
    await press("faults", { next: 1, fault: "500" });
    const throttled = await call(createCode, { input: codeInput() });
    expect(throttled.at("errors.0.extensions.code")).toBe("THROTTLED");
    expect((await call(createCode, { input: codeInput() })).status).toBe(500);
    expect(shop.discounts.all()).toEqual([]);
    expect((await call(createCode, { input: codeInput() })).at("errors")).toBeUndefined();
  });
});

describe("the shop and its people", () => {
  test("shop, installation, customer and tags", async () => {
    const { call, shop } = newWorld();
    const about = await call(
      "{ shop { name currencyCode myshopifyDomain ianaTimezone } currentAppInstallation { id accessScopes { handle } } }",
    );
    expect(about.at("data.shop")).toEqual({
      name: "Lojal Dev",
      currencyCode: "EUR",
      myshopifyDomain: "lojal-dev.myshopify.com",
      ianaTimezone: "Europe/Stockholm",
    });
    expect(about.at("data.currentAppInstallation.accessScopes")).toContainEqual({ handle: "write_discounts" });
    shop.adoptCustomer("7001");
    const tag =
      'mutation { tagsAdd(id: "gid://shopify/Customer/7001", tags: ["gold", "vip"]) { node { id } userErrors { message } } }';
    expect((await call(tag)).at("data.tagsAdd.userErrors")).toEqual([]);
    const untag =
      'mutation { tagsRemove(id: "gid://shopify/Customer/7001", tags: ["VIP", "never there"]) { userErrors { message } } }';
    expect((await call(untag)).at("data.tagsRemove.userErrors")).toEqual([]);
    const nobody =
      'mutation { tagsRemove(id: "gid://shopify/Customer/1", tags: ["vip"]) { userErrors { field message } } }';
    expect((await call(nobody)).at("data.tagsRemove.userErrors")).toEqual([
      { field: ["id"], message: "Customer does not exist" },
    ]);
    const find =
      '{ customerByIdentifier(identifier: { id: "gid://shopify/Customer/7001" }) { id tags } unknown: customer(id: "gid://shopify/Customer/1") { id } }';
    expect((await call(find)).at("data")).toEqual({
      customerByIdentifier: { id: "gid://shopify/Customer/7001", tags: ["gold"] },
      unknown: null,
    });
  });
});
