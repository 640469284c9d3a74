-- Shops that leave and people who are forgotten: what is known of a shop, requests under the privacy laws, and the one role that may
-- delete history, which erases whole shops and nothing else.
alter table shops
  -- As app/scopes_update tells them; null until it does. Whose news is older than what is here changes nothing.
  add column scopes text,
  add column scopes_updated_at timestamptz,
  -- As shop/update tells them.
  add column time_zone text,
  add column locale text,
  add column details_updated_at timestamptz,
  -- Shopify asked for the shop to be erased (shop/redact, 48 hours after it was uninstalled).
  add column erase_due_at timestamptz,
  -- Nobody is erased who is installed, nor before two days are over, in which a merchant may come back.
  add constraint shops_erased_after_uninstall check (
    erase_due_at is null or (uninstalled_at is not null and erase_due_at >= uninstalled_at + interval '48 hours')
  );
--> statement-breakpoint
grant update (scopes, scopes_updated_at, time_zone, locale, details_updated_at, erase_due_at) on shops to lojal_worker;
--> statement-breakpoint

-- A member without a customer: a person who was forgotten. Their points and entries stay, and are nobody's.
alter table members add column forgotten_at timestamptz;
--> statement-breakpoint
alter table members add constraint members_forgotten_without_customer check (forgotten_at is null or customer_id is null);
--> statement-breakpoint
grant update (customer_id, forgotten_at) on members to lojal_worker;
--> statement-breakpoint

-- The orders of a person, for what is held about them and for forgetting them. An order pays for it when it is first seen and when it goes to
-- another member: a change of anything else leaves the entry as it is, unless the row finds no room on its page. Guests' orders are not in it.
create index order_states_by_member on order_states (shop_id, member_id) where member_id is not null;
--> statement-breakpoint

-- Takes a person's numbers out of the ledger, and leaves their points where they are: called by `worker/ledger/forget.ts`. Two customers who
-- became one are one person. It runs with the caller's rights, under row-level security for the shop that it is told.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_forget_customer_1(of_shop integer, customer text, out members_forgotten integer, out orders_scrubbed integer)
language plpgsql
-- Each row is asked for by its key, but the planner must guess how many there will be, and would read whole tables.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
  person bigint[];
  locked bigint[] := '{}';
begin
  perform set_config('lojal.shops', of_shop::text, true);
  -- With the accounts held, nobody is merged into or out of this person: look, hold, look again until nothing has changed. Whoever settles
  -- on what was read before loses the race, reads again, and finds a member without a customer.
  loop
    -- One by one, and no `or`: each is found by its key.
    with present as (
      select coalesce(merged_into, id) as id from members where shop_id = of_shop and customer_id = customer
    ), same as (
      select id from present
      union
      select m.id from present p join members m on m.shop_id = of_shop and m.merged_into = p.id
    )
    select array_agg(id order by id) into person from same;
    exit when person is null or person = locked;
    locked := person;
    perform from accounts where shop_id = of_shop and member_id = any (person) order by member_id for update;
  end loop;

  update accounts set version = version + 1 where shop_id = of_shop and member_id = any (person);
  update members set customer_id = null, forgotten_at = now() where shop_id = of_shop and id = any (person);
  get diagnostics members_forgotten = row_count;
  -- An order that names a customer is held by the member who is or was that customer (the auditor looks for any other), so that these are
  -- all that name the person. As text, so that the rest of the state stays letter by letter what it was. Inside a JSON string, a quote has a backslash before it.
  update order_states o
  set state = regexp_replace(o.state::text, '"customerId":"[0-9]+"', '"customerId":null')::json, revision = o.revision + 1
  where o.shop_id = of_shop and o.member_id = any (person) and o.state -> 'body' ->> 'customerId' is not null;
  get diagnostics orders_scrubbed = row_count;
end $$;
--> statement-breakpoint

