/**
 * Neon's HTTP protocol answered in this process, for many thousands of requests of few statements: as dev/neon-endpoint.ts, but statements are
 * prepared once for a connection and connections keep their plans, because a plan costs more than a run of it here.
 */
import { createHash } from "node:crypto";
import pg, { type CustomTypesConfig } from "pg";
import { neonHost } from "../settings.ts";

interface Query {
  readonly query: string;
  readonly params?: unknown[];
}

const CONNECTIONS = 8;

/** Values stay what Postgres wrote: the driver parses them by type id. */
const rawText: CustomTypesConfig = { getTypeParser: () => (value: string | Buffer) => value };

/** What the driver reads of a response. */
interface Answered {
  readonly ok: boolean;
  readonly status: number;
  json(): Promise<unknown>;
}

export interface InProcessNeon {
  fetch(url: string, init: { readonly body: string; readonly headers: Record<string, string> }): Promise<Answered>;
  end(): Promise<void>;
}

export function inProcessNeon(port: number): InProcessNeon {
  const pools = new Map<string, pg.Pool>();
  const names = new Map<string, string>();
  const poolOf = (connectionString: string): pg.Pool => {
    const present = pools.get(connectionString);
    if (present) return present;
    const { username: user, password, pathname } = new URL(connectionString);
    const database = pathname.slice(1);
    const pool = new pg.Pool({ host: "127.0.0.1", port, user, password, database, max: CONNECTIONS });
    pool.on("error", () => undefined);
    pools.set(connectionString, pool);
    return pool;
  };
  const nameOf = (text: string): string => {
    const name = names.get(text) ?? createHash("sha256").update(text).digest("base64url").slice(0, 40);
    names.set(text, name);
    return name;
  };
  return {
    async fetch(url, { body, headers }) {
      if (new URL(url).hostname !== neonHost) throw new Error("Histories ask no other host than the database.");
      const asked = JSON.parse(body) as Query | { readonly queries: readonly Query[] };
      const queries = "queries" in asked ? asked.queries : [asked];
      const client = await poolOf(headers["Neon-Connection-String"] ?? "").connect();
      try {
        const results = await runAll(client, queries, nameOf);
        return answered(true, 200, "queries" in asked ? { results } : results[0]);
      } catch (fault) {
        if (fault instanceof pg.DatabaseError) return answered(false, 400, { ...fault, message: fault.message });
        throw fault;
      } finally {
        client.release();
      }
    },
    end: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

function answered(ok: boolean, status: number, value: unknown): Answered {
  return { ok, status, json: () => Promise.resolve(value) };
}

/** One alone is its own transaction; several are one, as Neon runs a batch. */
async function runAll(client: pg.PoolClient, queries: readonly Query[], nameOf: (text: string) => string) {
  const run = async ({ query, params = [] }: Query) => {
    const prepared = { name: nameOf(query), text: query, values: params, rowMode: "array", types: rawText } as const;
    const { fields, rows, command, rowCount } = await client.query<unknown[]>(prepared);
    const columns = fields.map(({ name, dataTypeID }) => ({ name, dataTypeID }));
    return { fields: columns, rows, command, rowCount, rowAsArray: true };
  };
  const [only] = queries;
  if (only && queries.length === 1) return [await run(only)];
  await client.query("begin");
  try {
    const results: Awaited<ReturnType<typeof run>>[] = [];
    for (const query of queries) results.push(await run(query));
    await client.query("commit");
    return results;
  } catch (fault) {
    await client.query("rollback");
    throw fault;
  }
}
