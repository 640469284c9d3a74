/** Discount codes at Shopify: made, found, switched off. The operations are constants so that a test can hold them to the real schema. */
import { formatMoney } from "../domain/money.ts";
import type { CombinesWith, Reward, RewardItems } from "../domain/rewards.ts";
import type { AdminApi } from "./admin-api.ts";
import { AdminApiFailure, payloadOf } from "./admin-failure.ts";
import type {
  DiscountCodeBasicInput,
  DiscountCodeFreeShippingInput,
  DiscountContextInput,
} from "./operation-inputs.ts";

export const CREATE_CODE = `#graphql
  mutation LojalCreateCode($input: DiscountCodeBasicInput!) {
    discountCodeBasicCreate(basicCodeDiscount: $input) {
      codeDiscountNode { id }
      userErrors { field code message }
    }
  }
`;

export const CREATE_SHIPPING_CODE = `#graphql
  mutation LojalCreateShippingCode($input: DiscountCodeFreeShippingInput!) {
    discountCodeFreeShippingCreate(freeShippingCodeDiscount: $input) {
      codeDiscountNode { id }
      userErrors { field code message }
    }
  }
`;

export const FIND_CODE = `#graphql
  query LojalFindCode($code: String!) {
    codeDiscountNodeByCode(code: $code) {
      id
      codeDiscount {
        ... on DiscountCodeBasic { title status asyncUsageCount }
        ... on DiscountCodeFreeShipping { title status asyncUsageCount }
      }
    }
  }
`;

export const DEACTIVATE_CODE = `#graphql
  mutation LojalDeactivateCode($id: ID!) {
    discountCodeDeactivate(id: $id) {
      codeDiscountNode { id }
      userErrors { field code message }
    }
  }
`;

export interface CodeRequest {
  readonly redemptionId: string;
  readonly code: string;
  /** Null: for anybody. */
  readonly customerId: string | null;
  readonly reward: Reward;
  readonly currency: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
}

export type CreateOutcome =
  | { readonly kind: "created"; readonly discountId: string }
  | { readonly kind: "taken" }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "unknown"; readonly detail: string };

export type FindOutcome =
  | {
      readonly kind: "found";
      readonly discountId: string;
      readonly isOurs: boolean;
      readonly hasEnded: boolean;
      readonly uses: number;
    }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly detail: string };

/** What every code has: one customer, one use, an end. */
function termsOf(request: CodeRequest) {
  const { reward, currency, customerId } = request;
  const context: DiscountContextInput =
    customerId === null ? { all: "ALL" } : { customers: { add: [`gid://shopify/Customer/${customerId}`] } };
  return {
    title: titleOf(request.redemptionId, reward),
    code: request.code,
    startsAt: new Date(request.startsAtMs).toISOString(),
    endsAt: new Date(request.endsAtMs).toISOString(),
    context,
    ...(reward.minimumMinor === null
      ? {}
      : {
          minimumRequirement: {
            subtotal: { greaterThanOrEqualToSubtotal: formatMoney(reward.minimumMinor, currency) },
          },
        }),
    usageLimit: 1,
    appliesOncePerCustomer: true,
    combinesWith: combinationOf(reward),
  };
}

/** A code goes together with free shipping unless the program says otherwise; free shipping never does with other free shipping. */
function combinationOf({ kind, combinesWith }: Reward) {
  const preset: CombinesWith = { order: false, product: false, shipping: kind !== "free_shipping" };
  const { order, product, shipping } = combinesWith ?? preset;
  return { orderDiscounts: order, productDiscounts: product, shippingDiscounts: shipping };
}

/** A code that takes something off the goods. */
export function codeInput(request: CodeRequest): DiscountCodeBasicInput {
  const { reward, currency } = request;
  return {
    ...termsOf(request),
    customerGets: {
      items: itemsOf(reward.items),
      // An amount is taken off once, over all that the code is for. So one unit of a free product is free: a percentage would be taken off each.
      value: reward.percent
        ? { percentage: reward.percent / 100 }
        : { discountAmount: { amount: formatMoney(reward.valueMinor, currency), appliesOnEachItem: false } },
    },
  };
}

