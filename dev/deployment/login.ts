/** The worker's own login: made where it is not there, and looked at with its own eyes. */
import pg from "pg";
import { Refused } from "../command.ts";
import { createLogin } from "../migrate.ts";

export interface Login {
  readonly role: string;
  readonly isNew: boolean;
}

/**
 * Makes the login that DATABASE_URL names, in the role `lojal_worker`, with the password that stands there. One that is there is left as it
 * is. Refused where it is the owner.
 */
export async function ensureLogin(owner: pg.Client, databaseUrl: string): Promise<Login> {
  const { username, password } = new URL(databaseUrl);
  const role = decodeURIComponent(username);
  const { rows } = await owner.query<{ is_owner: boolean; is_there: boolean }>(
    "select current_user = $1 as is_owner, exists (select from pg_roles where rolname = $1) as is_there",
    [role],
  );
  if (rows[0]?.is_owner === true)
    throw new Refused("DATABASE_URL: the worker needs a login of its own, not the owner's. Choose another name there.");
  if (rows[0]?.is_there === true) return { role, isNew: false };
  await owner.query(createLogin(role, decodeURIComponent(password)));
  return { role, isNew: true };
}

/** Logs in as the worker. Refused where that does not work, or where row-level security would not hold it. */
export async function examineLogin(workerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: workerUrl, connectionTimeoutMillis: 30_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (fault) {
    const code = (fault as { code?: string }).code ?? "no answer";
    throw new Refused(`The worker's login cannot log in (${code}): look at DATABASE_URL.`);
  }
  try {
    const { rows } = await client.query<{ is_above: boolean; is_member: boolean; shops: number }>(`
      select (select bool_or(rolbypassrls or rolsuper) from pg_roles where pg_has_role(current_user, oid, 'member')) as is_above,
             pg_has_role(current_user, 'lojal_worker', 'member') as is_member,
             (select count(*)::int from shops) as shops
    `);
    if (rows[0]?.is_above !== false || rows[0].shops !== 0)
      throw new Refused(
        "DATABASE_URL: this login is above row-level security, as roles are that Neon's console makes. Choose a name that is not taken: it is made for you.",
      );
    if (!rows[0].is_member) throw new Refused("DATABASE_URL: this login is not in the role lojal_worker.");
  } catch (fault) {
    if ((fault as { code?: string }).code !== "42501") throw fault;
    throw new Refused("DATABASE_URL: this login may not read the tables: it is not in the role lojal_worker.");
  } finally {
    await client.end();
  }
}
