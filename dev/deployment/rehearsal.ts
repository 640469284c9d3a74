/** A deployment without an account: this machine's own Postgres and workerd in the places of Neon and Cloudflare, all else for real. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onServer } from "../databases.ts";
import { neonEndpoint } from "../neon-endpoint.ts";
import { startNetwork } from "../network.ts";
import { startPostgres } from "../postgres.ts";
import * as local from "../settings.ts";
import { startWorker } from "../worker.ts";
import { type Cloud, queuesOf } from "./cloudflare.ts";
import type { DeploymentSettings } from "./settings-file.ts";

const DATABASE = "rehearsal";

export interface OwnPostgres {
  readonly port: number;
  readonly superuserUrl: (database: string) => string;
  /** A new and empty database. */
  emptyDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** A Postgres for as long as a deployment takes. */
export async function startOwnPostgres(): Promise<OwnPostgres> {
  const home = mkdtempSync(join(tmpdir(), "lojal-deploy-postgres-"));
  // Postgres may run as another user than the one who owns this folder.
  chmodSync(home, 0o755);
  const postgres = await startPostgres({ dataDir: join(home, "data"), durable: false });
  let made = 0;
  return {
    port: postgres.port,
    superuserUrl: postgres.superuserUrl,
    emptyDatabase: async () => {
      made += 1;
      await onServer(postgres.port, `create database empty_${made}`);
      return postgres.superuserUrl(`empty_${made}`);
    },
    stop: async () => {
      await postgres.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export interface Rehearsal {
  readonly settings: DeploymentSettings;
  readonly workerUrl: string;
  readonly cloud: Cloud;
  stop(): Promise<void>;
}

/** What a deployment needs, on this Postgres; the worker stays up until `stop`. */
export async function rehearse(postgres: OwnPostgres, environment: string): Promise<Rehearsal> {
  await onServer(postgres.port, `create database ${DATABASE}`);
  const endpoint = neonEndpoint({ postgresPort: postgres.port });
  const network = await startNetwork({ routes: (host) => (host === local.neonHost ? endpoint.handle : undefined) });
  const undo: (() => Promise<unknown>)[] = [() => endpoint.stop(), () => network.stop()];
  const worker = local.localSettings(DATABASE);
  const cloud: Cloud = {
    name: "this machine, in Cloudflare's place,",
    signedIn: () => Promise.resolve(),
    makeQueues: () => Promise.resolve(queuesOf(environment).map(({ name }) => name)),
    deploy: async () => {
      const running = await startWorker({ networkPort: network.port, settings: worker, log: () => undefined });
      undo.push(() => running.stop());
      return running.url;
    },
  };
  return {
    settings: { worker, ownerUrl: postgres.superuserUrl(DATABASE) },
    workerUrl: `postgres://${local.workerRole}:${local.workerPassword}@127.0.0.1:${postgres.port}/${DATABASE}`,
    cloud,
    stop: async () => {
      for (const step of undo.reverse()) await step();
    },
  };
}
