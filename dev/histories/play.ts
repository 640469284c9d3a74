/** Lets the ledger and the model live through one history, and looks at both after every step. */
import type { History, Outcome } from "./history.ts";
import { faultsOf } from "./invariants.ts";
import { Model } from "./model.ts";
import { differences } from "./postgres-outcome.ts";
import { PureLedger } from "./pure-ledger.ts";

/** The first faults that show, with the step after which they do; none for a ledger that is right. */
export function faultsIn(history: History): string[] {
  const ledger = new PureLedger(history.currency);
  const model = new Model(history.currency);
  let [nowMs, writes] = [history.startMs, 0];
  for (const [index, { waitMs, operation, deliveries }] of history.steps.entries()) {
    nowMs += waitMs;
    const where = `step ${index + 1}, ${operation.kind}:`;
    for (let delivery = 1; delivery <= deliveries; delivery++) {
      const expected = model.apply(operation, nowMs);
      const answer = answerOf(() => ledger.apply(operation, nowMs));
      if (answer !== expected) return [`${where} the ledger answers ${answer}, the model ${expected}`];
      const [shown, right] = [ledger.outcome(nowMs), model.outcome(nowMs)];
      const faults = isSame(shown, right) ? [] : differences(shown, right);
      if (ledger.writes > writes) faults.unshift(...faultsOf(ledger, nowMs));
      writes = ledger.writes;
      if (faults.length > 0) return faults.map((fault) => `${where} ${fault}`);
    }
  }
  return [];
}

/** What a history of the ledger alone ends with. */
export function outcomeOf(history: History): Outcome {
  const { ledger, nowMs } = lived(history);
  return ledger.outcome(nowMs);
}

/** The ledger after a history, and the moment it ends at. */
export function lived(history: History): { readonly ledger: PureLedger; readonly nowMs: number } {
  const ledger = new PureLedger(history.currency);
  let nowMs = history.startMs;
  for (const { waitMs, operation, deliveries } of history.steps) {
    nowMs += waitMs;
    for (let delivery = 1; delivery <= deliveries; delivery++) ledger.apply(operation, nowMs);
  }
  return { ledger, nowMs };
}

/** Quick: where this says no, `differences` has the last word. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const [namesA, namesB] = [Object.keys(a), Object.keys(b)];
  return (
    namesA.length === namesB.length &&
    namesA.every((name) => isSame(a[name as keyof typeof a], b[name as keyof typeof b]))
  );
}

function answerOf(act: () => string): string {
  try {
    return act();
  } catch (fault) {
    return `a fault: ${fault instanceof Error ? fault.message : String(fault)}`;
  }
}
