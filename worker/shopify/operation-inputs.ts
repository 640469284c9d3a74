// Made from Shopify's schema by `npm run types:shopify`: not to be edited.

export interface DiscountCodeBasicInput {
  readonly appliesOncePerCustomer?: boolean | null;
  readonly code?: string | null;
  readonly combinesWith?: DiscountCombinesWithInput | null;
  readonly context?: DiscountContextInput | null;
  readonly customerGets?: DiscountCustomerGetsInput | null;
  readonly endsAt?: string | null;
  readonly minimumRequirement?: DiscountMinimumRequirementInput | null;
  readonly recurringCycleLimit?: number | null;
  readonly startsAt?: string | null;
  readonly tags?: readonly string[] | null;
  readonly title?: string | null;
  readonly usageLimit?: number | null;
}
export interface DiscountCombinesWithInput {
  readonly orderDiscounts?: boolean | null;
  readonly productDiscounts?: boolean | null;
  readonly productDiscountsWithTagsOnSameCartLine?: ProductDiscountsWithTagsOnSameCartLineInput | null;
  readonly shippingDiscounts?: boolean | null;
}
export interface ProductDiscountsWithTagsOnSameCartLineInput {
  readonly add?: readonly string[] | null;
  readonly remove?: readonly string[] | null;
}
export interface DiscountContextInput {
  readonly all?: "ALL" | null;
  readonly customerSegments?: DiscountCustomerSegmentsInput | null;
  readonly customers?: DiscountCustomersInput | null;
  readonly markets?: DiscountMarketsInput | null;
}
export interface DiscountCustomerSegmentsInput {
  readonly add?: readonly string[] | null;
  readonly remove?: readonly string[] | null;
}
export interface DiscountCustomersInput {
  readonly add?: readonly string[] | null;
  readonly remove?: readonly string[] | null;
}
export interface DiscountMarketsInput {
  readonly add?: readonly string[] | null;
  readonly remove?: readonly string[] | null;
}
export interface DiscountCustomerGetsInput {
  readonly appliesOnOneTimePurchase?: boolean | null;
  readonly appliesOnSubscription?: boolean | null;
  readonly items?: DiscountItemsInput | null;
  readonly value?: DiscountCustomerGetsValueInput | null;
}
export interface DiscountItemsInput {
  readonly all?: boolean | null;
  readonly collections?: DiscountCollectionsInput | null;
  readonly products?: DiscountProductsInput | null;
}
export interface DiscountCollectionsInput {
  readonly add?: readonly string[] | null;
  readonly remove?: readonly string[] | null;
}
export interface DiscountProductsInput {
  readonly productVariantsToAdd?: readonly string[] | null;
  readonly productVariantsToRemove?: readonly string[] | null;
  readonly productsToAdd?: readonly string[] | null;
  readonly productsToRemove?: readonly string[] | null;
}
export interface DiscountCustomerGetsValueInput {
  readonly discountAmount?: DiscountAmountInput | null;
  readonly discountOnQuantity?: DiscountOnQuantityInput | null;
  readonly percentage?: number | null;
}
export interface DiscountAmountInput {
  readonly amount?: string | null;
  readonly appliesOnEachItem?: boolean | null;
}
export interface DiscountOnQuantityInput {
  readonly effect?: DiscountEffectInput | null;
  readonly quantity?: string | null;
}
export interface DiscountEffectInput {
  readonly amount?: string | null;
  readonly percentage?: number | null;
}
export interface DiscountMinimumRequirementInput {
  readonly quantity?: DiscountMinimumQuantityInput | null;
  readonly subtotal?: DiscountMinimumSubtotalInput | null;
}
export interface DiscountMinimumQuantityInput {
  readonly greaterThanOrEqualToQuantity?: string | null;
}
export interface DiscountMinimumSubtotalInput {
  readonly greaterThanOrEqualToSubtotal?: string | null;
}
export interface DiscountCodeFreeShippingInput {
  readonly appliesOnOneTimePurchase?: boolean | null;
  readonly appliesOnSubscription?: boolean | null;
  readonly appliesOncePerCustomer?: boolean | null;
  readonly code?: string | null;
  readonly combinesWith?: DiscountCombinesWithInput | null;
  readonly context?: DiscountContextInput | null;
  readonly destination?: DiscountShippingDestinationSelectionInput | null;
  readonly endsAt?: string | null;
  readonly maximumShippingPrice?: string | null;
  readonly minimumRequirement?: DiscountMinimumRequirementInput | null;
  readonly recurringCycleLimit?: number | null;
  readonly startsAt?: string | null;
  readonly tags?: readonly string[] | null;
  readonly title?: string | null;
  readonly usageLimit?: number | null;
}
export interface DiscountShippingDestinationSelectionInput {
  readonly all?: boolean | null;
  readonly countries?: DiscountCountriesInput | null;
}
export interface DiscountCountriesInput {
  readonly add?: readonly string[] | null;
  readonly includeRestOfWorld?: boolean | null;
  readonly remove?: readonly string[] | null;
}
export interface GiftCardCreateInput {
  readonly code?: string | null;
  readonly crossCurrencyRedemptionStrategy?: "MARKET_FX" | "NONE" | "SPOT_FX" | null;
  readonly customerId?: string | null;
  readonly expiresOn?: string | null;
  readonly initialAmount?: MoneyInput | null;
  readonly note?: string | null;
  readonly recipientAttributes?: GiftCardRecipientInput | null;
  readonly templateSuffix?: string | null;
}
export interface MoneyInput {
  readonly amount: string;
  readonly currencyCode: string;
}
export interface GiftCardRecipientInput {
  readonly id: string;
  readonly message?: string | null;
  readonly preferredName?: string | null;
  readonly sendNotificationAt?: string | null;
}
export interface MetafieldDefinitionInput {
  readonly access?: MetafieldAccessInput | null;
  readonly capabilities?: MetafieldCapabilityCreateInput | null;
  readonly constraints?: MetafieldDefinitionConstraintsInput | null;
  readonly description?: string | null;
  readonly key: string;
  readonly name: string;
  readonly namespace?: string | null;
  readonly ownerType:
    | "API_PERMISSION"
    | "ARTICLE"
    | "BLOG"
    | "CARTTRANSFORM"
    | "COLLECTION"
    | "COMPANY"
    | "COMPANY_LOCATION"
    | "CUSTOMER"
    | "DELIVERY_CUSTOMIZATION"
    | "DISCOUNT"
    | "DRAFTORDER"
    | "FULFILLMENT_CONSTRAINT_RULE"
    | "GIFT_CARD_TRANSACTION"
    | "LOCATION"
    | "MARKET"
    | "ORDER"
    | "ORDER_ROUTING_LOCATION_RULE"
    | "PAGE"
    | "PAYMENT_CUSTOMIZATION"
    | "PRODUCT"
    | "PRODUCTVARIANT"
    | "SELLING_PLAN"
    | "SHOP"
    | "TRANSFER"
    | "VALIDATION";
  readonly pin?: boolean | null;
  readonly type: string;
  readonly validations?: readonly MetafieldDefinitionValidationInput[] | null;
}
export interface MetafieldAccessInput {
  readonly admin?: "MERCHANT_READ" | "MERCHANT_READ_WRITE" | null;
  readonly customerAccount?: "NONE" | "READ" | "READ_WRITE" | null;
  readonly storefront?: "NONE" | "PUBLIC_READ" | null;
}
export interface MetafieldCapabilityCreateInput {
  readonly adminFilterable?: MetafieldCapabilityAdminFilterableInput | null;
  readonly analyticsQueryable?: MetafieldCapabilityAnalyticsQueryableInput | null;
  readonly cartToOrderCopyable?: MetafieldCapabilityCartToOrderCopyableInput | null;
  readonly smartCollectionCondition?: MetafieldCapabilitySmartCollectionConditionInput | null;
  readonly uniqueValues?: MetafieldCapabilityUniqueValuesInput | null;
}
export interface MetafieldCapabilityAdminFilterableInput {
  readonly enabled: boolean;
}
export interface MetafieldCapabilityAnalyticsQueryableInput {
  readonly enabled: boolean;
}
export interface MetafieldCapabilityCartToOrderCopyableInput {
  readonly enabled: boolean;
}
export interface MetafieldCapabilitySmartCollectionConditionInput {
  readonly enabled: boolean;
}
export interface MetafieldCapabilityUniqueValuesInput {
  readonly enabled: boolean;
}
export interface MetafieldDefinitionConstraintsInput {
  readonly key: string;
  readonly values: readonly string[];
}
export interface MetafieldDefinitionValidationInput {
  readonly name: string;
  readonly value: string;
}
export interface MetafieldDefinitionUpdateInput {
  readonly access?: MetafieldAccessUpdateInput | null;
  readonly capabilities?: MetafieldCapabilityUpdateInput | null;
  readonly constraintsUpdates?: MetafieldDefinitionConstraintsUpdatesInput | null;
  readonly description?: string | null;
  readonly key: string;
  readonly name?: string | null;
  readonly namespace?: string | null;
  readonly ownerType:
    | "API_PERMISSION"
    | "ARTICLE"
    | "BLOG"
    | "CARTTRANSFORM"
    | "COLLECTION"
    | "COMPANY"
    | "COMPANY_LOCATION"
    | "CUSTOMER"
    | "DELIVERY_CUSTOMIZATION"
    | "DISCOUNT"
    | "DRAFTORDER"
    | "FULFILLMENT_CONSTRAINT_RULE"
    | "GIFT_CARD_TRANSACTION"
    | "LOCATION"
    | "MARKET"
    | "ORDER"
    | "ORDER_ROUTING_LOCATION_RULE"
    | "PAGE"
    | "PAYMENT_CUSTOMIZATION"
    | "PRODUCT"
    | "PRODUCTVARIANT"
    | "SELLING_PLAN"
    | "SHOP"
    | "TRANSFER"
    | "VALIDATION";
  readonly pin?: boolean | null;
  readonly validations?: readonly MetafieldDefinitionValidationInput[] | null;
}
export interface MetafieldAccessUpdateInput {
  readonly admin?: "MERCHANT_READ" | "MERCHANT_READ_WRITE" | null;
  readonly customerAccount?: "NONE" | "READ" | "READ_WRITE" | null;
  readonly storefront?: "NONE" | "PUBLIC_READ" | null;
}
export interface MetafieldCapabilityUpdateInput {
  readonly adminFilterable?: MetafieldCapabilityAdminFilterableInput | null;
  readonly analyticsQueryable?: MetafieldCapabilityAnalyticsQueryableInput | null;
  readonly cartToOrderCopyable?: MetafieldCapabilityCartToOrderCopyableInput | null;
  readonly smartCollectionCondition?: MetafieldCapabilitySmartCollectionConditionInput | null;
  readonly uniqueValues?: MetafieldCapabilityUniqueValuesInput | null;
}
export interface MetafieldDefinitionConstraintsUpdatesInput {
  readonly key?: string | null;
  readonly values?: readonly MetafieldDefinitionConstraintValueUpdateInput[] | null;
}
export interface MetafieldDefinitionConstraintValueUpdateInput {
  readonly create?: string | null;
  readonly delete?: string | null;
}
export interface MetafieldsSetInput {
  readonly compareDigest?: string | null;
  readonly key: string;
  readonly namespace?: string | null;
  readonly ownerId: string;
  readonly type?: string | null;
  readonly value: string;
}
export interface StoreCreditAccountCreditInput {
  readonly creditAmount: MoneyInput;
  readonly expiresAt?: string | null;
  readonly notify?: boolean | null;
}
