/** What must be true of the ledger's rows whenever they are looked at (docs/ledger.md names the invariants). */
import type { Entry, EntryKind } from "../../worker/domain/account.ts";
import { dayOf } from "../../worker/domain/calendar.ts";
import { english } from "../../worker/domain/explanation/english.ts";
import { versionOf } from "../../worker/domain/program.ts";
import { moveProgress, NO_PROGRESS } from "../../worker/domain/progress.ts";
import { settle, tierWorth } from "../../worker/domain/settlement.ts";
import { tierAt } from "../../worker/domain/tiers.ts";
import type { PureLedger } from "./pure-ledger.ts";

/** Each fault begins with the name of the invariant that does not hold. */
export function faultsOf(ledger: PureLedger, nowMs: number): string[] {
  return [
    ...faultsOfEntries(ledger),
    ...faultsOfLots(ledger, nowMs),
    ...faultsOfAccounts(ledger),
    ...faultsOfOrders(ledger),
    ...faultsOfRedemptions(ledger),
    ...faultsOfShop(ledger),
    ...faultsOfTiers(ledger, nowMs),
    ...faultsOfDates(ledger, nowMs),
  ];
}

type Pots = Pick<Entry, "pending" | "available" | "held" | "owed" | "points">;

/** In which direction each kind moves each pot. */
const MOVES: Readonly<Record<EntryKind, (pots: Pots) => boolean>> = {
  earn: (e) => e.points > 0 && e.pending >= 0 && e.available >= 0 && e.owed <= 0 && e.held === 0,
  "claw-back": (e) => e.points < 0 && e.pending <= 0 && e.available <= 0 && e.owed >= 0 && e.held === 0,
  mature: (e) => e.points === 0 && e.pending < 0 && e.available >= 0 && e.owed <= 0 && e.held === 0,
  expire: (e) => e.points < 0 && e.available === e.points && e.pending === 0 && e.owed === 0 && e.held === 0,
  hold: (e) => e.points < 0 && e.available === e.points && e.held === -e.points && e.pending === 0 && e.owed === 0,
  release: (e) => e.points > 0 && e.held === -e.points && e.available >= 0 && e.owed <= 0 && e.pending === 0,
  use: (e) => e.points === 0 && e.held < 0 && e.pending === 0 && e.available === 0 && e.owed === 0,
  reclaim: (e) => e.points < 0 && e.available <= 0 && e.owed >= 0 && e.pending === 0 && e.held === 0,
  return: (e) => e.points > 0 && e.available >= 0 && e.owed <= 0 && e.pending === 0 && e.held === 0,
  adjust: (e) =>
    e.pending === 0 && e.held === 0 && (e.points > 0 ? e.owed <= 0 && e.available >= 0 : e.available === e.points),
  open: (e) => e.points > 0 && e.pending >= 0 && e.available >= 0 && e.owed <= 0 && e.held === 0,
  gift: (e) => e.points > 0 && e.available >= 0 && e.owed <= 0 && e.pending === 0 && e.held === 0,
  merge: (e) => e.held === 0 || e.pending === 0 || e.pending > 0 === e.held > 0,
};

function faultsOfEntries({ entries, lots, allocations }: PureLedger): string[] {
  const inLots = new Map<string, number>();
  const add = (key: string, points: number) => inLots.set(key, (inLots.get(key) ?? 0) + points);
  for (const lot of lots.values()) add(entries.has(lot.id) ? lot.id : lot.id.replace(/\/\d+$/, ""), lot.amount);
  for (const { entryKey, points } of allocations) add(entryKey, points);
  const faults: string[] = [];
  for (const [key, entry] of entries) {
    const { kind, points, pending, available, owed } = entry;
    if (points !== pending + available - owed) faults.push(`I1 ${key}: points do not add up`);
    if (!MOVES[kind](entry)) faults.push(`I3 ${key}: moves other pots than a ${kind}`);
    if (kind === "claw-back" && !Object.hasOwn(english.sentences.losses, entry.detail.reason ?? ""))
      faults.push(`I14 ${key}: taken back for a reason without a text: ${entry.detail.reason}`);
    if ((inLots.get(key) ?? 0) !== pending + available) faults.push(`I3 ${key}: its lots move something else`);
    inLots.delete(key);
  }
  for (const key of inLots.keys()) faults.push(`I3 ${key}: moves lots and is no entry`);
  return faults;
}

function faultsOfLots({ entries, lots, allocations }: PureLedger, nowMs: number): string[] {
  const allocated = new Map<string, number>();
  for (const { lotId, points } of allocations) allocated.set(lotId, (allocated.get(lotId) ?? 0) + points);
  const faults: string[] = [];
  for (const { id, amount, remaining, matured, expired, availableAtMs } of lots.values()) {
    if (remaining !== amount + (allocated.get(id) ?? 0)) faults.push(`I1 lot ${id}: not what was taken and given`);
    if (amount < 1 || remaining < 0 || remaining > amount) faults.push(`I2 lot ${id}: ${remaining} left of ${amount}`);
    if (expired !== entries.has(`expire:${id}`)) faults.push(`I10 lot ${id}: its expiry is booked or not`);
    if (expired && remaining > 0) faults.push(`I10 lot ${id}: has expired and holds points`);
    if (matured && availableAtMs > nowMs) faults.push(`I11 lot ${id}: is available before its time`);
    if (!matured && entries.has(`mature:${id}`)) faults.push(`I11 lot ${id}: its maturity is booked`);
  }
  return faults;
}

