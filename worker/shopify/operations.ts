// Made from Shopify's schema by `npm run types:shopify`: not to be edited.

import type { ASK_ACCESS } from "./access.ts";
import type { LIST_CHANGED_ORDERS } from "./changed-orders.ts";
import type { FIND_CUSTOMERS } from "./customer-lookup.ts";
import type { READ_NAMES, SEARCH_NAMES } from "./customer-names.ts";
import type { ADD_TAGS, REMOVE_TAGS } from "./customer-tags.ts";
import type { CREATE_CODE, CREATE_SHIPPING_CODE, DEACTIVATE_CODE, FIND_CODE } from "./discounts.ts";
import type { CREATE_GIFT_CARD, FIND_GIFT_CARD } from "./gift-cards.ts";
import type { DEFINE_METAFIELD, REDEFINE_METAFIELD } from "./metafield-definitions.ts";
import type { APP_INSTALLATION, READ_PAINTED, SET_METAFIELDS } from "./metafields.ts";
import type {
  DiscountCodeBasicInput,
  DiscountCodeFreeShippingInput,
  GiftCardCreateInput,
  MetafieldDefinitionInput,
  MetafieldDefinitionUpdateInput,
  MetafieldsSetInput,
  StoreCreditAccountCreditInput,
} from "./operation-inputs.ts";
import type { READ_MORE_ADJUSTMENTS, READ_MORE_LINES, READ_MORE_REFUND_LINES, READ_ORDER } from "./order-reader.ts";
import type { READ_COLLECTION, READ_TAGGED } from "./product-groups.ts";
import type { READ_SHOP } from "./shop-details.ts";
import type { CREDIT_STORE, FIND_CREDITS } from "./store-credit.ts";
import type { LIST_TAGGED, READ_TAGS } from "./tagged-customers.ts";

