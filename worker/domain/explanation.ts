/** Every number says why, in plain words: the one function that shopper and merchant pages share. */
import type { Entry } from "./account.ts";
import { formatMoney } from "./money.ts";

type Explained = Pick<Entry, "kind" | "points" | "owed" | "detail">;

const CLAW_BACK_REASONS: Readonly<Record<string, string>> = {
  cancelled: "the order was cancelled",
  deleted: "the order was deleted",
  "order-moved": "the order belongs to another customer now",
  "not-paid": "the order is not paid",
  "test-order": "it was a test order",
  "other-currency": "the order is in another currency than the shop's",
};

/** One sentence for one entry. */
export function explainEntry(entry: Explained): string {
  const { detail } = entry;
  const order = detail.orderName ? `Order ${detail.orderName}` : "An order";
  const reward = detail.rewardName ?? "a reward";
  switch (entry.kind) {
    case "earn":
      return `${order}: ${arithmetic(entry)}.`;
    case "claw-back": {
      const reason =
        CLAW_BACK_REASONS[detail.reason ?? ""] ??
        `${order} is worth less after a refund or change: ${arithmetic(entry)}`;
      return `Taken back because ${lowerFirst(reason)}.${owing(entry)}`;
    }
    case "mature":
      return "The return window has passed: these points can be used now.";
    case "expire":
      return "These points expired.";
    case "hold":
      return `Reserved for ${reward}.`;
    case "release":
      return `Given back: the code for ${reward} ${detail.reason === "expired" ? "was not used in time" : detail.reason === "refused" ? "could not be made" : "was cancelled"}.`;
    case "use":
      return `Used: ${reward}.`;
    case "return":
      return `${order} was refunded: points spent on ${reward} came back.`;
    case "adjust":
      return `Adjusted by the shop: ${detail.reason ?? ""}.`;
    case "open":
      return "Brought along from an earlier program.";
    case "merge":
      return "Moved because two customer accounts became one.";
    case "reclaim":
      if (detail.reason === "refund-undone")
        return `${order} is refunded less than before: points for ${reward} were taken again.${owing(entry)}`;
      return `The code for ${reward} was used after its points had been given back, so they were taken again.${owing(entry)}`;
  }
}

function arithmetic({ detail }: Explained): string {
  const { eligibleMinor, currency, earn, targetPoints } = detail;
  if (eligibleMinor === undefined || currency === undefined || earn === undefined) return "settled anew";
  const spent = `${formatMoney(eligibleMinor, currency)} ${currency}`;
  const rate = `${earn.points} points per ${formatMoney(earn.perMinor, currency)} ${currency}`;
  return `${spent} at ${rate} makes ${targetPoints ?? 0} points`;
}

function owing(entry: Explained): string {
  return entry.owed > 0 ? ` ${entry.owed} of them are owed and will be taken from coming points.` : "";
}

function lowerFirst(text: string): string {
  return text.startsWith("Order") ? text : text.charAt(0).toLowerCase() + text.slice(1);
}
