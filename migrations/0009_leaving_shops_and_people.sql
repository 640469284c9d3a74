-- Shops that leave and people who are forgotten: what is known of a shop, requests under the privacy laws, and the one role that may
-- delete history, which erases whole shops and nothing else.
alter table shops
  -- As app/scopes_update tells them; null until it does.
  add column scopes text,
  add column time_zone text,
  add column locale text,
  -- Shopify asked for the shop to be erased (shop/redact, 48 hours after it was uninstalled).
  add column erase_due_at timestamptz,
  -- Nobody is erased who is installed.
  add constraint shops_erased_after_uninstall check (erase_due_at is null or uninstalled_at is not null);
--> statement-breakpoint
grant update (scopes, time_zone, locale, erase_due_at) on shops to lojal_worker;
--> statement-breakpoint

-- A member without a customer: a person who was forgotten. Their points and entries stay, and are nobody's.
alter table members add column forgotten_at timestamptz;
--> statement-breakpoint
alter table members add constraint members_forgotten_without_customer check (forgotten_at is null or customer_id is null);
--> statement-breakpoint
grant update (customer_id, forgotten_at) on members to lojal_worker;
--> statement-breakpoint

-- customers/data_request and customers/redact: what was asked when, and what became of it. An answer is kept until `expires_at`.
create table privacy_requests (
  shop_id integer not null constraint privacy_requests_shop_fkey references shops (id),
  -- Shopify's number of the request, or a name made of what was asked: the same request is one row.
  id text not null,
  kind text not null,
  -- Null once the person is forgotten.
  customer_id text,
  requested_at timestamptz not null default now(),
  done_at timestamptz,
  -- All that is held about the person, for the merchant to pass on.
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
      'create policy %I on %I for all to lojal_eraser using (shop_id = lojal_erased_shop())', tenant_table || '_erased', tenant_table
    );
    execute format('grant select, delete on %I to lojal_eraser', tenant_table);
  end loop;
end $$;
--> statement-breakpoint
create policy shops_erased on shops for all to lojal_eraser using (id = lojal_erased_shop());
--> statement-breakpoint
create policy set_aside_erased on set_aside for all to lojal_eraser
  using (shop_domain = (select s.domain from shops s where s.id = lojal_erased_shop()));
--> statement-breakpoint
grant select, delete on shops, set_aside to lojal_eraser;
--> statement-breakpoint

-- Erases up to `most` rows of a shop that is due for it, children before parents. Returns how many; fewer than `most` means that nothing
-- of the shop is left. Refuses a shop that is not due: one that was installed again is not.
create function lojal_erase_shop(erased integer, most integer) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  tenant_table text;
  gone integer;
  total integer := 0;
begin
  perform set_config('lojal.erased_shop', erased::text, true);
  perform from shops s where s.id = erased and s.uninstalled_at is not null and s.erase_due_at <= now();
  if not found then
    raise exception 'shop % is not due to be erased', erased using errcode = 'restrict_violation', constraint = 'shops_erased_when_due';
  end if;
  foreach tenant_table in array array[
    'allocations', 'entries', 'lots', 'redemptions', 'order_states', 'accounts', 'members', 'program_versions', 'sweeps', 'statements',
    'order_differences', 'privacy_requests', 'set_aside', 'shops'
  ] loop
    execute format(
      'delete from %I where ctid = any (array(select ctid from %I %s limit %s))',
      tenant_table, tenant_table,
      -- Whoever was merged goes before those they became part of.
      case tenant_table when 'members' then 'order by merged_into is null' else '' end,
      most - total
    );
    get diagnostics gone = row_count;
    total := total + gone;
    exit when total >= most;
  end loop;
  return total;
end $$;
--> statement-breakpoint
revoke all on function lojal_erase_shop(integer, integer) from public;
--> statement-breakpoint
grant execute on function lojal_erase_shop(integer, integer) to lojal_worker;
--> statement-breakpoint
-- Whoever hands a function to a role must be in it, and the role must be allowed to have it here.
grant lojal_eraser to current_user;
--> statement-breakpoint
grant create on schema public to lojal_eraser;
--> statement-breakpoint
alter function lojal_erase_shop(integer, integer) owner to lojal_eraser;
--> statement-breakpoint
revoke create on schema public from lojal_eraser;
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
  union all
  select s.id, s.domain, 'dates' from shops s
    cross join lateral (select from accounts a where a.shop_id = s.id and a.next_due_at <= now() limit 1) due
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
