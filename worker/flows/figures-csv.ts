/** The figures as files for a spreadsheet: day by day, what is outstanding, and all of the range with their definitions. */
import { isoDay } from "../domain/calendar.ts";
import { csvLine } from "../domain/csv-line.ts";
import { FIGURES, type FigureName, type Flows, issuedOf } from "../domain/figures.ts";
import { type Share, SPLITS } from "../domain/liability.ts";
import { formatMoney } from "../domain/money.ts";
import type { Cost, FiguresPlace, FiguresView, Step } from "./read-figures.ts";

export const FIGURES_FILES = ["days", "outstanding", "donations", "summary"] as const;

export type FiguresFile = (typeof FIGURES_FILES)[number];

type DayColumn = Exclude<keyof Flows, "outstandingChange" | "entries"> | "issued" | "outstanding";

const DAY_COLUMNS = [
  "earned",
  "brought",
  "given",
  "issued",
  "takenBack",
  "redeemed",
  "expired",
  "owedChange",
  "outstanding",
] as const satisfies readonly DayColumn[];

/** Columns and rows have the names of the figures. `figures` are read day by day. */
export function figuresCsv(file: FiguresFile, figures: FiguresView, place: FiguresPlace, currency: string): string {
  switch (file) {
    case "days":
      return daysCsv(figures);
    case "outstanding":
      return outstandingCsv(figures, currency);
    case "donations":
      return donationsCsv(figures, currency);
    case "summary":
      return summaryCsv(figures, place, currency);
  }
}

function daysCsv({ steps }: FiguresView): string {
  const header = csvLine(["Day", ...DAY_COLUMNS.map((column) => FIGURES[column].name)]);
  const lines = steps.map((step) =>
    csvLine([isoDay(step.fromDay), ...DAY_COLUMNS.map((column) => cellOf(step, column))]),
  );
  return [header, ...lines].join("");
}

function cellOf({ flows, outstanding }: Step, column: DayColumn): number {
  if (column === "outstanding") return outstanding;
  return column === "issued" ? issuedOf(flows) : flows[column];
}

function outstandingCsv({ liability, costs }: FiguresView, currency: string): string {
  const byReward = (cost: Cost | undefined) =>
    cost ? `${FIGURES.liability.name} (${currency}) by ${cost.by.reward}` : null;
  const money = (minor: number | undefined) => (minor === undefined ? null : formatMoney(minor, currency));
  const split = (name: string, shares: readonly Share[], of: "byAgeMinor" | "byExpiryMinor") =>
    shares.map((share, index) =>
      csvLine([name, share.name, share.points, money(costs?.least[of][index]), money(costs?.most[of][index])]),
    );
  return [
    csvLine(["Split", "Share", FIGURES.outstanding.name, byReward(costs?.least), byReward(costs?.most)]),
    ...split(SPLITS.byAge.name, liability.byAge, "byAgeMinor"),
    ...split(SPLITS.byExpiry.name, liability.byExpiry, "byExpiryMinor"),
  ].join("");
}

function donationsCsv({ donations }: FiguresView, currency: string): string {
  const lines = (donations ?? []).map(({ name, times, points, valueMinor }) =>
    csvLine([name, times, points, formatMoney(valueMinor, currency)]),
  );
  return [csvLine(["Reward", "Times", "Points", `Money (${currency})`]), ...lines].join("");
}

function summaryCsv(figures: FiguresView, { timeZone }: FiguresPlace, currency: string): string {
  const { range, costs } = figures;
  const values = summaryOf(figures);
  const lines = (Object.keys(FIGURES) as FigureName[]).map((name) => {
    const { name: called, unit, definition } = FIGURES[name];
    if (name === "liability")
      return csvLine([called, costs && formatMoney(costs.least.wholeMinor, currency), currency, definition]);
    const value = values[name];
    return csvLine([
      called,
      value !== null && unit === "percent" ? Math.round(value * 1000) / 10 : value,
      unit,
      definition,
    ]);
  });
  return [
    csvLine(["Figure", "Value", "Unit", "Definition"]),
    csvLine(["From", isoDay(range.fromDay), "day", "The first day of the range."]),
    csvLine(["To", isoDay(range.toDay), "day", "The last day of the range."]),
    csvLine(["Time zone", timeZone ?? "UTC", null, "Where days begin and end."]),
    ...lines,
  ].join("");
}

/** Every figure that is a number, of the whole range; rates are shares of one, null where there is none. */
export function summaryOf(figures: FiguresView): Readonly<Record<Exclude<FigureName, "liability">, number | null>> {
  const { flows, members, newMembers, activeMembers, owed, liability } = figures;
  const { earned, brought, given, takenBack, redeemed, expired, owedChange } = flows;
  return {
    ...{
      members,
      newMembers,
      activeMembers,
      issued: issuedOf(flows),
      earned,
      brought,
      given,
      takenBack,
      redeemed,
      expired,
    },
    ...{ owedChange, owed, outstanding: liability.points },
    ...{ redemptionRate: figures.redemptionRate, repeatRate: figures.repeatRate },
  };
}
