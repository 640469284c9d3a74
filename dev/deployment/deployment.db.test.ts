/** What a deployment refuses before it has changed anything, and what it does to a database. */
import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import type { Settings } from "../../worker/env.ts";
import { sealToken } from "../../worker/shops/tokens.ts";
import { onServer, superuserUrl } from "../databases.ts";
import { migrationsFolder } from "../migrate.ts";
import { publishVersion, simpleProgram } from "../publish-program.ts";
import { localSettings } from "../settings.ts";
import { copyTemplate } from "../test-bed.ts";
import type { Cloud } from "./cloudflare.ts";
import { deploy } from "./deploy.ts";
import { examineLogin } from "./login.ts";
import { applyDue, asOwner, compareMigrations, folderOfFirst, readMigrations } from "./migrations.ts";
import { rehearse } from "./rehearsal.ts";
import { differencesOf, readSchema } from "./schema.ts";

const all = readMigrations(migrationsFolder);
const newest = all.at(-1)?.tag ?? "";
let made = 0;

async function emptyDatabase(): Promise<string> {
  made += 1;
  const [port, name] = [inject("postgresPort"), `deployment_${process.pid}_${made}`];
  await copyTemplate(port, name, "template1");
  onTestFinished(() => onServer(port, `drop database if exists ${name} with (force)`));
  return superuserUrl(port, name);
}

