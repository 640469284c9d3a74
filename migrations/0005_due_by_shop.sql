-- What is due is asked shop by shop: whether there is anything, and what comes first.
drop index accounts_due;
--> statement-breakpoint
create index accounts_due on accounts (shop_id, next_due_at) where next_due_at is not null;
--> statement-breakpoint
drop index redemptions_due;
--> statement-breakpoint
create index redemptions_due on redemptions (shop_id, due_at) where due_at is not null;
--> statement-breakpoint
-- No statement looks an entry up by its redemption.
drop index entries_by_redemption;
--> statement-breakpoint

-- One look into an index per shop, however much is due there. `limit 1` keeps the planner from reading all of what is due for a join.
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
$$;
