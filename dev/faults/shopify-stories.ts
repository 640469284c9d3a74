/**
 * The life of some redemptions of one shopper, asked for, repeated, cancelled, used and swept while Shopify, the database and the worker fail.
 * Everything follows from a seed but the order in which what happens at the same time comes to pass.
 */
import { setImmediate as turn } from "node:timers/promises";
import { settleOrders } from "../../worker/flows/settle-orders.ts";
import type { Random } from "../histories/postgres-random.ts";
import { faultNames } from "../shopify/faults.ts";
import { orderBody } from "../test-orders.ts";
import { Actor, cutNames, type Door, type Suffering } from "./shopify-network.ts";
import type { Answered, ShopifyWorld, StoryShop } from "./shopify-world.ts";

/** Enough for two of the dearer reward: a third must be told that it is too dear. */
export const POINTS = 1_100;
export const CUSTOMER = "7001";
const LONGEST_PAUSE_TURNS = 40;
/** So often is looked after what is not at rest. */
const LOOKS = 16;

export interface Asked {
  readonly id: string;
  readonly rewardId: string;
  readonly suffered: Suffering[];
  /** Every code that an answer has shown. */
  readonly codes: Set<string>;
  /** Whether the ledger has it: there were points for it. */
  isHeld: boolean;
}

/** How likely a request through each door suffers that was not chosen to. */
const chances: Readonly<Record<Door, number>> = { database: 0.02, shopify: 0.12, queue: 0.05 };
const none: Readonly<Record<Door, number>> = { database: 0, shopify: 0, queue: 0 };

export class Story {
  readonly faults: string[] = [];
  readonly asked: readonly Asked[];
  readonly place: StoryShop;
  readonly #world: ShopifyWorld;
  readonly #random: Random;
  #late: (() => void)[] = [];
  #isPastLateness = false;

  constructor(world: ShopifyWorld, place: StoryShop, random: Random) {
    this.#world = world;
    this.place = place;
    this.#random = random;
    this.asked = Array.from({ length: 2 + random.below(2) }, () => ({
      id: uuidOf(random),
      rewardId: random.chance(0.7) ? "off-500" : "off-300",
      suffered: [],
      codes: new Set(),
      isHeld: false,
    }));
  }

  get shopper() {
    return { shop: this.place.shop.domain, customer: CUSTOMER };
  }

  /** Points to spend. */
  async earn(): Promise<void> {
    const news = { kind: "state", body: orderBody({ amountMinor: POINTS * 100 }) } as const;
    const job = { kind: "order", topic: "orders/paid", deliveryId: null, orderId: "1", news } as const;
    await settleOrders(this.#world.rooms, [{ ...job, shop: this.shopper.shop }]);
  }

  /** Everything that goes wrong. */
  async live(): Promise<void> {
    await this.#together(this.asked.flatMap((one) => this.#firstWishes(one)));
    for (let round = this.#random.below(3); round >= 0; round--) {
      if (this.#random.chance(0.4)) this.#release();
      if (this.#random.chance(0.5)) await this.#passTime();
      await this.#together([
        ...this.asked.flatMap((one) => this.#wishes(one)),
        ...(this.#random.chance(0.7) ? [() => this.#consume()] : []),
      ]);
    }
  }

  /** Codes have ended; the sweep gives their points back, and fails at it as anything else does. */
  async end(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      await this.#passTime();
      const held = this.asked.filter((one) => one.isHeld);
      await this.#together([() => this.#consume(), ...held.flatMap((one) => this.#wishes(one))]);
    }
  }

  /** Nothing fails any more: whatever is open is brought to its end. */
  async rest(stepHours: number): Promise<void> {
    this.#isPastLateness = true;
    this.#release();
    for (let turns = 0; turns < LONGEST_PAUSE_TURNS; turns++) await turn();
    let before = "";
    for (let look = 0; look < LOOKS; look++) {
      await this.#passTime(stepHours);
      while (await this.#world.consume(this.#actor(none), this.shopper.shop));
      const now = await this.#world.look<{ state: string }>(
        "select id, state, version from redemptions where shop_id = $1 order by id",
        [this.place.shop.id],
      );
      if (before === JSON.stringify(now) && now.every(({ state }) => state !== "held")) return;
      before = JSON.stringify(now);
    }
    this.faults.push("I8: a redemption is still open after many looks without any fault");
  }

  /** The same request once more: the same answer. Another one under its id: refused (I9). */
  async askAgain(): Promise<void> {
    for (const one of this.asked) {
      const again = await this.#redeem(one, this.#actor(none));
      const other = await this.#world.ask(this.#actor(none), this.shopper, "/redemptions", {
        id: one.id,
        reward_id: one.rewardId === "off-500" ? "off-300" : "off-500",
      });
      const isKnown = again?.status === 201 || endsIn(again, "reward-refused");
      if (isKnown && other?.status !== 422)
        this.faults.push(`I9: another request under an id is answered ${other?.status}`);
      if (one.codes.size > 1) this.faults.push("I9: one id was answered with several codes");
    }
  }

