-- What an order's points paid of debts, and what its falls made owed, found by the order: `lojal_load_6` tells it of each order it answers. A deployment with many entries makes
-- the index beforehand, `concurrently` and under this name (docs/decisions/0013-migrations-widen-first.md).
create index if not exists entries_owed_by_order on entries (shop_id, order_id) include (id, member_id, owed)
  where owed <> 0 and kind in ('earn', 'mature', 'claw-back');
--> statement-breakpoint

-- As lojal_load_5, with how an order's points changed what is owed: called by `worker/ledger/load.ts`.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_load_6(
  shop_ids integer[],
  -- What to look for: arrays of {"shop_id": …, …}. Null or empty where there is nothing.
  customer_ids json,
  order_ids json,
  redemption_ids json,
  codes json,
  member_ids json,
  entry_keys json,
  product_ids json,
  -- Whether customers who are not found are given a member's number.
  opens boolean,
  out now_ms bigint,
  out newest_program_versions json,
  out accounts json,
  out newcomers json,
  out lots json,
  out orders json,
  out redemptions json,
  out entries json,
  out memberships json
)
language plpgsql stable
-- Each row is asked for by its key, but the planner must guess how many there will be, and would read whole tables. `offset 0` below
-- says the same where it would turn a join around.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
  -- Whom all this concerns: each shop goes with the member at the same place.
  concerned_shops integer[] := '{}';
  concerned_members bigint[] := '{}';
  found_shops integer[];
  found_members bigint[];
