/** A deployment, step by step: each is one line, and the first that does not hold ends it with what to do. */
import type pg from "pg";
import { type Settings, tokenKeys } from "../../worker/env.ts";
import { openToken } from "../../worker/shops/tokens.ts";
import { Refused } from "../command.ts";
import { migrationsFolder } from "../migrate.ts";
import type { Cloud } from "./cloudflare.ts";
import { ensureLogin, examineLogin } from "./login.ts";
import { applyDue, asOwner, compareMigrations, refuseDrift, schemaOfFirst } from "./migrations.ts";
import type { DeploymentSettings } from "./settings-file.ts";
import { smokeTest } from "./smoke.ts";

export interface Deployment {
  readonly settings: DeploymentSettings;
  /** The worker's login over TCP; differs from its DATABASE_URL in a rehearsal alone. */
  readonly workerUrl: string;
  readonly cloud: Cloud;
  readonly tag: string;
  /** An empty database on this machine's own Postgres, to see what the migrations make. */
  readonly emptyDatabase: () => Promise<string>;
  /** Where the worker is tested; null is where the cloud says it is. */
  readonly url: string | null;
  readonly patienceMs: number;
  readonly say: (line: string) => void;
  readonly folder?: string;
}

/**
 * Database first, worker second: each migration leaves a schema on which the worker before still works
 * (docs/decisions/0013-migrations-widen-first.md). Refused at the first step that does not hold.
 */
export async function deploy(deployment: Deployment): Promise<void> {
  const { cloud, say, settings } = deployment;
  await cloud.signedIn();
  say(`ok      ${cloud.name} knows you`);
  await migrateDatabase(deployment);
  await examineLogin(deployment.workerUrl);
  say("ok      the worker's login is held by row-level security");
  const made = await cloud.makeQueues();
  say(`ok      queues${made.length > 0 ? `: made ${made.join(", ")}` : ""}`);
  const address = await cloud.deploy({ tag: deployment.tag, settings: settings.worker });
  const url = deployment.url ?? address;
  say(`ok      worker deployed: ${url}`);
  const { holds, fault } = await smokeTest({
    url,
    apiSecret: settings.worker.SHOPIFY_API_SECRET,
    patienceMs: deployment.patienceMs,
  });
  for (const line of holds) say(`ok      ${line}`);
  if (fault !== "")
    throw new Refused(
      `The new worker does not work: ${fault}\nThe one before comes back with \`npx wrangler rollback\`; the database stays as it is, which suits both.`,
    );
}

async function migrateDatabase(deployment: Deployment): Promise<void> {
  const { say, settings, folder = migrationsFolder } = deployment;
  await asOwner(settings.ownerUrl, async (client) => {
    const { major, role } = await readServer(client);
    if (major < 16) throw new Refused(`The database is Postgres ${major}; 16 or newer is needed.`);
    const { tag, due, count } = await compareMigrations(client, folder);
    await refuseDrift(client, await schemaOfFirst(await deployment.emptyDatabase(), folder, count));
    say(`ok      Postgres ${major} as ${role}, at migration ${tag}, nothing changed by hand`);
    await applyDue(client, folder);
    say(`ok      ${due.length === 0 ? "no migration is due" : `migrated: ${due.join(", ")}`}`);
    await refuseLostKey(client, settings.worker);
    const login = await ensureLogin(client, settings.worker.DATABASE_URL);
    say(`ok      the worker logs in as ${login.role}${login.isNew ? ", made now" : ""}`);
  });
}

/** So many stored tokens are tried. */
const TOKENS_TRIED = 20;

/** Refused where a stored token is sealed under a key that is not among the settings: with them no shop of those could be reached. */
async function refuseLostKey(client: pg.Client, settings: Settings): Promise<void> {
  const { rows } = await client.query<{ domain: string; sealed: string }>(
    `select domain, access_token_sealed as sealed from shops where access_token_sealed is not null order by id desc limit ${TOKENS_TRIED}`,
  );
  for (const { domain, sealed } of rows) {
    const isOpen = await openToken(sealed, domain, tokenKeys(settings)).then(
      () => true,
      () => false,
    );
    if (!isOpen)
      throw new Refused(
        `TOKEN_KEY: the token of ${domain} is sealed under another key. Set TOKEN_KEY_PREVIOUS to the key of before; the worker was not deployed.`,
      );
  }
}

async function readServer(client: pg.Client): Promise<{ readonly major: number; readonly role: string }> {
  const { rows } = await client.query<{ major: number; role: string }>(
    "select current_setting('server_version_num')::int / 10000 as major, current_user as role",
  );
  return rows[0] ?? { major: 0, role: "" };
}
