/** Which kinds of rewards need a scope that a merchant grants only when asked. */
import type { RewardKind } from "../domain/rewards.ts";

const SCOPE_FOR = {
  store_credit: "write_store_credit_account_transactions",
  gift_card: "write_gift_cards",
} as const satisfies Partial<Record<RewardKind, string>>;

/** The kinds that this shop has not allowed the app to give. Nothing is withheld before it is known what was granted: then Shopify says no. */
export function withheldKinds(scopes: string | null): ReadonlySet<RewardKind> {
  if (scopes === null) return new Set();
  const granted = new Set(scopes.split(",").map((scope) => scope.trim()));
  const kinds = ["store_credit", "gift_card"] as const;
  return new Set(kinds.filter((kind) => !granted.has(SCOPE_FOR[kind])));
}
