/** The discount code of a history's redemption: order bodies name it, the ledger is told it when the points are held. */
export function codeOf(redemptionId: string): string {
  return `CODE-${redemptionId.toUpperCase()}`;
}
