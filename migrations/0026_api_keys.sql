-- Keys for the merchant's own software (docs/api.md). Of a key's secret there is a hash alone: what lies here opens nothing.
create table api_keys (
  shop_id integer not null constraint api_keys_shop_fkey references shops (id) on delete cascade,
  -- The part of a key that is no secret: twelve random hexadecimal digits.
  id text not null,
  name text not null,
  -- Every key may read.
  may_write boolean not null,
  secret_sha256 text not null,
  -- A live key holds one of twenty places, so that two who make one at the same moment never make the twenty-first.
  place integer not null,
  -- Shopify's number of a member of staff, or `operator`.
  made_by text not null,
  made_at timestamptz not null default now(),
  -- The day of its last use, in UTC: written once a day, not with each request.
  used_on date,
  revoked_by text,
  revoked_at timestamptz,
  constraint api_keys_pkey primary key (shop_id, id),
  constraint api_keys_id_is_hexadecimal check (id ~ '^[0-9a-f]{12}$'),
  constraint api_keys_name_is_short check (char_length(name) between 1 and 60),
  constraint api_keys_secret_is_hashed check (secret_sha256 ~ '^[0-9a-f]{64}$'),
  constraint api_keys_twenty_places check (place between 1 and 20),
  constraint api_keys_revoked_by_somebody check ((revoked_at is null) = (revoked_by is null))
);
--> statement-breakpoint
create unique index api_keys_live_place on api_keys (shop_id, place) where revoked_at is null;
--> statement-breakpoint
alter table api_keys enable row level security;
--> statement-breakpoint
create policy api_keys_of_request on api_keys for all to lojal_worker using (shop_id = any ((select lojal_shops())::integer[]));
--> statement-breakpoint
grant select, insert, update (used_on, revoked_by, revoked_at) on api_keys to lojal_worker;
--> statement-breakpoint
create policy api_keys_erased on api_keys for all to lojal_eraser using (shop_id = (select lojal_erased_shop()));
--> statement-breakpoint
grant select, delete on api_keys to lojal_eraser;
--> statement-breakpoint
-- What is done with a key is written down, too: `key:` and the part of it that is no secret. Whatever the rule allowed before, it allows now.
alter table audit_entries
  drop constraint audit_entries_actor_is_known,
  add constraint audit_entries_actor_is_known
    check (actor = 'operator' or actor ~ '^staff:[0-9]{1,20}$' or actor ~ '^key:[0-9a-f]{12}$');