/** From the text of each operation to what it is asked with and what it answers. */
export interface Operations {
  readonly [ASK_ACCESS]: { readonly variables: Readonly<Record<string, never>>; readonly result: LojalAskAccess };
  readonly [LIST_CHANGED_ORDERS]: {
    readonly variables: { readonly query: string; readonly after: string | null };
    readonly result: LojalListChangedOrders;
  };
  readonly [FIND_CUSTOMERS]: {
    readonly variables: {
      readonly e0: string;
      readonly e1: string;
      readonly e2: string;
      readonly e3: string;
      readonly e4: string;
      readonly e5: string;
      readonly e6: string;
      readonly e7: string;
      readonly e8: string;
      readonly e9: string;
      readonly e10: string;
      readonly e11: string;
      readonly e12: string;
      readonly e13: string;
      readonly e14: string;
      readonly e15: string;
      readonly e16: string;
      readonly e17: string;
      readonly e18: string;
      readonly e19: string;
    };
    readonly result: LojalFindCustomers;
  };
  readonly [READ_NAMES]: { readonly variables: { readonly ids: readonly string[] }; readonly result: LojalReadNames };
  readonly [SEARCH_NAMES]: {
    readonly variables: { readonly query: string; readonly most: number };
    readonly result: LojalSearchNames;
  };
  readonly [ADD_TAGS]: {
    readonly variables: { readonly id: string; readonly tags: readonly string[] };
    readonly result: LojalAddTags;
  };
  readonly [REMOVE_TAGS]: {
    readonly variables: { readonly id: string; readonly tags: readonly string[] };
    readonly result: LojalRemoveTags;
  };
  readonly [CREATE_CODE]: {
    readonly variables: { readonly input: DiscountCodeBasicInput };
    readonly result: LojalCreateCode;
  };
  readonly [CREATE_SHIPPING_CODE]: {
    readonly variables: { readonly input: DiscountCodeFreeShippingInput };
    readonly result: LojalCreateShippingCode;
  };
  readonly [DEACTIVATE_CODE]: { readonly variables: { readonly id: string }; readonly result: LojalDeactivateCode };
  readonly [FIND_CODE]: { readonly variables: { readonly code: string }; readonly result: LojalFindCode };
  readonly [CREATE_GIFT_CARD]: {
    readonly variables: { readonly input: GiftCardCreateInput };
    readonly result: LojalCreateGiftCard;
  };
  readonly [FIND_GIFT_CARD]: { readonly variables: { readonly code: string }; readonly result: LojalFindGiftCard };
  readonly [DEFINE_METAFIELD]: {
    readonly variables: { readonly definition: MetafieldDefinitionInput };
    readonly result: LojalDefineMetafield;
  };
  readonly [REDEFINE_METAFIELD]: {
    readonly variables: { readonly definition: MetafieldDefinitionUpdateInput };
    readonly result: LojalRedefineMetafield;
  };
  readonly [APP_INSTALLATION]: {
    readonly variables: Readonly<Record<string, never>>;
    readonly result: LojalAppInstallation;
  };
  readonly [READ_PAINTED]: {
    readonly variables: { readonly customers: readonly string[] };
    readonly result: LojalReadPainted;
  };
  readonly [SET_METAFIELDS]: {
    readonly variables: { readonly metafields: readonly MetafieldsSetInput[] };
    readonly result: LojalSetMetafields;
  };
  readonly [READ_MORE_ADJUSTMENTS]: {
    readonly variables: { readonly id: string; readonly after: string };
    readonly result: LojalReadMoreAdjustments;
  };
  readonly [READ_MORE_LINES]: {
    readonly variables: { readonly id: string; readonly after: string; readonly withProducts: boolean };
    readonly result: LojalReadMoreLines;
  };
  readonly [READ_MORE_REFUND_LINES]: {
    readonly variables: { readonly id: string; readonly after: string };
    readonly result: LojalReadMoreRefundLines;
  };
  readonly [READ_ORDER]: {
    readonly variables: { readonly id: string; readonly withProducts: boolean };
    readonly result: LojalReadOrder;
  };
  readonly [READ_COLLECTION]: {
    readonly variables: { readonly id: string; readonly after: string | null };
    readonly result: LojalReadCollection;
  };
  readonly [READ_TAGGED]: {
    readonly variables: { readonly query: string; readonly after: string | null };
    readonly result: LojalReadTagged;
  };
  readonly [READ_SHOP]: { readonly variables: Readonly<Record<string, never>>; readonly result: LojalReadShop };
  readonly [CREDIT_STORE]: {
    readonly variables: { readonly id: string; readonly input: StoreCreditAccountCreditInput };
    readonly result: LojalCreditStore;
  };
  readonly [FIND_CREDITS]: { readonly variables: { readonly id: string }; readonly result: LojalFindCredits };
  readonly [LIST_TAGGED]: {
    readonly variables: { readonly query: string; readonly after: string | null };
    readonly result: LojalListTagged;
  };
  readonly [READ_TAGS]: { readonly variables: { readonly ids: readonly string[] }; readonly result: LojalReadTags };
}