begin
  perform set_config('lojal.shops', array_to_string(shop_ids, ','), true);
  if opens then
    -- The numbers that are drawn need not reach the disk before the commit that uses them does, which comes after them in the log.
    perform set_config('synchronous_commit', 'off', true);
  end if;

  select lojal_epoch_ms(now()), json_object_agg(s.id, s.newest_program_version)
  into now_ms, newest_program_versions
  from shops s where s.id = any (shop_ids);

  -- Whoever was merged is found as the member they became part of, here and below.
  if json_array_length(customer_ids) > 0 then
    select array_agg(k.shop_id) filter (where k.member_id is not null), array_agg(k.member_id) filter (where k.member_id is not null),
           json_agg(
             json_build_object('shopId', k.shop_id, 'memberId', nextval('members_id_seq')::text, 'customerId', k.customer_id)
           ) filter (where opens and k.member_id is null)
    into found_shops, found_members, newcomers
    from (
      select a.shop_id, a.customer_id, coalesce(m.merged_into, m.id) as member_id
      from (select distinct shop_id, customer_id from json_to_recordset(customer_ids) as i (shop_id integer, customer_id text)) a
      left join members m on m.shop_id = a.shop_id and m.customer_id = a.customer_id
    ) k;
    concerned_shops := found_shops;
    concerned_members := found_members;
  end if;

  if json_array_length(order_ids) > 0 then
    select json_agg(o), array_agg(o."shopId"), array_agg(o."memberId"::bigint)
    into orders, found_shops, found_members
    from (
      select o.shop_id as "shopId", o.order_id as "orderId", o.revision, coalesce(m.merged_into, m.id)::text as "memberId", o.state,
             o.posted, o.postings, o.program_version as "programVersion", o.multiplier, o.forgiven, o.left_behind as "leftBehind",
             case when o.left_with is null then '{}' else (
               select json_object_agg(w.member_id, w.points) from (
                 select m.member_id, sum(w.points::bigint) as points
                 from jsonb_each_text(o.left_with) as w (id, points)
                 cross join lateral (
                   select coalesce(merged_into, id) as member_id from members where shop_id = o.shop_id and id = w.id::bigint offset 0
                 ) m
                 group by m.member_id
               ) w
             ) end as "leftWith",
             o.takes_part as "takesPart", o.contribution, o.reason,
             -- What of its points expired, by whose they were.
             (
               select coalesce(json_object_agg(e.member_id, e.points), '{}') from (
                 select m.member_id, sum(0 - e.points) as points
                 from (
                   select member_id, points from entries
                   where shop_id = o.shop_id and order_id = o.order_id and kind = 'expire' offset 0
                 ) e
                 cross join lateral (
                   select coalesce(merged_into, id) as member_id from members where shop_id = o.shop_id and id = e.member_id offset 0
                 ) m
                 group by m.member_id
               ) e
             ) as expired,
             -- How they changed what is owed, one after another, by whose they were.
             (
               select coalesce(json_object_agg(e.member_id, e.changes), '{}') from (
                 select m.member_id, json_agg(e.owed order by e.id) as changes
                 from (
                   select id, member_id, owed from entries
                   where shop_id = o.shop_id and order_id = o.order_id and owed <> 0 and kind in ('earn', 'mature', 'claw-back') offset 0
                 ) e
                 cross join lateral (
                   select coalesce(merged_into, id) as member_id from members where shop_id = o.shop_id and id = e.member_id offset 0
                 ) m
                 group by m.member_id
               ) e
             ) as "owedChanges"
      from (select distinct shop_id, order_id from json_to_recordset(order_ids) as i (shop_id integer, order_id text)) a
      join order_states o on o.shop_id = a.shop_id and o.order_id = a.order_id
      left join members m on m.shop_id = o.shop_id and m.id = o.member_id
    ) o;
    concerned_shops := concerned_shops || found_shops;
    concerned_members := concerned_members || found_members;
  end if;

  if json_array_length(order_ids) > 0 or json_array_length(redemption_ids) > 0 or json_array_length(codes) > 0 then
    select json_agg(r), array_agg(r."shopId"), array_agg(r."memberId"::bigint)
    into redemptions, found_shops, found_members
    from (
      select r.shop_id as "shopId", r.id, r.version, coalesce(m.merged_into, m.id)::text as "memberId", r.reward, r.cost, r.code,
             r.state, r.fingerprint, r.discount_id as "discountId", r.program_version as "programVersion",
             lojal_epoch_ms(r.created_at) as "createdAtMs", lojal_epoch_ms(r.ends_at) as "endsAtMs",
             r.used_by_order as "usedByOrder", r.returned, r.returnings, r.reason, r.forgiven, r.taken
      from (
        select shop_id, id from json_to_recordset(redemption_ids) as i (shop_id integer, id text)
        union
        select r.shop_id, r.id
        from json_to_recordset(order_ids) as i (shop_id integer, order_id text)
        cross join lateral (
          select shop_id, id from redemptions where shop_id = i.shop_id and used_by_order = i.order_id offset 0
        ) r
        union
        select r.shop_id, r.id
        from json_to_recordset(codes) as i (shop_id integer, code text)
        cross join lateral (select shop_id, id from redemptions where shop_id = i.shop_id and code = i.code offset 0) r
      ) a
      cross join lateral (select * from redemptions where shop_id = a.shop_id and id = a.id offset 0) r
      join members m on m.shop_id = r.shop_id and m.id = r.member_id
    ) r;
    concerned_shops := concerned_shops || found_shops;
    concerned_members := concerned_members || found_members;
  end if;

  if json_array_length(member_ids) > 0 then
    select array_agg(m.shop_id), array_agg(coalesce(m.merged_into, m.id))
    into found_shops, found_members
    from json_to_recordset(member_ids) as i (shop_id integer, member_id bigint)
    join members m on m.shop_id = i.shop_id and m.id = i.member_id;
    concerned_shops := concerned_shops || found_shops;
    concerned_members := concerned_members || found_members;
  end if;

  if cardinality(concerned_shops) > 0 then
    select json_agg(a) into accounts
    from (
      select a.shop_id as "shopId", a.member_id::text as "memberId", m.customer_id as "customerId", a.version, a.pending,
             a.available, a.held, a.owed, lojal_epoch_ms(a.last_activity_at) as "lastActivityMs", a.progress, a.membership,
             coalesce(
               (select json_agg(f.customer_id) from members f
                where f.shop_id = m.shop_id and f.merged_into = m.id and f.customer_id is not null),
               '[]'
             ) as "formerCustomerIds"
      from (select distinct shop_id, member_id from unnest(concerned_shops, concerned_members) as c (shop_id, member_id)) c
      join accounts a on a.shop_id = c.shop_id and a.member_id = c.member_id
      join members m on m.shop_id = c.shop_id and m.id = c.member_id
    ) a;

    select json_agg(l order by l.id) into lots
    from (
      select l.shop_id as "shopId", l.member_id::text as "memberId", l.id, l.order_id as "orderId", l.amount, l.remaining,
             lojal_epoch_ms(l.available_at) as "availableAtMs", lojal_epoch_ms(l.expires_at) as "fixedExpiryMs", l.matured, l.expired
      from (
        select l.*
        from (select distinct shop_id, member_id from unnest(concerned_shops, concerned_members) as c (shop_id, member_id)) c
        join lots l on l.shop_id = c.shop_id and l.member_id = c.member_id
        where l.remaining > 0
        union
        -- Where a redemption's points go back to.
        select l.*
        from (
          select "shopId" as shop_id, "memberId" as member_id, taken
          from json_to_recordset(redemptions) as i ("shopId" integer, "memberId" bigint, taken json)
        ) r
        cross join lateral json_to_recordset(r.taken) as t ("lotId" text)
        cross join lateral (
          select * from lots where shop_id = r.shop_id and id = t."lotId" and member_id = r.member_id offset 0
        ) l
      ) l
    ) l;
  end if;

  if json_array_length(entry_keys) > 0 then
    select json_agg(e) into entries
    from (
      select e.shop_id as "shopId", e.key, coalesce(m.merged_into, m.id)::text as "memberId", e.points, e.detail
      from (select distinct shop_id, key from json_to_recordset(entry_keys) as i (shop_id integer, key text)) a
      join entries e on e.shop_id = a.shop_id and e.key = a.key
      join members m on m.shop_id = e.shop_id and m.id = e.member_id
    ) e;
  end if;

  if orders is not null or json_array_length(product_ids) > 0 then
    memberships := lojal_memberships_1(shop_ids, product_ids, orders);
  end if;
