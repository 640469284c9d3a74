-- The whole model: shops and their programs, members and their accounts, lots, entries, allocations, order states, redemptions.
-- Constraint and index names are part of the code's vocabulary: renaming one is an API change.
-- Statements end with the marker line below because Drizzle's migrator sends them one by one (in one transaction).

-- The worker's privileges hang on this role; each deployment gives it to a login of its own.
do $$
begin
  create role lojal_worker nologin nobypassrls;
exception
  when duplicate_object or unique_violation then null; -- roles belong to the cluster: another database may have made it
end $$;
--> statement-breakpoint

create table shops (
  id integer generated always as identity constraint shops_pkey primary key,
  domain text not null constraint shops_domain_key unique,
  currency text not null,
  newest_program_version integer not null default 0,
  -- The version whose summary Liquid can read; another one in force means that a write is due.
  painted_program_version integer not null default 0,
  access_token_sealed text,
  installed_at timestamptz not null default now(),
  uninstalled_at timestamptz,
  constraint shops_domain_is_myshopify check (domain ~ '^[a-z0-9][a-z0-9-]*\.myshopify\.com$'),
  constraint shops_currency_is_iso check (currency ~ '^[A-Z]{3}$')
);
--> statement-breakpoint

-- A program is never edited: every save is one more version.
create table program_versions (
  shop_id integer not null constraint program_versions_shop_fkey references shops (id),
  version integer not null,
  in_force_from timestamptz not null,
  program jsonb not null,
  published_at timestamptz not null default now(),
  constraint program_versions_pkey primary key (shop_id, version),
  constraint program_versions_count_from_one check (version >= 1)
);
--> statement-breakpoint

-- Who a member is. Entries, lots and allocations know members by number alone: forgetting a person leaves them as they are.
create table members (
  shop_id integer not null constraint members_shop_fkey references shops (id),
  id bigint generated always as identity,
  customer_id text,
  joined_at timestamptz not null default now(),
  constraint members_pkey primary key (shop_id, id),
  constraint members_customer_key unique (shop_id, customer_id)
);
--> statement-breakpoint

-- Cached sums of a member's entries; `version` is the guard of every commit.
create table accounts (
  shop_id integer not null,
  member_id bigint not null,
  version bigint not null default 0,
  pending bigint not null default 0,
  available bigint not null default 0,
  held bigint not null default 0,
  owed bigint not null default 0,
  -- When the next lot matures or expires: before that moment the sums above are the whole truth.
  next_due_at timestamptz,
  constraint accounts_pkey primary key (shop_id, member_id),
  constraint accounts_member_fkey foreign key (shop_id, member_id) references members (shop_id, id),
  constraint accounts_pending_in_range check (pending between 0 and 9007199254740991),
  constraint accounts_available_in_range check (available between 0 and 9007199254740991),
  constraint accounts_held_in_range check (held between 0 and 9007199254740991),
  constraint accounts_owed_in_range check (owed between 0 and 9007199254740991)
) with (fillfactor = 80);
--> statement-breakpoint
create index accounts_due on accounts (next_due_at) where next_due_at is not null;
--> statement-breakpoint

create table entries (
  shop_id integer not null,
  id bigint generated always as identity,
  member_id bigint not null,
  key text not null,
  kind text not null,
  points bigint not null,
  pending bigint not null,
  available bigint not null,
  held bigint not null,
  owed bigint not null,
  order_id text,
  redemption_id text,
  program_version integer,
  actor text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  detail json not null,
  constraint entries_pkey primary key (shop_id, key),
  constraint entries_account_fkey foreign key (shop_id, member_id) references accounts (shop_id, member_id),
  constraint entries_kind_is_known check (
    kind in ('earn', 'claw-back', 'mature', 'expire', 'hold', 'release', 'use', 'reclaim', 'return')
  ),
  -- What the member gained or lost is what the pots say.
  constraint entries_points_add_up check (points = pending + available - owed),
  -- Each kind moves points between its own pots and no others.
  constraint entries_pots_fit_kind check (
    case kind
      when 'earn' then points > 0 and pending >= 0 and available >= 0 and owed <= 0 and held = 0
      when 'claw-back' then points < 0 and pending <= 0 and available <= 0 and owed >= 0 and held = 0
      when 'mature' then points = 0 and pending < 0 and available >= 0 and owed <= 0 and held = 0
      when 'expire' then points < 0 and pending = 0 and available < 0 and owed = 0 and held = 0
      when 'hold' then available < 0 and held = -available and pending = 0 and owed = 0
      when 'release' then held < 0 and points = -held and available >= 0 and owed <= 0 and pending = 0
      when 'use' then held < 0 and points = 0 and pending = 0 and available = 0 and owed = 0
      when 'return' then points > 0 and available >= 0 and owed <= 0 and pending = 0 and held = 0
      when 'reclaim' then points < 0 and pending = 0 and available <= 0 and owed >= 0 and held = 0
    end
  )
);
--> statement-breakpoint
create index entries_by_member on entries (shop_id, member_id, id desc);
--> statement-breakpoint
create index entries_by_redemption on entries (shop_id, redemption_id) where redemption_id is not null;
--> statement-breakpoint