function faultsOfAccounts(ledger: PureLedger): string[] {
  const faults: string[] = [];
  for (const [memberId, account] of ledger.accounts) {
    const own = [...ledger.entries.values()].filter((entry) => entry.memberId === memberId);
    const lots = [...ledger.lots.values()].filter((lot) => lot.memberId === memberId);
    for (const pot of ["pending", "available", "held", "owed"] as const) {
      if (account[pot] !== sum(own.map((entry) => entry[pot]))) faults.push(`I1 member ${memberId}: ${pot}`);
      if (account[pot] < 0) faults.push(`I2 member ${memberId}: ${pot} is ${account[pot]}`);
    }
    if (account.owed > 0 && account.available > 0) faults.push(`I3 member ${memberId}: owes and has points`);
    const live = (matured: boolean) => sum(lots.filter((lot) => lot.matured === matured).map((lot) => lot.remaining));
    if (account.pending !== live(false)) faults.push(`I1 member ${memberId}: pending and lots`);
    if (account.available !== live(true)) faults.push(`I1 member ${memberId}: available and lots`);
    const redemptions = [...ledger.redemptions.values()].filter(
      (one) => ledger.presentMember(one.memberId) === memberId,
    );
    const open = redemptions.filter((one) => one.state === "held" || one.state === "issued");
    if (account.held !== sum(open.map((one) => one.cost))) faults.push(`I1 member ${memberId}: held and redemptions`);
    if (ledger.presentMember(memberId) !== memberId) {
      const { pending, available, held, owed } = account;
      if (pending + available + held + owed !== 0) faults.push(`I3 member ${memberId}: was merged and has points`);
    } else faults.push(...faultsOfConservation(ledger, memberId));
  }
  return faults;
}

/** Issued = pending + available + held + spent + expired + clawed back, where what is owed was clawed back and is not yet there. */
function faultsOfConservation(ledger: PureLedger, memberId: string): string[] {
  const own = [...ledger.entries.values()].filter((entry) => ledger.presentMember(entry.memberId) === memberId);
  const moved = (...kinds: EntryKind[]) =>
    sum(own.filter((entry) => kinds.includes(entry.kind)).map((entry) => entry.points));
  const given = sum(own.filter(({ kind, points }) => kind === "adjust" && points > 0).map(({ points }) => points));
  const issued = moved("earn", "open", "gift") + given;
  const takenByStaff = given - moved("adjust");
  const used = [...ledger.redemptions.values()].filter(
    (one) => one.state === "used" && ledger.presentMember(one.memberId) === memberId,
  );
  const spent = sum(used.map((one) => one.cost - one.returned));
  const account = ledger.accounts.get(memberId);
  if (!account) return [];
  const { pending, available, held, owed } = account;
  const clawedBack = -moved("claw-back") + takenByStaff;
  return issued === pending + available + held + spent - moved("expire") + clawedBack - owed
    ? []
    : [`I3 member ${memberId}: issued ${issued} is not what is there, spent, expired and clawed back`];
}

function faultsOfOrders(ledger: PureLedger): string[] {
  const faults: string[] = [];
  for (const [orderId, order] of ledger.orders) {
    const { posted, forgiven, leftBehind, leftWith, postings, memberId, takesPart } = order;
    const own = [...ledger.entries.values()].filter(
      (entry) => entry.orderId === orderId && (entry.kind === "earn" || entry.kind === "claw-back"),
    );
    if (posted !== sum(own.map((entry) => entry.points))) faults.push(`I4 order ${orderId}: posted and entries`);
    if (postings !== own.length) faults.push(`I4 order ${orderId}: postings and entries`);
    if (forgiven < 0 || forgiven > posted) faults.push(`I6 order ${orderId}: ${forgiven} forgiven of ${posted}`);
    if (leftBehind > forgiven || leftBehind !== sum(Object.values(leftWith)))
      faults.push(`I6 order ${orderId}: ${leftBehind} of ${forgiven} left behind, not whose it is`);
    const version = versionOf(ledger.rules, order.programVersion);
    const worth = settle(
      order.state,
      version,
      ledger.rules.currency,
      order.multiplier,
      ledger.rules.productGroups,
    ).points;
    const target = memberId === null || takesPart === false ? 0 : worth;
    if (posted - forgiven !== target) faults.push(`I4 order ${orderId}: counts ${posted - forgiven}, not ${target}`);
  }
  return faults;
}

