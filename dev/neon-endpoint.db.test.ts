import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NeonDbError, neon } from "@neondatabase/serverless";
import pg from "pg";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { neonEndpoint } from "./neon-endpoint.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { superuserPassword } from "./settings.ts";
import { connect, newDatabase, type TestDatabase } from "./test-bed.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await newDatabase();
  await asSuperuser(`
    create table notes (shop text not null, body text constraint notes_body_not_empty check (body <> ''), primary key (shop, body));
    alter table notes enable row level security;
    create policy own_shop on notes using (shop = current_setting('test.shop', true));
    grant select, insert on notes to lojal_app;
    insert into notes values ('a', 'of a'), ('b', 'of b');
  `);
});
afterAll(() => database.drop());

async function asSuperuser(statements: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.superuserUrl });
  await client.connect();
  await client.query(statements);
  await client.end();
}

async function refused(query: Promise<unknown>): Promise<NeonDbError> {
  const error = await query.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof NeonDbError) return error;
  throw new Error(`not refused by the database: ${String(error)}`);
}

describe("values", () => {
  test("arrive as Postgres wrote them and are parsed by type", async ({ expect }) => {
    const sql = connect(database.databaseUrl);
    const { rows, rowCount, command } = await sql`
      select 9007199254740993::bigint as big, 5::int as small, true as yes, null as nothing, '{1,2}'::int[] as list,
             ${"text"}::text as given, ${[1, 2]}::int[] as given_list, ${{ a: 1 }}::jsonb as given_json, 1.50::numeric as exact`;
    expect(rows).toEqual([
      {
        big: "9007199254740993",
        small: 5,
        yes: true,
        nothing: null,
        list: [1, 2],
        given: "text",
        given_list: [1, 2],
        given_json: { a: 1 },
        exact: "1.50",
      },
    ]);
    expect([rowCount, command]).toEqual([1, "SELECT"]);
  });

  test("numbers, booleans and nested arrays given as JSON become text", async ({ expect }) => {
    const answer = await post({
      query: "select $1::int + 1, $2::bool, $3::text[]",
      params: [
        41,
        false,
        [
          ["a", null],
          ['q"', "\\"],
        ],
      ],
    });
    expect(await answer.json()).toMatchObject({ rows: [["42", "f", '{{a,NULL},{"q\\"","\\\\"}}']], rowAsArray: true });
  });
});

describe("a batch", () => {
  test("is one transaction in which set_config holds, and row-level security shows one shop's rows", async ({
    expect,
  }) => {
    const sql = connect(database.databaseUrl);
    const [, seen] = await sql.transaction([
      sql`select set_config('test.shop', 'a', true)`,
      sql`select body from notes`,
    ]);
    expect(seen?.rows).toEqual([{ body: "of a" }]);
    const { rows } = await sql`select body from notes`;
    expect(rows).toEqual([]);
  });

  test("rolls back as a whole", async ({ expect }) => {
    const sql = connect(database.databaseUrl);
    const shop = sql`select set_config('test.shop', 'a', true)`;
    const insert = () => sql`insert into notes values ('a', 'twice')`;
    const error = await refused(sql.transaction([shop, insert(), insert()]));
    expect([error.code, error.constraint, error.table]).toEqual(["23505", "notes_pkey", "notes"]);
    const [, after] = await sql.transaction([shop, sql`select count(*)::int as n from notes`]);
    expect(after?.rows).toEqual([{ n: 1 }]);
  });

  test("keeps the isolation level and read-only mode it asks for", async ({ expect }) => {
    const sql = connect(database.databaseUrl);
    const settings = sql`select current_setting('transaction_isolation') i, current_setting('transaction_read_only') r, current_setting('transaction_deferrable') d`;
    const modes = { isolationLevel: "Serializable", readOnly: true, deferrable: true } as const;
    const [strict] = await sql.transaction([settings], modes);
    const [plain] = await sql.transaction([settings]);
    expect(strict?.rows).toEqual([{ i: "serializable", r: "on", d: "on" }]);
    expect(plain?.rows).toEqual([{ i: "read committed", r: "off", d: "off" }]);
  });
});

