/** The words that all sentences about a program are made of. */
import { formatMoney } from "./money.ts";
import { type Change, isRecord } from "./program-difference.ts";

export function plainChange({ kind, before, after }: Change, path: readonly string[], currency: string): string {
  const name = path.map(inWords).join(", ");
  const last = path.at(-1) ?? "";
  switch (kind) {
    case "added":
      return `${name}: ${value(after, last, currency)} is added`;
    case "removed":
      return `${name}: ${value(before, last, currency)} is taken away`;
    case "order":
      return `${name} in another order`;
    case "set": {
      const was = before === undefined ? "" : ` instead of ${value(before, last, currency)}`;
      return `${name}: ${value(after, last, currency)}${was}`;
    }
  }
}

/** A setting's name as words: `minimumMinor` is "minimum", `codeDays` is "code days". */
export function inWords(name: string): string {
  return name
    .replace(/Minor$/, "")
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
}

export function value(of: unknown, name: string, currency: string): string {
  if (of === undefined || of === null) return "none";
  if (typeof of === "boolean") return of ? "yes" : "no";
  if (typeof of === "number") return name.endsWith("Minor") ? money(of, currency) : number(of);
  if (typeof of === "string") return `“${of}”`;
  if (Array.isArray(of)) return of.length === 0 ? "none" : of.map((item) => value(item, name, currency)).join(", ");
  const parts = Object.entries(of).map(([key, item]) => `${inWords(key)} ${value(item, key, currency)}`);
  return parts.length === 0 ? "none" : parts.join(", ");
}

export function instead(before: unknown, words: (before: unknown) => string): string {
  return before === undefined ? "" : ` instead of ${words(before)}`;
}

export function counted(count: unknown, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

export function number(count: unknown): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function money(minor: number, currency: string): string {
  return `${formatMoney(minor, currency)} ${currency}`;
}

export function record(of: unknown): Readonly<Record<string, unknown>> | null {
  return isRecord(of) ? of : null;
}
