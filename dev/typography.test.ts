/** What the check of the languages' typography finds, and what it lets stand. */
import { describe, expect, test } from "vitest";
import { typographyFaults } from "./typography.ts";

describe("typography", () => {
  test.each([
    ["fr", "Prêt !"],
    ["fr", "« x »"],
    ["fr", "Prix: 3"],
    ["da", "«x»"],
    ["nb", "»x«"],
    ["de", "“x„"],
    ["en", "”x“"],
    ["sv", "”x"],
    ["sv", "50 %"],
    ["en", "shop's"],
    ["en", "One moment …"],
    ["en", "One moment..."],
  ] as const)("of %s finds the fault in: %s", (language, text) => {
    expect(typographyFaults(language, text)).not.toEqual([]);
  });

  test.each([
    ["fr", "Prêt\u202f! «\u00a0x\u00a0»\u00a0: 50\u202f%"],
    ["da", "»x« og »y«"],
    ["nb", "«x»"],
    ["de", "„x“"],
    ["en", "the shop’s “x”\u00a0…"],
    ["sv", "”x” 50\u00a0%"],
  ] as const)("of %s lets stand: %s", (language, text) => {
    expect(typographyFaults(language, text)).toEqual([]);
  });
});