export type LojalAskAccess = { readonly shop: { readonly id: string } };
export type LojalListChangedOrders = {
  readonly orders: {
    readonly nodes: readonly {
      readonly id: string;
      readonly updatedAt: string;
      readonly displayFinancialStatus: string | null;
      readonly cancelledAt: string | null;
    }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};
export type LojalFindCustomers = {
  readonly c0: { readonly id: string } | null;
  readonly c1: { readonly id: string } | null;
  readonly c2: { readonly id: string } | null;
  readonly c3: { readonly id: string } | null;
  readonly c4: { readonly id: string } | null;
  readonly c5: { readonly id: string } | null;
  readonly c6: { readonly id: string } | null;
  readonly c7: { readonly id: string } | null;
  readonly c8: { readonly id: string } | null;
  readonly c9: { readonly id: string } | null;
  readonly c10: { readonly id: string } | null;
  readonly c11: { readonly id: string } | null;
  readonly c12: { readonly id: string } | null;
  readonly c13: { readonly id: string } | null;
  readonly c14: { readonly id: string } | null;
  readonly c15: { readonly id: string } | null;
  readonly c16: { readonly id: string } | null;
  readonly c17: { readonly id: string } | null;
  readonly c18: { readonly id: string } | null;
  readonly c19: { readonly id: string } | null;
};
export type LojalReadNames = {
  readonly nodes: readonly ({
    readonly id?: string;
    readonly firstName?: string | null;
    readonly lastName?: string | null;
  } | null)[];
};
export type LojalSearchNames = {
  readonly customers: {
    readonly nodes: readonly {
      readonly id: string;
      readonly firstName: string | null;
      readonly lastName: string | null;
    }[];
  };
};
export type LojalAddTags = {
  readonly tagsAdd: {
    readonly userErrors: readonly { readonly field: readonly string[] | null; readonly message: string }[];
  } | null;
};
export type LojalRemoveTags = {
  readonly tagsRemove: {
    readonly userErrors: readonly { readonly field: readonly string[] | null; readonly message: string }[];
  } | null;
};
export type LojalCreateCode = {
  readonly discountCodeBasicCreate: {
    readonly codeDiscountNode: { readonly id: string } | null;
    readonly userErrors: readonly {
      readonly field: readonly string[] | null;
      readonly code: string | null;
      readonly message: string;
    }[];
  } | null;
};
export type LojalCreateShippingCode = {
  readonly discountCodeFreeShippingCreate: {
    readonly codeDiscountNode: { readonly id: string } | null;
    readonly userErrors: readonly {
      readonly field: readonly string[] | null;
      readonly code: string | null;
      readonly message: string;
    }[];
  } | null;
};
export type LojalDeactivateCode = {
  readonly discountCodeDeactivate: {
    readonly codeDiscountNode: { readonly id: string } | null;
    readonly userErrors: readonly {
      readonly field: readonly string[] | null;
      readonly code: string | null;
      readonly message: string;
    }[];
  } | null;
};
export type LojalFindCode = {
  readonly codeDiscountNodeByCode: {
    readonly id: string;
    readonly codeDiscount: { readonly title?: string; readonly status?: string; readonly asyncUsageCount?: number };
  } | null;
};
export type LojalCreateGiftCard = {
  readonly giftCardCreate: {
    readonly giftCard: { readonly id: string } | null;
    readonly userErrors: readonly {
      readonly field: readonly string[] | null;
      readonly code: string | null;
      readonly message: string;
    }[];
  } | null;
};
export type LojalFindGiftCard = {
  readonly giftCards: { readonly nodes: readonly { readonly id: string; readonly note: string | null }[] };
};
export type LojalDefineMetafield = {
  readonly metafieldDefinitionCreate: {
    readonly createdDefinition: { readonly id: string } | null;
    readonly userErrors: readonly { readonly code: string | null }[];
  } | null;
};
export type LojalRedefineMetafield = {
  readonly metafieldDefinitionUpdate: {
    readonly updatedDefinition: { readonly type: { readonly name: string } } | null;
    readonly userErrors: readonly { readonly code: string | null }[];
  } | null;
};
export type LojalAppInstallation = {
  readonly currentAppInstallation: {
    readonly id: string;
    readonly metafield: { readonly compareDigest: string } | null;
  };
};
export type LojalReadPainted = {
  readonly nodes: readonly ({
    readonly id?: string;
    readonly loyalty?: { readonly compareDigest: string } | null;
    readonly points?: { readonly value: string } | null;
    readonly nextExpiry?: { readonly value: string } | null;
    readonly tier?: { readonly value: string } | null;
  } | null)[];
};
export type LojalSetMetafields = {
  readonly metafieldsSet: {
    readonly metafields: readonly { readonly compareDigest: string }[] | null;
    readonly userErrors: readonly {
      readonly field: readonly string[] | null;
      readonly code: string | null;
      readonly message: string;
    }[];
  } | null;
};
export type LojalReadMoreAdjustments = {
  readonly refund: {
    readonly order: { readonly updatedAt: string };
    readonly orderAdjustments: {
      readonly nodes: readonly {
        readonly amountSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
        readonly taxAmountSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
      }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};
export type LojalReadMoreLines = {
  readonly order: {
    readonly updatedAt: string;
    readonly lineItems: {
      readonly nodes: readonly {
        readonly id: string;
        readonly product?: { readonly id: string } | null;
        readonly title: string;
        readonly vendor: string | null;
        readonly requiresShipping: boolean;
        readonly quantity: number;
        readonly currentQuantity: number;
        readonly isGiftCard: boolean;
        readonly originalUnitPriceSet: {
          readonly shopMoney: { readonly amount: string; readonly currencyCode: string };
        };
        readonly discountAllocations: readonly {
          readonly allocatedAmountSet: {
            readonly shopMoney: { readonly amount: string; readonly currencyCode: string };
          };
          readonly discountApplication: { readonly index: number; readonly code?: string };
        }[];
        readonly taxLines: readonly {
          readonly priceSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
        }[];
      }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};
export type LojalReadMoreRefundLines = {
  readonly refund: {
    readonly order: { readonly updatedAt: string };
    readonly refundLineItems: {
      readonly nodes: readonly {
        readonly quantity: number;
        readonly lineItem: { readonly id: string };
        readonly subtotalSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
        readonly totalTaxSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
      }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};
export type LojalReadOrder = {
  readonly order: {
    readonly id: string;
    readonly name: string;
    readonly createdAt: string;
    readonly processedAt: string;
    readonly updatedAt: string;
    readonly cancelledAt: string | null;
    readonly sourceName: string | null;
    readonly currencyCode: string;
    readonly displayFinancialStatus: string | null;
    readonly taxesIncluded: boolean;
    readonly test: boolean;
    readonly discountCodes: readonly string[];
    readonly customer: { readonly id: string } | null;
    readonly totalPriceSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
    readonly currentTotalPriceSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
    readonly totalOutstandingSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
    readonly totalTipReceivedSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
    readonly lineItems: {
      readonly nodes: readonly {
        readonly id: string;
        readonly product?: { readonly id: string } | null;
        readonly title: string;
        readonly vendor: string | null;
        readonly requiresShipping: boolean;
        readonly quantity: number;
        readonly currentQuantity: number;
        readonly isGiftCard: boolean;
        readonly originalUnitPriceSet: {
          readonly shopMoney: { readonly amount: string; readonly currencyCode: string };
        };
        readonly discountAllocations: readonly {
          readonly allocatedAmountSet: {
            readonly shopMoney: { readonly amount: string; readonly currencyCode: string };
          };
          readonly discountApplication: { readonly index: number; readonly code?: string };
        }[];
        readonly taxLines: readonly {
          readonly priceSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
        }[];
      }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
    readonly refunds: readonly {
      readonly id: string;
      readonly refundLineItems: {
        readonly nodes: readonly {
          readonly quantity: number;
          readonly lineItem: { readonly id: string };
          readonly subtotalSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
          readonly totalTaxSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
        }[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      };
      readonly orderAdjustments: {
        readonly nodes: readonly {
          readonly amountSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
          readonly taxAmountSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
        }[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      };
    }[];
  } | null;
};
export type LojalReadCollection = {
  readonly collection: {
    readonly title: string;
    readonly products: {
      readonly nodes: readonly { readonly id: string }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  } | null;
};
export type LojalReadTagged = {
  readonly products: {
    readonly nodes: readonly { readonly id: string; readonly tags: readonly string[] }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};
export type LojalReadShop = {
  readonly shop: {
    readonly currencyCode: string;
    readonly ianaTimezone: string;
    readonly primaryDomain: { readonly localization: { readonly defaultLocale: string } | null };
  };
  readonly currentAppInstallation: { readonly accessScopes: readonly { readonly handle: string }[] };
};
export type LojalCreditStore = {
  readonly storeCreditAccountCredit: {
    readonly storeCreditAccountTransaction: { readonly id: string } | null;
    readonly userErrors: readonly {
      readonly field: readonly string[] | null;
      readonly code: string | null;
      readonly message: string;
    }[];
  } | null;
};
export type LojalFindCredits = {
  readonly customer: {
    readonly storeCreditAccounts: {
      readonly nodes: readonly {
        readonly transactions: {
          readonly nodes: readonly {
            readonly id?: string;
            readonly amount?: { readonly amount: string; readonly currencyCode: string };
            readonly createdAt?: string;
          }[];
        };
      }[];
    };
  } | null;
};
export type LojalListTagged = {
  readonly customers: {
    readonly nodes: readonly { readonly id: string; readonly tags: readonly string[] }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
};
export type LojalReadTags = {
  readonly nodes: readonly ({ readonly id?: string; readonly tags?: readonly string[] } | null)[];
};