function itemsOf(items: RewardItems | null | undefined) {
  if (!items) return { all: true };
  const { products, collections } = items;
  if (products.length > 0) return { products: { productsToAdd: products.map((id) => `gid://shopify/Product/${id}`) } };
  return { collections: { add: collections.map((id) => `gid://shopify/Collection/${id}`) } };
}

/** A code that takes the shipping off. */
export function shippingCodeInput(request: CodeRequest): DiscountCodeFreeShippingInput {
  const { maximumShippingMinor } = request.reward;
  return {
    ...termsOf(request),
    destination: { all: true },
    ...(maximumShippingMinor ? { maximumShippingPrice: formatMoney(maximumShippingMinor, request.currency) } : {}),
  };
}

/** The title names the redemption, so that a code found again can be told from somebody else's. */
function titleOf(redemptionId: string, reward: Reward): string {
  return `Lojal: ${reward.name} (${redemptionId})`;
}

/** Makes the code. A repeat answers "taken": look it up. */
export async function createCode(api: AdminApi, request: CodeRequest): Promise<CreateOutcome> {
  return orUnknown(async () => {
    const { codeDiscountNode, userErrors } = await askForCode(api, request);
    if (codeDiscountNode) return { kind: "created", discountId: codeDiscountNode.id };
    if (userErrors.some((error) => error.code === "TAKEN")) return { kind: "taken" };
    // Neither a yes nor a no to what was asked.
    if (userErrors.length === 0 || userErrors.some((error) => error.code === "INTERNAL_ERROR"))
      return { kind: "unknown", detail: "Shopify failed at making the code." };
    return { kind: "refused", detail: userErrors.map((error) => `${error.code}: ${error.message}`).join("; ") };
  });
}

async function askForCode(api: AdminApi, request: CodeRequest) {
  if (request.reward.kind === "free_shipping") {
    const data = await api.request(CREATE_SHIPPING_CODE, { input: shippingCodeInput(request) });
    return payloadOf(data.discountCodeFreeShippingCreate);
  }
  return payloadOf((await api.request(CREATE_CODE, { input: codeInput(request) })).discountCodeBasicCreate);
}

/** Looks a code up; `isOurs` tells whether it was made for this redemption, `hasEnded` that it can be used no more. */
export async function findCode(api: AdminApi, code: string, redemptionId: string): Promise<FindOutcome> {
  return orUnknown(async () => {
    const data = await api.request(FIND_CODE, { code });
    const node = data.codeDiscountNodeByCode;
    if (!node) return { kind: "absent" };
    const { title = "", status, asyncUsageCount = 0 } = node.codeDiscount;
    return {
      kind: "found",
      discountId: node.id,
      isOurs: title.endsWith(`(${redemptionId})`),
      hasEnded: status === "EXPIRED",
      uses: asyncUsageCount,
    };
  });
}

/** Switches a code off for good: "done" also when it is off or gone already. */
export async function deactivateCode(
  api: AdminApi,
  discountId: string,
): Promise<{ kind: "done" } | { kind: "unknown"; detail: string }> {
  return orUnknown(async () => {
    const data = await api.request(DEACTIVATE_CODE, { id: discountId });
    const { userErrors } = payloadOf(data.discountCodeDeactivate);
    const isGone = userErrors.every((error) => /not (exist|found)/i.test(error.message));
    if (isGone) return { kind: "done" };
    return { kind: "unknown", detail: userErrors.map((error) => error.message).join("; ") };
  });
}

/** A call that surely had no effect is as good as not made: the sweep makes it again. */
async function orUnknown<Outcome>(
  call: () => Promise<Outcome>,
): Promise<Outcome | { kind: "unknown"; detail: string }> {
  try {
    return await call();
  } catch (fault) {
    if (fault instanceof AdminApiFailure) return { kind: "unknown", detail: fault.message };
    throw fault;
  }
}
