-- Tokens that expire and are refreshed, and shops that install the app by themselves. What is there stays as it is: a token without
-- `token_expires_at` does not expire (an app that a merchant made for their own shop has one).
alter table shops
  -- By the database's clock, counted from before the token was asked for: it ends no earlier than this at Shopify.
  add column token_expires_at timestamptz,
  -- Good for one refresh, which brings the next one along.
  add column refresh_token_sealed text,
  add column refresh_token_expires_at timestamptz,
  -- The one that the present pair was bought with. Shopify takes it until the present one is used: what is needed if that pair was replaced by
  -- an answer that nobody heard.
  add column earlier_refresh_token_sealed text,
  -- When a token was last exchanged for a merchant who had the app open: what uninstalled the app before then was an earlier installation's.
  add column token_exchanged_at timestamptz,
  -- Whoever moves this asks Shopify for the shop's next token, and nobody else does until then.
  add column token_lease_until timestamptz,
  -- When the token is looked after next, if nobody needs it before: an idle shop's, or one that is sealed under an earlier key.
  add column token_due_at timestamptz,
  -- Shopify refused to refresh it: the shop waits until its merchant opens the app.
  add column token_lost_at timestamptz,
  add constraint shops_token_pair_is_whole check (
    (token_expires_at is null) = (refresh_token_sealed is null)
    and (token_expires_at is null) = (refresh_token_expires_at is null)
    and (token_expires_at is not null or earlier_refresh_token_sealed is null)
  ),
  add constraint shops_refresh_token_goes_with_token check (refresh_token_sealed is null or access_token_sealed is not null),
  add constraint shops_lost_token_is_gone check (token_lost_at is null or access_token_sealed is null);
--> statement-breakpoint
update shops set token_due_at = now() where access_token_sealed is not null;
--> statement-breakpoint
grant update (
  currency, installed_at, token_expires_at, refresh_token_sealed, refresh_token_expires_at, earlier_refresh_token_sealed, token_exchanged_at,
  token_lease_until, token_due_at, token_lost_at
) on shops to lojal_worker;
--> statement-breakpoint
-- A shop begins as one that is not installed, held by whoever installs it.
grant insert (domain, currency, uninstalled_at, token_lease_until) on shops to lojal_worker;
--> statement-breakpoint

-- narrows: nothing that a worker of before calls: it passes over the one more kind of work that is answered here. What it writes goes on to fit:
-- only a shop that a newer worker installed has a pair, and uninstalling that one comes again until a newer worker does it.
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
  union all
  select s.id, s.domain, 'token' from shops s
    where s.uninstalled_at is null and s.access_token_sealed is not null and s.token_due_at <= now()
$$;