describe("errors", () => {
  test("carry the fields of Postgres", async ({ expect }) => {
    const sql = connect(database.databaseUrl);
    const error = await refused(
      sql.transaction([sql`select set_config('test.shop', 'a', true)`, sql`insert into notes values ('a', '')`]),
    );
    expect(error).toMatchObject({
      code: "23514",
      constraint: "notes_body_not_empty",
      schema: "public",
      severity: "ERROR",
    });
    expect((await refused(sql`select nonsense`)).code).toBe("42703");
    expect((await refused(sql.query("select 1; select 2"))).code).toBe("42601");
    expect((await refused(sql`insert into notes values ('b', 'not mine')`)).code).toBe("42501");
  });

  test("a wrong password is the database's refusal", async ({ expect }) => {
    const url = new URL(database.databaseUrl);
    url.password = "wrong";
    expect((await refused(connect(url.href)`select 1`)).code).toBe("28P01");
  });

  test("what is not the protocol is refused without touching the database", async ({ expect }) => {
    expect((await post("x".repeat(10 * 1024 * 1024 + 1))).status).toBe(413);
    expect((await post("not json")).status).toBe(400);
    expect((await post({ sql: "select 1" })).status).toBe(400);
  });
});

describe("a session, as Neon's pool keeps it", () => {
  const whoAmI = (sql: ReturnType<typeof connect>) => async () => {
    const { rows } = await sql`select pg_backend_pid() as session, current_setting('test.kept', true) as kept`;
    return { session: rows[0]?.["session"] as number, kept: rows[0]?.["kept"] as string | null };
  };

  test("goes from one request to the next whole, also after a batch was rolled back", async ({ expect }) => {
    const sql = connect(database.databaseUrl);
    const look = whoAmI(sql);
    await sql`select set_config('test.kept', 'still here', false)`;
    const { session } = await look();
    await refused(sql.transaction([sql`select set_config('test.kept', 'undone', false)`, sql`select nonsense`]));
    expect(await look()).toEqual({ session, kept: "still here" });
  });

  test("is thrown away when a statement outside a batch failed on it, or left a transaction open", async ({
    expect,
  }) => {
    const sql = connect(database.databaseUrl);
    const look = whoAmI(sql);
    await sql`select set_config('test.kept', 'still here', false)`;
    const failed = (await look()).session;
    await refused(sql`select nonsense`);
    expect((await look()).session).not.toBe(failed);
    const begun = (await look()).session;
    await sql`begin`;
    expect((await look()).session).not.toBe(begun);
  });
});

async function post(body: unknown): Promise<Response> {
  const endpoint = neonEndpoint({ postgresPort: inject("postgresPort") });
  const headers = {
    "Neon-Connection-String": database.databaseUrl,
    "Neon-Raw-Text-Output": "true",
    "Neon-Array-Mode": "true",
  };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await endpoint.handle(
    new Request("https://api.db.lojal.internal/sql", { method: "POST", headers, body: text }),
  );
  await endpoint.stop();
  return answer;
}

describe("when Postgres goes away", () => {
  let home: string;
  let postgres: Postgres;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "lojal-endpoint-"));
    chmodSync(home, 0o755);
    postgres = await startPostgres({ dataDir: join(home, "data"), durable: false });
  });
  afterAll(async () => {
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test("queries fail with status 500, and work again once it is back, also after a SIGKILL", async ({ expect }) => {
    const endpoint = neonEndpoint({ postgresPort: postgres.port });
    const select = () =>
      endpoint.handle(
        new Request("https://api.db.lojal.internal/sql", {
          method: "POST",
          headers: {
            "Neon-Connection-String": `postgres://postgres:${superuserPassword}@pg.db.lojal.internal/postgres`,
            "Neon-Raw-Text-Output": "true",
          },
          body: JSON.stringify({ query: "select 1 as one" }),
        }),
      );
    expect((await select()).status).toBe(200);
    process.kill(postgres.pid, "SIGKILL");
    await postgres.exited;
    // The session may outlive the server it belongs to by a moment.
    await expect.poll(async () => (await select()).status).toBe(500);
    const lost = await select();
    expect(await lost.json()).toHaveProperty("message");
    postgres = await startPostgres({ dataDir: join(home, "data"), port: postgres.port, durable: false });
    expect(await (await select()).json()).toMatchObject({ rows: [{ one: "1" }] });
    await endpoint.stop();
  });
});

test("a database elsewhere is not on the local network", async ({ expect }) => {
  await expect(neon("postgres://u:p@pg.example.com/x")`select 1`).rejects.toThrow("no database host");
});
