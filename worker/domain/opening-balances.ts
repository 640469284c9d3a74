/** A file's opening balances, posted many at a time, and taken back when an import is undone. Pure; time is passed in. */
import type { Account, Changes } from "./account.ts";
import { Draft } from "./draft.ts";
import { bookDue } from "./due.ts";
import type { ImportReason } from "./import-format.ts";
import { type OpeningBalance, openBalance, type PostedEntry } from "./members.ts";
import type { ShopRules } from "./program.ts";
import { joinChanges } from "./successive.ts";

/** One row of a file and the book it goes to. */
export interface OpeningRow {
  readonly row: number;
  readonly account: Account;
  readonly balance: OpeningBalance;
  /** The entry that this very row has posted before, if it has. */
  readonly posted: PostedEntry | null;
  /** Why it is not to be posted; null where nothing speaks against it. */
  readonly against: ImportReason | null;
}

export type RowOutcome =
  | { readonly row: number; readonly outcome: "posted"; readonly memberId: string; readonly points: number }
  | { readonly row: number; readonly outcome: "empty" }
  | { readonly row: number; readonly outcome: "refused"; readonly reason: ImportReason };

/** Posts each row's balance; of two rows for one member the first counts. A row that was posted before is posted, and not again. */
export function openBalances(
  rows: readonly OpeningRow[],
  rules: ShopRules,
  nowMs: number,
): { readonly changes: Changes | null; readonly outcomes: readonly RowOutcome[] } {
  const met = new Set<string>();
  const outcomes: RowOutcome[] = [];
  let all: Changes | null = null;
  for (const { row, account, balance, posted, against } of rows) {
    const { memberId } = account;
    const refusal = met.has(memberId) ? "duplicate" : against;
    if (posted) {
      met.add(memberId);
      outcomes.push({ row, outcome: "posted", memberId: posted.memberId, points: posted.points });
    } else if (balance.points === 0) outcomes.push({ row, outcome: "empty" });
    else if (refusal !== null) outcomes.push({ row, outcome: "refused", reason: refusal });
    else {
      const decision = openBalance({ account, posted }, rules, balance, nowMs);
      if (decision.kind === "changes") {
        met.add(memberId);
        outcomes.push({ row, outcome: "posted", memberId, points: balance.points });
        all = all === null ? decision.changes : joinChanges(all, decision.changes);
      } else outcomes.push({ row, outcome: "refused", reason: "expired-already" });
    }
  }
  return { changes: all, outcomes };
}

/** What is to be taken back of one opening balance. */
export interface TakeBack {
  /** The key of the entry that takes it: the same one takes once. */
  readonly key: string;
  /** The lot that the balance made. */
  readonly lotId: string;
  readonly account: Account;
  readonly posted: PostedEntry | null;
  /** In words that the shopper reads. */
  readonly reason: string;
}

/**
 * Takes back what is still there of an opening balance, from its own lot and no other: what was spent, is held by a code, paid a debt, has expired
 * or moved with a merged customer is left. Nobody comes to owe anything. Taken before: as many points as then, and no second time.
 */
export function takeBack(
  { key, lotId, account, posted, reason }: TakeBack,
  rules: ShopRules,
  nowMs: number,
): { readonly changes: Changes | null; readonly taken: number } {
  if (posted) return { changes: null, taken: -posted.points };
  const { memberId } = account;
  const draft = new Draft({ accounts: [account] }, rules);
  bookDue(draft, memberId, nowMs);
  const lot = draft.lots(memberId).find(({ id }) => id === lotId);
  if (!lot || lot.remaining === 0) return { changes: null, taken: 0 };
  const common = { memberId, occurredAtMs: nowMs, detail: { reason } };
  // An adjustment takes from what is available: a lot that is pending yet matures first, and pays nothing on the way.
  if (!lot.matured)
    draft.post({
      ...common,
      key: `mature:${lotId}`,
      kind: "mature",
      pending: -lot.remaining,
      available: lot.remaining,
      matures: [lotId],
    });
  draft.post({
    ...common,
    key,
    kind: "adjust",
    available: -lot.remaining,
    takes: [{ lotId, points: -lot.remaining }],
  });
  return { changes: draft.changes(), taken: lot.remaining };
}
