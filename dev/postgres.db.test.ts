import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { onTestFinished, test } from "vitest";
import { type Postgres, startPostgres } from "./postgres.ts";
import { StartFailure } from "./start-failure.ts";

function newHome(): string {
  const base = mkdtempSync(join(tmpdir(), "lojal-postgres-test-"));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  return join(base, "data");
}

async function query(postgres: Postgres, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: postgres.superuserUrl("postgres") });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(text);
  await client.end();
  return rows;
}

test("data outlives a stop and a SIGKILL, and another start on it is refused while it runs", async ({ expect }) => {
  const dataDir = newHome();
  const first = await startPostgres({ dataDir, durable: true });
  await query(first, "create table kept (n int); insert into kept values (1)");
  await first.stop();
  const second = await startPostgres({ dataDir, durable: true });
  process.kill(second.pid, "SIGKILL");
  await second.exited;
  const third = await startPostgres({ dataDir, durable: true, port: second.port });
  expect(await query(third, "select n, current_setting('fsync') as fsync from kept")).toEqual([{ n: 1, fsync: "on" }]);
  expect(await query(third, "select inet_server_addr()::text as at")).toEqual([{ at: "127.0.0.1/32" }]);
  await expect(startPostgres({ dataDir, durable: true })).rejects.toThrow("already runs");
  await third.stop();
  rmSync(third.dataDir, { recursive: true, force: true });
});

test("a taken port is told in one line", async ({ expect }) => {
  const dataDir = newHome();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const taken = await startPostgres({ dataDir, port, durable: false }).catch((error: unknown) => error);
  expect(taken).toBeInstanceOf(StartFailure);
  expect(String(taken)).toContain(`port ${port} of 127.0.0.1 is taken`);
});
