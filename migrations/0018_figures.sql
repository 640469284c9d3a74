-- The figures of a shop: one scan of the days that are asked for, and one of the lots that hold points, each within an index. Every column that is
-- read is in it, so that a year of a large shop takes a fraction of a second.
create index entries_by_day on entries (shop_id, recorded_at) include (kind, points, held, owed, member_id, order_id);
--> statement-breakpoint

-- The same rows as before, with what is read of them. `remaining` is in the condition, so a change of it was written here before as well; what else
-- is in it never changes.
create index lots_open_by_member on lots (shop_id, member_id) include (available_at, expires_at, remaining) where remaining > 0;
--> statement-breakpoint
-- narrows: nothing that a worker has. The index above serves every statement that this one did.
drop index lots_live_by_member;
