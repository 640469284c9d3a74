/**
 * The model of the ledger: the product's rules in their plainest form, one parcel of points at a time. It shares no code with worker/, is
 * slow, keeps everything in arrays, and books for everybody whatever fell due before anything else happens.
 */
import type { EntryKind } from "../../worker/domain/account.ts";
import type { OrderBody } from "../../worker/domain/order.ts";
import { codeOf } from "./codes.ts";
import type { Answer, Operation, Outcome, Pots } from "./history.ts";
import { DAY, expiryMoment, inForce, noonAfter, type Published, type Run, runsOf } from "./model-dates.ts";
import { heldThen, namesOf, type Reading } from "./model-groups.ts";
import { pictureOf, pointsBack, worthOf } from "./model-orders.ts";
import type { Order, Parcel, Person, Redemption, Taken } from "./model-parts.ts";

const GRACE = 30 * DAY;

type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

export class Model {
  readonly #currency: string;
  readonly #versions: Published[] = [];
  #runs: readonly Run[] = [];
  readonly #persons = new Map<string, Person>();
  readonly #becameOf = new Map<Person, Person>();
  readonly #orders = new Map<string, Order>();
  readonly #readings: Reading[] = [];
  readonly #redemptions = new Map<string, Redemption>();
  /** What was asked under an id of an adjustment or an opening balance. */
  readonly #asked = new Map<string, { readonly owner: Person; readonly text: string }>();
  readonly #moved = new Map<EntryKind, number>();
  #parcels: Parcel[] = [];

  constructor(currency: string) {
    this.#currency = currency;
  }

  /** What the operation answers at this moment. */
  apply(operation: Operation, nowMs: number): Answer {
    this.#bookDue(nowMs);
    switch (operation.kind) {
      case "publish":
        return this.#publish(operation, nowMs);
      case "order":
      case "refund":
      case "delete":
        return this.#hear(operation, nowMs);
      case "hold":
        return this.#hold(operation, nowMs);
      case "issue":
        return this.#issue(operation);
      case "release":
        return this.#release(operation, nowMs);
      case "adjust":
        return this.#adjust(operation, nowMs);
      case "open":
        return this.#open(operation, nowMs);
      case "membership":
        return this.#membership(operation, nowMs);
      case "merge":
        return this.#merge(operation);
      case "group":
        return this.#learn(operation, nowMs);
      case "sweep":
        return "done";
    }
  }