create table lots (
  shop_id integer not null,
  id text not null,
  member_id bigint not null,
  order_id text,
  amount bigint not null,
  remaining bigint not null,
  available_at timestamptz not null,
  expires_at timestamptz,
  matured boolean not null,
  constraint lots_pkey primary key (shop_id, id),
  constraint lots_account_fkey foreign key (shop_id, member_id) references accounts (shop_id, member_id),
  constraint lots_amount_positive check (amount between 1 and 9007199254740991),
  constraint lots_remaining_within_amount check (remaining between 0 and amount)
) with (fillfactor = 80);
--> statement-breakpoint
create index lots_live_by_member on lots (shop_id, member_id) where remaining > 0;
--> statement-breakpoint

-- Which lot an entry took points from (negative) or gave them back to (positive).
create table allocations (
  shop_id integer not null,
  entry_key text not null,
  lot_id text not null,
  points bigint not null,
  constraint allocations_pkey primary key (shop_id, entry_key, lot_id),
  constraint allocations_entry_fkey foreign key (shop_id, entry_key) references entries (shop_id, key),
  constraint allocations_lot_fkey foreign key (shop_id, lot_id) references lots (shop_id, id),
  constraint allocations_points_not_zero check (points <> 0)
);
--> statement-breakpoint

-- The newest known state of an order, reduced to what settlement needs, and what the ledger holds for it.
create table order_states (
  shop_id integer not null constraint order_states_shop_fkey references shops (id),
  order_id text not null,
  revision bigint not null default 0,
  member_id bigint,
  state json not null default '{"body":null,"refunds":[],"deleted":false}',
  posted bigint not null default 0,
  postings integer not null default 0,
  program_version integer,
  multiplier integer not null default 10000,
  constraint order_states_pkey primary key (shop_id, order_id),
  constraint order_states_account_fkey foreign key (shop_id, member_id) references accounts (shop_id, member_id),
  constraint order_states_posted_in_range check (posted between 0 and 9007199254740991),
  constraint order_states_posted_to_somebody check (posted = 0 or member_id is not null)
) with (fillfactor = 80);
--> statement-breakpoint

create table redemptions (
  shop_id integer not null,
  id text not null,
  version bigint not null default 1,
  member_id bigint not null,
  reward json not null,
  cost bigint not null,
  code text not null,
  state text not null,
  fingerprint text not null,
  discount_id text,
  program_version integer not null,
  created_at timestamptz not null,
  ends_at timestamptz not null,
  used_by_order text,
  -- Points given back because the order that used the code was refunded; never more than the cost.
  returned bigint not null default 0,
  returnings integer not null default 0,
  reason text,
  -- When the sweep looks at it next: a held one soon, an issued one after its end, a finished one never.
  due_at timestamptz,
  constraint redemptions_pkey primary key (shop_id, id),
  constraint redemptions_code_key unique (shop_id, code),
  constraint redemptions_account_fkey foreign key (shop_id, member_id) references accounts (shop_id, member_id),
  constraint redemptions_cost_positive check (cost between 1 and 9007199254740991),
  constraint redemptions_state_is_known check (state in ('held', 'issued', 'used', 'released', 'failed')),
  constraint redemptions_issued_has_discount check (state <> 'issued' or discount_id is not null),
  constraint redemptions_returned_within_cost check (returned between 0 and cost),
  constraint redemptions_used_names_order check ((state = 'used') = (used_by_order is not null)),
  constraint redemptions_finished_not_due check (state in ('held', 'issued') or due_at is null)
);
--> statement-breakpoint
create index redemptions_by_member on redemptions (shop_id, member_id, created_at desc, id);
--> statement-breakpoint
create index redemptions_by_order on redemptions (shop_id, used_by_order) where used_by_order is not null;
--> statement-breakpoint
create index redemptions_due on redemptions (due_at) where due_at is not null;
--> statement-breakpoint

