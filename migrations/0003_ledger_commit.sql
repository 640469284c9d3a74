-- A decision about a book that nobody has written yet says version 0: rows that are there count from one.
alter table accounts alter column version set default 1;
--> statement-breakpoint
alter table order_states alter column revision set default 1;
--> statement-breakpoint
update accounts set version = 1 where version = 0;
--> statement-breakpoint
update order_states set revision = 1 where revision = 0;
--> statement-breakpoint

-- The one write of the ledger: called by `worker/ledger/commit.ts`, which knows the shapes of what goes in.
-- A function, so that each of the pool's sessions plans it once. It runs with the caller's rights, under row-level security for the
-- shops that it is told. It answers, unit by unit, which were won.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_commit_1(
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
        held bigint, owed bigint, next_due_at timestamptz, last_activity_at timestamptz, membership json
      )
    ),
    order_in as (
      select * from json_to_recordset(orders) as i (
        unit integer, shop_id integer, order_id text, revision bigint, member_id bigint, state json, posted bigint,
        postings integer, program_version integer, multiplier integer, forgiven bigint, left_behind bigint, takes_part boolean,
        reason text
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
        shop_id, member_id, pending, available, held, owed, next_due_at, last_activity_at, membership
      )
      select i.shop_id, i.member_id, i.pending, i.available, i.held, i.owed, i.next_due_at, i.last_activity_at, i.membership
      from account_in i
      where i.version = 0 and (select units from known)[i.unit]
    ),
    order_made as (
      insert into order_states (
        shop_id, order_id, member_id, state, posted, postings, program_version, multiplier, forgiven, left_behind,
        takes_part, reason
      )
      select i.shop_id, i.order_id, i.member_id, i.state, i.posted, i.postings, i.program_version, i.multiplier, i.forgiven,
             i.left_behind, i.takes_part, i.reason
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
          next_due_at = i.next_due_at, last_activity_at = i.last_activity_at, membership = i.membership
      from account_in i
      where i.version > 0 and (select units from verdict)[i.unit] and a.shop_id = i.shop_id and a.member_id = i.member_id
    ),
    order_done as (
      update order_states o
      set revision = o.revision + 1, member_id = i.member_id, state = i.state, posted = i.posted, postings = i.postings,
          program_version = i.program_version, multiplier = i.multiplier, forgiven = i.forgiven, left_behind = i.left_behind,
          takes_part = i.takes_part,
          reason = i.reason
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