-- customers/data_request and customers/redact: what was asked when, and what became of it. An answer is kept until `expires_at`.
create table privacy_requests (
  shop_id integer not null constraint privacy_requests_shop_fkey references shops (id),
  -- Shopify's number of the request, or a name made of what was asked: the same request is one row.
  id text not null,
  kind text not null,
  -- Null where nothing is held about the person, and once they are forgotten.
  customer_id text,
  requested_at timestamptz not null default now(),
  done_at timestamptz,
  -- All that is held about the person, for the merchant to pass on; cleared when its time is over.
  answer json,
  expires_at timestamptz,
  constraint privacy_requests_pkey primary key (shop_id, id),
  constraint privacy_requests_kind_is_known check (kind in ('data-request', 'forget'))
);
--> statement-breakpoint
alter table privacy_requests enable row level security;
--> statement-breakpoint
create policy privacy_requests_of_request on privacy_requests for all to lojal_worker
  using (shop_id = any ((select lojal_shops())::integer[]));
--> statement-breakpoint
grant select, insert, update on privacy_requests to lojal_worker;
--> statement-breakpoint

do $$
begin
  create role lojal_eraser nologin nobypassrls;
exception
  when duplicate_object or unique_violation then null; -- roles belong to the cluster: another database may have made it
end $$;
--> statement-breakpoint
create or replace function refuse_history_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_user = 'lojal_eraser' then
    return null; -- a whole shop is erased
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only';
end $$;
--> statement-breakpoint

-- The shop that is being erased: the eraser sees no other, whatever a WHERE says.
create function lojal_erased_shop() returns integer language sql stable parallel safe as $$
  select nullif(current_setting('lojal.erased_shop', true), '')::integer
$$;
--> statement-breakpoint
do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array[
    'allocations', 'entries', 'lots', 'redemptions', 'order_states', 'accounts', 'members', 'program_versions', 'sweeps', 'statements',
    'order_differences', 'privacy_requests'
  ] loop
    execute format(
      'create policy %I on %I for all to lojal_eraser using (shop_id = (select lojal_erased_shop()))',
      tenant_table || '_erased', tenant_table
    );
    execute format('grant select, delete on %I to lojal_eraser', tenant_table);
  end loop;
end $$;
--> statement-breakpoint
create policy shops_erased on shops for all to lojal_eraser using (id = (select lojal_erased_shop()));
--> statement-breakpoint
create policy set_aside_erased on set_aside for all to lojal_eraser
  using (shop_domain = (select s.domain from shops s where s.id = lojal_erased_shop()));
--> statement-breakpoint
grant select, delete on shops, set_aside to lojal_eraser;
--> statement-breakpoint
-- Only so that it may hold the shop's row: nobody installs a shop while a part of it is deleted.
grant update (erase_due_at) on shops to lojal_eraser;
--> statement-breakpoint
-- What has been kept as long as it may be, of any shop.
create policy set_aside_outlived on set_aside for all to lojal_eraser
  using (recorded_at < now() - interval '90 days' and (job is null or replayed_at is not null or reason = 'unknown-shop'));
--> statement-breakpoint
create policy privacy_requests_outlived on privacy_requests for select to lojal_eraser using (expires_at <= now());
--> statement-breakpoint
create policy privacy_requests_cleared on privacy_requests for update to lojal_eraser
  using (expires_at <= now()) with check (answer is null and customer_id is null);
--> statement-breakpoint
grant update (answer, customer_id) on privacy_requests to lojal_eraser;
--> statement-breakpoint

-- Erases up to `most` rows of a shop that is due for it, one table at a time, children before parents. Returns whether something is left to do
-- for this caller: nothing where the shop is gone, or where somebody else is at it. Refuses a shop that is not due: one that was installed again is
-- not.
create function lojal_erase_shop(erased integer, most integer) returns boolean
language plpgsql security definer set search_path = public, pg_temp set enable_seqscan = off
as $$
declare
  tenant_table text;
  erased_domain text;
  gone integer;
