import { type GraphQLSchema, NoDeprecatedCustomRule, parse, specifiedRules, validate } from "graphql";
import { expect, test } from "vitest";
import { adminSchema } from "../../dev/shopify/schema.ts";
import * as access from "./access.ts";
import * as changedOrders from "./changed-orders.ts";
import * as discounts from "./discounts.ts";
import { API_VERSION } from "./library.ts";
import * as metafieldDefinitions from "./metafield-definitions.ts";
import * as metafields from "./metafields.ts";
import * as orderReader from "./order-reader.ts";
import * as shopDetails from "./shop-details.ts";

const rooms = {
  ...access,
  ...changedOrders,
  ...discounts,
  ...metafieldDefinitions,
  ...metafields,
  ...orderReader,
  ...shopDetails,
};
const operations = Object.entries(rooms).filter(([, value]) => typeof value === "string") as [string, string][];
const { schema }: { schema: GraphQLSchema } = adminSchema();

test("there are operations to hold to the schema", () => {
  expect(operations.map(([name]) => name).sort()).toEqual([
    "APP_INSTALLATION",
    "ASK_ACCESS",
    "CREATE_CODE",
    "DEACTIVATE_CODE",
    "DEFINE_METAFIELD",
    "FIND_CODE",
    "LIST_CHANGED_ORDERS",
    "READ_MORE_ADJUSTMENTS",
    "READ_MORE_LINES",
    "READ_MORE_REFUND_LINES",
    "READ_ORDER",
    "READ_PAINTED",
    "READ_SHOP",
    "REDEFINE_METAFIELD",
    "SET_METAFIELDS",
  ]);
});

test.each(operations)(
  "%s is valid against Shopify's own schema of the pinned version, with nothing deprecated",
  (_, operation) => {
    expect(API_VERSION).toBe("2026-10");
    expect(validate(schema, parse(operation), [...specifiedRules, NoDeprecatedCustomRule])).toEqual([]);
  },
);
