-- As lojal_commit_3, whose first and largest statement is several small ones here, for tables that have something to write: called by
-- `worker/ledger/commit.ts`.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_commit_4(
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
  -- The numbers of the units that lost.
  lost integer[] := '{}';
  -- Whether some account, or some order, is new; and whether some is known.
  any_account_is_new boolean := false;
  any_account_is_known boolean := false;
  any_order_is_new boolean := false;
  any_order_is_known boolean := false;
  members_made bigint := 0;
  orders_made bigint := 0;
begin
  perform set_config('lojal.shops', array_to_string(shop_ids, ','), true);

  -- Accounts, orders and redemptions are held before any row is changed, in one global order, tables too, new rows last: two batches never wait
  -- for each other in a circle. Lots, and the members of a merger, are changed by whoever holds their account.
  -- A unit has lost when a row that it read is no longer as it was read.
  if accounts is not null then
    with
      account_in as (
        select * from json_to_recordset(accounts) as i (unit integer, shop_id integer, member_id bigint, version bigint)
      ),
      held as (
        select a.shop_id, a.member_id
        from account_in i join accounts a on a.shop_id = i.shop_id and a.member_id = i.member_id
        where a.version = i.version
        order by a.shop_id, a.member_id
        for update of a
      )
    select
      lost || array_agg(i.unit) filter (
        where i.version > 0 and (i.shop_id, i.member_id) not in (select shop_id, member_id from held)),
      bool_or(i.version = 0), bool_or(i.version > 0)
    into lost, any_account_is_new, any_account_is_known
    from account_in i;
  end if;

  if orders is not null then
    with
      order_in as (
        select * from json_to_recordset(orders) as i (unit integer, shop_id integer, order_id text, revision bigint)
      ),
      held as (
        select o.shop_id, o.order_id
        from order_in i join order_states o on o.shop_id = i.shop_id and o.order_id = i.order_id
        where o.revision = i.revision
        order by o.shop_id, o.order_id
        for update of o
      )
    select
      lost || array_agg(i.unit) filter (
        where i.revision > 0 and (i.shop_id, i.order_id) not in (select shop_id, order_id from held)),
      bool_or(i.revision = 0), bool_or(i.revision > 0)
    into lost, any_order_is_new, any_order_is_known
    from order_in i;
  end if;

  if redemptions is not null then
    with
      redemption_in as (
        select * from json_to_recordset(redemptions) as i (unit integer, shop_id integer, id text, version bigint)
      ),
      held as (
        select r.shop_id, r.id
        from redemption_in i join redemptions r on r.shop_id = i.shop_id and r.id = i.id
        where r.version = i.version
        order by r.shop_id, r.id
        for update of r
      )
    select
      lost || array_agg(i.unit) filter (
        where i.version > 0 and (i.shop_id, i.id) not in (select shop_id, id from held))
    into lost
    from redemption_in i;
  end if;

  -- Of those that open the same book at once, one makes the row; the others wait for it, and lose.
  if any_account_is_new then
    with
      account_in as (
        select * from json_to_recordset(accounts) as i (
          unit integer, shop_id integer, member_id bigint, customer_id text, version bigint
        )
        where i.version = 0 and i.unit <> all (lost)
      ),
      made as (
        insert into members (shop_id, id, customer_id) overriding system value
        select i.shop_id, i.member_id, i.customer_id from account_in i
        order by i.shop_id, i.customer_id
        on conflict do nothing
        returning shop_id, id
      )
    select
      (select count(*) from made),
      lost || array_agg(i.unit) filter (where (i.shop_id, i.member_id) not in (select shop_id, id from made))
    into members_made, lost
    from account_in i;

    insert into accounts (
      shop_id, member_id, pending, available, held, owed, next_due_at, last_activity_at, membership, progress
    )
    select i.shop_id, i.member_id, i.pending, i.available, i.held, i.owed, i.next_due_at, i.last_activity_at, i.membership,
           i.progress
    from json_to_recordset(accounts) as i (
      unit integer, shop_id integer, member_id bigint, version bigint, pending bigint, available bigint, held bigint, owed bigint,
      next_due_at timestamptz, last_activity_at timestamptz, membership json, progress json
    )
    where i.version = 0 and i.unit <> all (lost);
  end if;

  if any_order_is_new then
    with
      order_in as (
        select * from json_to_recordset(orders) as i (
          unit integer, shop_id integer, order_id text, revision bigint, member_id bigint, state json, posted bigint,
          postings integer, program_version integer, multiplier integer, forgiven bigint, left_behind bigint, left_with jsonb,
          takes_part boolean, contribution json, reason text
        )
        where i.revision = 0 and i.unit <> all (lost)
      ),
      made as (
        insert into order_states (
          shop_id, order_id, member_id, state, posted, postings, program_version, multiplier, forgiven, left_behind,
          left_with, takes_part, contribution, reason
        )
        select i.shop_id, i.order_id, i.member_id, i.state, i.posted, i.postings, i.program_version, i.multiplier, i.forgiven,
               i.left_behind, i.left_with, i.takes_part, i.contribution, i.reason
        from order_in i
        order by i.shop_id, i.order_id
        on conflict do nothing
        returning shop_id, order_id
      )
    select
      (select count(*) from made),
      lost || array_agg(i.unit) filter (where (i.shop_id, i.order_id) not in (select shop_id, order_id from made))
    into orders_made, lost
    from order_in i;
  end if;

  -- A unit that lost changes nothing: where it has made one of its rows and found another made, no unit is won.
  if cardinality(lost) > 0 and members_made + orders_made > (
    select count(*) from (
      select unit from json_to_recordset(accounts) as i (unit integer, version bigint) where version = 0
      union all
      select unit from json_to_recordset(orders) as i (unit integer, revision bigint) where revision = 0
    ) i
    where i.unit <> all (lost)
  ) then
    raise unique_violation using message = 'A unit opened some of its books and lost others.';
  end if;

  if any_account_is_known then
    update accounts a
    set version = a.version + 1, pending = i.pending, available = i.available, held = i.held, owed = i.owed,
        next_due_at = i.next_due_at, last_activity_at = i.last_activity_at, membership = i.membership,
        progress = i.progress
    from json_to_recordset(accounts) as i (
      unit integer, shop_id integer, member_id bigint, version bigint, pending bigint, available bigint, held bigint, owed bigint,
      next_due_at timestamptz, last_activity_at timestamptz, membership json, progress json
    )
    where i.version > 0 and i.unit <> all (lost) and a.shop_id = i.shop_id and a.member_id = i.member_id;
  end if;

  if any_order_is_known then
    update order_states o
    set revision = o.revision + 1, member_id = i.member_id, state = i.state, posted = i.posted, postings = i.postings,
        program_version = i.program_version, multiplier = i.multiplier, forgiven = i.forgiven, left_behind = i.left_behind,
        left_with = i.left_with, takes_part = i.takes_part, contribution = i.contribution, reason = i.reason
    from json_to_recordset(orders) as i (
      unit integer, shop_id integer, order_id text, revision bigint, member_id bigint, state json, posted bigint,
      postings integer, program_version integer, multiplier integer, forgiven bigint, left_behind bigint, left_with jsonb,
      takes_part boolean, contribution json, reason text
    )
    where i.revision > 0 and i.unit <> all (lost) and o.shop_id = i.shop_id and o.order_id = i.order_id;
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
    where i.unit <> all (lost) and i.version = 0
    order by i.shop_id, i.id;

    update redemptions r
    set version = r.version + 1, state = i.state, discount_id = i.discount_id, used_by_order = i.used_by_order,
        returned = i.returned, returnings = i.returnings, reason = i.reason, due_at = i.due_at, forgiven = i.forgiven,
        taken = i.taken
    from json_to_recordset(redemptions) as i (
      unit integer, shop_id integer, id text, version bigint, state text, discount_id text, used_by_order text, returned bigint,
      returnings integer, reason text, due_at timestamptz, forgiven bigint, taken json
    )
    where i.unit <> all (lost) and i.version > 0 and r.shop_id = i.shop_id and r.id = i.id;
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
    where i.unit <> all (lost);
  end if;

  if new_lots is not null then
    insert into lots (shop_id, id, member_id, order_id, amount, remaining, available_at, expires_at, matured, expired)
    select i.shop_id, i.id, i.member_id, i.order_id, i.amount, i.remaining, i.available_at, i.expires_at, i.matured, i.expired
    from json_to_recordset(new_lots) as i (
      unit integer, shop_id integer, id text, member_id bigint, order_id text, amount bigint, remaining bigint,
      available_at timestamptz, expires_at timestamptz, matured boolean, expired boolean
    )
    where i.unit <> all (lost);
  end if;

  if touched_lots is not null then
    update lots l
    set remaining = i.remaining, matured = i.matured, expired = i.expired
    from json_to_recordset(touched_lots) as i (
      unit integer, shop_id integer, id text, remaining bigint, matured boolean, expired boolean
    )
    where i.unit <> all (lost) and l.shop_id = i.shop_id and l.id = i.id;
  end if;

  if allocations is not null then
    insert into allocations (shop_id, entry_key, lot_id, points)
    select i.shop_id, i.entry_key, i.lot_id, i.points
    from json_to_recordset(allocations) as i (unit integer, shop_id integer, entry_key text, lot_id text, points bigint)
    where i.unit <> all (lost);
  end if;

  if mergers is not null then
    -- Whoever was merged into the one that goes now goes along: a merger is never more than one step.
    update members m
    set merged_into = i.into_id
    from json_to_recordset(mergers) as i (unit integer, shop_id integer, from_id bigint, into_id bigint)
    where i.unit <> all (lost) and m.shop_id = i.shop_id and (m.id = i.from_id or m.merged_into = i.from_id);
  end if;

  if lost = '{}' then
    return array_fill(true, array[unit_count]);
  end if;
  return array(select unit <> all (lost) from generate_series(1, unit_count) unit order by unit);
end $$;
--> statement-breakpoint

-- As lojal_commit_or_load_4, with lojal_commit_4: called by `worker/ledger/commit.ts`.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_commit_or_load_5(
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
