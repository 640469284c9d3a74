/** What members gave to causes in the days that are looked at, and so what the merchant is to give. */
import { html } from "hono/html";
import { DONATIONS, type Donation } from "../domain/figures.ts";
import type { Formats } from "./formats.ts";
import { defined, emptyState, type Html, table } from "./page.ts";

/** Nothing for a shop that never offered donations. */
export function donationsSection(donations: readonly Donation[] | null, { number, money }: Formats): Html | null {
  if (donations === null) return null;
  const sumOf = (what: "times" | "points" | "valueMinor") => donations.reduce((sum, one) => sum + one[what], 0);
  const line = (name: string, times: number, points: number, valueMinor: number) => [
    name,
    number(times),
    number(points),
    money(valueMinor),
  ];
  const columns = [
    { name: "Reward" },
    { name: "Times", isNumeric: true },
    { name: "Points", isNumeric: true },
    { name: "To give", isNumeric: true },
  ];
  return html`<s-section heading="${DONATIONS.name}">
<s-stack gap="base">
${defined("What is counted", DONATIONS.definition)}
${
  donations.length === 0
    ? emptyState("No donations in these days", "Nobody chose a donation then: choose other days.")
    : table(columns, [
        ...donations.map(({ name, times, points, valueMinor }) => line(name, times, points, valueMinor)),
        line("All", sumOf("times"), sumOf("points"), sumOf("valueMinor")),
      ])
}
</s-stack>
</s-section>`;
}
