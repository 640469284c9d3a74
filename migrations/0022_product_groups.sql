-- What is known of the collections and tags whose products earn nothing: a row per group, and per product the times at which it was in one. Times
-- are closed, never taken away: an order is settled by what was known when it was created, today and at any later refund.
create table product_groups (
  shop_id integer not null constraint product_groups_shop_fkey references shops (id) on delete cascade,
  -- `collection:` and Shopify's number, or `tag:` and the tag in lower case.
  group_key text not null,
  title text not null,
  -- When it was last read at Shopify as a whole, and how many products it had.
  read_at timestamptz not null,
  products integer not null,
  constraint product_groups_pkey primary key (shop_id, group_key),
  constraint product_groups_key_is_known check (group_key ~ '^(collection|tag):.'),
  constraint product_groups_products_not_negative check (products >= 0)
);
--> statement-breakpoint
create table product_group_members (
  shop_id integer not null,
  product_id text not null,
  group_key text not null,
  -- -infinity: since before anybody asked. Both -infinity: it was in a group that no program named yet, and counts for nothing.
  since timestamptz not null,
  until timestamptz,
  constraint product_group_members_pkey primary key (shop_id, product_id, group_key, since),
  constraint product_group_members_group_fkey foreign key (shop_id, group_key) references product_groups (shop_id, group_key) on delete cascade,
  constraint product_group_members_end_after_begin check (until >= since)
);
--> statement-breakpoint
-- What is in a group now; and that nothing is in it twice.
create unique index product_group_members_now on product_group_members (shop_id, group_key, product_id) where until is null;
--> statement-breakpoint
do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['product_groups', 'product_group_members'] loop
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

-- Writes down what a group holds, as it was just read at Shopify; called by `worker/program/product-groups.ts`. False, and nothing is written,
-- where a version was published since the caller looked: whether one names the group may be another matter now.
create function lojal_note_group_1(
  for_shop integer,
  seen_version integer,
  -- Whether a published version names the group. Before that no order can depend on it: what is read counts from the beginning. From then on a
  -- change counts from a minute after it was learned: by then it is committed, so that no order that it is about was settled without it.
  is_named boolean,
  key text,
  called text,
  product_ids text[]
) returns boolean
language plpgsql
set plan_cache_mode = force_custom_plan
as $$
declare
  moment timestamptz;
begin
  perform set_config('lojal.shops', for_shop::text, true);
  perform from shops s where s.id = for_shop and s.newest_program_version = seen_version for no key update;
  if not found then
    return false;
  end if;
  -- By now, and not as this transaction began: it may have waited for its turn. In whole milliseconds, as orders are dated.
  moment := case when is_named then date_trunc('milliseconds', clock_timestamp()) + interval '1 minute' else '-infinity' end;
  insert into product_groups as g (shop_id, group_key, title, read_at, products)
  values (for_shop, key, called, clock_timestamp(), cardinality(product_ids))
  on conflict on constraint product_groups_pkey do update
    set title = excluded.title, read_at = excluded.read_at, products = excluded.products;
  update product_group_members m set until = moment
  where m.shop_id = for_shop and m.group_key = key and m.until is null
    and not exists (select from unnest(product_ids) as p (id) where p.id = m.product_id);
  insert into product_group_members as m (shop_id, product_id, group_key, since)
  select distinct for_shop, p.id, key, moment
  from unnest(product_ids) as p (id)
  where not exists (
    select from product_group_members k where k.shop_id = for_shop and k.group_key = key and k.product_id = p.id and k.until is null
  )
  on conflict on constraint product_group_members_pkey do update set until = null;
  return true;
end $$;
--> statement-breakpoint

-- In which groups the products of a batch are and were; null where no shop of it has any, which is all that it costs them. `products` are those
-- that news tell, an array of {"shop_id": …, "product_id": …}; those that are known are in `orders`, as a load answers them.
create function lojal_memberships_1(shop_ids integer[], products json, orders json) returns json
language plpgsql stable
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
set jit = off
as $$
begin
  if not exists (select from product_groups g where g.shop_id = any (shop_ids)) then
    return null;
  end if;
  return (
    with asked as (
      select shop_id, product_id from json_to_recordset(products) as a (shop_id integer, product_id text)
      union
      select (o ->> 'shopId')::integer, l ->> 'productId'
      from json_array_elements(case when json_typeof(orders) = 'array' then orders end) o cross join lateral json_array_elements(o #> '{state,body,lines}') l
      where l ->> 'productId' is not null
    )
    select json_agg(m) from (
      select m.shop_id as "shopId", m.group_key as "group", m.product_id as "productId", g.title,
             case when m.since = '-infinity' then null else lojal_epoch_ms(m.since) end as "sinceMs", lojal_epoch_ms(m.until) as "untilMs"
      from asked a
      cross join lateral (
        select * from product_group_members
        where shop_id = a.shop_id and product_id = a.product_id and (until is null or until > '-infinity') offset 0
      ) m
      join product_groups g on g.shop_id = m.shop_id and g.group_key = m.group_key
    ) m
  );
end $$;
--> statement-breakpoint

-- As lojal_load_2, with the groups of what the orders are about: called by `worker/ledger/load.ts`.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_load_3(
  shop_ids integer[],
  customer_ids json,
  order_ids json,
  redemption_ids json,
  codes json,
  member_ids json,
  entry_keys json,
  product_ids json,
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
as $$
begin
  select f.now_ms, f.newest_program_versions, f.accounts, f.newcomers, f.lots, f.orders, f.redemptions, f.entries
  into now_ms, newest_program_versions, accounts, newcomers, lots, orders, redemptions, entries
  from lojal_load_2(shop_ids, customer_ids, order_ids, redemption_ids, codes, member_ids, entry_keys, opens) f;
  memberships := lojal_memberships_1(shop_ids, product_ids, orders);
end $$;
--> statement-breakpoint

-- As lojal_commit_or_load_2, with the groups of what the lost units' orders are about: called by `worker/ledger/commit.ts`.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_commit_or_load_3(
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
  customer_ids json,
  order_ids json,
  redemption_ids json,
  codes json,
  member_ids json,
  entry_keys json,
  product_ids json,
  opens boolean,
  out won boolean[],
  out loaded json,
  out memberships json
)
language plpgsql
as $$
begin
  select c.won, c.loaded into won, loaded
  from lojal_commit_or_load_2(
    shop_ids, unit_count, accounts, orders, redemptions, entries, new_lots, touched_lots, allocations, mergers,
    customer_ids, order_ids, redemption_ids, codes, member_ids, entry_keys, opens
  ) c;
  if loaded is not null then
    memberships := lojal_memberships_1(shop_ids, product_ids, loaded -> 'orders');
  end if;
end $$;
--> statement-breakpoint
-- narrows: nothing that a worker has. A function that is made is everybody's at first, and no worker calls this one yet.
revoke all on function lojal_note_group_1(integer, integer, boolean, text, text, text[]) from public;
--> statement-breakpoint
grant execute on function lojal_note_group_1(integer, integer, boolean, text, text, text[]) to lojal_worker;
