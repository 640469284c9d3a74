/** Installed shops by their domain. */
import { inArray, or, type SQL, sql } from "drizzle-orm";
import { type Database, epochMs, runFor } from "../db/client.ts";
import { shops } from "../db/schema.ts";
import { SHOP_DOMAIN } from "../domain/shop-domain.ts";
import {
  eraseSlice,
  noteDetails,
  noteScopes,
  type ShopDetails,
  scheduleErasure,
  type Uninstallation,
  uninstallShop,
} from "./installation.ts";
import { clearOutlived, keepAnswer, readMentions, recordForgotten, scrubCustomer } from "./privacy-requests.ts";
import {
  type AskedBy,
  askReplay,
  listSetAside,
  markReplayed,
  type ReplayDue,
  type Replayed,
  readReplayDue,
  recordSetAside,
  type SetAside,
  type SetAsideRow,
} from "./set-aside.ts";
import { EARLY_MS } from "./token-book.ts";

export interface Shop {
  readonly id: number;
  readonly domain: string;
  readonly currency: string;
  /** Null before Shopify was asked. */
  readonly timeZone: string | null;
  readonly locale: string | null;
  readonly newestProgramVersion: number;
  readonly paintedProgramVersion: number;
  readonly accessTokenSealed: string | null;
  /** Until when nobody needs to ask for another token, by the clock of whoever asked for the shop; null for ever. */
  readonly tokenFreshUntilMs: number | null;
  /** What it has granted; null before that is known. */
  readonly scopes: string | null;
  readonly isInstalled: boolean;
}

const CACHE_MS = 60_000;

/**
 * Looks shops up by domain; what was found installed is remembered for a minute, what was not is asked again: a shop that comes back is back
 * at once.
 */
