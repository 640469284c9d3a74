/**
 * F11: a shop's token ends, and several workers need it at once. Requests for the next one are lost before or after their effect, arrive late,
 * are answered 500; the token ends in the middle of a call; workers die. Afterwards the pair that is stored works at Shopify, no shop has lost
 * its tokens, nobody asked while somebody else did, and every call was made in the end.
 */
import { seededRandom } from "../../bench/random.ts";
import { openToken, sealToken } from "../../worker/shops/tokens.ts";
import { apiKey, apiSecret, tokenKey } from "../settings.ts";
import { sessionClaims, signSession } from "../shopify/session-token.ts";
import type { Bed } from "./bed.ts";
import { DurableQueue } from "./durable-queue.ts";
import type { FaultOptions, Report } from "./fault.ts";
import { Isolate } from "./isolate.ts";
import type { Store } from "./store.ts";
import { CUTS, type Mishap } from "./wire.ts";

const SIDE_BY_SIDE = 8;
const MINUTE_MS = 60_000;
/** A worker that needs the token makes about so many requests. */
const REQUESTS = 9;
const STATUSES = [429, 500, 502, 503, 401] as const;
const TIMES_PATIENT = 20;
const LONGEST_ANSWER_MS = 60;

/** As many cases as were asked for, in some shops side by side. */
export async function refreshTokens(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const random = seededRandom(seed);
  // The official client takes the bed's network from here on.
  await bed.newIsolate();
  const shops = await Promise.all(
    Array.from({ length: Math.min(SIDE_BY_SIDE, count) }, async () =>
      TokenShop.open(bed, seededRandom(Math.floor(random() * 2 ** 31))),
    ),
  );
  const shopOf = (request: Request) => shops.find(({ domain }) => domain === new URL(request.url).hostname);
  bed.admin.watcher = async (request) => (await shopOf(request)?.watch(request)) ?? (() => undefined);
  bed.admin.follow((_number, request) => shopOf(request)?.mishapFor(request) ?? null);
  const broken: string[] = [];
  let [begun, made] = [0, 0];
  await Promise.all(
    shops.map(async (shop) => {
      while (begun < count && broken.length === 0) {
        begun += 1;
        broken.push(...(await shop.playCase()));
        if (shop.wentWrong) made += 1;
        else begun -= 1;
        if (shop.wentWrong && made % 100 === 0) progress(`${made} cases`);
      }
    }),
  );
  bed.admin.follow(null);
  bed.admin.watcher = null;
  return { made, lost: shops.filter(({ isLost }) => isLost).length, twice: 0, broken };
}

/** One shop whose token ends again and again. */
class TokenShop {
  /** Whether in the last case anything did. */
  wentWrong = false;
  isLost = false;
  readonly #bed: Bed;
  readonly #store: Store;
  readonly #random: () => number;
  readonly #queue = new DurableQueue();
  /** How likely a request for a token goes wrong, and whether a call's token ends under it. */
  #chance = 0;
  #endsMidCall = false;
  #asking = 0;
  #askedAtOnce = 0;
  readonly #late: Request[] = [];

  private constructor(bed: Bed, store: Store, random: () => number) {
    this.#bed = bed;
    this.#store = store;
    this.#random = random;
  }

  get domain(): string {
    return this.#store.domain;
  }

  /** A shop that was installed as a merchant does it. */
  static async open(bed: Bed, random: () => number): Promise<TokenShop> {
    const store = await bed.newStore();
    const { access, refresh } = store.shop.tokens.exchange();
    store.shop.accessTokens.clear();
    const seal = (token: string) => sealToken(token, store.domain, [tokenKey]);
    await bed.look(
      `update shops set access_token_sealed = $2, refresh_token_sealed = $3, token_expires_at = now() + interval '1 hour',
         refresh_token_expires_at = now() + interval '90 days', token_due_at = now() + interval '1 day' where domain = $1`,
      [store.domain, await seal(access), await seal(refresh)],
    );
    return new TokenShop(bed, store, random);
  }