/** Progress and tier, led on by differences, are those of all orders as they are now; each gift is given once. */
function faultsOfTiers(ledger: PureLedger, nowMs: number): string[] {
  const today = dayOf(nowMs, ledger.rules.timeZone);
  const faults: string[] = [];
  for (const [memberId, { progress }] of ledger.accounts) {
    let anew = NO_PROGRESS;
    for (const order of ledger.orders.values()) {
      const version = versionOf(ledger.rules, order.programVersion);
      const { body } = order.state;
      if (order.memberId === null || ledger.presentMember(order.memberId) !== memberId) continue;
      if (version === null || body === null || order.takesPart !== true) continue;
      const day = dayOf(body.createdAtMs, ledger.rules.timeZone);
      const counts = { day, ...tierWorth(order.state, version, ledger.rules.currency, ledger.rules.productGroups) };
      anew = moveProgress(anew, null, counts, today);
    }
    const seen = [moveProgress(progress, null, null, today), anew].map(({ days, earlier, memberships }) =>
      JSON.stringify([days, earlier?.slice(1) ?? [0, 0, 0], memberships]),
    );
    if (seen[0] !== seen[1]) faults.push(`I19 member ${memberId}: progress is ${seen[0]}, and its orders' ${seen[1]}`);
    if (ledger.presentMember(memberId) !== memberId) continue;
    const [led, again] = [progress, anew].map((one) => tierAt(one, ledger.rules, nowMs).rank);
    if (led !== again) faults.push(`I19 member ${memberId}: rank ${led}, and by its orders ${again}`);
  }
  return faults;
}

function faultsOfRedemptions({ redemptions, entries }: PureLedger): string[] {
  const faults: string[] = [];
  for (const { id, state, cost, returned, forgiven, taken, usedByOrder } of redemptions.values()) {
    const own = [...entries.values()].filter((entry) => entry.redemptionId === id);
    const counts = (kind: EntryKind) => own.filter((entry) => entry.kind === kind).length;
    const isOpen = state === "held" || state === "issued";
    const moved = sum(own.map((entry) => entry.points));
    const inLots = sum(taken.map((part) => part.points));
    const expected = isOpen ? -cost : state === "used" ? returned - cost : 0;
    if (moved !== expected) faults.push(`I8 redemption ${id}: ${state}, moved ${moved} of ${cost}`);
    if (counts("hold") !== 1 || counts("release") > 1 || counts("use") > 1) faults.push(`I8 redemption ${id}: twice`);
    if (state === "released" && counts("release") !== 1) faults.push(`I8 redemption ${id}: no release`);
    if (state === "used" && counts("use") + counts("release") !== 1) faults.push(`I8 redemption ${id}: used and free`);
    if (returned < 0 || returned > cost || forgiven < 0 || forgiven > returned)
      faults.push(`I8 redemption ${id}: ${returned} returned, ${forgiven} forgiven of ${cost}`);
    if (state !== "used" && (returned > 0 || usedByOrder !== null)) faults.push(`I8 redemption ${id}: not used`);
    const most = isOpen ? cost : state === "used" ? cost - returned : 0;
    if (inLots > most || (isOpen && inLots < most) || taken.some((part) => part.points < 1))
      faults.push(`I8 redemption ${id}: knows the lots of ${inLots} points`);
  }
  return faults;
}

/** For the shop the sum is taken over its orders and redemptions, not over their entries. */
function faultsOfShop(ledger: PureLedger): string[] {
  const entries = [...ledger.entries.values()];
  const other = entries.filter(({ kind }) => ["adjust", "open", "gift", "expire"].includes(kind));
  const merged = sum(entries.filter(({ kind }) => kind === "merge").map(({ points }) => points));
  const issued = sum([...ledger.orders.values()].map((one) => one.posted)) + sum(other.map((one) => one.points));
  const there = sum([...ledger.accounts.values()].map((one) => one.pending + one.available + one.held - one.owed));
  const used = [...ledger.redemptions.values()].filter((one) => one.state === "used");
  const spent = sum(used.map((one) => one.cost - one.returned));
  return [
    ...(merged === 0 ? [] : [`I3 shop: mergers moved ${merged}`]),
    ...(issued === there + spent ? [] : [`I3 shop: issued ${issued}, there ${there}, spent ${spent}`]),
  ];
}

/** Nothing is booked before its time; what could be spent or taken had matured by then. */
function faultsOfDates({ entries, lots, allocations }: PureLedger, nowMs: number): string[] {
  const faults: string[] = [];
  for (const [key, { kind, occurredAtMs }] of entries) {
    if (occurredAtMs > nowMs) faults.push(`I10 ${key}: a ${kind} that is yet to come`);
    if (kind !== "expire") continue;
    const lot = lots.get(key.slice("expire:".length));
    if (!lot || occurredAtMs < lot.availableAtMs) faults.push(`I10 ${key}: expired before it was available`);
    if (lot?.fixedExpiryMs != null && occurredAtMs !== lot.fixedExpiryMs) faults.push(`I10 ${key}: not on its day`);
  }
  for (const { entryKey, lotId, points } of allocations) {
    const kind = entries.get(entryKey)?.kind;
    if (points > 0 || kind === "claw-back" || kind === "merge") continue;
    if (!lots.get(lotId)?.matured) faults.push(`I11 ${entryKey}: took points that were pending`);
  }
  return faults;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