  /** A first wish suffers for certain, unless it ends before that. */
  #firstWishes(one: Asked): (() => Promise<unknown>)[] {
    const [first, ...others] = this.#random.shuffled([...cutNames, ...cutNames, ...faultNames, ...faultNames]);
    const repeats = this.#random.oneOf([0, 0, 1, 2]);
    const cancels = this.#random.chance(0.3) ? 1 : 0;
    return [
      () => this.#redeem(one, this.#actor(chances, first)),
      ...others.slice(0, repeats).map((fault) => () => this.#redeem(one, this.#actor(chances, fault))),
      ...others.slice(repeats, repeats + cancels).map((fault) => () => this.#cancel(one, this.#actor(chances, fault))),
    ];
  }

  #wishes(one: Asked): (() => Promise<unknown>)[] {
    const fault = () => (this.#random.chance(0.5) ? this.#random.oneOf([...cutNames, ...faultNames]) : undefined);
    const wishes: (() => Promise<unknown>)[] = [];
    if (this.#random.chance(0.35)) wishes.push(() => this.#redeem(one, this.#actor(chances, fault())));
    if (this.#random.chance(0.35)) wishes.push(() => this.#cancel(one, this.#actor(chances, fault())));
    if (this.#random.chance(0.2)) wishes.push(() => this.#look(one));
    if (this.#random.chance(0.2)) wishes.push(() => this.#buy(one));
    return wishes;
  }

  /** All at the same time, more or less. */
  async #together(all: readonly (() => Promise<unknown>)[]): Promise<void> {
    await Promise.all(
      all.map(async (act) => {
        for (let turns = this.#random.below(LONGEST_PAUSE_TURNS); turns > 0; turns--) await turn();
        await act();
      }),
    );
  }

  async #redeem(one: Asked, actor: Actor): Promise<Answered | null> {
    return this.#heed(one, actor, await this.#post(actor, "/redemptions", { id: one.id, reward_id: one.rewardId }));
  }

  async #cancel(one: Asked, actor: Actor): Promise<Answered | null> {
    return this.#heed(one, actor, await this.#post(actor, `/redemptions/${one.id}/cancel`, {}));
  }

  async #look(one: Asked): Promise<Answered | null> {
    const actor = this.#actor(chances);
    return this.#heed(one, actor, await this.#post(actor, `/redemptions/${one.id}`));
  }

  #post(actor: Actor, path: string, json?: unknown): Promise<Answered | null> {
    return this.#world.ask(actor, this.shopper, path, json);
  }

  /** Notes what befell it, and whether the answer is one that a shopper may get. */
  #heed(one: Asked, actor: Actor, answer: Answered | null): Answered | null {
    one.suffered.push(...actor.suffered);
    if (answer === null) return null;
    const { status, body } = answer;
    if (![200, 201, 202, 404, 409, 422, 503].includes(status))
      this.faults.push(
        `answered ${status} ${String(body["type"] ?? "")} after ${actor.suffered.join(", ") || "no fault"}`,
      );
    if (typeof body["code"] === "string") one.codes.add(body["code"]);
    return answer;
  }

  /** Uses a code at the checkout, as soon as Shopify has it: also one that our answer has not shown yet. */
  async #buy(one: Asked): Promise<void> {
    const { shopify } = this.#world.network;
    const found = this.place.local.discounts.all().find((discount) => discount.title.endsWith(`(${one.id})`));
    const purchase = { customerId: CUSTOMER, total: "120.00" };
    if (found) await shopify.checkout(this.place.local, { ...purchase, codes: [found.code] });
  }

  async #consume(): Promise<void> {
    const actor = this.#actor(chances, this.#random.oneOf([...cutNames, ...faultNames]));
    await this.#world.consume(actor, this.shopper.shop);
    // A batch may hold several redemptions: whose fault it was is not told apart.
    for (const one of this.asked) one.suffered.push(...actor.suffered);
  }

  /** Time passes, and the cron looks. */
  async #passTime(hours = 0.25): Promise<void> {
    await this.#world.look(
      "update redemptions set due_at = due_at - $2 * interval '1 hour' where shop_id = $1 and due_at is not null",
      [this.place.shop.id, hours],
    );
    await this.#world.sweep(this.place);
  }

  /** Whoever acts next; `chosen` befalls one of its first requests through a door that knows such a fault. */
  #actor(chance: Readonly<Record<Door, number>>, chosen?: Suffering): Actor {
    const isCut = (cutNames as readonly (Suffering | undefined)[]).includes(chosen);
    const door = isCut && this.#random.chance(0.6) ? "database" : "shopify";
    const at = door === "database" ? this.#random.below(4) : this.#random.oneOf([0, 0, 0, 1]);
    const plan = (through: Door, step: number): Suffering | null => {
      if (chosen !== undefined && through === door && step === at) return chosen;
      if (!this.#random.chance(chance[through])) return null;
      if (through === "queue") return this.#random.oneOf(["cut-before", "die-before", "die-after"]);
      return this.#random.oneOf(through === "database" ? cutNames : [...faultNames, ...cutNames]);
    };
    return new Actor(plan, () => this.#lateness());
  }

  #lateness(): Promise<void> {
    if (this.#isPastLateness) return Promise.resolve();
    return new Promise((resolve) => {
      this.#late.push(resolve);
    });
  }

  /** Calls that everybody has given up have their effect now. */
  #release(): void {
    for (const resolve of this.#late.splice(0)) resolve();
  }
}

function endsIn(answer: Answered | null, slug: string): boolean {
  return String(answer?.body["type"] ?? "").endsWith(slug);
}

function uuidOf(random: Random): string {
  const hex = Array.from({ length: 32 }, () => random.below(16).toString(16)).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5");
}
