-- Orders are read back from Shopify and compared: where the reading stands, what it found, and the day's proof.

-- One row per shop, begun by its first sweep. It is written once a page, never by an order.
create table sweeps (
  shop_id integer not null constraint sweeps_pkey primary key constraint sweeps_shop_fkey references shops (id),
  -- Every order that changed before this moment was compared.
  read_to timestamptz not null,
  -- When the next sweep begins; while one is under way, when it is taken for dead and goes on from its last page. In whole
  -- milliseconds: it is also what tells the holder of a sweep from those who come too late.
  due_at timestamptz not null,
  -- The sweep under way: what it reads, and where its next page begins. Null between two sweeps.
  reads_from timestamptz,
  reads_until timestamptz,
  after_cursor text,
  -- What it, or the last one, has seen so far.
  orders_listed integer not null default 0,
  orders_differing integer not null default 0,
  -- How many tries in a row failed; the pause before the next one grows with them.
  failures integer not null default 0,
  finished_at timestamptz,
  -- When the end of a sweep has the day's statement taken, whatever it found.
  statement_due_at timestamptz not null default now(),
  constraint sweeps_bounds_together check ((reads_from is null) = (reads_until is null)),
  constraint sweeps_cursor_within_sweep check (after_cursor is null or reads_from is not null),
  constraint sweeps_counts_not_negative check (orders_listed >= 0 and orders_differing >= 0 and failures >= 0)
);
--> statement-breakpoint

-- A day's proof: the orders that Shopify shows as changed that day against what is settled, and the entries against the balances.
-- It is taken anew as long as something differs; the last one taken after the day was over stays.
create table statements (
  shop_id integer not null constraint statements_shop_fkey references shops (id),
  -- In UTC.
  day date not null,
  taken_at timestamptz not null,
  -- When the books were summed for it: then, or by the statement before it.
  proven_at timestamptz not null,
  -- Whether the day was over when it was taken.
  is_final boolean not null,
  orders_known integer not null,
  orders_settled integer not null,
  -- Found to differ on this day, and mended since.
  orders_mended integer not null,
  -- Members with entries since the statement before: their entries were summed and compared with their account.
  accounts_checked integer not null,
  accounts_differing integer not null,
  -- The sums of all accounts.
  members integer not null,
  pending bigint not null,
  available bigint not null,
  held bigint not null,
  owed bigint not null,
  constraint statements_pkey primary key (shop_id, day),
  constraint statements_settled_within_known check (orders_settled between 0 and orders_known),
  constraint statements_differing_within_checked check (accounts_differing between 0 and accounts_checked),
  constraint statements_mended_not_negative check (orders_mended >= 0)
);
--> statement-breakpoint

-- An order that Shopify showed otherwise than the ledger knew it, on the day it was found.
create table order_differences (
  shop_id integer not null constraint order_differences_shop_fkey references shops (id),
  day date not null,
  order_id text not null,
  reason text not null,
  -- When Shopify says that the order changed: the ledger agrees once it knows it as of then.
  changed_at timestamptz not null,
  found_at timestamptz not null default now(),
  -- When the order was last asked for at Shopify.
  asked_at timestamptz not null default now(),
  -- When the ledger agreed again; null while it does not.
  mended_at timestamptz,
  constraint order_differences_pkey primary key (shop_id, day, order_id),
  constraint order_differences_reason_is_known check (reason in ('unknown-order', 'older-state'))
);
--> statement-breakpoint
create index order_differences_open on order_differences (shop_id, order_id) where mended_at is null;
--> statement-breakpoint

-- Finds the newest entries without reading the old ones: entries are only ever added. A few pages, next to nothing on each insert.
create index entries_by_time on entries using brin (recorded_at) with (pages_per_range = 32, autosummarize = on);
--> statement-breakpoint

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['sweeps', 'statements', 'order_differences'] loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format(
      'create policy %I on %I for all to lojal_worker using (shop_id = any ((select lojal_shops())::integer[]))',
      tenant_table || '_of_request', tenant_table
    );
    execute format('grant select, insert, update on %I to lojal_worker', tenant_table);
  end loop;
end $$;
