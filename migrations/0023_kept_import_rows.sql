-- An import goes on by itself once its rows are handed over. They wait in import_rows, by Shopify's customer number and without any e-mail, until
-- each is dealt with; what waits is gone in the statement that deals with it, as the import is undone, and after a day in any case.
alter table imports
  -- Through which row of the file all rows were handed over.
  add column kept_through_row integer not null default 0,
  -- When what still waits is dropped; null where nothing does.
  add column kept_until timestamptz,
  -- When the next page is due, of the import or of its undoing, or the one under way is taken for dead. In whole milliseconds: it is also what
  -- tells the holder from those who come too late. Null where nothing goes on by itself.
  add column due_at timestamptz,
  -- How many tries in a row failed.
  add column failures integer not null default 0,
  -- Why it does not go on: staff stopped it, tries failed, or what waited was dropped after its day.
  add column stopped_why text,
  add constraint imports_stopped_why_is_known check (stopped_why in ('staff', 'failed', 'expired')),
  add constraint imports_tries_not_negative check (least(kept_through_row, failures) >= 0);
--> statement-breakpoint
create index imports_due on imports (least(due_at, kept_until)) where due_at is not null or kept_until is not null;
--> statement-breakpoint

alter table import_rows
  -- Of a row that waits, and of no other.
  add column customer_id text,
  add column available_at timestamptz,
  add column expires_at timestamptz,
  drop constraint import_rows_outcome_is_known,
  add constraint import_rows_outcome_is_known check (outcome in ('posted', 'empty', 'refused', 'waiting', 'dropped')),
  add constraint import_rows_customer_while_waiting check ((outcome = 'waiting') = (customer_id is not null)),
  add constraint import_rows_dates_while_waiting check (outcome = 'waiting' or (available_at is null and expires_at is null));
--> statement-breakpoint
-- Whoever is forgotten is looked for among those who wait.
create index import_rows_waiting on import_rows (shop_id, customer_id) where customer_id is not null;
--> statement-breakpoint

-- Called by `worker/shops/import-runs.ts` once a minute, over all tenants: imports that are to go on, or have kept rows for too long.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_imports_due_1() returns table (domain text, import_id text)
language sql stable security definer set search_path = public, pg_temp set enable_seqscan = off as $$
  select s.domain, i.id
  from imports i join shops s on s.id = i.shop_id
  where (i.due_at is not null or i.kept_until is not null) and least(i.due_at, i.kept_until) <= now()
    and (s.erase_due_at is null or s.erase_due_at > now())
$$;
--> statement-breakpoint
revoke all on function lojal_imports_due_1() from public;
--> statement-breakpoint
grant execute on function lojal_imports_due_1() to lojal_worker;
