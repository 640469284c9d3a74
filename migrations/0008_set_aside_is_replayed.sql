-- What was set aside says how it failed, and can be run again: whoever sets `replay_due_at` asks for it, the cron does it.
alter table set_aside
  -- The class of the last fault and its SQLSTATE, where there was one; never a message.
  add column fault text,
  add column attempts integer not null default 0,
  add column replay_due_at timestamptz,
  add column replayed_at timestamptz,
  add constraint set_aside_attempts_not_negative check (attempts >= 0),
  add constraint set_aside_replay_needs_job check (replay_due_at is null or job is not null);
--> statement-breakpoint
create index set_aside_replay_due on set_aside (shop_domain, replay_due_at) where replay_due_at is not null;
--> statement-breakpoint
create policy set_aside_replay on set_aside for update to lojal_worker
  using (shop_domain = any ((select lojal_domains())::text[]));
--> statement-breakpoint
grant update (job, fault, attempts, replay_due_at, replayed_at) on set_aside to lojal_worker;
