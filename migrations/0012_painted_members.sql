-- What Liquid was given of each book, so that the next write says what it replaces and a lost one is found; and where the painting of
-- each shop stands. No order and no commit touches these tables. Whoever deletes an account or a shop deletes what hangs on it.
create table painted_members (
  shop_id integer not null,
  member_id bigint not null,
  -- The account's version that was written; 0 where none was.
  version bigint not null,
  -- When the ledger was read for it: of two writes the one that was read for later is the later one.
  read_at timestamptz not null,
  -- A hash of what was written.
  content text,
  -- What Shopify calls the value: the next write replaces this one and no other. Null where it is not known, or there is none.
  digest text,
  -- What was written beside it.
  points bigint,
  next_expiry date,
  -- A change that was not written in time: since when, and when it is asked for next.
  late_since timestamptz,
  due_at timestamptz,
  constraint painted_members_pkey primary key (shop_id, member_id),
  constraint painted_members_account_fkey foreign key (shop_id, member_id) references accounts (shop_id, member_id) on delete cascade,
  constraint painted_members_late_is_due check ((late_since is null) = (due_at is null))
) with (fillfactor = 80);
--> statement-breakpoint
create index painted_members_due on painted_members (shop_id, due_at) where due_at is not null;
--> statement-breakpoint

create table paintings (
  shop_id integer not null
    constraint paintings_pkey primary key
    constraint paintings_shop_fkey references shops (id) on delete cascade,
  -- Which of the worker's sets of metafield definitions the shop has, and since when: a later installation starts over.
  definitions_version integer not null default 0,
  defined_at timestamptz,
  -- When they are made next, where they are missing.
  define_due_at timestamptz not null default now(),
  -- All members are painted anew: from whom on, and when the next page is due, or the one under way is taken for dead. In whole
  -- milliseconds: it is also what tells the holder from those who come too late. Null when nothing is to do.
  due_at timestamptz,
  after_member_id bigint not null default 0,
  members_done integer not null default 0,
  begun_at timestamptz,
  finished_at timestamptz,
  constraint paintings_begun_while_due check (due_at is null or begun_at is not null)
);
--> statement-breakpoint

-- One row: up to when it was looked whether all that changed is written.
create table painting_checks (
  checked_to timestamptz not null,
  is_only boolean not null default true,
  constraint painting_checks_pkey primary key (is_only),
  constraint painting_checks_is_one_row check (is_only)
);
--> statement-breakpoint
insert into painting_checks (checked_to) values (now());
--> statement-breakpoint
alter table painting_checks enable row level security;
--> statement-breakpoint

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['painted_members', 'paintings'] loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format(
      'create policy %I on %I for all to lojal_worker using (shop_id = any ((select lojal_shops())::integer[]))',
      tenant_table || '_of_request', tenant_table
    );
    execute format('grant select, insert, update on %I to lojal_worker', tenant_table);
    execute format(
      'create policy %I on %I for all to lojal_eraser using (shop_id = (select lojal_erased_shop()))',
      tenant_table || '_erased', tenant_table
    );
    execute format('grant select, delete on %I to lojal_eraser', tenant_table);
  end loop;
end $$;
--> statement-breakpoint

-- Called by `worker/shops/paintings.ts` once a minute, over all tenants: notes whose newest entries are a minute old and not written to
-- Shopify, then answers which shops have painting due, and how far behind each of them is. It reads the entries since the last look, with
-- two minutes more for commits that took long: each member of these costs one look-up by key, however much a shop holds.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_paintings_due_1(
  newest_definitions integer
) returns table (shop_id integer, domain text, work text, members_late bigint, late_ms bigint)
language plpgsql security definer set search_path = public, pg_temp
-- Each row is asked for by its key, but the planner must guess how many there will be, and would read whole tables.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
#variable_conflict use_column
declare
  checked timestamptz;
  until timestamptz;
begin
  -- Of two who look at once, one does; what it is to be noted is noted in one transaction with how far it is done.
  select c.checked_to into checked from painting_checks c for update skip locked;
  if found then
    -- After a long silence an hour at a time.
    until := least(now() - interval '1 minute', checked + interval '1 hour');
    insert into painted_members as p (shop_id, member_id, version, read_at, late_since, due_at)
    with changed as materialized (
      select e.shop_id, e.member_id, min(e.recorded_at) as first_at, max(e.recorded_at) as last_at
      from entries e
      where e.recorded_at > checked - interval '2 minutes' and e.recorded_at <= until
      group by e.shop_id, e.member_id
    ),
    -- Nearly all are painted: what is left is few. An entry is seen a moment later than it says, when its commit is done.
    unseen as materialized (
      select c.*, coalesce(w.version, 0) as painted_version
      from changed c left join painted_members w on w.shop_id = c.shop_id and w.member_id = c.member_id
      where w.member_id is null or (w.due_at is null and w.read_at < c.last_at + interval '1 second')
    )
    select u.shop_id, u.member_id, 0, '-infinity', u.first_at, now()
    from unseen u
    join shops s on s.id = u.shop_id and s.uninstalled_at is null and s.access_token_sealed is not null
    -- Nobody is painted who was forgotten, or merged into somebody else.
    join members m on m.shop_id = u.shop_id and m.id = u.member_id and m.customer_id is not null and m.merged_into is null
    join accounts a on a.shop_id = u.shop_id and a.member_id = u.member_id and a.version > u.painted_version
    order by u.shop_id, u.member_id
    on conflict (shop_id, member_id) do update set late_since = excluded.late_since, due_at = excluded.due_at
      where p.due_at is null;
    update painting_checks set checked_to = until where until > checked_to;
  end if;

  return query
  select s.id, s.domain, 'definitions', null::bigint, null::bigint
  from shops s left join paintings p on p.shop_id = s.id
  where s.uninstalled_at is null and s.access_token_sealed is not null and coalesce(p.define_due_at, '-infinity') <= now()
    and (coalesce(p.definitions_version, 0) < newest_definitions or p.defined_at < s.installed_at)
  union all
  select s.id, s.domain, 'repaint', null, null
  from shops s join paintings p on p.shop_id = s.id
  where s.uninstalled_at is null and s.access_token_sealed is not null and p.due_at <= now()
  union all
  select s.id, s.domain, 'late', late.members, lojal_epoch_ms(now()) - lojal_epoch_ms(late.since)
  from shops s
  cross join lateral (
    select count(*) as members, min(p.late_since) as since
    from painted_members p where p.shop_id = s.id and p.due_at > '-infinity'
  ) late
  where s.uninstalled_at is null and s.access_token_sealed is not null and late.members > 0;
end $$;
--> statement-breakpoint
-- narrows: nothing that a worker has. A function that is made is everybody's at first, and no worker calls this one yet.
revoke all on function lojal_paintings_due_1(integer) from public;
--> statement-breakpoint
grant execute on function lojal_paintings_due_1(integer) to lojal_worker;
