-- How the last reading of each collection and tag went that a program leaves out, beside what is known of it (product_groups): one that is too large was
-- never read, and one that suddenly has lost most of its products is not believed before a second reading says so, too.
create table group_readings (
  shop_id integer not null constraint group_readings_shop_fkey references shops (id) on delete cascade,
  group_key text not null,
  -- When somebody asked for a reading, and when the last one ended; null before that.
  asked_at timestamptz,
  ended_at timestamptz,
  outcome text,
  -- How many products it found, where it found any; and since when readings say that most of what was known is gone.
  products integer,
  doubted_since timestamptz,
  constraint group_readings_pkey primary key (shop_id, group_key),
  constraint group_readings_outcome_is_known check (outcome in ('read', 'doubted', 'too-large', 'gone', 'denied')),
  constraint group_readings_ended_with_outcome check ((ended_at is null) = (outcome is null)),
  constraint group_readings_doubted_since_when check ((outcome is not distinct from 'doubted') = (doubted_since is not null)),
  constraint group_readings_products_not_negative check (products >= 0)
);
--> statement-breakpoint
alter table group_readings enable row level security;
--> statement-breakpoint
create policy group_readings_of_request on group_readings for all to lojal_worker using (shop_id = any ((select lojal_shops())::integer[]));
--> statement-breakpoint
grant select, insert, update on group_readings to lojal_worker;
--> statement-breakpoint
create policy group_readings_erased on group_readings for all to lojal_eraser using (shop_id = (select lojal_erased_shop()));
--> statement-breakpoint
grant select, delete on group_readings to lojal_eraser;
--> statement-breakpoint

-- What a shop calls its rewards and tiers in the languages of its storefront: {"sv": {"Gold": "Guld"}}, by the program's own word.
alter table shop_settings
  add column words json,
  add column words_version integer not null default 0,
  add constraint shop_settings_words_counted check (words_version >= 0);
