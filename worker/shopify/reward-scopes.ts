/** Which kinds of rewards need scopes that a merchant grants only when asked. */
import type { RewardKind } from "../domain/rewards.ts";

/** Reading is for matching what was given where an answer was lost. */
const SCOPES_FOR: Partial<Readonly<Record<RewardKind, readonly string[]>>> = {
  store_credit: ["read_store_credit_accounts", "write_store_credit_account_transactions"],
  gift_card: ["read_gift_cards", "write_gift_cards"],
};

/** What a kind needs beyond what every shop grants; nothing for most. */
export function scopesFor(kind: RewardKind): readonly string[] {
  return SCOPES_FOR[kind] ?? [];
}

/** The kinds that this shop has not allowed the app to give. Nothing is withheld before it is known what was granted: then Shopify says no. */
export function withheldKinds(scopes: string | null): ReadonlySet<RewardKind> {
  if (scopes === null) return new Set();
  const granted = new Set(scopes.split(",").map((scope) => scope.trim()));
  const kinds = ["store_credit", "gift_card"] as const;
  // Giving is what is withheld: the scopes that write.
  return new Set(
    kinds.filter((kind) => scopesFor(kind).some((scope) => scope.startsWith("write_") && !granted.has(scope))),
  );
}
