/**
 * The history of one small shop: it trades, its rules change, two of its customers become one, a person is forgotten and perhaps comes back,
 * the app is removed and installed again. Each step is short, so that many histories can go on side by side.
 */
import type { LocalOrder } from "../shopify/shop-state.ts";
import type { Bed } from "./bed.ts";
import type { Delivery, Store } from "./store.ts";

export type Step = () => Promise<unknown>;

const SHARE = { laterNews: 0.5, repeated: 0.3, returning: 0.5, uninstalledOnTime: 0.7, awayChanges: 0.6 };
const RATES = [
  { points: 1, perMinor: 100 },
  { points: 10, perMinor: 100 },
  { points: 7, perMinor: 300 },
  { points: 3, perMinor: 25 },
];

/** Two who become one, one who stays, one who may be forgotten. */
type Customers = readonly [kept: string, merged: string, loyal: string, shy: string];

export class ShopHistory {
  readonly store: Store;
  /** What Shopify posts in this step. */
  readonly outgoing: Delivery[] = [];
  /** Numbers of forgotten people, with how many orders were placed under each since. */
  readonly forgotten = new Map<string, number>();
  /** How often the worker must have seen the app go. */
  departures = 0;
  readonly #bed: Bed;
  readonly #random: () => number;
  readonly #customers: Customers;
  /** Whom Shopify asks to forget in this history: they buy nothing that the worker may not have seen before. */
  readonly #person: readonly string[];
  readonly #told: Delivery[] = [];
  #isMerged = false;
  #isAway = false;
  /** Whether news of this step does not reach the worker in time. */
  #isMissed = false;

  constructor(bed: Bed, store: Store, customers: Customers, random: () => number) {
    this.#bed = bed;
    this.store = store;
    this.#random = random;
    this.#customers = customers;
    this.#person = this.#chance(0.5) ? customers.slice(0, 2) : customers.slice(3);
  }

