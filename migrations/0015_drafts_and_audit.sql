-- What staff are working on, what was published by whom, and who did what. A version is never edited and never lost, by nobody.
alter table program_versions add column published_by text;
--> statement-breakpoint
-- narrows: nothing that a worker of before does: it reads versions. Whoever owns the database may not change them either, but for a whole shop's end.
create trigger program_versions_append_only before update or delete or truncate on program_versions
  for each statement execute function refuse_history_change();
--> statement-breakpoint

-- Members who joined, left, or are on a pilot's list: few of all. It names no column that an order changes.
create index accounts_by_own_membership on accounts (shop_id, member_id) where json_array_length(membership) > 0;
--> statement-breakpoint

-- One draft for a shop, as it was entered. The row stays when its draft is published or given up: the revision goes on, so that what somebody
-- read long ago is never taken for what is there now.
create table program_drafts (
  shop_id integer not null
    constraint program_drafts_pkey primary key
    constraint program_drafts_shop_fkey references shops (id) on delete cascade,
  revision integer not null default 1,
  -- The newest version when the draft was begun, or when its author has seen what became newer since.
  based_on integer not null,
  -- Null where nobody is working on one.
  content jsonb,
  saved_by text not null,
  saved_at timestamptz not null default now(),
  constraint program_drafts_revisions_count_from_one check (revision >= 1),
  constraint program_drafts_based_on_not_negative check (based_on >= 0),
  constraint program_drafts_content_is_bounded check (pg_column_size(content) <= 262144)
);
--> statement-breakpoint

-- Who did what, and when. `actor` is `staff:` and Shopify's number of the staff member, or `operator`. No personal data of shoppers.
create table audit_entries (
  shop_id integer not null constraint audit_entries_shop_fkey references shops (id) on delete cascade,
  id bigint generated always as identity,
  actor text not null,
  action text not null,
  detail jsonb not null default '{}',
  -- The business key of what it records, where that is done once and may be told twice: it is written down once.
  key text,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint audit_entries_pkey primary key (shop_id, id),
  constraint audit_entries_key_once unique (shop_id, key),
  constraint audit_entries_actor_is_known check (actor = 'operator' or actor ~ '^staff:[0-9]{1,20}$'),
  constraint audit_entries_action_is_a_word check (action ~ '^[a-z][a-z-]{0,63}$'),
  constraint audit_entries_detail_is_bounded check (pg_column_size(detail) <= 8192)
);
--> statement-breakpoint
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  -- A shop's end takes its rows along. Nothing else does.
  if tg_op = 'DELETE' and (current_user = 'lojal_eraser' or pg_trigger_depth() > 1) then
    return null;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation', constraint = tg_table_name || '_append_only';
end $$;
--> statement-breakpoint
create trigger audit_entries_append_only before update or delete or truncate on audit_entries
  for each statement execute function refuse_audit_change();
--> statement-breakpoint

do $$
declare
  tenant_table text;
begin
  foreach tenant_table in array array['program_drafts', 'audit_entries'] loop
    execute format('alter table %I enable row level security', tenant_table);
    execute format(
      'create policy %I on %I for all to lojal_worker using (shop_id = any ((select lojal_shops())::integer[]))',
      tenant_table || '_of_request', tenant_table
    );
    execute format(
      'create policy %I on %I for all to lojal_eraser using (shop_id = (select lojal_erased_shop()))',
      tenant_table || '_erased', tenant_table
    );
    execute format('grant select, delete on %I to lojal_eraser', tenant_table);
  end loop;
end $$;
--> statement-breakpoint
grant select, insert, update on program_drafts to lojal_worker;
--> statement-breakpoint
grant select, insert on audit_entries to lojal_worker;
--> statement-breakpoint
grant insert on program_versions to lojal_worker;
--> statement-breakpoint
grant update (newest_program_version) on shops to lojal_worker;
--> statement-breakpoint

-- The one way a version comes to be: called by `worker/program/publishing.ts` for staff, and by `dev/publish-program.ts` for whoever owns the
-- database. Publishers of a shop take turns at its row. What they publish is the next version, or nothing where they have not seen the newest one,
-- or not the newest draft. The version, what becomes of the draft, and who did it are one transaction.
-- Never edited: a change is the next version under the next number, which lies beside this one until no worker calls it any more.
create function lojal_publish_1(
  for_shop integer,
  -- The newest version that the publisher has seen; null for whoever publishes without looking.
  seen_version integer,
  -- The draft that is published; null where there is none to it.
  seen_revision integer,
  -- Null is now.
  begins timestamptz,
  -- Null where a version may begin whenever it likes; otherwise how far back a shop's first one may reach, and no other may.
  reach interval,
  program json,
  publisher text,
  detail json
) returns table (outcome text, version integer, in_force_from_ms bigint)
language plpgsql as $$
#variable_conflict use_variable
declare
  newest integer;
  moment timestamptz;
  starts timestamptz;
begin
  perform set_config('lojal.shops', for_shop::text, true);
  select s.newest_program_version into newest from shops s where s.id = for_shop and s.uninstalled_at is null for no key update;
  if not found then
    return query select 'unknown-shop', null::integer, null::bigint;
    return;
  end if;
  if seen_version is distinct from newest and seen_version is not null then
    return query select 'newer-version', newest, null::bigint;
    return;
  end if;
  if seen_revision is not null then
    perform from program_drafts d where d.shop_id = for_shop and d.revision = seen_revision and d.content is not null for update;
    if not found then
      return query select 'newer-draft', newest, null::bigint;
      return;
    end if;
  end if;
  -- By now, and not as this transaction began: it may have waited for its turn.
  moment := date_trunc('milliseconds', clock_timestamp());
  starts := coalesce(begins, moment);
  if reach is not null and starts < moment - (case when newest = 0 then reach else interval '0' end) then
    return query select 'too-early', newest, lojal_epoch_ms(moment);
    return;
  end if;
  update shops s set newest_program_version = newest + 1 where s.id = for_shop;
  insert into program_versions (shop_id, version, in_force_from, published_at, published_by, program)
  values (for_shop, newest + 1, starts, moment, publisher, program::jsonb);
  update program_drafts d set content = null, revision = d.revision + 1, based_on = newest + 1, saved_by = publisher, saved_at = moment
  where d.shop_id = for_shop and d.revision = seen_revision;
  insert into audit_entries (shop_id, actor, action, detail)
  values (for_shop, publisher, 'program-published',
    (detail::jsonb || jsonb_build_object('version', newest + 1, 'inForceFromMs', lojal_epoch_ms(starts))));
  return query select 'published', newest + 1, lojal_epoch_ms(starts);
end $$;
--> statement-breakpoint
-- narrows: nothing that a worker has. A function that is made is everybody's at first, and no worker calls this one yet.
revoke all on function lojal_publish_1(integer, integer, integer, timestamptz, interval, json, text, json) from public;
--> statement-breakpoint
grant execute on function lojal_publish_1(integer, integer, integer, timestamptz, interval, json, text, json) to lojal_worker;
