/** Store credit: money that Shopify keeps for a customer. A credit has no key there: what became of one is seen in the account's transactions. */
import { formatMoney, parseMoney } from "../domain/money.ts";
import type { AdminApi } from "./admin-api.ts";
import { AdminApiFailure, payloadOf } from "./admin-failure.ts";

export const CREDIT_STORE = `#graphql
  mutation LojalCreditStore($id: ID!, $input: StoreCreditAccountCreditInput!) {
    storeCreditAccountCredit(id: $id, creditInput: $input) {
      storeCreditAccountTransaction { id }
      userErrors { field code message }
    }
  }
`;

export const FIND_CREDITS = `#graphql
  query LojalFindCredits($id: ID!) {
    customer(id: $id) {
      storeCreditAccounts(first: 5) {
        nodes {
          transactions(first: 20, reverse: true, sortKey: CREATED_AT) {
            nodes {
              ... on StoreCreditAccountCreditTransaction { id amount { amount currencyCode } createdAt }
            }
          }
        }
      }
    }
  }
`;

export interface CreditRequest {
  readonly customerId: string;
  readonly valueMinor: number;
  readonly currency: string;
}

/** "refused" only where Shopify surely gave nothing. */
export type GiveOutcome =
  | { readonly kind: "given"; readonly effectId: string }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "unknown"; readonly detail: string };

/** Credits the amount, once: a repeat would credit it again. */
export async function creditStore(
  api: AdminApi,
  { customerId, valueMinor, currency }: CreditRequest,
): Promise<GiveOutcome> {
  try {
    const amount = formatMoney(valueMinor, currency);
    const data = await api.request(CREDIT_STORE, {
      id: `gid://shopify/Customer/${customerId}`,
      input: { creditAmount: { amount, currencyCode: currency } },
    });
    const { storeCreditAccountTransaction, userErrors } = payloadOf(data.storeCreditAccountCredit);
    if (storeCreditAccountTransaction) return { kind: "given", effectId: storeCreditAccountTransaction.id };
    // Neither a yes nor a no to what was asked.
    const isNo = userErrors.some(({ code }) => code !== null && code !== "INTERNAL_ERROR");
    if (!isNo) return { kind: "unknown", detail: "Shopify told nothing of the credit." };
    return { kind: "refused", detail: userErrors.map((error) => `${error.code}: ${error.message}`).join("; ") };
  } catch (fault) {
    return outcomeOf(fault);
  }
}

/** A call that surely had no effect is a no; of any other nobody knows. */
export function outcomeOf(fault: unknown): Exclude<GiveOutcome, { kind: "given" }> {
  if (!(fault instanceof AdminApiFailure)) throw fault;
  return { kind: fault.effect === "none" ? "refused" : "unknown", detail: fault.message };
}

/** The customer's latest credits of this very amount since a moment, oldest first; null where nobody can tell. */
export async function findCredits(
  api: AdminApi,
  { customerId, valueMinor, currency }: CreditRequest,
  sinceMs: number,
): Promise<readonly string[] | null> {
  try {
    const data = await api.request(FIND_CREDITS, { id: `gid://shopify/Customer/${customerId}` });
    const accounts = data.customer?.storeCreditAccounts.nodes ?? [];
    return accounts
      .flatMap(({ transactions }) => transactions.nodes)
      .flatMap(({ id, amount, createdAt }) => {
        if (id === undefined || amount === undefined || createdAt === undefined) return [];
        const isIt = amount.currencyCode === currency && parseMoney(amount.amount, currency) === valueMinor;
        const atMs = Date.parse(createdAt);
        return isIt && atMs >= sinceMs ? [{ id, atMs }] : [];
      })
      .sort((a, b) => a.atMs - b.atMs)
      .map(({ id }) => id);
  } catch (fault) {
    if (fault instanceof AdminApiFailure) return null;
    throw fault;
  }
}