  /** All of the history, in its order. */
  plan(): Step[] {
    const [kept, merged] = this.#customers;
    const isPair = this.#person.includes(kept);
    const marriage = [() => this.#merge(kept, merged), this.#trade];
    const rules = [this.#changeRules, this.#trade];
    const farewell = this.#farewell();
    const opening = [this.#open, this.#trade];
    if (isPair)
      return [...opening, ...this.#mixed([[...marriage, ...farewell], rules, this.#absence([])]), this.#trade];
    const isMeanwhile = this.#chance(SHARE.awayChanges);
    const parts = isMeanwhile
      ? [this.#absence([...farewell.slice(0, 1), ...rules]), marriage]
      : [this.#absence([]), marriage, rules, farewell];
    return [...opening, ...this.#mixed(parts), this.#trade];
  }

  /** Everybody buys, so that the worker has met them. */
  readonly #open: Step = async () => {
    for (const customer of this.#customers) await this.#buy(customer);
    await this.#tell();
  };

  /** Something is bought, and perhaps something older is given back. */
  readonly #trade: Step = async () => {
    await this.#buy(this.#buyer());
    if (this.#chance(SHARE.laterNews)) await this.#giveBack(this.#older());
    await this.#tell();
  };

  readonly #changeRules: Step = async () => {
    const earning = this.#one(RATES);
    if (earning) await this.#bed.publish(this.store, earning, this.#bed.shopifyClock());
  };

  async #merge(kept: string, merged: string): Promise<void> {
    this.store.merge(kept, merged);
    this.#isMerged = true;
    await this.#tell();
  }

  /** A person is forgotten, there is news of what they bought, and they may come back as somebody new. */
  #farewell(): Step[] {
    const [first = ""] = this.#person;
    const redact = async () => {
      this.store.redact(this.#one(this.#person) ?? first);
      for (const number of this.#person) this.forgotten.set(number, 0);
      this.outgoing.push(...(await this.#news()));
    };
    const lateNews = async () => {
      const theirs = [...this.store.expectedOrders()].filter(([, { customerId }]) => customerId === null);
      const [orderId = ""] = this.#one(theirs) ?? [];
      await this.#giveBack(this.store.shop.order(orderId));
      await this.#tell();
    };
    const comeBack = async () => {
      if (!this.#chance(SHARE.returning)) return;
      await this.#buy(first);
      await this.#tell();
    };
    return [redact, lateNews, comeBack, lateNews];
  }

  /** The app goes and comes again; news from before comes late, and what happens meanwhile is not told at all. */
  #absence(meanwhile: readonly Step[]): Step[] {
    const isOnTime = this.#chance(SHARE.uninstalledOnTime);
    const late: Delivery[] = [];
    const departure: Delivery[] = [];
    const holdBack = async () => {
      this.#isMissed = true;
      await this.#buy(this.#buyer());
      await this.#giveBack(this.#older());
      late.push(...(await this.#news()));
    };
    const leave = async () => {
      this.store.uninstall();
      departure.push(...(await this.#news()));
      this.#isAway = true;
      if (!isOnTime) return;
      this.departures += 1;
      this.outgoing.push(...departure);
    };
    const tellLate = async () => this.outgoing.push(...late);
    const comeBack = async () => {
      await this.#bed.installAgain(this.store);
      this.#isAway = false;
      this.#isMissed = false;
    };
    const tellDeparture = async () => this.outgoing.push(...departure);
    return [holdBack, leave, tellLate, this.#trade, ...meanwhile, this.#trade, comeBack, tellDeparture, this.#trade];
  }

  /** Parts in any order. */
  #mixed(parts: readonly (readonly Step[])[]): Step[] {
    return parts
      .map((part) => ({ part, place: this.#random() }))
      .sort((a, b) => a.place - b.place)
      .flatMap(({ part }) => part);
  }

  /** Shopify tells what happened, some of it twice, and something old once more. While the app is away it tells nothing. */
  async #tell(): Promise<void> {
    const news = await this.#news();
    if (this.#isAway) return;
    const repeated = [...news, ...this.#told].filter(() => this.#chance(SHARE.repeated / (1 + this.#told.length)));
    this.outgoing.push(...news, ...repeated);
    this.#told.push(...news.filter(({ headers }) => !headers.get("x-shopify-topic")?.startsWith("customers/")));
  }

  /** Of a person who is forgotten nothing may be missed that is to count: what the worker was not told of them is not read back. */
  #older(): LocalOrder | undefined {
    const orders = [...this.store.expectedOrders()].filter(
      ([, { customerId }]) => !this.#isMissed || (customerId !== null && !this.#person.includes(customerId)),
    );
    const [orderId = ""] = this.#one(orders) ?? [];
    return this.store.shop.order(orderId);
  }

  /** What there is to tell, all of it. */
  async #news(): Promise<Delivery[]> {
    await this.store.shopify.idle();
    return this.store.take();
  }

  #buyer(): string {
    const [, merged] = this.#customers;
    const buyers = this.#customers.filter(
      (customer) => !this.#person.includes(customer) && !(this.#isMerged && customer === merged),
    );
    return this.#one(buyers) ?? "";
  }

  async #buy(customer: string): Promise<void> {
    const { products } = this.store.shop;
    const variant = this.#one(products.flatMap(({ variants }) => variants));
    const lines = [{ variantId: variant?.id ?? "", quantity: 1 + Math.floor(this.#random() * 4) }];
    const total = `${1 + Math.floor(this.#random() * 300)}.${this.#chance(0.5) ? "00" : "49"}`;
    const goods = this.#chance(0.5) ? { lines } : { total };
    const bought = await this.store.shopify.checkout(this.store.shop, { customerId: customer, ...goods });
    if (!bought.ok) throw new Error(`The local checkout refused: ${bought.reason}`);
    const since = this.forgotten.get(customer);
    if (since !== undefined) this.forgotten.set(customer, since + 1);
  }

  /** An item, some of the money, or all of it; what has been given back already is refused, and nothing happens. */
  async #giveBack(order: LocalOrder | undefined): Promise<void> {
    const { shop, shopify } = this.store;
    const order_id = order?.gid.split("/").at(-1) ?? "";
    const fate = this.#random();
    if (fate < 0.5) await shopify.refund(shop, { order_id, lines: [{ index: 0, quantity: 1 }] });
    else if (fate < 0.8) await shopify.refund(shop, { order_id, amount: "0.50" });
    else await shopify.cancel(shop, { order_id });
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #one<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }
}
