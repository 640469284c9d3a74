-- Balances that are brought along as a file: what became of each import, row by row, and of a whole shop that is restored from an export. A row
-- names a member and never a person; no e-mail comes here.
create table imports (
  shop_id integer not null constraint imports_shop_fkey references shops (id) on delete cascade,
  id text not null,
  -- Of the whole file: the same file again goes on with the same import, until that is undone.
  digest text not null,
  -- One of the formats of rows; or `shop`, a whole shop's export.
  format text not null,
  -- Where the columns lie; null for a whole shop.
  layout json,
  -- Whether it adds to what earlier imports brought the same members.
  adds boolean not null default false,
  -- Who began it: a user's number at Shopify, or `operator`.
  begun_by text not null,
  begun_at timestamptz not null default now(),
  rows_total integer not null,
  -- The last row of the file that was dealt with: progress, and where to go on.
  last_row integer not null,
  last_row_done integer not null default 0,
  rows_posted integer not null default 0,
  rows_empty integer not null default 0,
  rows_refused integer not null default 0,
  points_posted bigint not null default 0,
  finished_at timestamptz,
  undo_begun_at timestamptz,
  undo_begun_by text,
  undo_last_row integer not null default 0,
  points_taken bigint not null default 0,
  -- What was not there any more: spent, held by a code, expired, or moved with a merged customer.
  points_left bigint not null default 0,
  undone_at timestamptz,
  constraint imports_pkey primary key (shop_id, id),
  constraint imports_format_is_known check (format in ('lojal', 'smile', 'loyaltylion', 'yotpo', 'shop')),
  constraint imports_counts_not_negative check (
    least(rows_total, last_row, last_row_done, rows_posted, rows_empty, rows_refused, points_posted, points_taken, points_left) >= 0
  ),
  constraint imports_taken_within_posted check (points_taken + points_left <= points_posted),
  constraint imports_undone_was_begun check (undone_at is null or undo_begun_at is not null)
);
--> statement-breakpoint
create unique index imports_digest_key on imports (shop_id, digest) where undo_begun_at is null;
--> statement-breakpoint

create table import_rows (
  shop_id integer not null,
  import_id text not null,
  row_number integer not null,
  outcome text not null,
  -- Whose book it went to, and how much; null where it was refused.
  member_id bigint,
  points bigint,
  column_name text,
  reason text,
  -- What an undo took back; null before that.
  points_taken bigint,
  constraint import_rows_pkey primary key (shop_id, import_id, row_number),
  constraint import_rows_import_fkey foreign key (shop_id, import_id) references imports (shop_id, id) on delete cascade,
  constraint import_rows_account_fkey foreign key (shop_id, member_id) references accounts (shop_id, member_id) on delete cascade,
  constraint import_rows_outcome_is_known check (outcome in ('posted', 'empty', 'refused')),
  constraint import_rows_posted_has_points check ((outcome = 'posted') = (member_id is not null and points is not null)),
  constraint import_rows_refused_has_reason check ((outcome = 'refused') = (reason is not null)),
  constraint import_rows_taken_within_points check (points_taken is null or points_taken between 0 and points)
);
--> statement-breakpoint
create index import_rows_by_member on import_rows (shop_id, member_id) where member_id is not null;
--> statement-breakpoint

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['imports', 'import_rows'] loop
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

-- A whole shop that is restored brings its program along.
grant insert on program_versions to lojal_worker;
--> statement-breakpoint
grant update (newest_program_version) on shops to lojal_worker;
