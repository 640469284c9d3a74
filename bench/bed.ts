/**
 * What all benchmarks stand on: one real Postgres with fsync on, Neon's HTTP endpoint in a process of its own, and a network of a chosen
 * length.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import { onServer, superuserUrl } from "../dev/databases.ts";
import { migrate } from "../dev/migrate.ts";
import { startPostgres } from "../dev/postgres.ts";
import { neonHost, workerDatabaseUrl, workerPassword } from "../dev/settings.ts";
import { startEndpoint } from "./endpoint.ts";

export interface Bed {
  readonly network: Network;
  /** Where this run's Postgres keeps its data. */
  readonly dataDir: string;
  /** Statements about the whole server, and what it is set to is taken up at once. */
  server(...statements: readonly string[]): Promise<void>;
  ask<Row extends pg.QueryResultRow>(query: string): Promise<Row[]>;
  /** The database's HTTP endpoint, for a worker that runs in its own runtime. */
  readonly endpointPort: number;
  /** Stops the database as it would be for an upgrade, for so long, and starts it again. */
  stopDatabase(forMs: number): Promise<void>;
  /** A migrated, empty database; one of the same name from an earlier run is dropped. */
  newDatabase(name: string): Promise<BenchDatabase>;
  /** A finished claim: one line on stdout. */
  result(line: string): void;
  /** Where the run is: stderr. */
  progress(line: string): void;
}

export interface BenchDatabase {
  readonly name: string;
  /** What the worker would get as DATABASE_URL. */
  readonly databaseUrl: string;
  /** Over TCP, above row-level security. */
  readonly superuserUrl: string;
  drop(): Promise<void>;
}

export type Setting = "loopback" | "rtt5ms";

/**
 * The way between a client and the database. Timers count whole milliseconds, so 2.5 ms each way are 2 ms there and 3 ms back;
 * what a round trip really takes is measured by `roundTripMs`.
 */
export class Network {
  setting: Setting = "loopback";

  async cross<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (this.setting === "loopback") return ask();
    await sleep(2);
    const answer = await ask();
    await sleep(3);
    return answer;
  }

  /** The delay that one empty round trip really adds, on average. */
  async roundTripMs(): Promise<number> {
    const times = 200;
    const startedMs = performance.now();
    for (let time = 0; time < times; time++) await this.cross(() => Promise.resolve());
    return (performance.now() - startedMs) / times;
  }
}

/** Inside the checkout, because a machine's temporary folder may lie in memory, where fsync costs nothing. */
const dataDir = join(import.meta.dirname, "../.lojal/bench-data");

export async function withBed<Outcome>(use: (bed: Bed) => Promise<Outcome>): Promise<Outcome> {
  let postgres = await startPostgres({ dataDir, durable: true });
  const endpoint = await startEndpoint(postgres.port);
  const network = new Network();
  // What the worker logs is no result.
  const log = console.log;
  console.log = () => undefined;
  neonConfig.fetchFunction = (url: string, init: Parameters<typeof endpoint.ask>[0]): Promise<Response> => {
    if (new URL(url).hostname === neonHost) return network.cross(() => endpoint.ask(init));
    return Promise.reject(new Error(`A benchmark asks no other host than the database: ${url}`));
  };
  try {
    return await use({
      network,
      dataDir: postgres.dataDir,
      endpointPort: endpoint.port,
      stopDatabase: async (forMs) => {
        const { port } = postgres;
        await postgres.stop();
        await sleep(forMs);
        postgres = await startPostgres({ dataDir, durable: true, port });
      },
      server: async (...statements) => {
        for (const statement of [...statements, "select pg_reload_conf()"]) await onServer(postgres.port, statement);
      },
      ask: (query) => asked(superuserUrl(postgres.port, "postgres"), query),
      newDatabase: (name) => newDatabase(postgres.port, name),
      result: (line) => log(line),
      progress: (line) => console.error(line),
    });
  } finally {
    console.log = log;
    await endpoint.stop();
    await postgres.stop();
    rmSync(postgres.dataDir, { recursive: true, force: true });
  }
}

async function newDatabase(port: number, name: string): Promise<BenchDatabase> {
  const quoted = pg.escapeIdentifier(name);
  const drop = () => onServer(port, `drop database if exists ${quoted} with (force)`);
  await drop();
  await onServer(port, `create database ${quoted}`);
  const ownerUrl = superuserUrl(port, name);
  await migrate(ownerUrl, { workerPassword });
  return { name, databaseUrl: workerDatabaseUrl(name), superuserUrl: ownerUrl, drop };
}

async function asked<Row extends pg.QueryResultRow>(url: string, query: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(query)).rows;
  } finally {
    await client.end();
  }
}