/** A copy of the project's migrations, for a test to change. */
function copyOfMigrations(): string {
  const folder = mkdtempSync(join(tmpdir(), "lojal-migrations-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(migrationsFolder, folder, { recursive: true });
  return folder;
}

function firstOf(count: number): string {
  const folder = folderOfFirst(migrationsFolder, count);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const migrateTo = (url: string, folder: string) => asOwner(url, (client) => applyDue(client, folder));
const compare = (url: string, folder: string) => asOwner(url, (client) => compareMigrations(client, folder));
const ask = (url: string, text: string) => asOwner(url, async (client) => (await client.query(text)).rows);

/** A deployment to a cloud that is asked for nothing but what it is told to be. */
async function deployTo(
  ownerUrl: string,
  { role, folder, more = {} }: { readonly role: string; readonly folder?: string; readonly more?: Partial<Settings> },
) {
  const said: string[] = [];
  const deployed: string[] = [];
  const cloud: Cloud = {
    name: "a cloud",
    signedIn: () => Promise.resolve(),
    makeQueues: () => Promise.resolve([]),
    deploy: ({ tag }) => {
      deployed.push(tag);
      return Promise.resolve("http://127.0.0.1:9");
    },
  };
  const { host, pathname } = new URL(ownerUrl);
  const workerUrl = `postgres://${role}:a-password@${host}${pathname}`;
  const outcome = await deploy({
    settings: { worker: { ...localSettings("unused"), DATABASE_URL: workerUrl, ...more }, ownerUrl },
    workerUrl,
    cloud,
    tag: "a tag",
    emptyDatabase,
    url: null,
    patienceMs: 0,
    say: (line) => said.push(line),
    ...(folder === undefined ? {} : { folder }),
  }).then(
    () => "done",
    (fault: unknown) => (fault instanceof Error ? fault.message : String(fault)),
  );
  return { said, deployed, outcome };
}

/** A login of this test's own: roles are the cluster's. */
function newRole(): string {
  made += 1;
  const role = `deployed_${process.pid}_${made}`;
  onTestFinished(() => onServer(inject("postgresPort"), `drop role if exists ${role}`));
  return role;
}

test("an empty database and one of any earlier migration are brought to the newest, once", async () => {
  const [fresh, older] = [await emptyDatabase(), await emptyDatabase()];
  await migrateTo(older, firstOf(3));
  expect(await compare(older, migrationsFolder)).toMatchObject({ count: 3, tag: all[2]?.tag });
  for (const url of [fresh, older]) {
    await migrateTo(url, migrationsFolder);
    await migrateTo(url, migrationsFolder);
    expect(await compare(url, migrationsFolder)).toEqual({ count: all.length, due: [], tag: newest });
  }
});

test("a migration that fails leaves nothing behind, and neither do those before it in the same deployment", async () => {
  const url = await emptyDatabase();
  await migrateTo(url, firstOf(2));
  const folder = copyOfMigrations();
  appendFileSync(join(folder, `${newest}.sql`), "\n--> statement-breakpoint\nselect 1 / 0;\n");
  await expect(migrateTo(url, folder)).rejects.toThrow();
  expect(await compare(url, migrationsFolder)).toMatchObject({ count: 2 });
  expect(await ask(url, "select to_regclass('public.sweeps') as sweeps")).toEqual([{ sweeps: null }]);
});

test("a migration that was edited after it was applied, and one that this checkout does not know, are refused", async () => {
  const url = await emptyDatabase();
  await migrateTo(url, migrationsFolder);
  const edited = copyOfMigrations();
  appendFileSync(join(edited, `${all[4]?.tag}.sql`), "\n-- one more thought\n");
  await expect(compare(url, edited)).rejects.toThrow(`${all[4]?.tag} is not what was applied`);
  await expect(compare(url, firstOf(4))).rejects.toThrow("deploy from a newer one");
});

test("tables without a record of migrations are refused", async () => {
  const url = await emptyDatabase();
  await migrateTo(url, migrationsFolder);
  await ask(url, "drop schema drizzle cascade");
  await expect(compare(url, migrationsFolder)).rejects.toThrow("no record of migrations");
});

const byHand = [
  [
    "alter table accounts drop constraint accounts_owed_in_range",
    "constraint accounts.accounts_owed_in_range is missing",
  ],
  ["drop index entries_by_member", "index entries_by_member is missing"],
  ["alter table shops add column nickname text", "column shops.nickname is in no migration"],
  ["alter table lots disable row level security", "row-level security of lots was changed"],
  ["alter policy lots_of_request on lots using (true)", "policy lots.lots_of_request was changed"],
  ["grant delete on entries to lojal_worker", "privileges on entries of lojal_worker was changed"],
  ["alter table entries disable trigger entries_append_only", "trigger entries.entries_append_only was changed"],
  ["alter function lojal_shops_due() set search_path = ''", "function lojal_shops_due() was changed"],
] as const;

test("every change of the schema by hand is seen and named", async () => {
  const url = await emptyDatabase();
  await migrateTo(url, migrationsFolder);
  await asOwner(url, async (client) => {
    const before = await readSchema(client);
    for (const [change, told] of byHand) {
      await client.query("begin");
      await client.query(change);
      expect(differencesOf(before, await readSchema(client))).toContain(told);
      await client.query("rollback");
    }
    expect(differencesOf(before, await readSchema(client))).toEqual([]);
  });
});

test("a schema changed by hand is refused before anything is changed", async () => {
  const url = await emptyDatabase();
  await migrateTo(url, firstOf(all.length - 1));
  await ask(url, "alter table lots disable row level security");
  const { outcome, deployed } = await deployTo(url, { role: newRole() });
  expect(outcome).toContain("changed by hand");
  expect(outcome).toContain("row-level security of lots was changed");
  expect(deployed).toEqual([]);
  expect(await compare(url, migrationsFolder)).toMatchObject({ due: [newest] });
});

test("while another deployment migrates the database, and while a table is in use, nothing is changed", async () => {
  const url = await emptyDatabase();
  await migrateTo(url, firstOf(all.length - 1));
  const folder = copyOfMigrations();
  appendFileSync(
    join(folder, `${newest}.sql`),
    "\n--> statement-breakpoint\nalter table shops add column extra text;\n",
  );
  await asOwner(url, async (other) => {
    await other.query("begin; lock table shops in access exclusive mode");
    const impatient = asOwner(url, (client) => applyDue(client, folder, { lockTimeoutMs: 50 }));
    await expect(impatient).rejects.toThrow("A table was in use for 0.05 s: nothing was changed");
    await other.query("rollback; select pg_advisory_lock(5010741)");
    await expect(migrateTo(url, folder)).rejects.toThrow("Another deployment migrates this database");
  });
  expect(await compare(url, migrationsFolder)).toMatchObject({ due: [newest] });
});

test("the worker's login is made with its password, and is held by row-level security; an existing one is left alone", async () => {
  const [url, role] = [await emptyDatabase(), newRole()];
  const first = await deployTo(url, { role });
  // Nothing listens where this cloud says the worker is: everything before the smoke test was done.
  expect(first.outcome).toContain("The new worker does not work: worker and database: GET /healthz was not answered");
  expect(first.outcome).toContain("npx wrangler rollback");
  expect(first.deployed).toEqual(["a tag"]);
  expect(first.said).toContain(`ok      the worker logs in as ${role}, made now`);
  const again = await deployTo(url, { role });
  expect(again.said).toContain(`ok      the worker logs in as ${role}`);
  expect(again.said).toContain("ok      no migration is due");
});

test("the owner's login, one above row-level security and one outside the worker's role are refused for the worker", async () => {
  const url = await emptyDatabase();
  const { outcome } = await deployTo(url, { role: "postgres" });
  expect(outcome).toContain("a login of its own, not the owner's");
  const [above, outside] = [newRole(), newRole()];
  await ask(url, `create role ${above} login bypassrls password 'a-password' in role lojal_worker`);
  await ask(url, `create role ${outside} login password 'a-password'`);
  const as = (role: string) => Object.assign(new URL(url), { username: role, password: "a-password" }).href;
  await expect(examineLogin(as(above))).rejects.toThrow("above row-level security");
  await expect(examineLogin(as(outside))).rejects.toThrow("not in the role lojal_worker");
  await expect(examineLogin(as("nobody_at_all"))).rejects.toThrow("cannot log in");
});

test("settings without the key that tokens are sealed under are refused before the worker is deployed; with the key of before they are taken", async () => {
  const [url, role, otherKey] = [await emptyDatabase(), newRole(), Buffer.alloc(32, 7).toString("base64")];
  await migrateTo(url, migrationsFolder);
  const domain = "sealed.myshopify.com";
  const sealed = await sealToken("shpat_test", domain, [otherKey]);
  await ask(url, `insert into shops (domain, currency, access_token_sealed) values ('${domain}', 'USD', '${sealed}')`);
  const lost = await deployTo(url, { role });
  expect(lost.outcome).toContain("TOKEN_KEY: the token of sealed.myshopify.com is sealed under another key");
  expect(lost.deployed).toEqual([]);
  const kept = await deployTo(url, { role, more: { TOKEN_KEY_PREVIOUS: otherKey } });
  expect(kept.deployed).toEqual(["a tag"]);
});

test("a rehearsal migrates an empty Postgres, runs the bundled worker on it and finds it working", async () => {
  const port = inject("postgresPort");
  onTestFinished(() => onServer(port, "drop database if exists rehearsal with (force)"));
  const postgres = {
    port,
    superuserUrl: (name: string) => superuserUrl(port, name),
    emptyDatabase,
    stop: () => Promise.resolve(),
  };
  const rehearsal = await rehearse(postgres, "staging");
  onTestFinished(() => rehearsal.stop());
  const said: string[] = [];
  const say = (line: string) => said.push(line);
  await deploy({ ...rehearsal, tag: "a tag", emptyDatabase, url: null, patienceMs: 10_000, say });
  expect(said.filter((line) => !line.startsWith("ok "))).toEqual([]);
  expect(said).toContain("ok      signed shopper of no shop: 404");
});

test("a program is published for a shop that has the app, version by version, and refused for another", async () => {
  const url = await emptyDatabase();
  await migrateTo(url, migrationsFolder);
  await ask(
    url,
    `insert into shops (domain, currency, uninstalled_at)
     values ('here.myshopify.com', 'JPY', null), ('gone.myshopify.com', 'USD', now())`,
  );
  const publish = (domain: string) =>
    asOwner(url, (client) =>
      publishVersion(client, domain, (currency) =>
        simpleProgram({ currency, points: 1, perMinor: 100, pendingDays: 0, rewards: ["500:500"] }),
      ),
    );
  expect([await publish("here.myshopify.com"), await publish("here.myshopify.com")]).toEqual([1, 2]);
  for (const domain of ["gone.myshopify.com", "nowhere.myshopify.com"])
    await expect(publish(domain)).rejects.toThrow("has not installed the app here");
  expect(
    await ask(
      url,
      // Without settings that workers of before do not know, where they would change nothing.
      `select version, program -> 'rewards' -> 0 ->> 'valueMinor' as yen, program ? 'taxEarns' as tax, newest_program_version as newest
       from program_versions join shops on shops.id = shop_id order by version`,
    ),
  ).toEqual([
    { version: 1, yen: "500", tax: false, newest: 2 },
    { version: 2, yen: "500", tax: false, newest: 2 },
  ]);
});