  /** All that can be seen at this moment. */
  outcome(nowMs: number): Outcome {
    this.#bookDue(nowMs);
    const members = [...this.#persons].map(([id, person]) => {
      const whole = this.#whole(person);
      return [
        id,
        { ...this.#potsOf(whole), expiring: this.#expiring(whole), nextDueMs: this.#nextDue(whole) },
      ] as const;
    });
    const orders = [...this.#orders].map(([id, { posted, forgiven, keptBy }]) => {
      const kept = sum([...keptBy.values()]);
      return [id, { posted: posted + kept, forgiven: forgiven + kept }] as const;
    });
    const redemptions = [...this.#redemptions].map(
      ([id, { state, returned, forgiven }]) => [id, { state, returned, forgiven }] as const,
    );
    return {
      members: Object.fromEntries(members),
      orders: Object.fromEntries(orders),
      redemptions: Object.fromEntries(redemptions),
      moved: Object.fromEntries([...this.#moved].filter(([, points]) => points !== 0)),
    };
  }

  // --- time -------------------------------------------------------------------------------------------------------------------------

  /** Whatever matured or expired by now, oldest first. */
  #bookDue(nowMs: number): void {
    for (;;) {
      const coming = this.#parcels
        .filter((parcel) => parcel.points > 0)
        .map((parcel) => ({ parcel, atMs: parcel.isPending ? parcel.availableAtMs : this.#expiryOf(parcel) }))
        .filter(({ atMs }) => atMs <= nowMs)
        .sort((a, b) => a.atMs - b.atMs || byText(a.parcel.name, b.parcel.name));
      const [next] = coming;
      if (next === undefined) return;
      const { parcel } = next;
      if (parcel.isPending) {
        parcel.isPending = false;
        this.#payOwed(parcel);
      } else {
        this.#note("expire", -parcel.points);
        parcel.expired += parcel.points;
        parcel.points = 0;
      }
    }
  }

  #expiryOf(parcel: Parcel): number {
    return expiryMoment(this.#runs, parcel, parcel.owner.lastActivityMs);
  }

  #publish({ inForceFromMs, program }: Of<"publish">, nowMs: number): Answer {
    this.#versions.push({ number: this.#versions.length + 1, inForceFromMs, publishedAtMs: nowMs, program });
    this.#runs = runsOf(this.#versions);
    return "done";
  }

  // --- orders -----------------------------------------------------------------------------------------------------------------------

  #hear(operation: Of<"order" | "refund" | "delete">, nowMs: number): Answer {
    const order = this.#order(operation.orderId);
    if (operation.kind === "order" && !order.bodies.includes(operation.body)) order.bodies.push(operation.body);
    if (operation.kind === "refund") order.refunds.push(operation.refund);
    if (operation.kind === "delete") order.deleted = true;
    const body = pictureOf(order)?.body ?? null;
    const customer = body?.customerId ? this.#person(body.customerId) : null;
    if (operation.kind === "order" && operation.body.customerId !== null) this.#person(operation.body.customerId);
    if (body !== null) this.#fixTerms(order, body, customer, nowMs);
    if (body !== null && customer !== null) {
      customer.lastActivityMs = Math.max(customer.lastActivityMs, Math.min(nowMs, body.createdAtMs));
    }
    this.#changeHands(operation.orderId, order, customer);
    const wanted = customer === null ? 0 : this.#targetOf(order) - (order.posted - order.forgiven);
    // Whatever the news brings is there before anything is asked back.
    if (customer !== null && wanted > 0) this.#rise(operation.orderId, order, customer, wanted, nowMs);
    const said = operation.kind === "order" ? operation.body.codes : [];
    for (const code of new Set([...said, ...(body?.codes ?? [])])) this.#use(code, operation.orderId, nowMs);
    const used = [...this.#redemptions.values()].filter((one) => one.usedBy === operation.orderId);
    for (const one of used.sort((a, b) => a.id.localeCompare(b.id))) this.#returnSpent(one, order, nowMs);
    if (customer !== null && wanted < 0) {
      this.#bookDue(nowMs);
      this.#fall(operation.orderId, order, customer, -wanted);
    }
    return "done";
  }

  #fixTerms(order: Order, body: OrderBody, customer: Person | null, nowMs: number): void {
    if (order.version === "not seen") order.version = inForce(this.#versions, body.createdAtMs, nowMs);
    if (customer === null) return;
    const asked = order.owner === null ? null : this.#whole(order.owner);
    if (order.takesPart !== null && asked === customer) return;
    const said = customer.changes.filter((change) => change.atMs <= body.createdAtMs).at(-1);
    order.takesPart = said?.isMember ?? order.version?.program.membership === "everybody";
  }

  /** Whoever loses the order loses its points; whoever has it again still has what they were let off with. */
  #changeHands(orderId: string, order: Order, customer: Person | null): void {
    const before = order.owner === null ? null : this.#whole(order.owner);
    if (before !== null && before !== customer) {
      this.#fall(orderId, order, before, order.posted - order.forgiven);
      // What the earlier customer was let off with is theirs: the next one starts from nothing.
      order.keptBy.set(before, order.forgiven + (order.keptBy.get(before) ?? 0));
      [order.posted, order.forgiven] = [0, 0];
    }
    order.owner = customer;
    if (customer === null) return;
    for (const [person, points] of order.keptBy) {
      if (this.#whole(person) !== customer) continue;
      // And stays theirs when the order comes back to them.
      order.keptBy.delete(person);
      order.posted += points;
      order.forgiven += points;
    }
  }

  #targetOf(order: Order): number {
    const picture = pictureOf(order);
    if (picture === null || order.deleted || order.version === null || order.version === "not seen") return 0;
    const { earn, taxEarns, exclusions } = order.version.program;
    const out = heldThen(this.#readings, exclusions, picture.body.createdAtMs);
    return order.takesPart ? worthOf(picture, { earn, taxEarns, out }, this.#currency) : 0;
  }

  /** Before a program names the group, what it holds is what it has always held; after that, from a minute on. */
  #learn({ group, productIds }: Of<"group">, nowMs: number): Answer {
    const isNamed = this.#versions.some(({ program }) => namesOf(program.exclusions).includes(group));
    this.#readings.push({ group, productIds, fromMs: isNamed ? nowMs + 60_000 : Number.NEGATIVE_INFINITY });
    return "done";
  }

  #rise(orderId: string, order: Order, owner: Person, wanted: number, nowMs: number): void {
    const madeGood = Math.min(order.forgiven, wanted);
    order.forgiven -= madeGood;
    const points = wanted - madeGood;
    if (points === 0) return;
    order.posted += points;
    order.postings += 1;
    const days = programOf(order)?.pendingDays ?? 0;
    const availableAtMs = (pictureOf(order)?.body.processedAtMs ?? nowMs) + days * DAY;
    const name = `order:${orderId}:${order.postings}`;
    const { ownDebts } = this.#debtsOf(order, owner);
    const parcel = this.#add("earn", { owner, name, orderId, availableAtMs, fixedExpiryMs: null, points }, nowMs);
    // An order that rises again pays for what its own falls left owed, also where its points are lost by now.
    if (!parcel.isPending) this.#payOwed(parcel, ownDebts);
  }

  #fall(orderId: string, order: Order, owner: Person, wanted: number): void {
    const own = this.#parcels.filter((parcel) => parcel.owner === owner && parcel.orderId === orderId);
    const ownPending = own.filter((parcel) => parcel.isPending);
    const ownAvailable = own.filter((parcel) => !parcel.isPending);
    const others = this.#parcels.filter(
      (parcel) => parcel.owner === owner && parcel.orderId !== orderId && !parcel.isPending,
    );
    // Nobody is asked for what they had of this order and lost in time: only for what they had and used.
    const notUsed = sum(own.map((parcel) => parcel.points + parcel.expired));
    const isForgiven = programOf(order)?.owing === "stop-at-zero";
    // Of what was lost, some may not be counted any more: where debts are made, that is all that is ever forgiven.
    const lostBefore = isForgiven ? 0 : order.forgiven;
    const used = Math.max(0, order.posted - order.forgiven - (notUsed - lostBefore));
    let missing = wanted;
    for (const group of [ownPending, ownAvailable]) missing -= pointsIn(this.#take(group, missing));
    const lapsed = missing - Math.min(missing, used);
    order.forgiven += lapsed;
    missing -= lapsed;
    missing -= pointsIn(this.#take(others, missing));
    // What it had paid of debts is owed again before anything is forgiven.
    const letOff = isForgiven ? missing - Math.min(missing, this.#debtsOf(order, owner).paid) : 0;
    const fallen = wanted - lapsed - letOff;
    order.forgiven += letOff;
    owner.owed += missing - letOff;
    order.owedChanges.push([owner, missing - letOff]);
    if (fallen === 0) return;
    order.posted -= fallen;
    order.postings += 1;
    this.#note("claw-back", -fallen);
  }

  // --- rewards ----------------------------------------------------------------------------------------------------------------------

  #hold({ redemptionId, customerId, rewardId }: Of<"hold">, nowMs: number): Answer {
    const known = this.#redemptions.get(redemptionId);
    if (known !== undefined) {
      const isSame = this.#whole(known.owner) === this.#find(customerId) && known.reward.id === rewardId;
      return isSame ? "replay" : "different-request";
    }
    const version = inForce(this.#versions, nowMs, nowMs);
    const reward = version?.program.rewards.find((one) => one.id === rewardId);
    if (version === null || reward === undefined) return "unknown-reward";
    const owner = this.#find(customerId);
    if (owner === null || this.#potsOf(owner).available < reward.cost) return "insufficient-points";
    const redemption: Redemption = {
      id: redemptionId,
      owner,
      reward,
      cost: reward.cost,
      version,
      state: "held",
      usedBy: null,
      returned: 0,
      forgiven: 0,
      returnings: 0,
      taken: [],
    };
    this.#redemptions.set(redemptionId, redemption);
    this.#takeFor(redemption, reward.cost);
    this.#note("hold", -reward.cost);
    owner.lastActivityMs = Math.max(owner.lastActivityMs, nowMs);
    if (reward.kind === "donation") redemption.state = "used";
    return "done";
  }

  #issue({ redemptionId }: Of<"issue">): Answer {
    const redemption = this.#redemptions.get(redemptionId);
    if (redemption === undefined) return "unknown-redemption";
    if (redemption.state !== "held") return "replay";
    redemption.state = "issued";
    return "done";
  }

  #release({ redemptionId }: Of<"release">, nowMs: number): Answer {
    const redemption = this.#redemptions.get(redemptionId);
    if (redemption === undefined) return "unknown-redemption";
    if (redemption.state === "released") return "replay";
    if (redemption.state === "used") return "already-used";
    redemption.state = "released";
    this.#note("release", redemption.cost);
    this.#giveBack(redemption, redemption.cost, `release:${redemption.id}`, nowMs);
    return "done";
  }

  /** Used means: an order was created with the code, whatever became of either since. */
  #use(code: string, orderId: string, nowMs: number): void {
    // What the order has just earned may be so old that it has expired.
    this.#bookDue(nowMs);
    const redemption = [...this.#redemptions.values()].find((one) => codeOf(one.id) === code);
    if (redemption === undefined || redemption.state === "used") return;
    const wasReleased = redemption.state === "released";
    redemption.state = "used";
    redemption.usedBy = orderId;
    if (wasReleased) this.#takeAgain(redemption, redemption.cost);
  }

  #returnSpent(redemption: Redemption, order: Order, nowMs: number): void {
    this.#bookDue(nowMs);
    const { version, cost } = redemption;
    const target = version.program.returnSpent ? pointsBack(order, codeOf(redemption.id), cost) : 0;
    const wanted = target - (redemption.returned - redemption.forgiven);
    if (wanted < 0) {
      redemption.returned += wanted;
      this.#takeAgain(redemption, -wanted);
    }
    if (wanted > 0) {
      const madeGood = Math.min(redemption.forgiven, wanted);
      redemption.forgiven -= madeGood;
      const points = wanted - madeGood;
      if (points === 0) return;
      redemption.returned += points;
      redemption.returnings += 1;
      this.#note("return", points);
      this.#giveBack(redemption, points, `return:${redemption.id}:${redemption.returnings}`, nowMs);
    }
  }

