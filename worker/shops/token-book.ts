/**
 * The tokens of each shop, and who may ask Shopify for the next ones. A shop's row is the lease: whoever moves `token_lease_until` holds it, and
 * only the holder writes. All times are the database's; what a caller gets are spans of time, which need no common clock.
 */
import { type SQL, sql } from "drizzle-orm";
import { type Database, epochMs, runFor } from "../db/client.ts";

/** How long a holder may take. After that somebody else may take the lease, and then what this one brings is not written. */
export const LEASE_MS = 30_000;
/** A token is renewed so long before it ends: a call that begins with it must not end without it. */
export const EARLY_MS = 5 * 60_000;

/** Tokens as they lie in the database. */
export interface SealedTokens {
  readonly access: string;
  /** Null for a token that does not expire. */
  readonly refresh: string | null;
  /** What the present pair was bought with. */
  readonly earlierRefresh: string | null;
}

export interface StoredTokens {
  readonly tokens: SealedTokens;
  /** How long the access token is good yet; null for ever. */
  readonly accessLeftMs: number | null;
  readonly refreshLeftMs: number | null;
  /** Whether it is time to look after it, though nobody needs it. */
  readonly isDue: boolean;
}

export interface Lease {
  readonly domain: string;
  readonly untilMs: number;
}

export interface HeldTokens {
  readonly lease: Lease;
  readonly stored: StoredTokens;
}

/** New tokens, and how long they are good, counted from when the lease began; null for ever. */
export interface NewTokens {
  readonly tokens: SealedTokens;
  readonly accessMs: number | null;
  readonly refreshMs: number | null;
}

/** What is written down of a shop when it installs the app. */
export interface ShopFacts {
  readonly currency: string;
  readonly timeZone: string;
  readonly locale: string | null;
  readonly scopes: string;
}

export interface Installed {
  /** The currency the shop counts in: of its first program, whatever it trades in now. */
  readonly currency: string;
}

export class TokenBook {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The tokens of a shop that is installed; null where there are none. */
  async read(domain: string): Promise<StoredTokens | null> {
    const rows = await this.#run<TokenRow>(
      domain,
      sql`select ${TOKEN_COLUMNS} from shops where domain = ${domain} and uninstalled_at is null and access_token_sealed is not null`,
    );
    return rows[0] ? storedOf(rows[0]) : null;
  }

  /** Takes the lease on a shop's tokens, if this is still its access token and nobody holds them. */
  async claim(domain: string, access: string): Promise<HeldTokens | null> {
    const rows = await this.#run<TokenRow & LeaseRow>(
      domain,
      sql`
        update shops set token_lease_until = ${LEASE_UNTIL}
        where domain = ${domain} and uninstalled_at is null and access_token_sealed = ${access} and ${IS_FREE}
        returning ${TOKEN_COLUMNS}, ${LEASE_COLUMN}
      `,
    );
    return rows[0] ? { lease: leaseOf(domain, rows[0]), stored: storedOf(rows[0]) } : null;
  }

  /**
   * Takes the lease on a shop that is to be installed, known or not, if this is still its access token. Null while somebody else has it, or the
   * shop is being erased: it is installed when it is gone, as a new one.
   */
  async claimInstallation(domain: string, access: string | null): Promise<Lease | null> {
    // XXX is no currency: the row is nobody's shop until it is installed.
    const rows = await this.#run<LeaseRow>(
      domain,
      sql`
        insert into shops (domain, currency, uninstalled_at, token_lease_until) values (${domain}, 'XXX', now(), ${LEASE_UNTIL})
        on conflict on constraint shops_domain_key do update set token_lease_until = excluded.token_lease_until
        where coalesce(shops.token_lease_until, '-infinity') <= now() and shops.access_token_sealed is not distinct from ${access}
          and (shops.erase_due_at is null or shops.erase_due_at > now())
        returning ${LEASE_COLUMN}
      `,
    );
    return rows[0] ? leaseOf(domain, rows[0]) : null;
  }

  /** Writes a refreshed pair and ends the lease. False when it is no longer ours: then nothing is written. */
  async keep(lease: Lease, next: NewTokens): Promise<boolean> {
    const rows = await this.#run(
      lease.domain,
      sql`
        update shops set ${pairSetting(lease, next)}
        where ${isHeldUnder(lease)} and uninstalled_at is null and access_token_sealed is not null
        returning id
      `,
    );
    return rows.length > 0;
  }

  /**
   * The shop is installed with this pair: whatever was known of it before is taken up again. Null when the lease is no longer ours. It was
   * installed when the lease began: what uninstalled it before was another installation's.
   */
  async install(lease: Lease, next: NewTokens, facts: ShopFacts): Promise<Installed | null> {
    const rows = await this.#run<Installed>(
      lease.domain,
      sql`
        update shops set
          ${pairSetting(lease, next)}, token_exchanged_at = ${beganAt(lease)},
          currency = case when newest_program_version = 0 then ${facts.currency} else currency end,
          time_zone = ${facts.timeZone}, locale = coalesce(${facts.locale}, locale), details_updated_at = now(),
          scopes = ${facts.scopes}, scopes_updated_at = now(),
          installed_at = case when uninstalled_at is null then installed_at else ${beganAt(lease)} end,
          -- What Liquid reads went with the app: it is written again.
          painted_program_version = case when uninstalled_at is null then painted_program_version else 0 end,
          uninstalled_at = null, erase_due_at = null
        where ${isHeldUnder(lease)} and (erase_due_at is null or erase_due_at > now())
        returning currency
      `,
    );
    return rows[0] ?? null;
  }

  /** The same tokens, sealed anew. Ends the lease. */
  async keepSealed(lease: Lease, tokens: SealedTokens): Promise<void> {
    await this.#run(
      lease.domain,
      sql`
        update shops set ${sealedSetting(tokens)}, ${END_OF_LEASE}, token_due_at = ${NEXT_DAY}
        where ${isHeldUnder(lease)} and access_token_sealed is not null
      `,
    );
  }

  /** Shopify takes the shop's refresh token no more: it waits for its merchant. */
  async lose(lease: Lease): Promise<void> {
    await this.#run(
      lease.domain,
      sql`
        update shops set ${NO_TOKENS}, token_lost_at = now() where ${isHeldUnder(lease)} and access_token_sealed is not null
      `,
    );
  }

  /** Ends the lease with nothing done; the shop is looked after again in so many seconds, if it was its turn. */
  async giveUp(lease: Lease, retryInSeconds: number): Promise<void> {
    await this.#run(
      lease.domain,
      sql`
        update shops set
          ${END_OF_LEASE},
          token_due_at = case when token_due_at <= now() then now() + ${retryInSeconds} * interval '1 second' else token_due_at end
        where ${isHeldUnder(lease)}
      `,
    );
  }

  #run<Row>(domain: string, statement: SQL): Promise<Row[]> {
    return runFor<Row>(this.#db, { domains: [domain] }, statement);
  }
}

