// Made from Shopify's schema by `npm run types:shopify`: not to be edited.

import type { Shape } from "./shape.ts";

/** By operation, the shape of its answer. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  LojalAskAccess: { shop: { id: "string" } },
  LojalListChangedOrders: {
    orders: {
      nodes: [
        "*",
        { id: "string", updatedAt: "string", displayFinancialStatus: ["?", "string"], cancelledAt: ["?", "string"] },
      ],
      pageInfo: { hasNextPage: "boolean", endCursor: ["?", "string"] },
    },
  },
  LojalFindCustomers: {
    c0: ["?", { id: "string" }],
    c1: ["?", { id: "string" }],
    c2: ["?", { id: "string" }],
    c3: ["?", { id: "string" }],
    c4: ["?", { id: "string" }],
    c5: ["?", { id: "string" }],
    c6: ["?", { id: "string" }],
    c7: ["?", { id: "string" }],
    c8: ["?", { id: "string" }],
    c9: ["?", { id: "string" }],
    c10: ["?", { id: "string" }],
    c11: ["?", { id: "string" }],
    c12: ["?", { id: "string" }],
    c13: ["?", { id: "string" }],
    c14: ["?", { id: "string" }],
    c15: ["?", { id: "string" }],
    c16: ["?", { id: "string" }],
    c17: ["?", { id: "string" }],
    c18: ["?", { id: "string" }],
    c19: ["?", { id: "string" }],
  },
  LojalReadNames: {
    nodes: ["*", ["?", { id: ["~", "string"], firstName: ["~", ["?", "string"]], lastName: ["~", ["?", "string"]] }]],
  },
  LojalSearchNames: {
    customers: { nodes: ["*", { id: "string", firstName: ["?", "string"], lastName: ["?", "string"] }] },
  },
  LojalAddTags: { tagsAdd: ["?", { userErrors: ["*", { field: ["?", ["*", "string"]], message: "string" }] }] },
  LojalRemoveTags: { tagsRemove: ["?", { userErrors: ["*", { field: ["?", ["*", "string"]], message: "string" }] }] },
  LojalCreateCode: {
    discountCodeBasicCreate: [
      "?",
      {
        codeDiscountNode: ["?", { id: "string" }],
        userErrors: ["*", { field: ["?", ["*", "string"]], code: ["?", "string"], message: "string" }],
      },
    ],
  },
  LojalCreateShippingCode: {
    discountCodeFreeShippingCreate: [
      "?",
      {
        codeDiscountNode: ["?", { id: "string" }],
        userErrors: ["*", { field: ["?", ["*", "string"]], code: ["?", "string"], message: "string" }],
      },
    ],
  },
  LojalDeactivateCode: {
    discountCodeDeactivate: [
      "?",
      {
        codeDiscountNode: ["?", { id: "string" }],
        userErrors: ["*", { field: ["?", ["*", "string"]], code: ["?", "string"], message: "string" }],
      },
    ],
  },
  LojalFindCode: {
    codeDiscountNodeByCode: [
      "?",
      {
        id: "string",
        codeDiscount: { title: ["~", "string"], status: ["~", "string"], asyncUsageCount: ["~", "number"] },
      },
    ],
  },
  LojalCreateGiftCard: {
    giftCardCreate: [
      "?",
      {
        giftCard: ["?", { id: "string" }],
        userErrors: ["*", { field: ["?", ["*", "string"]], code: ["?", "string"], message: "string" }],
      },
    ],
  },
  LojalFindGiftCard: { giftCards: { nodes: ["*", { id: "string", note: ["?", "string"] }] } },
  LojalDefineMetafield: {
    metafieldDefinitionCreate: [
      "?",
      { createdDefinition: ["?", { id: "string" }], userErrors: ["*", { code: ["?", "string"] }] },
    ],
  },
  LojalRedefineMetafield: {
    metafieldDefinitionUpdate: [
      "?",
      { updatedDefinition: ["?", { type: { name: "string" } }], userErrors: ["*", { code: ["?", "string"] }] },
    ],
  },
  LojalAppInstallation: { currentAppInstallation: { id: "string", metafield: ["?", { compareDigest: "string" }] } },
  LojalReadPainted: {
    nodes: [
      "*",
      [
        "?",
        {
          id: ["~", "string"],
          loyalty: ["~", ["?", { compareDigest: "string" }]],
          points: ["~", ["?", { value: "string" }]],
          nextExpiry: ["~", ["?", { value: "string" }]],
          tier: ["~", ["?", { value: "string" }]],
        },
      ],
    ],
  },
  LojalSetMetafields: {
    metafieldsSet: [
      "?",
      {
        metafields: ["?", ["*", { compareDigest: "string" }]],
        userErrors: ["*", { field: ["?", ["*", "string"]], code: ["?", "string"], message: "string" }],
      },
    ],
  },
  LojalReadMoreAdjustments: {
    refund: [
      "?",
      {
        order: { updatedAt: "string" },
        orderAdjustments: {
          nodes: [
            "*",
            {
              amountSet: { shopMoney: { amount: "string", currencyCode: "string" } },
              taxAmountSet: { shopMoney: { amount: "string", currencyCode: "string" } },
            },
          ],
          pageInfo: { hasNextPage: "boolean", endCursor: ["?", "string"] },
        },
      },
    ],
  },
  LojalReadMoreLines: {
    order: [
      "?",
      {
        updatedAt: "string",
        lineItems: {
          nodes: [
            "*",
            {
              id: "string",
              product: ["~", ["?", { id: "string" }]],
              title: "string",
              vendor: ["?", "string"],
              requiresShipping: "boolean",
              quantity: "number",
              currentQuantity: "number",
              isGiftCard: "boolean",
              originalUnitPriceSet: { shopMoney: { amount: "string", currencyCode: "string" } },
              discountAllocations: [
                "*",
                {
                  allocatedAmountSet: { shopMoney: { amount: "string", currencyCode: "string" } },
                  discountApplication: { index: "number", code: ["~", "string"] },
                },
              ],
              taxLines: ["*", { priceSet: { shopMoney: { amount: "string", currencyCode: "string" } } }],
            },
          ],
          pageInfo: { hasNextPage: "boolean", endCursor: ["?", "string"] },
        },
      },
    ],
  },
  LojalReadMoreRefundLines: {
    refund: [
      "?",
      {
        order: { updatedAt: "string" },
        refundLineItems: {
          nodes: [
            "*",
            {
              quantity: "number",
              lineItem: { id: "string" },
              subtotalSet: { shopMoney: { amount: "string", currencyCode: "string" } },
              totalTaxSet: { shopMoney: { amount: "string", currencyCode: "string" } },
            },
          ],
          pageInfo: { hasNextPage: "boolean", endCursor: ["?", "string"] },
        },
      },
    ],
  },
  LojalReadOrder: {
    order: [
      "?",
      {
        id: "string",
        name: "string",
        createdAt: "string",
        processedAt: "string",
        updatedAt: "string",
        cancelledAt: ["?", "string"],
        sourceName: ["?", "string"],
        currencyCode: "string",
        displayFinancialStatus: ["?", "string"],
        taxesIncluded: "boolean",
        test: "boolean",
        discountCodes: ["*", "string"],
        customer: ["?", { id: "string" }],
        totalPriceSet: { shopMoney: { amount: "string", currencyCode: "string" } },
        currentTotalPriceSet: { shopMoney: { amount: "string", currencyCode: "string" } },
        totalOutstandingSet: { shopMoney: { amount: "string", currencyCode: "string" } },
        totalTipReceivedSet: { shopMoney: { amount: "string", currencyCode: "string" } },
        lineItems: {
          nodes: [
            "*",
            {
              id: "string",
              product: ["~", ["?", { id: "string" }]],
              title: "string",
              vendor: ["?", "string"],
              requiresShipping: "boolean",
              quantity: "number",
              currentQuantity: "number",
              isGiftCard: "boolean",
              originalUnitPriceSet: { shopMoney: { amount: "string", currencyCode: "string" } },
              discountAllocations: [
                "*",
                {
                  allocatedAmountSet: { shopMoney: { amount: "string", currencyCode: "string" } },
                  discountApplication: { index: "number", code: ["~", "string"] },
                },
              ],
              taxLines: ["*", { priceSet: { shopMoney: { amount: "string", currencyCode: "string" } } }],
            },
          ],
          pageInfo: { hasNextPage: "boolean", endCursor: ["?", "string"] },
        },
        refunds: [
          "*",
          {
            id: "string",
            refundLineItems: {
              nodes: [
                "*",
                {
                  quantity: "number",
                  lineItem: { id: "string" },
                  subtotalSet: { shopMoney: { amount: "string", currencyCode: "string" } },
                  totalTaxSet: { shopMoney: { amount: "string", currencyCode: "string" } },
                },
              ],
              pageInfo: { hasNextPage: "boolean", endCursor: ["?", "string"] },
            },
            orderAdjustments: {
              nodes: [
                "*",
                {
                  amountSet: { shopMoney: { amount: "string", currencyCode: "string" } },
                  taxAmountSet: { shopMoney: { amount: "string", currencyCode: "string" } },
                },
              ],
              pageInfo: { hasNextPage: "boolean", endCursor: ["?", "string"] },
            },
          },
        ],
      },
    ],
  },
  LojalReadCollection: {
    collection: [
      "?",
      {
        title: "string",
        products: { nodes: ["*", { id: "string" }], pageInfo: { hasNextPage: "boolean", endCursor: ["?", "string"] } },
      },
    ],
  },
  LojalReadTagged: {
    products: {
      nodes: ["*", { id: "string", tags: ["*", "string"] }],
      pageInfo: { hasNextPage: "boolean", endCursor: ["?", "string"] },
    },
  },
  LojalReadShop: {
    shop: {
      currencyCode: "string",
      ianaTimezone: "string",
      primaryDomain: { localization: ["?", { defaultLocale: "string" }] },
    },
    currentAppInstallation: { accessScopes: ["*", { handle: "string" }] },
  },
  LojalCreditStore: {
    storeCreditAccountCredit: [
      "?",
      {
        storeCreditAccountTransaction: ["?", { id: "string" }],
        userErrors: ["*", { field: ["?", ["*", "string"]], code: ["?", "string"], message: "string" }],
      },
    ],
  },
  LojalFindCredits: {
    customer: [
      "?",
      {
        storeCreditAccounts: {
          nodes: [
            "*",
            {
              transactions: {
                nodes: [
                  "*",
                  {
                    id: ["~", "string"],
                    amount: ["~", { amount: "string", currencyCode: "string" }],
                    createdAt: ["~", "string"],
                  },
                ],
              },
            },
          ],
        },
      },
    ],
  },
  LojalListTagged: {
    customers: {
      nodes: ["*", { id: "string", tags: ["*", "string"] }],
      pageInfo: { hasNextPage: "boolean", endCursor: ["?", "string"] },
    },
  },
  LojalReadTags: { nodes: ["*", ["?", { id: ["~", "string"], tags: ["~", ["*", "string"]] }]] },
};