-- Deliveries that were rightly signed and had no effect, and work that failed for good: seen by the merchant, replayed by hand.
create table set_aside (
  id bigint generated always as identity constraint set_aside_pkey primary key,
  shop_domain text not null,
  topic text not null,
  reason text not null,
  delivery_id text,
  job json,
  recorded_at timestamptz not null default now()
);
--> statement-breakpoint
create index set_aside_by_shop on set_aside (shop_domain, id desc);
--> statement-breakpoint

-- History is added to, never changed. Erasing a whole shop is done under the owner's role with this trigger off.
create function refuse_history_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only';
end $$;
--> statement-breakpoint
create trigger entries_append_only before update or delete or truncate on entries
  for each statement execute function refuse_history_change();
--> statement-breakpoint
create trigger allocations_append_only before update or delete or truncate on allocations
  for each statement execute function refuse_history_change();
--> statement-breakpoint

-- Tenancy: each request names the shops it works for, and sees nothing else, whatever its WHERE says.
create function lojal_shops() returns integer[] language sql stable parallel safe as $$
  select coalesce(string_to_array(nullif(current_setting('lojal.shops', true), ''), ',')::integer[], '{}')
$$;
--> statement-breakpoint
create function lojal_domains() returns text[] language sql stable parallel safe as $$
  select coalesce(string_to_array(nullif(current_setting('lojal.domains', true), ''), ','), '{}')
$$;
--> statement-breakpoint
alter table shops enable row level security;
--> statement-breakpoint
create policy shops_of_request on shops for all to lojal_worker
  using (id = any ((select lojal_shops())::integer[]) or domain = any ((select lojal_domains())::text[]));
--> statement-breakpoint
do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array[
    'program_versions', 'members', 'accounts', 'entries', 'lots', 'allocations', 'order_states', 'redemptions'
  ] loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format(
      'create policy %I on %I for all to lojal_worker using (shop_id = any ((select lojal_shops())::integer[]))',
      tenant_table || '_of_request', tenant_table
    );
  end loop;
end $$;
--> statement-breakpoint
alter table set_aside enable row level security;
--> statement-breakpoint
create policy set_aside_of_request on set_aside for select to lojal_worker
  using (shop_domain = any ((select lojal_domains())::text[]));
--> statement-breakpoint
-- A delivery for a shop we do not know is recorded as well.
create policy set_aside_is_open on set_aside for insert to lojal_worker with check (true);
--> statement-breakpoint

-- What one cron may know across all shops: which of them have work due, and of what kind.
create function lojal_shops_due() returns table (shop_id integer, domain text, work text)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.id, s.domain, 'program-summary' from shops s
    where s.uninstalled_at is null and s.access_token_sealed is not null and s.painted_program_version <> (
      select v.version from program_versions v where v.shop_id = s.id and v.in_force_from <= now()
      order by v.in_force_from desc, v.version desc limit 1)
  union
  select s.id, s.domain, 'redemptions' from redemptions r join shops s on s.id = r.shop_id
    where r.due_at <= now()
  union
  select s.id, s.domain, 'dates' from accounts a join shops s on s.id = a.shop_id
    where a.next_due_at <= now()
$$;
--> statement-breakpoint
revoke all on function lojal_shops_due() from public;
--> statement-breakpoint
grant execute on function lojal_shops_due() to lojal_worker;
--> statement-breakpoint

grant select on shops, program_versions to lojal_worker;
--> statement-breakpoint
grant update (painted_program_version, access_token_sealed, uninstalled_at) on shops to lojal_worker;
--> statement-breakpoint
grant select, insert on members, accounts, entries, lots, allocations, order_states, redemptions, set_aside to lojal_worker;
--> statement-breakpoint
grant update on accounts, order_states, redemptions to lojal_worker;
--> statement-breakpoint
grant update (remaining, matured) on lots to lojal_worker;
--> statement-breakpoint
grant usage on all sequences in schema public to lojal_worker;