const LEASE_UNTIL = sql`date_trunc('milliseconds', now() + ${LEASE_MS} * interval '1 millisecond')`;
const LEASE_COLUMN = sql`${epochMs(sql`token_lease_until`)}::text as lease_ms`;
const IS_FREE = sql`coalesce(token_lease_until, '-infinity') <= now()`;
const END_OF_LEASE = sql`token_lease_until = null`;
/** Once a day, at any time of it. */
const NEXT_DAY = sql`now() + (20 + 4 * random()) * interval '1 hour'`;

const TOKEN_COLUMNS = sql`
  access_token_sealed, refresh_token_sealed, earlier_refresh_token_sealed,
  (${epochMs(sql`token_expires_at`)} - ${epochMs(sql`now()`)})::text as access_left_ms,
  (${epochMs(sql`refresh_token_expires_at`)} - ${epochMs(sql`now()`)})::text as refresh_left_ms,
  coalesce(token_due_at <= now(), false) as is_due
`;

/** In an UPDATE of shops: a shop without a token, whose lease is nobody's. */
export const NO_TOKENS = sql`
  access_token_sealed = null, refresh_token_sealed = null, earlier_refresh_token_sealed = null, token_expires_at = null,
  refresh_token_expires_at = null, token_lease_until = null, token_due_at = null
`;

function isHeldUnder({ domain, untilMs }: Lease): SQL {
  return sql`domain = ${domain} and ${epochMs(sql`token_lease_until`)} = ${untilMs}::bigint`;
}

function beganAt({ untilMs }: Lease): SQL {
  return sql`to_timestamp((${untilMs}::double precision - ${LEASE_MS}) / 1000)`;
}

function sealedSetting({ access, refresh, earlierRefresh }: SealedTokens): SQL {
  return sql`access_token_sealed = ${access}, refresh_token_sealed = ${refresh}, earlier_refresh_token_sealed = ${earlierRefresh}`;
}

function pairSetting(lease: Lease, { tokens, accessMs, refreshMs }: NewTokens): SQL {
  const endOf = (spanMs: number | null) =>
    spanMs === null ? sql`null` : sql`${beganAt(lease)} + ${spanMs} * interval '1 millisecond'`;
  return sql`
    ${sealedSetting(tokens)}, token_expires_at = ${endOf(accessMs)}, refresh_token_expires_at = ${endOf(refreshMs)},
    ${END_OF_LEASE}, token_due_at = ${NEXT_DAY}, token_lost_at = null
  `;
}

interface TokenRow {
  readonly access_token_sealed: string;
  readonly refresh_token_sealed: string | null;
  readonly earlier_refresh_token_sealed: string | null;
  readonly access_left_ms: string | null;
  readonly refresh_left_ms: string | null;
  readonly is_due: boolean;
}

interface LeaseRow {
  readonly lease_ms: string;
}

function storedOf(row: TokenRow): StoredTokens {
  const span = (text: string | null) => (text === null ? null : Number(text));
  return {
    tokens: {
      access: row.access_token_sealed,
      refresh: row.refresh_token_sealed,
      earlierRefresh: row.earlier_refresh_token_sealed,
    },
    accessLeftMs: span(row.access_left_ms),
    refreshLeftMs: span(row.refresh_left_ms),
    isDue: row.is_due,
  };
}

function leaseOf(domain: string, { lease_ms }: LeaseRow): Lease {
  return { domain, untilMs: Number(lease_ms) };
}
