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
