/** A shop that grants wishes: it keeps what its orders are like at Shopify, and tells what arrives of that, as a history's steps. */
import type { Program } from "../../worker/domain/program.ts";
import { codeOf } from "./codes.ts";
import type { Operation, Step } from "./history.ts";
import { Model } from "./model.ts";
import { changedOrder, newest, ofCustomer, type PlacedOrder, placeOrder } from "./shop-order.ts";
import type { Delivery, TimedWish, Wish } from "./wishes.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MOST_ORDERS = 4;
const CHEAPEST = 5;
const REWARDS = ["off", "trees", "nothing"];

export class StoryShop {
  readonly steps: Step[] = [];
  readonly #currency: string;
  readonly #orders = new Map<string, PlacedOrder>();
  /** Tells who could pay for a reward and which codes there are, so that wishes are not mostly in vain. */
  readonly #model: Model;
  #program: Program | null = null;
  #nowMs: number;
  /** Time that has passed since the last step. */
  #waitedMs = 0;

  constructor(currency: string, startMs: number) {
    this.#currency = currency;
    this.#model = new Model(currency);
    this.#nowMs = startMs;
  }

  grant({ waitMs, deliveries, wish }: TimedWish): void {
    this.#nowMs += waitMs;
    this.#waitedMs += waitMs;
    for (const operation of this.#operationsOf(wish)) {
      const isOnce = operation.kind === "publish";
      this.steps.push({ waitMs: this.#waitedMs, operation, deliveries: isOnce ? 1 : deliveries });
      this.#model.apply(operation, this.#nowMs);
      this.#waitedMs = 0;
    }
  }

  #operationsOf(wish: Wish): readonly Operation[] {
    switch (wish.wish) {
      case "wait":
        return [];
      case "publish":
        return this.#publish(wish);
      case "adjust":
        return this.#adjust(wish);
      case "place":
        return this.#place(wish);
      case "change":
        return this.#change(wish, (order) => changedOrder(order, wish.change, this.#nowMs));
      case "move":
        return this.#change(wish, (order) => ofCustomer(order, customerOf(wish.customer), this.#nowMs));
      case "late":
        return this.#late(wish);
      case "read-group":
        return this.#readGroup(wish);
      case "hold":
        return this.#hold(wish);
      case "issue":
        return this.#redemption(wish.redemption).map((redemptionId) => ({ kind: "issue", redemptionId }));
      case "release":
        return this.#redemption(wish.redemption).map((redemptionId) => ({
          kind: "release",
          redemptionId,
          reason: "cancelled",
        }));
      default:
        return [operationOf(wish, this.#nowMs)];
    }
  }

  /** What is learned counts from a minute on: no order is created in between that was settled already. Only a history has such clocks. */
  #readGroup({ group, productIds }: Extract<Wish, { readonly wish: "read-group" }>): readonly Operation[] {
    const isAhead = [...this.#orders.values()].some((order) => newest(order).createdAtMs > this.#nowMs + MINUTE);
    return isAhead ? [] : [{ kind: "group", group, productIds }];
  }

  /** One that is open, if any is; otherwise one that exists, or now and then one that does not. */
  #redemption(chosen: number): readonly string[] {
    const known = Object.entries(this.#model.outcome(this.#nowMs).redemptions);
    const open = known.filter(([, { state }]) => state === "held" || state === "issued");
    const [id] = (open.length > 0 ? open : known)[chosen % Math.max(1, open.length || known.length)] ?? [];
    return id === undefined ? (chosen === 0 ? [idOf("r", chosen)] : []) : [id];
  }

  #richest(): { readonly customerId: string; readonly available: number } {
    const members = Object.entries(this.#model.outcome(this.#nowMs).members);
    const rich = members.map(([customerId, { available }]) => ({ customerId, available }));
    return rich.sort((a, b) => b.available - a.available)[0] ?? { customerId: customerOf(0), available: 0 };
  }

  #publish({ program, fromDays, keepsExpiry }: Extract<Wish, { readonly wish: "publish" }>): readonly Operation[] {
    this.#program = keepsExpiry && this.#program ? { ...program, expiry: this.#program.expiry } : program;
    return [{ kind: "publish", inForceFromMs: this.#nowMs + fromDays * DAY, program: this.#program }];
  }

  #hold({ redemption, customer, reward }: Extract<Wish, { readonly wish: "hold" }>): readonly Operation[] {
    const richest = this.#richest();
    if (customer === null && richest.available < CHEAPEST) return [];
    const customerId = customer === null ? richest.customerId : customerOf(customer);
    return [{ kind: "hold", redemptionId: idOf("r", redemption), customerId, rewardId: REWARDS[reward] ?? "off" }];
  }

