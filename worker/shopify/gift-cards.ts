/** Gift cards: Shopify lets the app choose the code, which derives from the redemption. So a repeat makes no second one, and the first is found. */
import { formatMoney } from "../domain/money.ts";
import { giftCardCode } from "../domain/rewards.ts";
import type { AdminApi } from "./admin-api.ts";
import { AdminApiFailure, payloadOf } from "./admin-failure.ts";
import { type CreditRequest, type GiveOutcome, outcomeOf } from "./store-credit.ts";

export const CREATE_GIFT_CARD = `#graphql
  mutation LojalCreateGiftCard($input: GiftCardCreateInput!) {
    giftCardCreate(input: $input) {
      giftCard { id }
      userErrors { field code message }
    }
  }
`;

export const FIND_GIFT_CARD = `#graphql
  query LojalFindGiftCard($code: String!) {
    giftCards(first: 5, query: $code) {
      nodes { id note }
    }
  }
`;

export interface GiftCardRequest extends CreditRequest {
  readonly redemptionId: string;
  /** The redemption's code, with its hyphen. */
  readonly code: string;
}

/** Makes the card; "taken" is for whoever asked before, or for somebody else's. */
export async function createGiftCard(
  api: AdminApi,
  request: GiftCardRequest,
): Promise<GiveOutcome | { readonly kind: "taken" }> {
  const { customerId, valueMinor, currency, redemptionId, code } = request;
  try {
    const data = await api.request(CREATE_GIFT_CARD, {
      input: {
        initialAmount: { amount: formatMoney(valueMinor, currency), currencyCode: currency },
        code: giftCardCode(code),
        customerId: `gid://shopify/Customer/${customerId}`,
        note: `Lojal (${redemptionId})`,
      },
    });
    const { giftCard, userErrors } = payloadOf(data.giftCardCreate);
    if (giftCard) return { kind: "given", effectId: giftCard.id };
    if (userErrors.some((error) => error.code === "TAKEN")) return { kind: "taken" };
    if (userErrors.length === 0 || userErrors.some((error) => error.code === "INTERNAL_ERROR"))
      return { kind: "unknown", detail: "Shopify failed at making the gift card." };
    return { kind: "refused", detail: userErrors.map((error) => `${error.code}: ${error.message}`).join("; ") };
  } catch (fault) {
    return outcomeOf(fault);
  }
}

/** The card that was made for this redemption: its id, "absent", or null where nobody can tell. */
export async function findGiftCard(
  api: AdminApi,
  { code, redemptionId }: Pick<GiftCardRequest, "code" | "redemptionId">,
): Promise<{ readonly effectId: string } | "absent" | null> {
  try {
    const data = await api.request(FIND_GIFT_CARD, { code: giftCardCode(code) });
    const own = data.giftCards.nodes.find(({ note }) => note?.endsWith(`(${redemptionId})`));
    return own ? { effectId: own.id } : "absent";
  } catch (fault) {
    if (fault instanceof AdminApiFailure) return null;
    throw fault;
  }
}