end $$;
--> statement-breakpoint

-- As lojal_commit_or_load_6, with lojal_load_6: called by `worker/ledger/commit.ts`.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_commit_or_load_7(
  -- As lojal_commit_4 takes them.
  shop_ids integer[],
  unit_count integer,
  accounts json,
  orders json,
  redemptions json,
  entries json,
  new_lots json,
  touched_lots json,
  allocations json,
  mergers json,
  -- As lojal_load_6 takes them, each with the number of its unit.
  customer_ids json,
  order_ids json,
  redemption_ids json,
  codes json,
  member_ids json,
  entry_keys json,
  product_ids json,
  opens boolean,
  out won boolean[],
  -- What lojal_load_6 answers, as one object; null where no unit was lost.
  out loaded json
)
language plpgsql
as $$
declare
  durability text := current_setting('synchronous_commit');
begin
  won := lojal_commit_4(
    shop_ids, unit_count, accounts, orders, redemptions, entries, new_lots, touched_lots, allocations, mergers
  );
  if true = all (won) then
    return;
  end if;

  select row_to_json(answer) into loaded
  from (
    -- This transaction may have waited for the winner's: the clock, not when it began, is the time.
    select lojal_epoch_ms(clock_timestamp()) as now_ms, f.newest_program_versions, f.accounts, f.newcomers, f.lots, f.orders,
           f.redemptions, f.entries, f.memberships
    from lojal_load_6(
      shop_ids,
      (select json_agg(i) from json_array_elements(customer_ids) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(order_ids) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(redemption_ids) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(codes) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(member_ids) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(entry_keys) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(product_ids) i where not won[(i ->> 'unit')::integer]),
      opens
    ) f
  ) answer;

  -- A load that draws numbers for newcomers need not wait for the disk. What was won here does.
  perform set_config('synchronous_commit', durability, true);
end $$;
