/** What a database's schema is made of, as text that two databases can be compared by. */
import type pg from "pg";

/**
 * Each part of the schema by a name that says what and where it is: columns, constraints, indexes, functions, triggers, policies, privileges.
 * What Postgres writes by itself for `not null` is left out: it has names of its own from version 18 on.
 */
const PARTS = `
  select format('column %s.%s', c.relname, a.attname) as name,
         format('%s%s %s %s', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' end, a.attidentity,
                pg_get_expr(d.adbin, d.adrelid)) as is
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v')
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
  union all
  select format('constraint %s.%s', conrelid::regclass, conname), pg_get_constraintdef(oid)
  from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
  union all
  select format('index %s', indexname), indexdef from pg_indexes where schemaname = 'public'
  union all
  select format('function %s(%s)', proname, pg_get_function_identity_arguments(oid)),
         format('%s %s %s %s', prosecdef, provolatile, array_to_string(proconfig, ' '), prosrc)
  from pg_proc where pronamespace = 'public'::regnamespace
  union all
  select format('trigger %s.%s', tgrelid::regclass, tgname), pg_get_triggerdef(oid) || tgenabled::text
  from pg_trigger where not tgisinternal
  union all
  select format('policy %s.%s', tablename, policyname), format('%s %s %s %s %s', permissive, roles, cmd, qual, with_check)
  from pg_policies where schemaname = 'public'
  union all
  select format('row-level security of %s', relname), format('%s %s', relrowsecurity, relforcerowsecurity)
  from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
  union all
  select format('privileges on %s of %s', table_name, grantee), string_agg(privilege_type, ' ' order by privilege_type)
  from information_schema.role_table_grants where table_schema = 'public' and grantee like 'lojal\\_%' group by table_name, grantee
  union all
  select format('privileges on %s.%s of %s', table_name, column_name, grantee), string_agg(privilege_type, ' ' order by privilege_type)
  from information_schema.role_column_grants where table_schema = 'public' and grantee like 'lojal\\_%'
  group by table_name, column_name, grantee
`;

export type Schema = ReadonlyMap<string, string>;

export async function readSchema(client: pg.Client): Promise<Schema> {
  const { rows } = await client.query<{ name: string; is: string | null }>(PARTS);
  return new Map(rows.map(({ name, is }) => [name, (is ?? "").replaceAll(/\s+/g, " ").trim()]));
}

/** What is in one and not in the other, or not the same, in words. */
export function differencesOf(expected: Schema, found: Schema): string[] {
  const missing = [...expected.keys()].filter((name) => !found.has(name)).map((name) => `${name} is missing`);
  const foreign = [...found.keys()].filter((name) => !expected.has(name)).map((name) => `${name} is in no migration`);
  const changed = [...expected]
    .filter(([name, is]) => found.has(name) && found.get(name) !== is)
    .map(([name]) => `${name} was changed`);
  return [...missing, ...foreign, ...changed].sort();
}
