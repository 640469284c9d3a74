-- Experiences wait for staff under no name of Shopify's; a store credit or a gift card is had once; rewards with a stock or a limit.
alter table redemptions
  drop constraint redemptions_issued_has_discount,
  add constraint redemptions_issued_has_discount check (
    state <> 'issued' or discount_id is not null or reward ->> 'kind' = 'experience'
  );
--> statement-breakpoint
-- A store credit has no key at Shopify: while the outcome of one is unknown, no other of that member may be asked for.
create unique index redemptions_one_credit_under_way on redemptions (shop_id, member_id)
  where state = 'held' and reward ->> 'kind' = 'store_credit';
--> statement-breakpoint
-- What Shopify credited once is one redemption's.
create unique index redemptions_one_for_each_credit on redemptions (shop_id, discount_id)
  where state = 'used' and reward ->> 'kind' = 'store_credit';
--> statement-breakpoint
-- What staff have to do by hand.
create index redemptions_experiences_open on redemptions (shop_id, created_at, id)
  where state = 'issued' and reward ->> 'kind' = 'experience';
--> statement-breakpoint

-- How many of a reward that has a stock are out: chosen and not given back. Only such rewards have a row, and only their redemptions touch it.
create table reward_stocks (
  shop_id integer not null,
  reward_id text not null,
  taken bigint not null,
  constraint reward_stocks_pkey primary key (shop_id, reward_id),
  constraint reward_stocks_shop_fkey foreign key (shop_id) references shops (id) on delete cascade,
  constraint reward_stocks_taken_not_negative check (taken >= 0)
) with (fillfactor = 50);
--> statement-breakpoint
alter table reward_stocks enable row level security;
--> statement-breakpoint
create policy reward_stocks_of_request on reward_stocks for all to lojal_worker
  using (shop_id = any ((select lojal_shops())::integer[]));
--> statement-breakpoint
grant select, insert, update on reward_stocks to lojal_worker;
--> statement-breakpoint
create policy reward_stocks_erased on reward_stocks for all to lojal_eraser using (shop_id = (select lojal_erased_shop()));
--> statement-breakpoint
grant select, delete on reward_stocks to lojal_eraser;
--> statement-breakpoint

-- Guards what was decided: never more than the stock, never more than the limit. Whoever comes too late has lost a race, and decides again on
-- what is there now. The member's account is held by the commit: two redemptions of one member come one after the other.
create function lojal_guard_reward() returns trigger language plpgsql as $$
declare
  stock bigint := (new.reward ->> 'stock')::bigint;
  times bigint := (new.reward #>> '{limit,times}')::bigint;
  days integer := (new.reward #>> '{limit,days}')::integer;
  reward_id text := new.reward ->> 'id';
begin
  if new.state in ('released', 'failed') then
    return null;
  end if;
  if times is not null and times < (
    select count(*)
    from redemptions r
    where r.shop_id = new.shop_id
      and r.member_id = any (array(
        select new.member_id union select m.id from members m where m.shop_id = new.shop_id and m.merged_into = new.member_id
      ))
      and r.reward ->> 'id' = reward_id
      and r.state not in ('released', 'failed')
      and (days is null or r.created_at > new.created_at - make_interval(days => days))
  ) then
    raise serialization_failure using message = 'A reward was chosen as often as it may be.', constraint = 'redemptions_within_limit';
  end if;
  if stock is not null then
    insert into reward_stocks as s (shop_id, reward_id, taken) values (new.shop_id, reward_id, 1)
    on conflict on constraint reward_stocks_pkey do update set taken = s.taken + 1 where s.taken < stock;
    if not found then
      raise serialization_failure using message = 'No more of a reward is left.', constraint = 'reward_stocks_within_stock';
    end if;
  end if;
  return null;
end $$;
--> statement-breakpoint
create trigger redemptions_guard_reward after insert on redemptions for each row
  when (new.reward ->> 'stock' is not null or new.reward ->> 'limit' is not null)
  execute function lojal_guard_reward();
--> statement-breakpoint

-- What is given back can be had again; a code that was used after it had been given back is out again, whatever else was had meanwhile.
create function lojal_count_reward() returns trigger language plpgsql as $$
begin
  update reward_stocks s
  set taken = greatest(0, s.taken + case when new.state in ('released', 'failed') then -1 else 1 end)
  where s.shop_id = new.shop_id and s.reward_id = new.reward ->> 'id';
  return null;
end $$;
--> statement-breakpoint
create trigger redemptions_count_reward after update on redemptions for each row
  when (
    new.reward ->> 'stock' is not null
    and (old.state in ('released', 'failed')) is distinct from (new.state in ('released', 'failed'))
  )
  execute function lojal_count_reward();
