/** A throwaway database for histories: shops, published programs, some machines over it, and a look behind their backs. */
import { neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import type { EntryKind } from "../../worker/domain/account.ts";
import type { Program } from "../../worker/domain/program.ts";
import type { Shop } from "../../worker/shops/shops.ts";
import { forgetShops, superuserUrl } from "../databases.ts";
import { type InProcessNeon, inProcessNeon } from "./postgres-driver.ts";
import { Gathering, Machine } from "./postgres-machine.ts";

interface Publication {
  readonly shopId: number;
  readonly program: Program;
  readonly inForceFromMs: number;
  readonly publishedAtMs: number;
}

interface Learned {
  readonly shopId: number;
  readonly group: string;
  readonly productIds: readonly string[];
  readonly fromMs: number | null;
}

export class HistoryWorld {
  machines: readonly Machine[];
  readonly #newMachines: () => readonly Machine[];
  readonly #pool: pg.Pool;
  readonly #neon: InProcessNeon;
  readonly #publishing: Gathering<Publication, void>;
  readonly #dating: Gathering<number, readonly (readonly [string, number | null])[]>;
  #shopsMade = 0;
  #isAnalyzed = false;

  constructor(database: { readonly port: number; readonly name: string }, machines = 2) {
    this.#neon = inProcessNeon(database.port);
    // The driver has one way to databases for the whole program: a world takes it.
    neonConfig.fetchFunction = this.#neon.fetch;
    this.#newMachines = () => Array.from({ length: machines }, () => new Machine(database.name));
    this.machines = this.#newMachines();
    this.#pool = new pg.Pool({ connectionString: superuserUrl(database.port, database.name), max: 3 });
    this.#pool.on("error", () => undefined);
    this.#publishing = new Gathering(
      async (publications) => {
        await this.look(PUBLISH, [JSON.stringify(publications)]);
        return publications.map(() => undefined);
      },
      ({ shopId }) => [shopId],
    );
    this.#dating = new Gathering(
      async (shopIds) => {
        const rows = await this.look<{ shop_id: number; member_id: string; at_ms: string | null }>(DUE_DATES, [
          shopIds,
        ]);
        const byShop = Map.groupBy(rows, (row) => row.shop_id);
        return shopIds.map((shopId) =>
          (byShop.get(shopId) ?? []).map(
            (row) => [row.member_id, row.at_ms === null ? null : Number(row.at_ms)] as const,
          ),
        );
      },
      (shopId) => [shopId],
    );
  }

  /** Looks behind row-level security. */
  async look<Row extends pg.QueryResultRow>(query: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#pool.query<Row>(query, values)).rows;
  }

  /** One new shop for each currency, known to every machine. */
  async addShops(currencies: readonly string[]): Promise<Shop[]> {
    const shops = currencies.map((currency) => {
      this.#shopsMade += 1;
      return { domain: `history-${this.#shopsMade}.myshopify.com`, currency };
    });
    await this.look(
      `insert into shops (domain, currency) select domain, currency from json_to_recordset($1::json) as i (domain text, currency text)`,
      [JSON.stringify(shops)],
    );
    const domains = shops.map((shop) => shop.domain);
    const found = await Promise.all(this.machines.map((machine) => machine.shops.find(domains, Date.now())));
    return domains.map((domain) => {
      const shop = found[0]?.get(domain);
      if (!shop) throw new Error("A shop of a history was not found.");
      return shop;
    });
  }

  /** One more version of a shop's program, published at a moment of the shop's own history. */
  publish(publication: Publication): Promise<void> {
    return this.#publishing.ask(publication);
  }

  /** What a group holds, from a moment of the shop's own history on; null is from the beginning. */
  async learn({ shopId, group, productIds, fromMs }: Learned): Promise<void> {
    const moment = fromMs === null ? "-infinity" : new Date(fromMs).toISOString();
    await this.look(LEARN, [shopId, group, productIds, moment]);
  }

  /** What each kind of entry has moved, by shop. */
  async moved(): Promise<Map<number, Partial<Record<EntryKind, number>>>> {
    const rows = await this.look<{ shop_id: number; kind: EntryKind; points: string }>(
      "select shop_id, kind, sum(points)::text as points from entries group by shop_id, kind",
    );
    const moved = new Map<number, Partial<Record<EntryKind, number>>>();
    for (const row of rows) moved.set(row.shop_id, { ...moved.get(row.shop_id), [row.kind]: Number(row.points) });
    return moved;
  }

  /** When the sweep will next look at each member of a shop; null = never. */
  async dueDates(shop: Shop): Promise<Map<string, number | null>> {
    return new Map(await this.#dating.ask(shop.id));
  }

  /** How many entries these shops have, by kind. */
  async counted(shops: readonly Shop[]): Promise<Record<string, number>> {
    const rows = await this.look<{ kind: string; count: number }>(
      "select kind, count(*)::int as count from entries where shop_id = any ($1) group by kind",
      [shops.map((shop) => shop.id)],
    );
    return Object.fromEntries(rows.map((row) => [row.kind, row.count]));
  }

  /** Forgets all shops. The machines begin anew as well: what they remember of shops would only pile up. */
  async clear(): Promise<void> {
    // What the planner learns of the first rows outlives them.
    if (!this.#isAnalyzed) await this.#pool.query("analyze");
    this.#isAnalyzed = true;
    await forgetShops(this.#pool);
    this.machines = this.#newMachines();
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#neon.end()]);
  }
}

const LEARN = `
  with read as (
    insert into product_groups as g (shop_id, group_key, title, read_at, products) values ($1, $2, $2, now(), cardinality($3::text[]))
    on conflict on constraint product_groups_pkey do update set products = excluded.products
    returning group_key
  ),
  ended as (
    update product_group_members m set until = $4
    where m.shop_id = $1 and m.group_key = $2 and m.until is null and not m.product_id = any ($3::text[])
  )
  insert into product_group_members as m (shop_id, product_id, group_key, since)
  select $1, p.id, r.group_key, $4 from read r cross join unnest($3::text[]) as p (id)
  where not exists (
    select from product_group_members k where k.shop_id = $1 and k.group_key = $2 and k.product_id = p.id and k.until is null
  )
  on conflict on constraint product_group_members_pkey do update set until = null
`;

const DUE_DATES = `
  select shop_id, member_id::text as member_id, round(extract(epoch from next_due_at) * 1000)::text as at_ms
  from accounts where shop_id = any ($1)
`;

const PUBLISH = `
  with i as (
    select * from json_to_recordset($1::json) as i ("shopId" integer, "inForceFromMs" bigint, "publishedAtMs" bigint, program jsonb)
  ),
  counted as (
    update shops s set newest_program_version = s.newest_program_version + 1
    from i where s.id = i."shopId" returning s.id, s.newest_program_version as version
  )
  insert into program_versions (shop_id, version, in_force_from, program, published_at)
  select c.id, c.version, to_timestamp(i."inForceFromMs" / 1000.0), i.program, to_timestamp(i."publishedAtMs" / 1000.0)
  from counted c join i on i."shopId" = c.id
`;