export class ShopDirectory {
  readonly #db: Database;
  readonly #found = new Map<string, { shop: Shop; untilMs: number }>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** The known shops among these domains, by domain. The answer is gathered apart: others may forget a shop while this one waits. */
  async find(domains: readonly string[], nowMs: number): Promise<ReadonlyMap<string, Shop>> {
    const answer = new Map<string, Shop>();
    for (const domain of domains) {
      const known = this.#found.get(domain);
      if (known && known.untilMs > nowMs) answer.set(domain, known.shop);
    }
    const missing = [...new Set(domains)].filter((domain) => !answer.has(domain));
    for (const shop of missing.length > 0 ? await readShops(this.#db, missing, nowMs) : []) {
      if (shop.isInstalled) this.#found.set(shop.domain, { shop, untilMs: nowMs + CACHE_MS });
      else this.#found.delete(shop.domain);
      answer.set(shop.domain, shop);
    }
    return answer;
  }

  async findOne(domain: string, nowMs: number): Promise<Shop | null> {
    return (await this.find([domain], nowMs)).get(domain) ?? null;
  }

  /** Which shops have which kind of work due, over all tenants: ids and domains, nothing else. */
  due(): Promise<ShopDue[]> {
    return readShopsDue(this.#db);
  }

  /** The summary of this version is what Liquid can read now, with these words; where there are others by now it stays due. */
  async markProgramPainted(shop: Shop, version: number, wordsVersion: number): Promise<void> {
    const statement = sql`
      update shops set painted_program_version = ${version}
      where id = ${shop.id}
        and coalesce((select words_version from shop_settings where shop_id = ${shop.id}), 0) = ${wordsVersion}
    `;
    await runFor(this.#db, { shops: [shop.id] }, statement);
    this.forget(shop.domain);
  }

  /** Records what had no effect. */
  setAside(all: readonly SetAside[]): Promise<void> {
    return recordSetAside(this.#db, all);
  }

  /** The newest of what was set aside for this domain. */
  listSetAside(domain: string, most: number): Promise<SetAsideRow[]> {
    return listSetAside(this.#db, domain, most);
  }

  /** Asks for what was set aside to be run again: the next cron queues it. Returns how many rows that are. */
  askReplay(domain: string, ids: readonly string[] | "all", by?: AskedBy): Promise<number> {
    return askReplay(this.#db, domain, ids, by);
  }

  /** What was asked for and is not queued yet. */
  replayDue(domain: string): Promise<ReplayDue> {
    return readReplayDue(this.#db, domain);
  }

  /** Notes what became of a wish. */
  markReplayed(domain: string, replayed: Replayed): Promise<void> {
    return markReplayed(this.#db, domain, replayed);
  }

  async uninstall(shop: Shop, leaving: Uninstallation): Promise<void> {
    await uninstallShop(this.#db, shop, leaving);
    this.forget(shop.domain);
  }

  async noteScopes(shop: Shop, scopes: string, updatedAtMs: number): Promise<void> {
    await noteScopes(this.#db, shop, scopes, updatedAtMs);
    this.forget(shop.domain);
  }

  async noteDetails(shop: Shop, details: ShopDetails): Promise<void> {
    await noteDetails(this.#db, shop, details);
    this.forget(shop.domain);
  }

  scheduleErasure(shop: Shop): Promise<boolean> {
    return scheduleErasure(this.#db, shop);
  }

  eraseSlice(shop: Shop, most: number): Promise<boolean> {
    return eraseSlice(this.#db, shop, most);
  }

  mentionsOf(shop: Shop, customerIds: readonly string[]) {
    return readMentions(this.#db, shop, customerIds);
  }

  keepAnswer(shop: Shop, kept: Parameters<typeof keepAnswer>[2]): Promise<void> {
    return keepAnswer(this.#db, shop, kept);
  }

  scrubCustomer(shop: Shop, customerIds: readonly string[]): Promise<void> {
    return scrubCustomer(this.#db, shop, customerIds);
  }

  recordForgotten(shop: Shop, requestId: string): Promise<void> {
    return recordForgotten(this.#db, shop, requestId);
  }

  clearOutlived(most: number): Promise<number> {
    return clearOutlived(this.#db, most);
  }

  /** Reads anew next time: after a write to the shop's row. */
  forget(domain: string): void {
    this.#found.delete(domain);
  }
}

async function readShops(db: Database, domains: readonly string[], nowMs: number): Promise<Shop[]> {
  const wanted = domains.filter((domain) => SHOP_DOMAIN.test(domain));
  if (wanted.length === 0) return [];
  const rows = await runFor<ShopRow>(db, { domains: wanted }, selectShops(or(inArray(shops.domain, wanted))));
  return rows.map((row) => ({
    id: row.id,
    domain: row.domain,
    currency: row.currency,
    timeZone: row.time_zone,
    locale: row.locale,
    newestProgramVersion: row.newest_program_version,
    paintedProgramVersion: Math.abs(row.painted_program_version),
    accessTokenSealed: row.access_token_sealed,
    tokenFreshUntilMs: row.token_left_ms === null ? null : nowMs + Number(row.token_left_ms) - EARLY_MS,
    scopes: row.scopes,
    isInstalled: row.is_installed,
  }));
}

interface ShopRow {
  readonly id: number;
  readonly domain: string;
  readonly currency: string;
  readonly time_zone: string | null;
  readonly locale: string | null;
  readonly newest_program_version: number;
  readonly painted_program_version: number;
  readonly access_token_sealed: string | null;
  readonly token_left_ms: string | null;
  readonly scopes: string | null;
  readonly is_installed: boolean;
}

function selectShops(condition: SQL | undefined): SQL {
  return sql`
    select id, domain, currency, time_zone, locale, newest_program_version, painted_program_version, access_token_sealed, scopes,
           (${epochMs(sql`token_expires_at`)} - ${epochMs(sql`now()`)})::text as token_left_ms, uninstalled_at is null as is_installed
    from shops where ${condition}
  `;
}

interface ShopDue {
  readonly shopId: number;
  readonly domain: string;
  readonly work: string;
}

async function readShopsDue(db: Database): Promise<ShopDue[]> {
  const rows = await runFor<{ shop_id: number; domain: string; work: string }>(
    db,
    {},
    sql`select shop_id, domain, work from lojal_shops_due()`,
  );
  return rows.map((row) => ({ shopId: row.shop_id, domain: row.domain, work: row.work }));
}