  /** Notes who asks for a token while somebody else does: Shopify takes its time over it. */
  async watch(request: Request): Promise<() => void> {
    if (!asksForToken(request)) return () => undefined;
    this.#asking += 1;
    this.#askedAtOnce = Math.max(this.#askedAtOnce, this.#asking);
    await new Promise((resolve) => setTimeout(resolve, this.#random() * LONGEST_ANSWER_MS));
    return () => {
      this.#asking -= 1;
    };
  }

  mishapFor(request: Request): Mishap | null {
    if (!asksForToken(request)) {
      if (!this.#endsMidCall) return null;
      this.#endsMidCall = false;
      this.wentWrong = true;
      this.#store.shop.tokens.age(61 * MINUTE_MS);
      return null;
    }
    if (this.#random() >= this.#chance) return null;
    this.wentWrong = true;
    const chance = this.#random();
    if (chance < 0.25) return this.#delay(request);
    if (chance < 0.6) return { cut: this.#oneOf(CUTS) };
    const status = this.#oneOf(STATUSES);
    const effect = this.#random() < 0.5 ? "none" : "done";
    return { answer: () => Response.json({ errors: "as ordered" }, { status }), effect };
  }

  /** Its sender is told that the connection is lost, and it arrives when everybody is done. */
  #delay(request: Request): Mishap {
    const strike = async () => {
      const { url, method, headers } = request;
      this.#late.push(new Request(url, { method, headers, body: await request.text() }));
    };
    return { strike, effect: "none" };
  }

  /** The token ends, and some workers need it. Returns what does not hold afterwards. */
  async playCase(): Promise<string[]> {
    this.wentWrong = false;
    this.#askedAtOnce = 0;
    await this.#pass(this.#oneOf([0, 56, 61]) * MINUTE_MS);
    this.#endsMidCall = this.#random() < 0.3;
    this.#chance = this.#oneOf([0.3, 0.6, 0.9]);
    const workers = await Promise.all(
      Array.from({ length: 2 + Math.floor(this.#random() * 3) }, () => Isolate.start(this.#bed.database, this.#queue)),
    );
    for (const { life } of workers)
      if (this.#random() < 0.35)
        life.endAt(1 + Math.floor(this.#random() * REQUESTS), this.#random() < 0.5 ? "before" : "after");
    await this.#send(workers.length);
    const taken = workers.map((worker) => ({ worker, messages: this.#queue.take(1) }));
    const opens = this.#random() < 0.15 ? [this.#openApp(workers[0])] : [];
    await Promise.all([...taken.map(({ worker, messages }) => worker.consume(messages)), ...opens]);
    if (workers.some(({ life }) => life.isOver)) this.wentWrong = true;
    return await this.#afterwards();
  }

  /** Nothing goes wrong any more, and time enough passes: all is done, with a pair that works. */
  async #afterwards(): Promise<string[]> {
    this.#chance = 0;
    this.#endsMidCall = false;
    await this.#bed.admin.settle();
    for (const request of this.#late.splice(0)) await this.#bed.shopify.adminApi(request);
    await this.#bed.look("update shops set token_lease_until = now() where domain = $1 and token_lease_until > now()", [
      this.domain,
    ]);
    const worker = await Isolate.start(this.#bed.database, this.#queue);
    await this.#send(1);
    for (let time = 0; time < TIMES_PATIENT && this.#queue.waiting().length > 0; time++) await worker.drain();
    return [...(await this.#tokensBroken()), ...(await this.#callsBroken())].map((what) => `${this.domain}: ${what}`);
  }

  async #tokensBroken(): Promise<string[]> {
    const [row] = await this.#bed.look<{ access: string | null; refresh: string | null; lost: boolean; held: boolean }>(
      `select access_token_sealed as access, refresh_token_sealed as refresh, token_lost_at is not null as lost,
         token_lease_until > now() as held from shops where domain = $1`,
      [this.domain],
    );
    if (!row?.access || !row.refresh || row.lost) {
      this.isLost = true;
      return ["its tokens are lost"];
    }
    const { tokens } = this.#store.shop;
    const [access, refresh] = [await this.#open(row.access), await this.#open(row.refresh)];
    return [
      ...(tokens.admits(access) ? [] : ["the stored token does not work at Shopify"]),
      ...(tokens.isAlive(refresh) ? [] : ["the stored refresh token would not bring the next pair"]),
      ...(row.held ? ["somebody holds the lease at rest"] : []),
      ...(this.#askedAtOnce > 1 ? [`${this.#askedAtOnce} asked for a token at once`] : []),
    ];
  }

  async #callsBroken(): Promise<string[]> {
    const aside = await this.#bed.look("select reason from set_aside where shop_domain = $1", [this.domain]);
    const [waiting, dropped] = [this.#queue.waiting().length, this.#queue.dropped];
    return [
      ...(waiting > 0 ? [`${waiting} calls were not made`] : []),
      ...(dropped + aside.length > 0 ? [`${dropped + aside.length} calls were given up`] : []),
    ];
  }

  #open(sealed: string): Promise<string> {
    return openToken(sealed, this.domain, [tokenKey]);
  }

  /** Time passes for the tokens of this shop, at Shopify and in the database. */
  async #pass(ms: number): Promise<void> {
    this.#store.shop.tokens.age(ms);
    await this.#bed.look(
      `update shops set token_expires_at = token_expires_at - $2 * interval '1 millisecond',
         refresh_token_expires_at = refresh_token_expires_at - $2 * interval '1 millisecond' where domain = $1`,
      [this.domain, ms],
    );
  }

  /** So many jobs that call Shopify in the shop's name. */
  async #send(count: number): Promise<void> {
    const { JOBS } = this.#queue.bindings() as { JOBS: { send(body: object): Promise<void> } };
    for (let index = 0; index < count; index++) await JOBS.send({ kind: "paint-program", shop: this.domain });
  }

  /** The merchant opens the app meanwhile; what they are told does not matter, and they may be told nothing. */
  async #openApp(worker: Isolate | undefined): Promise<void> {
    const token = signSession(sessionClaims(this.domain, apiKey, new Date()), apiSecret);
    const request = new Request("http://worker.internal/admin/home", { headers: { authorization: `Bearer ${token}` } });
    await worker?.fetch(request).catch(() => undefined);
  }

  #oneOf<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error("There is nothing to choose from.");
    return item;
  }
}

function asksForToken(request: Request): boolean {
  return new URL(request.url).pathname === "/admin/oauth/access_token";
}
