-- Everything a batch concerns, in one snapshot: called by `worker/ledger/load.ts`, which knows the shapes of what goes in and out.
-- A function, so that each of the pool's sessions plans it once. It runs with the caller's rights, under row-level security for the
-- shops that it is told, and writes nothing.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_epoch_ms(moment timestamptz) returns bigint language sql stable parallel safe as $$
  select round(extract(epoch from moment) * 1000)::bigint
$$;
--> statement-breakpoint
create function lojal_load_1(
  shop_ids integer[],
  -- What to look for: arrays of {"shop_id": …, …}.
  customer_ids json,
  order_ids json,
  redemption_ids json,
  codes json,
  member_ids json,
  entry_keys json,
  -- Whether customers who are not found are given a member's number.
  opens boolean,
  out now_ms bigint,
  out newest_program_versions json,
  out accounts json,
  out newcomers json,
  out lots json,
  out orders json,
  out redemptions json,
  out entries json
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
begin
  perform set_config('lojal.shops', array_to_string(shop_ids, ','), true);
  if opens then
    -- The numbers that are drawn need not reach the disk before the commit that uses them does, which comes after them in the log.
    perform set_config('synchronous_commit', 'off', true);
  end if;

  with
    asked_customer as (
      select distinct shop_id, customer_id from json_to_recordset(customer_ids) as a (shop_id integer, customer_id text)
    ),
    asked_order as (
      select distinct shop_id, order_id from json_to_recordset(order_ids) as a (shop_id integer, order_id text)
    ),
    asked_redemption as (
      select shop_id, id from json_to_recordset(redemption_ids) as a (shop_id integer, id text)
      union
      select r.shop_id, r.id
      from asked_order a
      cross join lateral (
        select shop_id, id from redemptions where shop_id = a.shop_id and used_by_order = a.order_id offset 0
      ) r
      union
      select r.shop_id, r.id
      from json_to_recordset(codes) as a (shop_id integer, code text)
      cross join lateral (select shop_id, id from redemptions where shop_id = a.shop_id and code = a.code offset 0) r
    ),
    asked_entry as (
      select distinct shop_id, key from json_to_recordset(entry_keys) as a (shop_id integer, key text)
    ),
    -- Whoever was merged is found as the member they became part of.
    known_customer as (
      select a.shop_id, a.customer_id, coalesce(m.merged_into, m.id) as member_id
      from asked_customer a left join members m on m.shop_id = a.shop_id and m.customer_id = a.customer_id
    ),
    found_order as (
      select o.*, coalesce(m.merged_into, m.id) as present_member_id
      from asked_order a
      join order_states o on o.shop_id = a.shop_id and o.order_id = a.order_id
      left join members m on m.shop_id = o.shop_id and m.id = o.member_id
    ),
    found_redemption as (
      select r.*, coalesce(m.merged_into, m.id) as present_member_id
      from asked_redemption a
      cross join lateral (select * from redemptions where shop_id = a.shop_id and id = a.id offset 0) r
      join members m on m.shop_id = r.shop_id and m.id = r.member_id
    ),
    concerned as (
      select shop_id, member_id from known_customer where member_id is not null
      union select shop_id, present_member_id from found_order where present_member_id is not null
      union select shop_id, present_member_id from found_redemption
      union
      select m.shop_id, coalesce(m.merged_into, m.id)
      from json_to_recordset(member_ids) as a (shop_id integer, member_id bigint)
      join members m on m.shop_id = a.shop_id and m.id = a.member_id
    ),
    found_lot as (
      select l.* from concerned c join lots l on l.shop_id = c.shop_id and l.member_id = c.member_id where l.remaining > 0
      union
      -- Where a redemption's points go back to.
      select l.*
      from found_redemption r
      cross join lateral json_to_recordset(r.taken) as t ("lotId" text)
      cross join lateral (
        select * from lots where shop_id = r.shop_id and id = t."lotId" and member_id = r.present_member_id offset 0
      ) l
    )
  select
    lojal_epoch_ms(now()),
    (
      select json_object_agg(s.id, s.newest_program_version) from shops s where s.id = any (shop_ids)
    ),
    (
      select json_agg(a) from (
        select a.shop_id as "shopId", a.member_id::text as "memberId", m.customer_id as "customerId", a.version, a.pending,
               a.available, a.held, a.owed, lojal_epoch_ms(a.last_activity_at) as "lastActivityMs", a.multiplier, a.membership,
               coalesce(
                 (select json_agg(f.customer_id) from members f
                  where f.shop_id = m.shop_id and f.merged_into = m.id and f.customer_id is not null),
                 '[]'
               ) as "formerCustomerIds"
        from concerned c
        join accounts a on a.shop_id = c.shop_id and a.member_id = c.member_id
        join members m on m.shop_id = c.shop_id and m.id = c.member_id
      ) a
    ),
    (
      select json_agg(n) from (
        select k.shop_id as "shopId", nextval('members_id_seq')::text as "memberId", k.customer_id as "customerId"
        from known_customer k
        where opens and k.member_id is null
      ) n
    ),
    (
      select json_agg(l order by l.id) from (
        select l.shop_id as "shopId", l.member_id::text as "memberId", l.id, l.order_id as "orderId", l.amount, l.remaining,
               lojal_epoch_ms(l.available_at) as "availableAtMs", lojal_epoch_ms(l.expires_at) as "fixedExpiryMs", l.matured, l.expired
        from found_lot l
      ) l
    ),
    (
      select json_agg(o) from (
        select o.shop_id as "shopId", o.order_id as "orderId", o.revision, o.present_member_id::text as "memberId", o.state, o.posted,
               o.postings, o.program_version as "programVersion", o.multiplier, o.forgiven, o.left_behind as "leftBehind", o.takes_part as "takesPart", o.reason
        from found_order o
      ) o
    ),
    (
      select json_agg(r) from (
        select r.shop_id as "shopId", r.id, r.version, r.present_member_id::text as "memberId", r.reward, r.cost, r.code, r.state,
               r.fingerprint, r.discount_id as "discountId", r.program_version as "programVersion",
               lojal_epoch_ms(r.created_at) as "createdAtMs", lojal_epoch_ms(r.ends_at) as "endsAtMs",
               r.used_by_order as "usedByOrder", r.returned, r.returnings, r.reason, r.forgiven, r.taken
        from found_redemption r
      ) r
    ),
    (
      select json_agg(e) from (
        select e.shop_id as "shopId", e.key, coalesce(m.merged_into, m.id)::text as "memberId", e.points, e.detail
        from asked_entry a
        join entries e on e.shop_id = a.shop_id and e.key = a.key
        join members m on m.shop_id = e.shop_id and m.id = e.member_id
      ) e
    )
  into now_ms, newest_program_versions, accounts, newcomers, lots, orders, redemptions, entries;
end $$;
