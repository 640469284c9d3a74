/**
 * A shopper who tries to gain by buying, redeeming, returning and cancelling in any order (OWASP API6). The shop's till is kept apart from the
 * ledger: what was paid, given back, and taken off by codes. Whatever they do, they have got no more than what they left in the till is worth.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { codeOf } from "../../dev/histories/codes.ts";
import { PureLedger } from "../../dev/histories/pure-ledger.ts";
import { propertyRuns } from "../../dev/property-runs.ts";
import { orderBody, productLine } from "../../dev/test-orders.ts";
import type { Refund } from "./order.ts";
import { PROGRAM_DEFAULTS, type Program } from "./program.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-03-01T00:00:00Z");
const CUSTOMER = "a";
/** 1 point for each 1.00 paid; 500 points are worth 50.00 off: points buy back a tenth. */
const [COST, VALUE_MINOR] = [500, 5_000];
const reward = {
  id: "off",
  name: "50.00 off",
  kind: "amount_off",
  cost: COST,
  valueMinor: VALUE_MINOR,
  minimumMinor: null,
  codeDays: 30,
} as const;

type Move =
  | { readonly move: "buy"; readonly units: number; readonly priceMinor: number; readonly spends: boolean }
  | { readonly move: "return"; readonly order: number; readonly units: number }
  | { readonly move: "cancel-order"; readonly order: number }
  | { readonly move: "redeem" }
  | { readonly move: "give-back"; readonly redemption: number }
  | { readonly move: "repeat"; readonly order: number }
  | { readonly move: "sweep" }
  | { readonly move: "wait"; readonly days: number };

/** What the till knows of an order. */
interface Sale {
  readonly id: string;
  readonly boughtMs: number;
  readonly units: number;
  readonly priceMinor: number;
  readonly code: string | null;
  readonly discountMinor: number;
  returned: { readonly units: number; readonly refund: Refund }[];
  isCancelled: boolean;
}

const at = fc.nat(5);
const moves = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        move: fc.constant("buy" as const),
        units: fc.integer({ min: 1, max: 4 }),
        priceMinor: fc.constantFrom(1, 99, 2_500, 12_345, 25_000, 50_000),
        spends: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ move: fc.constant("return" as const), order: at, units: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 2, arbitrary: fc.record({ move: fc.constant("cancel-order" as const), order: at }) },
    { weight: 4, arbitrary: fc.constant({ move: "redeem" as const }) },
    { weight: 2, arbitrary: fc.record({ move: fc.constant("give-back" as const), redemption: at }) },
    { weight: 1, arbitrary: fc.record({ move: fc.constant("repeat" as const), order: at }) },
    { weight: 1, arbitrary: fc.constant({ move: "sweep" as const }) },
    { weight: 2, arbitrary: fc.record({ move: fc.constant("wait" as const), days: fc.constantFrom(1, 13, 15, 40) }) },
  ),
  { minLength: 1, maxLength: 40, size: "max" },
);

class Shopper {
  readonly ledger = new PureLedger("USD");
  readonly sales: Sale[] = [];
  readonly #redemptions: string[] = [];
  readonly #returnDays: number;
  nowMs = START;

  /** `returnDays` is how long the shop takes goods back. */
  constructor(program: Program, returnDays: number) {
    this.#returnDays = returnDays;
    this.ledger.apply({ kind: "publish", inForceFromMs: START - DAY, program }, START - DAY);
  }

  do(move: Move): void {
    this.nowMs += 60_000;
    switch (move.move) {
      case "buy":
        this.#buy(move);
        return;
      case "return":
        this.#takeBack(this.sales[move.order], move.units);
        return;
      case "cancel-order": {
        const sale = this.sales[move.order];
        if (!sale || !this.#isReturnable(sale)) return;
        sale.isCancelled = true;
        this.#tell(sale);
        return;
      }
      case "redeem": {
        const redemptionId = `r${this.#redemptions.length}`;
        const answer = this.ledger.apply(
          { kind: "hold", redemptionId, customerId: CUSTOMER, rewardId: "off" },
          this.nowMs,
        );
        if (answer !== "done") return;
        this.#redemptions.push(redemptionId);
        this.ledger.apply({ kind: "issue", redemptionId }, this.nowMs);
        return;
      }
      case "give-back": {
        const redemptionId = this.#redemptions[move.redemption];
        if (redemptionId !== undefined)
          this.ledger.apply({ kind: "release", redemptionId, reason: "cancelled" }, this.nowMs);
        return;
      }
      case "repeat": {
        const sale = this.sales[move.order];
        if (sale) this.#tell(sale);
        return;
      }
      case "sweep":
        this.ledger.apply({ kind: "sweep" }, this.nowMs);
        return;
      case "wait":
        this.nowMs += move.days * DAY;
    }
  }

  #isReturnable(sale: Sale): boolean {
    return !sale.isCancelled && this.nowMs < sale.boughtMs + this.#returnDays * DAY;
  }