  #adjust({ id, customer, points, reason }: Extract<Wish, { readonly wish: "adjust" }>): readonly Operation[] {
    const { customerId, available } = this.#richest();
    const whose = points === "all" ? { customerId, points: -available } : { customerId: customerOf(customer), points };
    return [{ kind: "adjust", id: idOf("j", id), ...whose, reason }];
  }

  #place(wish: Extract<Wish, { readonly wish: "place" }>): readonly Operation[] {
    const id = idOf("o", this.#orders.size);
    if (this.#orders.size === MOST_ORDERS)
      return this.#change(wish, (order) => changedOrder(order, { change: "touch" }, this.#nowMs));
    // Nobody knows a code before it is there.
    const known = wish.codes.length === 0 ? [] : Object.keys(this.#model.outcome(this.#nowMs).redemptions);
    const codes = [...new Set(wish.codes.flatMap((redemption) => known[redemption % known.length] ?? []))];
    const createdAtMs = this.#nowMs - wish.ageHours * HOUR;
    const order = placeOrder({
      id,
      plan: wish.plan,
      customerId: customerOf(wish.customer),
      codes: codes.map(codeOf),
      currency: this.#currency,
      createdAtMs,
      processedAtMs: createdAtMs + wish.processedHours * HOUR,
      nowMs: this.#nowMs,
    });
    this.#orders.set(id, order);
    return wish.delivery === "withheld" ? [] : [{ kind: "order", orderId: id, body: newest(order) }];
  }

  #change(
    wish: { readonly order: number; readonly delivery: Delivery },
    change: (order: PlacedOrder) => PlacedOrder,
  ): readonly Operation[] {
    const before = this.#chosen(wish.order);
    if (before === undefined) return [];
    const orderId = before.id;
    const after = change(before);
    if (after === before) return [];
    this.#orders.set(orderId, after);
    const body: Operation = { kind: "order", orderId, body: newest(after) };
    const refund = after.refunds.slice(before.refunds.length);
    const apart = refund.map((one): Operation => ({ kind: "refund", orderId, refund: one }));
    if (wish.delivery === "withheld") return [];
    if (apart.length === 0 || wish.delivery === "at-once") return [body];
    return wish.delivery === "apart" ? apart : [...apart, body];
  }

  /** One of the orders there are. */
  #chosen(order: number): PlacedOrder | undefined {
    return [...this.#orders.values()][order % Math.max(1, this.#orders.size)];
  }

  #late(wish: Extract<Wish, { readonly wish: "late" }>): readonly Operation[] {
    const order = this.#chosen(wish.order);
    if (order === undefined) return [];
    const orderId = order.id;
    const news: Operation[] = [
      ...order.bodies.map((body): Operation => ({ kind: "order", orderId, body })),
      ...order.refunds.map((refund): Operation => ({ kind: "refund", orderId, refund })),
    ];
    return news.slice(wish.news % news.length).slice(0, 1);
  }
}

type OtherWish = Exclude<
  Wish,
  {
    readonly wish:
      | "wait"
      | "publish"
      | "adjust"
      | "place"
      | "change"
      | "move"
      | "late"
      | "read-group"
      | "hold"
      | "issue"
      | "release";
  }
>;

function operationOf(wish: OtherWish, nowMs: number): Operation {
  switch (wish.wish) {
    case "sweep":
      return { kind: "sweep" };
    case "delete":
      return { kind: "delete", orderId: idOf("o", wish.order) };
    case "open": {
      const availableAtMs = nowMs + wish.availableDays * DAY;
      const expiresAtMs = wish.expiresDays === null ? null : nowMs + wish.expiresDays * DAY;
      const balance = { id: idOf("b", wish.id), points: wish.points, availableAtMs, expiresAtMs };
      return { kind: "open", customerId: customerOf(wish.customer), ...balance };
    }
    case "membership":
      return { kind: "membership", customerId: customerOf(wish.customer), isMember: wish.isMember };
    case "merge":
      return {
        kind: "merge",
        keptCustomerId: customerOf(wish.kept),
        mergedCustomerId: customerOf(wish.merged),
      };
  }
}

function idOf(letter: string, number: number): string {
  return `${letter}${number + 1}`;
}

function customerOf(customer: number): string;
function customerOf(customer: number | null): string | null;
function customerOf(customer: number | null): string | null {
  return customer === null ? null : (["a", "b", "c"][customer] ?? "a");
}
