-- Called by `worker/shops/staff.ts`: takes points out of this month's budget for an adjustment, or says that they are not there. The same id takes
-- once: with other points it takes those instead, until the ledger has the adjustment; from then on what was taken stays. The commit asks whether
-- just these points are taken, and holds the grant until it is over, so that of two requests with one id the budget counts the one that is posted.
-- The grant is locked before its month, by everybody.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_take_budget_2(
  asked_shop integer, asked_id text, asked_staff text, asked_points bigint
) returns table (is_taken boolean, budget bigint, given bigint)
language plpgsql set search_path = public, pg_temp
as $$
declare
  this_month date := date_trunc('month', now() at time zone 'utc')::date;
  known budget_grants;
  allowed bigint;
  so_far bigint;
  -- Of what this month has given, what this very id took before.
  own bigint := 0;
begin
  insert into budget_months (shop_id, month) values (asked_shop, this_month) on conflict on constraint budget_months_pkey do nothing;
  -- One that counts nothing yet: there is a row to lock, whoever comes first.
  insert into budget_grants (shop_id, id, staff_id, month, points, returned_at)
  values (asked_shop, asked_id, asked_staff, this_month, asked_points, now())
  on conflict on constraint budget_grants_pkey do nothing;
  select g.* into known from budget_grants g where g.shop_id = asked_shop and g.id = asked_id for update;
  perform from budget_months m
  where m.shop_id = asked_shop and m.month in (known.month, this_month) order by m.month for no key update;
  select m.points_given into so_far from budget_months m where m.shop_id = asked_shop and m.month = this_month;
  select s.budget_points into allowed from shop_settings s where s.shop_id = asked_shop;
  if (known.returned_at is null and known.points = asked_points)
    or exists (select from entries e where e.shop_id = asked_shop and e.key = 'adjust:' || asked_id) then
    return query select true, allowed, so_far;
    return;
  end if;
  if known.returned_at is null and known.month = this_month then
    own := known.points;
  end if;
  if so_far - own + asked_points > allowed then
    return query select false, allowed, so_far;
    return;
  end if;
  if known.returned_at is null then
    update budget_months m set points_given = m.points_given - known.points where m.shop_id = asked_shop and m.month = known.month;
  end if;
  update budget_months m set points_given = m.points_given + asked_points where m.shop_id = asked_shop and m.month = this_month;
  update budget_grants g set staff_id = asked_staff, month = this_month, points = asked_points, returned_at = null
  where g.shop_id = asked_shop and g.id = asked_id;
  return query select true, allowed, so_far - own + asked_points;
end $$;
--> statement-breakpoint

-- Called by `worker/shops/staff.ts`: what was taken for an adjustment goes back into its month, once. Only where nothing of it is given: the ledger
-- has no adjustment of this id, or its undoing, too. Whoever is about to commit one holds the grant, and is waited for.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_return_budget_1(asked_shop integer, asked_id text) returns void
language plpgsql set search_path = public, pg_temp
as $$
declare
  known budget_grants;
begin
  select g.* into known from budget_grants g
  where g.shop_id = asked_shop and g.id = asked_id and g.returned_at is null for update;
  if not found then
    return;
  end if;
  if exists (select from entries e where e.shop_id = asked_shop and e.key = 'adjust:' || asked_id)
    and not exists (select from entries e where e.shop_id = asked_shop and e.key = 'adjust:undo-' || asked_id) then
    return;
  end if;
  update budget_grants g set returned_at = now() where g.shop_id = asked_shop and g.id = asked_id;
  update budget_months m set points_given = m.points_given - known.points where m.shop_id = asked_shop and m.month = known.month;
end $$;
--> statement-breakpoint
-- narrows: nothing that a worker has. A function that is made is everybody's at first, and no worker calls these two yet.
revoke all on function lojal_take_budget_2(integer, text, text, bigint), lojal_return_budget_1(integer, text) from public;
--> statement-breakpoint
grant execute on function lojal_take_budget_2(integer, text, text, bigint), lojal_return_budget_1(integer, text) to lojal_worker;