  /** With one of the codes that Shopify would still take: once, and never one that was given back. */
  #buy({ units, priceMinor, spends }: Extract<Move, { move: "buy" }>): void {
    const good = [...this.ledger.redemptions.values()].find(
      ({ state, code }) => state === "issued" && !this.sales.some((sale) => sale.code === code),
    );
    const code = spends && good ? good.code : null;
    const sale = {
      id: `o${this.sales.length}`,
      boughtMs: this.nowMs,
      units,
      priceMinor,
      code,
      discountMinor: code === null ? 0 : Math.min(VALUE_MINOR, units * priceMinor),
      returned: [],
      isCancelled: false,
    };
    this.sales.push(sale);
    this.#tell(sale);
  }

  #takeBack(sale: Sale | undefined, wanted: number): void {
    if (!sale || !this.#isReturnable(sale)) return;
    const units = Math.min(wanted, sale.units - returnedUnits(sale));
    if (units === 0) return;
    const before = paidFor(sale, returnedUnits(sale));
    const subtotalMinor = before - paidFor(sale, returnedUnits(sale) + units);
    const lines = [{ lineId: "1", quantity: units, subtotalMinor, taxMinor: 0 }];
    const refund = { id: `${sale.id}-${sale.returned.length}`, lines, beyondLinesMinor: 0, beyondLinesTaxMinor: 0 };
    sale.returned.push({ units, refund });
    this.#tell(sale);
  }

  /** What Shopify would send of the order as it is now. */
  #tell(sale: Sale): void {
    const { id, units, priceMinor, code, discountMinor, boughtMs } = sale;
    const line = {
      ...productLine("1", priceMinor, units),
      discountMinor,
      codeDiscounts: code === null ? {} : { [code]: discountMinor },
    };
    const body = orderBody({
      customerId: CUSTOMER,
      name: `#${id}`,
      updatedAtMs: this.nowMs,
      createdAtMs: boughtMs,
      processedAtMs: boughtMs,
      totalMinor: units * priceMinor - discountMinor,
      codes: code === null ? [] : [code],
      lines: [line],
      refunds: sale.returned.map(({ refund }) => refund),
      cancelled: sale.isCancelled,
      status: sale.isCancelled ? "refunded" : sale.returned.length > 0 ? "partially_refunded" : "paid",
    });
    this.ledger.apply({ kind: "order", orderId: id, body }, this.nowMs);
  }

  /** What the shopper has of the program, in points, and what the till has of the shopper. */
  figures() {
    const { members } = this.ledger.outcome(this.nowMs);
    const { available = 0, pending = 0, held = 0, owed = 0 } = members[CUSTOMER] ?? {};
    const kept = this.sales.filter(({ isCancelled }) => !isCancelled);
    const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
    return {
      available,
      owed,
      balance: available + pending + held - owed,
      keptMinor: sum(kept.map((sale) => paidFor(sale, returnedUnits(sale)))),
      /** What kept goods would have cost without a code, less what was paid for them. */
      gainMinor: sum(
        kept.map((sale) => (sale.units - returnedUnits(sale)) * sale.priceMinor - paidFor(sale, returnedUnits(sale))),
      ),
    };
  }
}

const returnedUnits = ({ returned }: Sale) => returned.reduce((total, { units }) => total + units, 0);

/** What is paid for what is left of an order; a code's discount goes with the goods. */
function paidFor({ units, priceMinor, discountMinor }: Sale, returned: number): number {
  return Math.floor(((units * priceMinor - discountMinor) * (units - returned)) / units);
}

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);

function program(pendingDays: number, returnSpent: boolean): Program {
  return { ...PROGRAM_DEFAULTS, earn: { points: 1, perMinor: 100 }, pendingDays, rewards: [reward], returnSpent };
}

test("whatever a shopper buys, redeems, returns and cancels, points and discounts together are never worth more than what they left in the till", () => {
  fc.assert(
    fc.property(moves, fc.constantFrom(0, 14), fc.boolean(), (all, pendingDays, returnSpent) => {
      const shopper = new Shopper(program(pendingDays, returnSpent), 10_000);
      for (const move of all) {
        shopper.do(move);
        const { available, balance, keptMinor, gainMinor } = shopper.figures();
        expect(available).toBeGreaterThanOrEqual(0);
        // In hundredths of a point: a discount at the price it is sold for, and one point for each whole unit kept.
        const got = balance * 100 + gainMinor * (COST / VALUE_MINOR) * 100;
        expect(got).toBeLessThanOrEqual(keptMinor + 0.001);
      }
    }),
    { numRuns: propertyRuns(2_000), seed },
  );
});

test("where points wait for as long as goods may come back, nobody ever owes: not even a debt is gained", () => {
  fc.assert(
    fc.property(moves, fc.boolean(), (all, returnSpent) => {
      const shopper = new Shopper(program(14, returnSpent), 14);
      for (const move of all) {
        shopper.do(move);
        expect(shopper.figures().owed).toBe(0);
      }
    }),
    { numRuns: propertyRuns(1_000), seed },
  );
});

test("the moves do what abuse needs: points are spent, come back, and are owed where they are spent too early", () => {
  const shopper = new Shopper(program(0, true), 10_000);
  const buy = { move: "buy", units: 1, priceMinor: 50_000, spends: false } as const;
  for (const move of [
    buy,
    { move: "redeem" },
    { ...buy, priceMinor: 6_000, spends: true },
    { move: "cancel-order", order: 0 },
  ] as const)
    shopper.do(move);
  expect(shopper.ledger.redemptions.get("r0")).toMatchObject({ state: "used", code: codeOf("r0") });
  // 50.00 were gained on the second order, and 490 points are owed for it: 10 were earned there.
  expect(shopper.figures()).toMatchObject({ owed: 490, available: 0, gainMinor: 5_000, keptMinor: 1_000 });
});