  /** What is not there to take is owed; or it stays with the shopper, where the program stops at zero. */
  #takeAgain(redemption: Redemption, points: number): void {
    const missing = points - this.#takeFor(redemption, points);
    if (redemption.version.program.owing === "stop-at-zero") {
      redemption.returned += missing;
      redemption.forgiven += missing;
      this.#note("reclaim", -(points - missing));
    } else {
      this.#whole(redemption.owner).owed += missing;
      this.#note("reclaim", -points);
    }
  }

  #takeFor(redemption: Redemption, points: number): number {
    const taken = this.#take(this.#availableOf(this.#whole(redemption.owner)), points);
    redemption.taken.push(...taken);
    return pointsIn(taken);
  }

  /** Points go back to where they came from; what is still owed takes them first. */
  #giveBack(redemption: Redemption, points: number, name: string, nowMs: number): void {
    const owner = this.#whole(redemption.owner);
    let missing = points;
    for (const one of redemption.taken) {
      const back = Math.min(one.points, missing);
      one.points -= back;
      missing -= back;
      if (back === 0) continue;
      const expiry = this.#expiryOf(one.parcel);
      if (expiry >= nowMs + GRACE) {
        one.parcel.points += back;
        this.#payOwed(one.parcel);
      } else {
        const { orderId, availableAtMs } = one.parcel;
        const dates = { availableAtMs, fixedExpiryMs: noonAfter(nowMs + GRACE) };
        this.#add(null, { owner, name: `${name}/${one.parcel.name}`, orderId, ...dates, points: back }, nowMs);
      }
    }
    if (missing === 0) return;
    const dates = { availableAtMs: nowMs, fixedExpiryMs: null };
    this.#add(null, { owner, name: `${name}/`, orderId: null, ...dates, points: missing }, nowMs);
  }

  // --- members ----------------------------------------------------------------------------------------------------------------------

  #adjust({ id, customerId, points, reason }: Of<"adjust">, nowMs: number): Answer {
    const known = this.#known(`adjust:${id}`, customerId, [points, reason]);
    if (known !== null) return known;
    if (points === 0 || reason.trim() === "") return "invalid-request";
    const owner = this.#person(customerId);
    if (points > 0) {
      const dates = { availableAtMs: nowMs, fixedExpiryMs: null };
      this.#add("adjust", { owner, name: `adjust:${id}`, orderId: null, ...dates, points }, nowMs);
    } else {
      if (this.#potsOf(owner).available < -points) return "insufficient-points";
      this.#take(this.#availableOf(owner), -points);
      this.#note("adjust", points);
    }
    this.#asked.set(`adjust:${id}`, { owner, text: JSON.stringify([points, reason]) });
    return "done";
  }

  #open({ id, customerId, points, availableAtMs, expiresAtMs }: Of<"open">, nowMs: number): Answer {
    const known = this.#known(`open:${id}`, customerId, [points, availableAtMs, expiresAtMs]);
    if (known !== null) return known;
    const isLate = expiresAtMs !== null && expiresAtMs <= Math.max(nowMs, availableAtMs);
    if (points < 1 || isLate) return "invalid-request";
    const owner = this.#person(customerId);
    const dates = { availableAtMs, fixedExpiryMs: expiresAtMs };
    this.#add("open", { owner, name: `open:${id}`, orderId: null, ...dates, points }, nowMs);
    this.#asked.set(`open:${id}`, { owner, text: JSON.stringify([points, availableAtMs, expiresAtMs]) });
    return "done";
  }

  #known(key: string, customerId: string, request: readonly unknown[]): Answer | null {
    const known = this.#asked.get(key);
    if (known === undefined) return null;
    const isSame = this.#whole(known.owner) === this.#find(customerId) && known.text === JSON.stringify(request);
    return isSame ? "replay" : "different-request";
  }

  #membership({ customerId, isMember }: Of<"membership">, nowMs: number): Answer {
    const person = this.#person(customerId);
    if (person.changes.at(-1)?.isMember === isMember) return "replay";
    person.changes.push({ atMs: nowMs, isMember });
    if (isMember) person.lastActivityMs = Math.max(person.lastActivityMs, nowMs);
    return "done";
  }

  #merge({ keptCustomerId, mergedCustomerId }: Of<"merge">): Answer {
    const [kept, merged] = [this.#person(keptCustomerId), this.#person(mergedCustomerId)];
    if (kept === merged) return "done";
    this.#becameOf.set(merged, kept);
    for (const parcel of this.#parcels) if (parcel.owner === merged) parcel.owner = kept;
    kept.changes = [...kept.changes, ...merged.changes].sort((a, b) => a.atMs - b.atMs);
    kept.owed += merged.owed;
    kept.lastActivityMs = Math.max(kept.lastActivityMs, merged.lastActivityMs);
    merged.owed = 0;
    kept.owed -= pointsIn(this.#take(this.#availableOf(kept), kept.owed));
    return "done";
  }

  // --- books ------------------------------------------------------------------------------------------------------------------------

  #order(orderId: string): Order {
    const known = this.#orders.get(orderId);
    if (known !== undefined) return known;
    const fresh: Order = {
      bodies: [],
      refunds: [],
      deleted: false,
      owner: null,
      version: "not seen",
      takesPart: null,
      posted: 0,
      forgiven: 0,
      keptBy: new Map(),
      owedChanges: [],
      postings: 0,
    };
    this.#orders.set(orderId, fresh);
    return fresh;
  }

  /** The person a customer is by now, if we ever met them. */
  #find(customerId: string): Person | null {
    const person = this.#persons.get(customerId);
    return person === undefined ? null : this.#whole(person);
  }

  #person(customerId: string): Person {
    const known = this.#find(customerId);
    if (known !== null) return known;
    const fresh: Person = { owed: 0, lastActivityMs: Number.NEGATIVE_INFINITY, changes: [] };
    this.#persons.set(customerId, fresh);
    return fresh;
  }

  #whole(person: Person): Person {
    const became = this.#becameOf.get(person);
    return became === undefined ? person : this.#whole(became);
  }

  #potsOf(person: Person): Pots {
    const own = this.#parcels.filter((parcel) => parcel.owner === person);
    const open = [...this.#redemptions.values()].filter(
      (one) => this.#whole(one.owner) === person && (one.state === "held" || one.state === "issued"),
    );
    return {
      pending: sum(own.filter((parcel) => parcel.isPending).map((parcel) => parcel.points)),
      available: sum(own.filter((parcel) => !parcel.isPending).map((parcel) => parcel.points)),
      held: sum(open.map((one) => one.cost)),
      owed: person.owed,
    };
  }

  #expiring(person: Person): { points: number; atMs: number }[] {
    const dates = new Map<number, number>();
    for (const parcel of this.#parcels) {
      if (parcel.owner !== person || parcel.isPending || parcel.points === 0) continue;
      const atMs = this.#expiryOf(parcel);
      if (atMs < Number.POSITIVE_INFINITY) dates.set(atMs, (dates.get(atMs) ?? 0) + parcel.points);
    }
    return [...dates].map(([atMs, points]) => ({ points, atMs })).sort((a, b) => a.atMs - b.atMs);
  }

  /** When any of this person's points next change pot by themselves. */
  #nextDue(person: Person): number | null {
    const filled = this.#parcels.filter((parcel) => parcel.owner === person && parcel.points > 0);
    const moments = filled.map((parcel) => (parcel.isPending ? parcel.availableAtMs : this.#expiryOf(parcel)));
    const soonest = Math.min(...moments, Number.POSITIVE_INFINITY);
    return Number.isFinite(soonest) ? soonest : null;
  }

  /** A new parcel. What is available at once pays what is owed first, unless it comes so late that it is lost already. */
  #add(kind: EntryKind | null, given: Omit<Parcel, "isPending" | "isEarned" | "expired">, nowMs: number): Parcel {
    const parcel = { ...given, isPending: given.availableAtMs > nowMs, isEarned: kind === "earn", expired: 0 };
    this.#parcels.push(parcel);
    if (kind !== null) this.#note(kind, parcel.points);
    if (!parcel.isPending && this.#expiryOf(parcel) > nowMs) this.#payOwed(parcel);
    return parcel;
  }

  #payOwed(parcel: Parcel, most = Number.POSITIVE_INFINITY): void {
    const paid = Math.min(parcel.points, parcel.owner.owed, most);
    parcel.points -= paid;
    parcel.owner.owed -= paid;
    const earnedBy = parcel.isEarned && parcel.orderId !== null ? this.#orders.get(parcel.orderId) : undefined;
    earnedBy?.owedChanges.push([parcel.owner, -paid]);
  }

  /** What the order's points paid of debts and is not owed again, and what its falls left owed and is not paid again. */
  #debtsOf({ owedChanges }: Order, owner: Person): { paid: number; ownDebts: number } {
    let [paid, ownDebts] = [0, 0];
    for (const [person, owed] of owedChanges) {
      if (this.#whole(person) !== owner) continue;
      paid = Math.max(paid - owed, 0);
      ownDebts = Math.max(ownDebts + owed, 0);
    }
    return { paid, ownDebts };
  }

  #availableOf(person: Person): Parcel[] {
    return this.#parcels.filter((parcel) => parcel.owner === person && !parcel.isPending);
  }

  /** Takes up to this many points, soonest-expiring first. */
  #take(parcels: readonly Parcel[], points: number): Taken[] {
    const taken: Taken[] = [];
    let missing = points;
    for (const parcel of [...parcels].sort((a, b) => this.#bySoonest(a, b))) {
      const part = Math.min(parcel.points, missing);
      if (part === 0) continue;
      parcel.points -= part;
      missing -= part;
      taken.push({ parcel, points: part });
    }
    return taken;
  }

  #bySoonest(a: Parcel, b: Parcel): number {
    const [expiryA, expiryB] = [this.#expiryOf(a), this.#expiryOf(b)];
    if (expiryA !== expiryB) return expiryA < expiryB ? -1 : 1;
    return a.availableAtMs - b.availableAtMs || byText(a.name, b.name);
  }

  #note(kind: EntryKind, points: number): void {
    this.#moved.set(kind, (this.#moved.get(kind) ?? 0) + points);
  }
}

function programOf(order: Order) {
  return order.version === null || order.version === "not seen" ? null : order.version.program;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function pointsIn(taken: readonly Taken[]): number {
  return sum(taken.map(({ points }) => points));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