begin
  perform set_config('lojal.erased_shop', erased::text, true);
  select s.domain into erased_domain from shops s
  where s.id = erased and s.uninstalled_at is not null and s.erase_due_at <= now()
  for update skip locked;
  if not found then
    perform from shops s where s.id = erased and (s.uninstalled_at is null or s.erase_due_at is null or s.erase_due_at > now());
    if not found then
      return false;
    end if;
    raise exception 'shop % is not due to be erased', erased using errcode = 'restrict_violation', constraint = 'shops_erased_when_due';
  end if;
  foreach tenant_table in array array[
    'allocations', 'entries', 'lots', 'redemptions', 'order_states', 'accounts', 'members', 'program_versions', 'sweeps', 'statements',
    'order_differences', 'privacy_requests'
  ] loop
    execute format(
      'delete from %I where ctid = any (array(select ctid from %I where shop_id = $1 %s limit $2))',
      tenant_table, tenant_table,
      -- Whoever was merged goes before those they became part of.
      case tenant_table when 'members' then 'order by merged_into is null' else '' end
    ) using erased, most;
    get diagnostics gone = row_count;
    if gone > 0 then
      return true;
    end if;
  end loop;
  delete from set_aside where ctid = any (array(select ctid from set_aside where shop_domain = erased_domain limit most));
  get diagnostics gone = row_count;
  if gone = most then
    return true;
  end if;
  delete from shops where id = erased;
  return false;
end $$;
--> statement-breakpoint

-- Deletes what was set aside long ago and is done with, and clears the answers to requests whose time is over. Which those are is the
-- policies' to say: without a shop to erase, the eraser sees no other row. Returns how many; fewer than `most` means that none is left.
create function lojal_clear_outlived(most integer) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  gone integer;
  cleared integer;
begin
  perform set_config('lojal.erased_shop', '', true);
  delete from set_aside where ctid = any (array(select ctid from set_aside limit most));
  get diagnostics gone = row_count;
  update privacy_requests set answer = null, customer_id = null
  where ctid = any (array(select ctid from privacy_requests where expires_at <= now() and answer is not null limit most));
  get diagnostics cleared = row_count;
  return greatest(gone, cleared);
end $$;
--> statement-breakpoint
-- A new owner must have a right to make things here, and whoever hands them over must be in it: both for this moment only.
grant lojal_eraser to current_user;
--> statement-breakpoint
grant create on schema public to lojal_eraser;
--> statement-breakpoint
do $$
declare
  erasing text;
begin
  foreach erasing in array array['lojal_erase_shop(integer, integer)', 'lojal_clear_outlived(integer)'] loop
    execute format('revoke all on function %s from public', erasing);
    execute format('grant execute on function %s to lojal_worker', erasing);
    execute format('alter function %s owner to lojal_eraser', erasing);
  end loop;
end $$;
--> statement-breakpoint
revoke create on schema public from lojal_eraser;
--> statement-breakpoint
revoke lojal_eraser from current_user;
--> statement-breakpoint

create or replace function lojal_shops_due() returns table (shop_id integer, domain text, work text)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.id, s.domain, 'program-summary' from shops s
    where s.uninstalled_at is null and s.access_token_sealed is not null and s.painted_program_version <> (
      select v.version from program_versions v where v.shop_id = s.id and v.in_force_from <= now()
      order by v.in_force_from desc, v.version desc limit 1)
  union all
  select s.id, s.domain, 'redemptions' from shops s
    cross join lateral (select from redemptions r where r.shop_id = s.id and r.due_at <= now() limit 1) due
    where s.erase_due_at is null or s.erase_due_at > now()
  union all
  select s.id, s.domain, 'dates' from shops s
    cross join lateral (select from accounts a where a.shop_id = s.id and a.next_due_at <= now() limit 1) due
    where s.erase_due_at is null or s.erase_due_at > now()
  union all
  -- A shop that was never swept has no row yet.
  select s.id, s.domain, 'sweep' from shops s left join sweeps w on w.shop_id = s.id
    where s.uninstalled_at is null and s.access_token_sealed is not null and coalesce(w.due_at, '-infinity') <= now()
  union all
  select s.id, s.domain, 'replay' from shops s
    cross join lateral (select from set_aside a where a.shop_domain = s.domain and a.replay_due_at <= now() limit 1) due
  union all
  select s.id, s.domain, 'erasure' from shops s where s.erase_due_at <= now()
$$;
