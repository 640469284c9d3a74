import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { onTestFinished, test } from "vitest";
import { migrate } from "./migrate.ts";
import { startPostgres } from "./postgres.ts";

test("an owner as Neon makes it, who is no superuser, can migrate; neither they nor the worker can delete history", async ({
  expect,
}) => {
  // A cluster of its own: roles are the cluster's, and this is about who made them.
  const home = mkdtempSync(join(tmpdir(), "lojal-postgres-test-"));
  chmodSync(home, 0o755);
  const postgres = await startPostgres({ dataDir: join(home, "data"), durable: false });
  onTestFinished(async () => {
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
  });
  const ask = async (url: string, text: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const superuser = postgres.superuserUrl("postgres");
  await ask(superuser, "create role the_owner login createrole createdb nosuperuser nobypassrls password 'owner'");
  await ask(superuser, "create database owned owner the_owner");
  const owner = `postgres://the_owner:owner@127.0.0.1:${postgres.port}/owned`;
  const worker = `postgres://lojal_app:worker@127.0.0.1:${postgres.port}/owned`;
  await migrate(owner, { workerPassword: "worker" });

  await expect(ask(owner, "delete from entries")).rejects.toMatchObject({ constraint: "entries_append_only" });
  for (const url of [owner, worker])
    await expect(ask(url, "set role lojal_eraser")).rejects.toMatchObject({ code: "42501" });
  expect(await ask(owner, "select has_schema_privilege('lojal_eraser', 'public', 'create') as may")).toEqual([
    { may: false },
  ]);
  await ask(
    owner,
    `insert into shops (domain, currency, uninstalled_at, erase_due_at)
     values ('gone.myshopify.com', 'USD', now() - interval '3 days', now() - interval '1 day')`,
  );
  expect(await ask(worker, "select lojal_erase_shop(1, 10) as is_left, lojal_clear_outlived(10) as cleared")).toEqual([
    { is_left: false, cleared: 0 },
  ]);
  expect(await ask(owner, "select 1 from shops")).toEqual([]);
});
