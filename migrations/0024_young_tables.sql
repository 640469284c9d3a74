-- Of a table that Postgres has never looked at it knows nothing, and it plans badly: rows that are asked for by their key are looked for among all
-- rows of their shop. It looks by itself within a minute (autovacuum), in which a shop that brings its members along is slowed down tenfold. So whoever
-- fills an empty deployment asks for a look as soon as there are some rows. Answers how many tables were looked at; one that somebody else looks at
-- already is left to them. It runs as the owner, who alone may look.
create function lojal_look_at_young_tables_1() returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  young text;
  looked integer := 0;
begin
  for young in
    select c.relname
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.reltuples < 0 and pg_relation_size(c.oid) > 0
    order by c.relname
  loop
    execute format('analyze (skip_locked) %I', young);
    looked := looked + 1;
  end loop;
  return looked;
end $$;
--> statement-breakpoint
-- narrows: nothing that a worker has. A function that is made is everybody's at first, and no worker calls this one yet.
revoke all on function lojal_look_at_young_tables_1() from public;
--> statement-breakpoint
grant execute on function lojal_look_at_young_tables_1() to lojal_worker;
