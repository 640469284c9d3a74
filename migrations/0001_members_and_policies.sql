-- Members who merge, leave, are adjusted or bring a balance along; orders and redemptions of which something was forgiven; lots that are
-- done; donations. Everything has a default, so that a worker of the schema before goes on while this is applied; but what it holds or
-- gives back afterwards it does not note in `taken`: deploy the worker that does in the same step.

-- Two customers became one: this member's book stands in another's. Never more than one step: whoever merges takes the earlier ones along.
alter table members
  add column merged_into bigint,
  add constraint members_merged_into_fkey foreign key (shop_id, merged_into) references members (shop_id, id),
  add constraint members_not_merged_into_itself check (merged_into <> id);
--> statement-breakpoint
create index members_by_merged_into on members (shop_id, merged_into) where merged_into is not null;
--> statement-breakpoint
grant update (merged_into) on members to lojal_worker;
--> statement-breakpoint

alter table accounts
  -- The latest order placed or reward chosen: expiry by inactivity counts from here.
  add column last_activity_at timestamptz,
  -- The tier's multiplier for orders that settle for the first time now; ten-thousandths.
  add column multiplier integer not null default 10000,
  -- When the member joined or left, oldest first; empty is as the program has it.
  add column membership json not null default '[]',
  add constraint accounts_multiplier_not_negative check (multiplier >= 0);
--> statement-breakpoint

-- Its expiry is booked: it never holds points again.
alter table lots
  add column expired boolean not null default false,
  add constraint lots_expired_is_empty check (not expired or remaining = 0);
--> statement-breakpoint
grant update (expired) on lots to lojal_worker;
--> statement-breakpoint
update lots l set expired = true
where exists (select from entries e where e.shop_id = l.shop_id and e.key = 'expire:' || l.id);
--> statement-breakpoint

alter table order_states
  -- The part of `posted` that should have been taken back and was not, because the program stops at zero.
  add column forgiven bigint not null default 0,
  -- The part of `forgiven` that an earlier customer of the order keeps.
  add column left_behind bigint not null default 0,
  -- Whether whoever placed it was a member then; null until a customer was seen.
  add column takes_part boolean,
  -- Why it is worth what it is.
  add column reason text not null default 'unknown-state',
  add constraint order_states_forgiven_within_posted check (forgiven between 0 and posted),
  add constraint order_states_left_behind_within_forgiven check (left_behind between 0 and forgiven),
  drop constraint order_states_posted_to_somebody,
  add constraint order_states_posted_to_somebody check (posted = forgiven or member_id is not null);
--> statement-breakpoint

alter table redemptions
  -- The part of `returned` that should have been taken again and was not, because the program stops at zero.
  add column forgiven bigint not null default 0,
  -- The lots its points are taken from at this moment, with what a lot like each of them needs.
  add column taken json not null default '[]',
  add constraint redemptions_forgiven_within_returned check (forgiven between 0 and returned),
  -- A donation is used by no order.
  drop constraint redemptions_used_names_order,
  add constraint redemptions_order_means_used check (used_by_order is null or state = 'used');
--> statement-breakpoint
update redemptions r set taken = t.taken
from (
  select n.shop_id, n.redemption_id,
         json_agg(json_build_object(
           'lotId', l.id, 'points', n.points, 'orderId', l.order_id,
           'availableAtMs', round(extract(epoch from l.available_at) * 1000)::bigint,
           'fixedExpiryMs', round(extract(epoch from l.expires_at) * 1000)::bigint
         ) order by l.expires_at nulls last, l.available_at, l.id) as taken
  from (
    select e.shop_id, e.redemption_id, a.lot_id, -sum(a.points) as points
    from entries e join allocations a on a.shop_id = e.shop_id and a.entry_key = e.key
    where e.redemption_id is not null
    group by e.shop_id, e.redemption_id, a.lot_id
    having sum(a.points) < 0
  ) n join lots l on l.shop_id = n.shop_id and l.id = n.lot_id
  group by n.shop_id, n.redemption_id
) t
where t.shop_id = r.shop_id and t.redemption_id = r.id and r.state <> 'released';
--> statement-breakpoint

alter table entries
  drop constraint entries_kind_is_known,
  add constraint entries_kind_is_known check (
    kind in (
      'earn', 'claw-back', 'mature', 'expire', 'hold', 'release', 'use', 'reclaim', 'return', 'adjust', 'open', 'merge'
    )
  ),
  drop constraint entries_pots_fit_kind,
  add constraint entries_pots_fit_kind check (
    case kind
      when 'earn' then points > 0 and pending >= 0 and available >= 0 and owed <= 0 and held = 0
      when 'claw-back' then points < 0 and pending <= 0 and available <= 0 and owed >= 0 and held = 0
      when 'mature' then points = 0 and pending < 0 and available >= 0 and owed <= 0 and held = 0
      when 'expire' then points < 0 and pending = 0 and available < 0 and owed = 0 and held = 0
      when 'hold' then available < 0 and held = -available and pending = 0 and owed = 0
      when 'release' then held < 0 and points = -held and available >= 0 and owed <= 0 and pending = 0
      when 'use' then held < 0 and points = 0 and pending = 0 and available = 0 and owed = 0
      when 'return' then points > 0 and available >= 0 and owed <= 0 and pending = 0 and held = 0
      when 'reclaim' then points < 0 and pending = 0 and available <= 0 and owed >= 0 and held = 0
      -- Staff give, which pays what is owed first, or take what is there; they make no debts.
      when 'adjust' then points <> 0 and pending = 0 and held = 0
        and (case when points > 0 then available >= 0 and owed <= 0 else available = points end)
      when 'open' then points > 0 and pending >= 0 and available >= 0 and owed <= 0 and held = 0
      -- One book empties, the other takes all of it, debts and the points that pay them included.
      when 'merge' then sign(pending) * sign(held) >= 0
    end
  );
