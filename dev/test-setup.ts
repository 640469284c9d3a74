import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { migrate } from "./migrate.ts";
import { neonEndpoint } from "./neon-endpoint.ts";
import { startNetwork } from "./network.ts";
import { startPostgres } from "./postgres.ts";
import { commandLine, endProcess, isAlive } from "./processes.ts";
import { neonHost, workerPassword } from "./settings.ts";
import { copyTemplate, templateDatabase } from "./test-bed.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgresPort: number;
    networkPort: number;
    /** The one database that the tests inside workerd share. */
    workerTestsDatabase: string;
  }
}

const prefix = "lojal-test-";

/** One Postgres and one local network for the run; every test gets databases of its own from the migrated template. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await clearAbandoned();
  const home = mkdtempSync(join(tmpdir(), prefix));
  writeFileSync(join(home, "owner"), String(process.pid));
  // mkdtemp closes the folder to the user that Postgres runs as; the data inside is closed by Postgres itself.
  chmodSync(home, 0o755);
  const postgres = await startPostgres({ dataDir: join(home, "data"), durable: false });
  await copyTemplate(postgres.port, templateDatabase, "template1");
  await migrate(postgres.superuserUrl(templateDatabase), { workerPassword });
  const workerTestsDatabase = "lojal_worker_tests";
  await copyTemplate(postgres.port, workerTestsDatabase);
  const endpoint = neonEndpoint({ postgresPort: postgres.port });
  const network = await startNetwork({ routes: (host) => (host === neonHost ? endpoint.handle : undefined) });
  project.provide("postgresPort", postgres.port);
  project.provide("networkPort", network.port);
  project.provide("workerTestsDatabase", workerTestsDatabase);
  return async () => {
    await network.stop();
    await endpoint.stop();
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
  };
}

/** A run that was killed leaves its Postgres running; the next run stops it and removes its data. */
async function clearAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const home = join(tmpdir(), name);
    try {
      const owner = Number(readFileSync(join(home, "owner"), "utf8"));
      if (isAlive(owner) && /node|vitest/.test(commandLine(owner))) continue;
      const pid = Number(readFileSync(join(home, "data", "postmaster.pid"), "utf8").split("\n")[0]);
      if (commandLine(pid).includes(home)) await endProcess(pid, ["SIGQUIT", "SIGKILL"]);
    } catch {
      // No owner or no Postgres: what is left is a folder, unless it belongs to somebody else.
      continue;
    }
    rmSync(home, { recursive: true, force: true });
  }
}
