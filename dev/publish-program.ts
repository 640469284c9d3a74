/** Writes shops and program versions straight into a local database: what an installation and a merchant's "publish" do. */
import pg from "pg";
import { currencyExponent, parseMoney } from "../worker/domain/money.ts";
import { PROGRAM_DEFAULTS, type Program } from "../worker/domain/program.ts";
import { checkProgram, impossibilityInWords } from "../worker/domain/program-check.ts";
import { programSchema, storedProgram } from "../worker/program/program-schema.ts";
import { sealToken } from "../worker/shops/tokens.ts";
import { Refused } from "./command.ts";
import { tokenKey } from "./settings.ts";

export interface Publication {
  readonly domain: string;
  readonly currency: string;
  readonly program: Program;
  /** Default: now, by the database's clock. */
  readonly inForceFrom?: string;
  /** For tests that live in a time of their own; default: now. */
  readonly publishedAt?: string;
  /** The Admin API token the local Shopify knows for this shop. */
  readonly accessToken: string;
}

/**
 * Adds the shop, or publishes a further version for a shop that is there. Versions are never changed. Returns the version's number.
 */
export async function publishProgram(
  superuserUrl: string,
  publication: Publication,
): Promise<{ shopId: number; version: number }> {
  const program = programSchema.parse(publication.program);
  const sealed = await sealToken(publication.accessToken, publication.domain, [tokenKey]);
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query("begin");
    const { rows } = await client.query<{ id: number; currency: string; version: number }>(
      `insert into shops (domain, currency, newest_program_version, access_token_sealed) values ($1, $2, 1, $3)
       on conflict on constraint shops_domain_key do update set newest_program_version = shops.newest_program_version + 1
       returning id, currency, newest_program_version as version`,
      [publication.domain, publication.currency, sealed],
    );
    const shop = rows[0];
    if (!shop) throw new Error("The shop was not written.");
    if (shop.currency !== publication.currency) {
      throw new Refused(`${publication.domain} counts in ${shop.currency}; a shop's currency cannot be changed.`);
    }
    await insertVersion(client, shop, { ...publication, program });
    await client.query("commit");
    return { shopId: shop.id, version: shop.version };
  } catch (fault) {
    await client.query("rollback").catch(() => undefined);
    throw fault;
  } finally {
    await client.end();
  }
}

async function insertVersion(
  client: pg.Client,
  shop: { readonly id: number; readonly version: number },
  publication: Pick<Publication, "program" | "inForceFrom" | "publishedAt">,
): Promise<void> {
  const { inForceFrom = null, publishedAt = null } = publication;
  await client.query(
    `insert into program_versions (shop_id, version, in_force_from, program, published_at)
     values ($1, $2, coalesce($3::timestamptz, now()), $4, coalesce($5::timestamptz, now()))`,
    [shop.id, shop.version, inForceFrom, storedProgram(publication.program), publishedAt],
  );
}

/**
 * Publishes a further version for a shop that installed the app, as one session of the database's owner; in force from now on, unless told. Refused
 * for a shop that is not here. Returns the version's number.
 */
export async function publishVersion(
  client: pg.Client,
  domain: string,
  programFor: (currency: string) => Program,
  inForceFrom?: string,
): Promise<number> {
  const shop = await shopOf(client, domain);
  const program = programSchema.parse(programFor(shop.currency));
  const beginsAtMs = inForceFrom === undefined ? Date.now() : Date.parse(inForceFrom);
  const { impossible } = checkProgram(program, { versions: [], beginsAtMs });
  if (impossible.length > 0)
    throw new Refused(impossible.map((fault) => impossibilityInWords(fault, shop.currency)).join(" "));
  // Whoever runs this has looked at nothing, and may begin it whenever they like.
  const { rows } = await client.query<{ outcome: string; version: number }>(
    "select outcome, version from lojal_publish_1($1, null, null, $2, null, $3, 'operator', '{}')",
    [shop.id, inForceFrom ?? null, storedProgram(program)],
  );
  const [published] = rows;
  if (published?.outcome !== "published") throw new Refused(`${domain} left while its program was published.`);
  return published.version;
}

async function shopOf(client: pg.Client, domain: string): Promise<{ id: number; currency: string }> {
  const { rows } = await client.query<{ id: number; currency: string }>(
    "select id, currency from shops where domain = $1 and uninstalled_at is null",
    [domain],
  );
  const [shop] = rows;
  if (!shop) throw new Refused(`${domain} has not installed the app here: open the app in the shop's admin first.`);
  return shop;
}

/**
 * Installs the app again in a shop that had uninstalled it: a new token, everything else as it was left. A shop whose erasure is due is
 * not installed again before it is erased, and then as a new one: a part of it may be gone already.
 */
export async function installAgain(
  superuserUrl: string,
  { domain, accessToken }: { readonly domain: string; readonly accessToken: string },
): Promise<void> {
  const sealed = await sealToken(accessToken, domain, [tokenKey]);
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    // What was painted for Liquid went with the app: the program's summary is due again.
    const { rowCount } = await client.query(
      `update shops
       set access_token_sealed = $2, refresh_token_sealed = null, earlier_refresh_token_sealed = null, token_expires_at = null,
           refresh_token_expires_at = null, token_lost_at = null, installed_at = now(), uninstalled_at = null, erase_due_at = null, painted_program_version = 0
       where domain = $1 and (erase_due_at is null or erase_due_at > now())`,
      [domain, sealed],
    );
    if (rowCount === 0) throw new Refused(`${domain} is not here, or about to be erased: add it anew.`);
  } finally {
    await client.end();
  }
}

/** The simple program: one rate, one return window, rewards that take an amount off. */
export function simpleProgram(options: {
  readonly currency: string;
  readonly points: number;
  readonly perMinor: number;
  readonly pendingDays: number;
  /** Each "COST:AMOUNT": "500:50.00" is 500 points for 50.00 off. */
  readonly rewards: readonly string[];
}): Program {
  return {
    earn: { points: options.points, perMinor: options.perMinor },
    pendingDays: options.pendingDays,
    rewards: options.rewards.map((text) => simpleReward(text, options.currency)),
    ...PROGRAM_DEFAULTS,
  };
}

function simpleReward(text: string, currency: string): Program["rewards"][number] {
  const [costText = "", amount = ""] = text.split(":");
  const cost = /^\d+$/.test(costText) ? Number(costText) : 0;
  const valueMinor = parseMoney(amount, currency);
  if (cost < 1 || valueMinor === null || valueMinor < 1) {
    const example = currencyExponent(currency) === 0 ? "500:500" : "500:50.00";
    throw new Refused(`A reward is POINTS:AMOUNT, for example ${example}; "${text}" is not.`);
  }
  return {
    id: `off-${cost}`,
    name: `${amount} ${currency} off`,
    kind: "amount_off",
    cost,
    valueMinor,
    minimumMinor: null,
    codeDays: 30,
  };
}
