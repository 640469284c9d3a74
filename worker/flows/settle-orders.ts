/** An order's news becomes points: one load, pure decisions, one commit for a whole batch; a lost race is a retry of those members alone, on the state that won. */
import { type Account, type Changes, isEmpty, type OrderRecord, type Redemption } from "../domain/account.ts";
import { settleOrder } from "../domain/decide.ts";
import { Draft } from "../domain/draft.ts";
import type { OrderNews } from "../domain/order.ts";
import type { ShopRules } from "../domain/program.ts";
import type { Retriable } from "../ledger/commit.ts";
import type { Books, Loaded } from "../ledger/load.ts";
import type { Shop } from "../shops/shops.ts";
import type { OrderJob } from "./jobs.ts";
import { giveWay } from "./lost-races.ts";
import { paintMembersLater } from "./paint-storefront.ts";
import { type Rooms, rulesOf } from "./rooms.ts";

/** After the first each costs one round trip. */
const ROUNDS = 20;

interface Work {
  readonly shop: Shop;
  readonly orderId: string;
  readonly news: readonly OrderNews[];
}

/**
 * Settles a batch of order jobs of any shops. Jobs for shops we do not know, or that uninstalled the app, are set aside. Throws when, after several rounds, somebody
 * else was always faster: the queue then brings the jobs again.
 */
export async function settleOrders(rooms: Rooms, jobs: readonly OrderJob[]): Promise<void> {
  const known = await rooms.shops.find(
    jobs.map((job) => job.shop),
    rooms.nowMs(),
  );
  const shops = new Map([...known].filter(([, shop]) => shop.isInstalled));
  const changed = new Map<string, Set<string>>();
  try {
    let open: readonly Work[] = workOf(jobs, shops);
    const load = () => rooms.ledger.load(open.map(wantedBy), { open: true });
    let seen = open.length > 0 ? await load() : null;
    for (let round = 1; seen !== null; round++) {
      if (round > ROUNDS) throw new Error("Orders could not be settled: every round lost a race.");
      const { again, newer } = await settleRound(rooms, open, seen, changed);
      open = again;
      seen = newer !== null && (await giveWay(round)) ? await load() : newer;
    }
  } finally {
    // What was committed is painted, whatever became of the rest: a repeat of it would find nothing changed.
    await paintMembersLater(rooms, changed);
  }
  const others = jobs.filter((job) => !shops.has(job.shop));
  const reasonFor = (domain: string) => (known.has(domain) ? "uninstalled" : "unknown-shop");
  await rooms.shops.setAside(others.map((job) => ({ ...job, reason: reasonFor(job.shop), job })));
}

/** All news of one order together, in the order of arrival. */
function workOf(jobs: readonly OrderJob[], shops: ReadonlyMap<string, Shop>): Work[] {
  const byOrder = new Map<string, { shop: Shop; orderId: string; news: OrderNews[] }>();
  for (const job of jobs) {
    const shop = shops.get(job.shop);
    if (!shop) continue;
    const key = `${shop.id}/${job.orderId}`;
    const work = byOrder.get(key) ?? { shop, orderId: job.orderId, news: [] };
    work.news.push(job.news);
    byOrder.set(key, work);
  }
  return [...byOrder.values()];
}

/** Decide on what was loaded, commit. Returns the work that must be done again, and what it must be decided on. */
async function settleRound(
  rooms: Rooms,
  works: readonly Work[],
  loaded: Loaded,
  changed: Map<string, Set<string>>,
): Promise<{ again: readonly Work[]; newer: Loaded | null }> {
  const again: Work[] = [];
  const units: { unit: Retriable; works: readonly Work[]; isSeen: boolean }[] = [];
  for (const [shopId, books] of loaded.books) {
    const shop = works.find((work) => work.shop.id === shopId)?.shop;
    if (!shop) continue;
    const rules = await rulesOf(rooms, shop, books);
    const own = works.filter((work) => work.shop.id === shopId);
    const index = indexOf(books);
    for (const group of groupsOf(own, index)) {
      const draft = new Draft(group.books, rules);
      for (const work of group.works) settleOrder(draft, work, loaded.nowMs);
      const changes = draft.changes();
      // A repeat changes nothing, and may be the repeat of a batch that died before it could send word: paint it again.
      if (isEmpty(changes)) noteChanged(changed, group.works, [...group.books.accounts]);
      else {
        const isSeen = changes.entries.length > 0 || expiresByInactivity(rules) || hasTiers(rules);
        units.push({ unit: unitOf(shopId, changes, group.works), works: group.works, isSeen });
      }
    }
  }
  const { won, loaded: newer } = await rooms.ledger.commitOrLoad(
    units.map(({ unit }) => unit),
    { open: true },
  );
  units.forEach(({ unit, works: group, isSeen }, index) => {
    if (won[index]) noteChanged(changed, group, isSeen ? unit.changes.accounts : []);
    else again.push(...group);
  });
  return { again, newer };
}

