-- An undoing is due from its first statement on. One that was begun before, and whose worker died before it said so, is found by no cron: it is due
-- now. What failed too often waits for somebody to look, as before.
update imports set due_at = date_trunc('milliseconds', now())
where format <> 'shop' and undo_begun_at is not null and undone_at is null and due_at is null and stopped_why is null;
