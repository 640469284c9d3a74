-- Whose an order's forgiven points are that earlier customers keep: {"member": points}; null where nobody keeps any. An order that comes back to one
-- of them finds their part again. What a worker that does not know the column left behind is in `left_behind` alone, and nobody's.
alter table order_states
  add column left_with jsonb,
  add constraint order_states_left_with_is_by_member check (jsonb_typeof(left_with) = 'object' and left_with <> '{}');
--> statement-breakpoint

-- As lojal_load_3, which lay around lojal_load_2, with whose what was left behind is, and in several small statements instead of one large one: each
-- is begun only where something is asked of it. All of them see the same snapshot, as the function is stable. Called by `worker/ledger/load.ts`.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_load_4(
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
             o.takes_part as "takesPart", o.contribution, o.reason
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

-- As lojal_commit_2, with whose what was left behind is: called by `worker/ledger/commit.ts`.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_commit_3(
  shop_ids integer[],
  unit_count integer,
  -- Arrays of objects that name their unit, counted from one. Null where there is nothing.
  accounts json,
  orders json,
  redemptions json,
  entries json,
  new_lots json,
  touched_lots json,
  allocations json,
  mergers json
) returns boolean[]
language plpgsql
-- Each row is found by its key, but the planner must guess how many there will be, and would read whole tables.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
declare
  won boolean[];
  leftovers bigint;
begin
  perform set_config('lojal.shops', array_to_string(shop_ids, ','), true);

  with
    account_in as (
      select * from json_to_recordset(accounts) as i (
        unit integer, shop_id integer, member_id bigint, customer_id text, version bigint, pending bigint, available bigint,
        held bigint, owed bigint, next_due_at timestamptz, last_activity_at timestamptz, membership json,
        progress json
      )
    ),
    order_in as (
      select * from json_to_recordset(orders) as i (
        unit integer, shop_id integer, order_id text, revision bigint, member_id bigint, state json, posted bigint,
        postings integer, program_version integer, multiplier integer, forgiven bigint, left_behind bigint, left_with jsonb, takes_part boolean,
        contribution json, reason text
      )
    ),
    redemption_in as (
      select * from json_to_recordset(redemptions) as i (unit integer, shop_id integer, id text, version bigint)
    ),

    -- Rows are held in one global order, tables too, new rows last: two batches never wait for each other in a circle.
    account_held as (
      select a.shop_id, a.member_id
      from account_in i join accounts a on a.shop_id = i.shop_id and a.member_id = i.member_id
      where a.version = i.version
      order by a.shop_id, a.member_id
      for update of a
    ),
    order_held as (
      select o.shop_id, o.order_id
      from order_in i join order_states o on o.shop_id = i.shop_id and o.order_id = i.order_id
      where o.revision = i.revision
      order by o.shop_id, o.order_id
      for update of o
    ),
    redemption_held as (
      select r.shop_id, r.id
      from redemption_in i join redemptions r on r.shop_id = i.shop_id and r.id = i.id
      where r.version = i.version
      order by r.shop_id, r.id
      for update of r
    ),
    -- A unit stands when every row it read is still as it was read.
    standing as (
      select array_agg(stands order by unit) as units from (
        select unit, bool_and(stands) as stands from (
          select unit, true as stands from generate_series(1, unit_count) as unit
          union all
          select unit, (shop_id, member_id) in (select shop_id, member_id from account_held) from account_in where version > 0
          union all
          select unit, (shop_id, order_id) in (select shop_id, order_id from order_held) from order_in where revision > 0
          union all
          select unit, (shop_id, id) in (select shop_id, id from redemption_held) from redemption_in where version > 0
        ) guard
        group by unit
      ) u
    ),

    -- Of those that open the same book at once, one makes the row; the others wait for it, and lose.
    member_made as (
      insert into members (shop_id, id, customer_id) overriding system value
      select i.shop_id, i.member_id, i.customer_id from account_in i
      where i.version = 0 and (select units from standing)[i.unit]
      order by i.shop_id, i.customer_id
      on conflict do nothing
      returning shop_id, id
    ),
    known as (
      select array_agg(stands order by unit) as units from (
        select unit, bool_and(stands) as stands from (
          select unit, stands from unnest((select units from standing)) with ordinality as s (stands, unit)
          union all
          select unit, (shop_id, member_id) in (select shop_id, id from member_made) from account_in where version = 0
        ) guard
        group by unit
      ) u
    ),
    account_made as (
      insert into accounts (
        shop_id, member_id, pending, available, held, owed, next_due_at, last_activity_at, membership, progress
      )
      select i.shop_id, i.member_id, i.pending, i.available, i.held, i.owed, i.next_due_at, i.last_activity_at, i.membership,
             i.progress
      from account_in i
      where i.version = 0 and (select units from known)[i.unit]
    ),
    order_made as (
      insert into order_states (
        shop_id, order_id, member_id, state, posted, postings, program_version, multiplier, forgiven, left_behind,
        left_with, takes_part, contribution, reason
      )
      select i.shop_id, i.order_id, i.member_id, i.state, i.posted, i.postings, i.program_version, i.multiplier, i.forgiven,
             i.left_behind, i.left_with, i.takes_part, i.contribution, i.reason
      from order_in i
      where i.revision = 0 and (select units from known)[i.unit]
      order by i.shop_id, i.order_id
      on conflict do nothing
      returning shop_id, order_id
    ),
    verdict as (
      select array_agg(stands order by unit) as units from (
        select unit, bool_and(stands) as stands from (
          select unit, stands from unnest((select units from known)) with ordinality as s (stands, unit)
          union all
          select unit, (shop_id, order_id) in (select shop_id, order_id from order_made) from order_in where revision = 0
        ) guard
        group by unit
      ) u
    ),

    account_done as (
      update accounts a
      set version = a.version + 1, pending = i.pending, available = i.available, held = i.held, owed = i.owed,
          next_due_at = i.next_due_at, last_activity_at = i.last_activity_at, membership = i.membership,
          progress = i.progress
      from account_in i
      where i.version > 0 and (select units from verdict)[i.unit] and a.shop_id = i.shop_id and a.member_id = i.member_id
    ),
    order_done as (
      update order_states o
      set revision = o.revision + 1, member_id = i.member_id, state = i.state, posted = i.posted, postings = i.postings,
          program_version = i.program_version, multiplier = i.multiplier, forgiven = i.forgiven, left_behind = i.left_behind,
          left_with = i.left_with, takes_part = i.takes_part, contribution = i.contribution, reason = i.reason
      from order_in i
      where i.revision > 0 and (select units from verdict)[i.unit] and o.shop_id = i.shop_id and o.order_id = i.order_id
    )
  select
    v.units,
    (select count(*) from member_made) - (select count(*) from account_in i where i.version = 0 and v.units[i.unit])
    + (select count(*) from order_made) - (select count(*) from order_in i where i.revision = 0 and v.units[i.unit])
  into won, leftovers
  from verdict v;

  -- A unit that lost changes nothing: where it has made one of its rows and found another made, no unit is won.
  if leftovers > 0 then
    raise unique_violation using message = 'A unit opened some of its books and lost others.';
  end if;

  if redemptions is not null then
    insert into redemptions (
      shop_id, id, version, member_id, reward, cost, code, state, fingerprint, discount_id, program_version, created_at, ends_at,
      used_by_order, returned, returnings, reason, due_at, forgiven, taken
    )
    select i.shop_id, i.id, 1, i.member_id, i.reward, i.cost, i.code, i.state, i.fingerprint, i.discount_id, i.program_version,
           i.created_at, i.ends_at, i.used_by_order, i.returned, i.returnings, i.reason, i.due_at, i.forgiven, i.taken
    from json_to_recordset(redemptions) as i (
      unit integer, shop_id integer, id text, version bigint, member_id bigint, reward json, cost bigint, code text, state text,
      fingerprint text, discount_id text, program_version integer, created_at timestamptz, ends_at timestamptz,
      used_by_order text, returned bigint, returnings integer, reason text, due_at timestamptz, forgiven bigint, taken json
    )
    where won[i.unit] and i.version = 0
    order by i.shop_id, i.id;

    update redemptions r
    set version = r.version + 1, state = i.state, discount_id = i.discount_id, used_by_order = i.used_by_order,
        returned = i.returned, returnings = i.returnings, reason = i.reason, due_at = i.due_at, forgiven = i.forgiven,
        taken = i.taken
    from json_to_recordset(redemptions) as i (
      unit integer, shop_id integer, id text, version bigint, state text, discount_id text, used_by_order text, returned bigint,
      returnings integer, reason text, due_at timestamptz, forgiven bigint, taken json
    )
    where won[i.unit] and i.version > 0 and r.shop_id = i.shop_id and r.id = i.id;
  end if;

  if entries is not null then
    insert into entries (
      shop_id, member_id, key, kind, points, pending, available, held, owed, order_id, redemption_id, program_version, actor,
      occurred_at, detail
    )
    select i.shop_id, i.member_id, i.key, i.kind, i.points, i.pending, i.available, i.held, i.owed, i.order_id, i.redemption_id,
           i.program_version, i.actor, i.occurred_at, i.detail
    from json_to_recordset(entries) as i (
      unit integer, shop_id integer, member_id bigint, key text, kind text, points bigint, pending bigint, available bigint,
      held bigint, owed bigint, order_id text, redemption_id text, program_version integer, actor text, occurred_at timestamptz,
      detail json
    )
    where won[i.unit];
  end if;

  if new_lots is not null then
    insert into lots (shop_id, id, member_id, order_id, amount, remaining, available_at, expires_at, matured, expired)
    select i.shop_id, i.id, i.member_id, i.order_id, i.amount, i.remaining, i.available_at, i.expires_at, i.matured, i.expired
    from json_to_recordset(new_lots) as i (
      unit integer, shop_id integer, id text, member_id bigint, order_id text, amount bigint, remaining bigint,
      available_at timestamptz, expires_at timestamptz, matured boolean, expired boolean
    )
    where won[i.unit];
  end if;

  if touched_lots is not null then
    update lots l
    set remaining = i.remaining, matured = i.matured, expired = i.expired
    from json_to_recordset(touched_lots) as i (
      unit integer, shop_id integer, id text, remaining bigint, matured boolean, expired boolean
    )
    where won[i.unit] and l.shop_id = i.shop_id and l.id = i.id;
  end if;

  if allocations is not null then
    insert into allocations (shop_id, entry_key, lot_id, points)
    select i.shop_id, i.entry_key, i.lot_id, i.points
    from json_to_recordset(allocations) as i (unit integer, shop_id integer, entry_key text, lot_id text, points bigint)
    where won[i.unit];
  end if;

  if mergers is not null then
    -- Whoever was merged into the one that goes now goes along: a merger is never more than one step.
    update members m
    set merged_into = i.into_id
    from json_to_recordset(mergers) as i (unit integer, shop_id integer, from_id bigint, into_id bigint)
    where won[i.unit] and m.shop_id = i.shop_id and (m.id = i.from_id or m.merged_into = i.from_id);
  end if;

  return won;
end $$;
--> statement-breakpoint

-- As lojal_commit_or_load_3, with whose what was left behind is: called by `worker/ledger/commit.ts`.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_commit_or_load_4(
  -- As lojal_commit_3 takes them.
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
  -- As lojal_load_4 takes them, each with the number of its unit.
  customer_ids json,
  order_ids json,
  redemption_ids json,
  codes json,
  member_ids json,
  entry_keys json,
  product_ids json,
  opens boolean,
  out won boolean[],
  -- What lojal_load_4 answers, as one object; null where no unit was lost.
  out loaded json
)
language plpgsql
as $$
declare
  durability text := current_setting('synchronous_commit');
begin
  won := lojal_commit_3(
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
    from lojal_load_4(
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
