-- The lists that staff read page by page: members who owe, members of a tier, and acts by kind, by who did them, and by the member whom they are about.
-- Orders change none of these columns, but for what becomes owed.
create index accounts_owing on accounts (shop_id, member_id) where owed > 0;
--> statement-breakpoint
create index painted_members_by_tier on painted_members (shop_id, tier, member_id) where tier is not null;
--> statement-breakpoint
create index audit_entries_by_action on audit_entries (shop_id, action, id);
--> statement-breakpoint
create index audit_entries_by_actor on audit_entries (shop_id, actor, id);
--> statement-breakpoint
-- The ledger's number of the member whom an act is about. A column, because row-level security lets no index over the expression be used.
alter table audit_entries add column member text generated always as (detail ->> 'member') stored;
--> statement-breakpoint
create index audit_entries_by_member on audit_entries (shop_id, member, id) where member is not null;
--> statement-breakpoint

-- The guard of rewards with a stock or a limit, as of 0014; but for rows that come back from an export. These were guarded where they were chosen:
-- in another order, under versions with other stocks, and some were used after they had been given back. Only what is out is counted.
create function lojal_guard_reward_2() returns trigger language plpgsql as $$
declare
  stock bigint := (new.reward ->> 'stock')::bigint;
  times bigint := (new.reward #>> '{limit,times}')::bigint;
  days integer := (new.reward #>> '{limit,days}')::integer;
  reward_id text := new.reward ->> 'id';
  comes_back boolean := coalesce(current_setting('lojal.restores', true), '') = 'on';
begin
  if new.state in ('released', 'failed') then
    return null;
  end if;
  if not comes_back and times is not null and times < (
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
    on conflict on constraint reward_stocks_pkey do update set taken = s.taken + 1 where s.taken < stock or comes_back;
    if not found then
      raise serialization_failure using message = 'No more of a reward is left.', constraint = 'reward_stocks_within_stock';
    end if;
  end if;
  return null;
end $$;
--> statement-breakpoint
drop trigger redemptions_guard_reward on redemptions;
--> statement-breakpoint
create trigger redemptions_guard_reward after insert on redemptions for each row
  when (new.reward ->> 'stock' is not null or new.reward ->> 'limit' is not null)
  execute function lojal_guard_reward_2();
