-- A lost race answers with the state that won: called by `worker/ledger/commit.ts`. Commits as `lojal_commit_1` does; where a unit was
-- lost, it loads what the lost units were decided on, as `lojal_load_1` does, in the same round trip. Each statement of a volatile
-- function sees what was committed before it: the load sees what the winner wrote.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_commit_or_load_1(
  -- As lojal_commit_1 takes them.
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
  -- As lojal_load_1 takes them, each with the number of its unit.
  customer_ids json,
  order_ids json,
  redemption_ids json,
  codes json,
  member_ids json,
  entry_keys json,
  opens boolean,
  out won boolean[],
  -- What lojal_load_1 answers, as one object; null where no unit was lost.
  out loaded json
)
language plpgsql
as $$
declare
  durability text := current_setting('synchronous_commit');
begin
  won := lojal_commit_1(
    shop_ids, unit_count, accounts, orders, redemptions, entries, new_lots, touched_lots, allocations, mergers
  );
  if true = all (won) then
    return;
  end if;

  select row_to_json(answer) into loaded
  from (
    -- This transaction may have waited for the winner's: the clock, not when it began, is the time.
    select lojal_epoch_ms(clock_timestamp()) as now_ms, f.newest_program_versions, f.accounts, f.newcomers, f.lots, f.orders,
           f.redemptions, f.entries
    from lojal_load_1(
      shop_ids,
      (select json_agg(i) from json_array_elements(customer_ids) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(order_ids) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(redemption_ids) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(codes) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(member_ids) i where not won[(i ->> 'unit')::integer]),
      (select json_agg(i) from json_array_elements(entry_keys) i where not won[(i ->> 'unit')::integer]),
      opens
    ) f
  ) answer;

  -- A load that draws numbers for newcomers need not wait for the disk. What was won here does.
  perform set_config('synchronous_commit', durability, true);
end $$;
