-- What a shop's staff may do: who of them, and how many points they may give in a month. Whoever deletes a shop deletes what hangs on it.
create table shop_settings (
  shop_id integer not null
    constraint shop_settings_pkey primary key
    constraint shop_settings_shop_fkey references shops (id) on delete cascade,
  -- Grows with every change; a change holds only where it is still the one that was read.
  version integer not null,
  -- Points that all staff together may give in a month; null where there is no bound.
  budget_points bigint,
  -- Shopify's numbers of those who may act on members; null where all may who have the app.
  staff text[],
  constraint shop_settings_budget_not_negative check (budget_points >= 0),
  constraint shop_settings_somebody_may check (cardinality(staff) > 0)
);
--> statement-breakpoint

-- What was given in a month. Its row is the lock of everybody who gives.
create table budget_months (
  shop_id integer not null constraint budget_months_shop_fkey references shops (id) on delete cascade,
  -- Its first day, in UTC.
  month date not null,
  points_given bigint not null default 0,
  constraint budget_months_pkey primary key (shop_id, month),
  constraint budget_months_given_not_negative check (points_given >= 0)
);
--> statement-breakpoint

-- Each gift, by the id of its adjustment: it counts once, however often it is asked for.
create table budget_grants (
  shop_id integer not null,
  id text not null,
  staff_id text not null,
  month date not null,
  points bigint not null,
  -- The adjustment was refused or undone.
  returned_at timestamptz,
  constraint budget_grants_pkey primary key (shop_id, id),
  constraint budget_grants_month_fkey foreign key (shop_id, month) references budget_months (shop_id, month) on delete cascade,
  constraint budget_grants_points_positive check (points > 0)
);
--> statement-breakpoint

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['shop_settings', 'budget_months', 'budget_grants'] loop
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

-- Called by `worker/shops/staff.ts`: takes points out of this month's budget, or says that they are not there. Who asks while another one does
-- waits for the month's row, and then sees what that one took. The same id takes once.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_take_budget_1(
  asked_shop integer, asked_id text, asked_staff text, asked_points bigint
) returns table (is_taken boolean, budget bigint, given bigint)
language plpgsql set search_path = public, pg_temp
as $$
declare
  this_month date := date_trunc('month', now() at time zone 'utc')::date;
  allowed bigint;
  so_far bigint;
begin
  insert into budget_months (shop_id, month) values (asked_shop, this_month) on conflict on constraint budget_months_pkey do nothing;
  select m.points_given into so_far from budget_months m where m.shop_id = asked_shop and m.month = this_month for update;
  select s.budget_points into allowed from shop_settings s where s.shop_id = asked_shop;
  if exists (select from budget_grants g where g.shop_id = asked_shop and g.id = asked_id and g.returned_at is null) then
    return query select true, allowed, so_far;
    return;
  end if;
  if so_far + asked_points > allowed then
    return query select false, allowed, so_far;
    return;
  end if;
  insert into budget_grants as g (shop_id, id, staff_id, month, points)
  values (asked_shop, asked_id, asked_staff, this_month, asked_points)
  on conflict on constraint budget_grants_pkey do update set
    staff_id = excluded.staff_id, month = excluded.month, points = excluded.points, returned_at = null;
  update budget_months m set points_given = m.points_given + asked_points where m.shop_id = asked_shop and m.month = this_month;
  return query select true, allowed, so_far + asked_points;
end $$;
--> statement-breakpoint
-- narrows: nothing that a worker has. A function that is made is everybody's at first, and no worker calls this one yet.
revoke all on function lojal_take_budget_1(integer, text, text, bigint) from public;
--> statement-breakpoint
grant execute on function lojal_take_budget_1(integer, text, text, bigint) to lojal_worker;