/** An order moves the dates that shoppers see, even if it is worth nothing. */
function expiresByInactivity(rules: ShopRules): boolean {
  return rules.expiry.some(({ rule }) => rule?.kind === "after-inactivity");
}

/** An order may move a tier without moving points. */
function hasTiers(rules: ShopRules): boolean {
  return rules.versions.some(({ program }) => program.tiers !== null);
}

function unitOf(shopId: number, changes: Changes, works: readonly Work[]): Retriable {
  return { shopId, actor: "shopify", changes, wanted: works.map(wantedBy) };
}

function wantedBy(work: Work) {
  const bodies = work.news.flatMap((news) => (news.kind === "state" ? [news.body] : []));
  return {
    shopId: work.shop.id,
    orderIds: [work.orderId],
    customerIds: bodies.flatMap((body) => body.customerId ?? []),
    codes: bodies.flatMap((body) => body.codes),
    productIds: [...new Set(bodies.flatMap(({ lines }) => lines.flatMap(({ productId }) => productId ?? [])))],
  };
}

interface Group {
  readonly works: Work[];
  readonly books: {
    readonly accounts: Set<Account>;
    readonly orders: Set<OrderRecord>;
    readonly redemptions: Set<Redemption>;
  };
}

/** Works that share a member must be decided and committed together; those that share none need not wait for each other. */
function groupsOf(works: readonly Work[], index: BooksIndex): Group[] {
  const groupOfMember = new Map<string, Group>();
  const groups = new Set<Group>();
  for (const work of works) {
    const own = concernedBy(work, index);
    const memberIds = [...own.books.accounts].map((account) => account.memberId);
    for (const touching of new Set(memberIds.flatMap((id) => groupOfMember.get(id) ?? []))) {
      groups.delete(touching);
      mergeInto(own, touching);
    }
    groups.add(own);
    for (const account of own.books.accounts) groupOfMember.set(account.memberId, own);
  }
  return [...groups];
}

function mergeInto(whole: Group, part: Group): void {
  whole.works.unshift(...part.works);
  for (const account of part.books.accounts) whole.books.accounts.add(account);
  for (const order of part.books.orders) whole.books.orders.add(order);
  for (const redemption of part.books.redemptions) whole.books.redemptions.add(redemption);
}

type BooksIndex = ReturnType<typeof indexOf>;

function indexOf(books: Books) {
  return {
    accounts: new Map(books.accounts.map((account) => [account.memberId, account])),
    customers: new Map(
      books.accounts.flatMap((account) =>
        [account.customerId ?? [], account.formerCustomerIds].flat().map((id): [string, Account] => [id, account]),
      ),
    ),
    orders: new Map(books.orders.map((order) => [order.orderId, order])),
    redemptions: books.redemptions,
  };
}

/** A work with the books it may touch: its order, its customers, whoever held the order before, and the codes it used. */
function concernedBy(work: Work, index: BooksIndex): Group {
  const { customerIds, codes } = wantedBy(work);
  const order = index.orders.get(work.orderId);
  const redemptions = index.redemptions.filter(
    (redemption) => codes.includes(redemption.code) || redemption.usedByOrder === work.orderId,
  );
  const memberIds = [order?.memberId, ...redemptions.map((redemption) => redemption.memberId)];
  const accounts = [
    ...customerIds.map((id) => index.customers.get(id)),
    ...memberIds.map((id) => index.accounts.get(id ?? "")),
  ];
  return {
    works: [work],
    books: {
      accounts: new Set(accounts.filter((account) => account !== undefined)),
      orders: new Set(order ? [order] : []),
      redemptions: new Set(redemptions),
    },
  };
}

function noteChanged(changed: Map<string, Set<string>>, works: readonly Work[], accounts: readonly Account[]): void {
  const domain = works[0]?.shop.domain;
  if (!domain) return;
  const members = changed.get(domain) ?? new Set();
  for (const account of accounts) members.add(account.memberId);
  changed.set(domain, members);
}
