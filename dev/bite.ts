/**
 * `npm run test:bite`: proves that the checks bite. Each invariant is broken on purpose in a copy of the project, by one small edit. Random
 * histories must notice, in memory or on real Postgres, and it is told how many of them it took; what histories cannot break has a
 * test of its own that must fail. The exit code is 0 if every break was caught. `npm run test:bite -- I2` tries those of one invariant.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const copied = [
  "worker",
  "dev",
  "bench",
  "migrations",
  "vitest.pure.config.ts",
  "vitest.node.config.ts",
  "vitest.worker.config.ts",
  "tsconfig.json",
  "package.json",
  "wrangler.toml",
  "shopify.app.toml",
];

/** Who must notice. */
type Guard =
  | { readonly histories: "memory" | "postgres" }
  | { readonly test: string }
  | { readonly fault: string; readonly count: number };

interface Mutant {
  readonly invariant: string;
  readonly breaks: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly guard: Guard;
}

const inMemory: Guard = { histories: "memory" };
const onPostgres: Guard = { histories: "postgres" };
const commit = "migrations/0013_tiers.sql";

const mutants: readonly Mutant[] = [
  {
    invariant: "I1",
    breaks: "a counter forgets what an entry moved",
    file: "worker/domain/draft.ts",
    from: "owed: account.owed + owed",
    to: "owed: account.owed",
    guard: inMemory,
  },
  {
    invariant: "I2",
    breaks: "a hold may take one point more than there is",
    file: "worker/domain/spending.ts",
    from: "if (available < cost)",
    to: "if (available + 1 < cost)",
    guard: inMemory,
  },
  {
    invariant: "I2",
    breaks: "a commit does not look whether the account changed since it was read",
    file: commit,
    from: "where a.version = i.version",
    to: "where true",
    guard: onPostgres,
  },
  {
    invariant: "I3",
    breaks: "a lot does not get back what an allocation gives back",
    file: "worker/domain/draft.ts",
    from: "remaining: lot.remaining + (moved.get(lot.id) ?? 0)",
    to: "remaining: lot.remaining + Math.min(0, moved.get(lot.id) ?? 0)",
    guard: inMemory,
  },
  {
    invariant: "I3",
    breaks: "what one of two merged members owes is forgotten",
    file: "worker/domain/members.ts",
    from: "owed: owed - repaid };",
    to: "owed: -repaid };",
    guard: inMemory,
  },
  {
    invariant: "I3",
    breaks: "a lot is written without what was taken from it at once",
    file: commit,
    from: "i.amount, i.remaining, i.available_at",
    to: "i.amount, i.amount, i.available_at",
    guard: onPostgres,
  },
  {
    invariant: "I3",
    breaks: "points are taken from a lot and no allocation says so",
    file: commit,
    from: "points bigint)\n    where won[i.unit];",
    to: "points bigint)\n    where won[i.unit] and i.points > 0;",
    guard: onPostgres,
  },
  {
    invariant: "I4",
    breaks: "an order earns its whole worth again at each change",
    file: "worker/domain/decide.ts",
    from: "this.#earn(step.rise,",
    to: "this.#earn(settlement.points,",
    guard: inMemory,
  },
  {
    invariant: "I4",
    breaks:
      "a product counts as in a group by what is known of it now, not by what was known when the order was created",
    file: "worker/domain/product-groups.ts",
    from: "(sinceMs === null || sinceMs <= atMs) && (untilMs === null || atMs < untilMs)",
    to: "untilMs === null",
    guard: inMemory,
  },
  {
    invariant: "I4",
    breaks: "a load leaves out the groups of products that only the stored order names",
    file: "migrations/0022_product_groups.sql",
    from: "where l ->> 'productId' is not null",
    to: "where false",
    guard: { test: "worker/flows/product-groups.db" },
  },
  {
    invariant: "I4",
    breaks: "a commit does not look whether a guest's order changed since it was read",
    file: commit,
    from: "where o.revision = i.revision",
    to: "where true",
    guard: { test: "worker/ledger/commit.db" },
  },
  {
    invariant: "I5",
    breaks: "of two states the one that arrives later counts, not the newer one",
    file: "worker/domain/order.ts",
    from: "return later > 0 ? withFacts(b, a) : withFacts(a, b);",
    to: "return withFacts(b, a);",
    guard: inMemory,
  },
  {
    invariant: "I6",
    breaks: "a refunded line still counts",
    file: "worker/domain/settlement.ts",
    from: "whole - sum(refunded.map((part) => part.subtotalMinor))",
    to: "whole",
    guard: inMemory,
  },
  {
    invariant: "I6",
    breaks: "what was forgiven is earned again by a later rise",
    file: "worker/domain/lots.ts",
    from: "if (target >= posted) return { rise: target - posted,",
    to: "if (target >= posted) return { rise: target - posted + forgiven,",
    guard: inMemory,
  },
  {
    invariant: "I6",
    breaks: "a claw-back takes other points before the order's own",
    file: "worker/domain/lots.ts",
    from: "    ...own.filter((lot) => lot.matured).sort(bySoonestExpiry),\n    ...others.sort(bySoonestExpiry),",
    to: "    ...others.sort(bySoonestExpiry),\n    ...own.filter((lot) => lot.matured).sort(bySoonestExpiry),",
    guard: inMemory,
  },
  {
    invariant: "I7",
    breaks: "a refund that is seen before its order is forgotten",
    file: "worker/domain/order.ts",
    from: "return { ...state, refunds: unionRefunds(state.refunds, [news.refund]) };",
    to: "return state.body === null ? state : { ...state, refunds: unionRefunds(state.refunds, [news.refund]) };",
    guard: inMemory,
  },
  {
    invariant: "I8",
    breaks: "a code used after its points went back costs nothing",
    file: "worker/domain/spending.ts",
    from: 'if (!redemption || redemption.state === "used" ||',
    to: 'if (!redemption || redemption.state === "used" || redemption.state === "released" ||',
    guard: inMemory,
  },
  {
    invariant: "I8",
    breaks: "a cancelled hold gives its points back twice",
    file: "worker/domain/spending.ts",
    from: 'if (redemption.state === "released" || redemption.state === "failed")',
    to: 'if (redemption.state === "failed")',
    guard: inMemory,
  },
  {
    invariant: "I8",
    breaks: "points spent on an order come back beyond their price",
    file: "worker/domain/spending.ts",
    from: "const step = stepTowards(target, { posted: returned, forgiven });",
    to: "const step = stepTowards(target, { posted: 0, forgiven });",
    guard: inMemory,
  },
  {
    invariant: "I8",
    breaks: "points go back though nothing shows that no late request can make the code",
    file: "worker/flows/close-code.ts",
    from: 'if (found.kind !== "found") return {',
    to: 'if (found.kind === "absent") return null;\n  if (found.kind !== "found") return {',
    guard: { test: "worker/flows/close-code.db" },
  },
  {
    invariant: "I8",
    breaks: "what Shopify refuses gives its points back without the fence",
    file: "worker/flows/redeem-reward.ts",
    from: 'if (outcome.kind === "refused") {',
    to: 'if (outcome.kind === "refused" && rooms === null) {',
    guard: { test: "worker/flows/close-code.db" },
  },
  {
    invariant: "I8",
    breaks: "a cancellation that broke off is looked after when the code ends, a month later",
    file: "worker/ledger/read.ts",
    from: "(now() - case when ends_at > now() then created_at else ends_at end) / 2))",
    to: "ends_at - now()))",
    guard: { test: "worker/flows/close-code.db" },
  },
  {
    invariant: "I9",
    breaks: "an id answers for any request",
    file: "worker/domain/rewards.ts",
    from: "return JSON.stringify([request.rewardId, request.points]);",
    to: "return request.rewardId.slice(0, 0);",
    guard: inMemory,
  },
  {
    invariant: "I9",
    breaks: "an adjustment is posted as often as it is asked for",
    file: "worker/domain/members.ts",
    from: "if (posted) return repeated({ account, posted }, id, points, posted.detail.reason === reason);",
    to: "",
    guard: inMemory,
  },
  {
    invariant: "I10",
    breaks: "points never expire",
    file: "worker/domain/lots.ts",
    from: "return lot.matured ? lot.expiresAtMs : lot.availableAtMs;",
    to: "return lot.matured ? null : lot.availableAtMs;",
    guard: inMemory,
  },
  {
    invariant: "I10",
    breaks: "points expire a day early",
    file: "worker/domain/expiry.ts",
    from: "day.getUTCDate() + 1, 12)",
    to: "day.getUTCDate(), 12)",
    guard: inMemory,
  },
  {
    invariant: "I10",
    breaks: "the points that live longest are spent first",
    file: "worker/domain/lots.ts",
    from: "lots.filter((lot) => lot.matured && lot.remaining > 0).sort(bySoonestExpiry);",
    to: "lots.filter((lot) => lot.matured && lot.remaining > 0).sort((a, b) => bySoonestExpiry(b, a));",
    guard: inMemory,
  },
  {
    invariant: "I10",
    breaks: "a sweep moves what a read would show",
    file: "worker/domain/due.ts",
    from: "  draft.noteMember(account.memberId, {});",
    to: "  draft.noteActivity(account.memberId, nowMs);",
    guard: inMemory,
  },
  {
    invariant: "I10",
    breaks: "the sweep comes for the last of a member's points instead of the first",
    file: "worker/domain/draft.ts",
    from: "nextDueMs: due.length === 0 ? null : Math.min(...due)",
    to: "nextDueMs: due.length === 0 ? null : Math.max(...due)",
    guard: inMemory,
  },
  {
    invariant: "I10",
    breaks: "a commit does not say when the sweep must come again",
    file: commit,
    from: "          next_due_at = i.next_due_at, last_activity_at",
    to: "          last_activity_at",
    guard: onPostgres,
  },
  {
    invariant: "I10",
    breaks: "the commit that begins a book does not say when the sweep must come",
    file: commit,
    from: "i.held, i.owed, i.next_due_at, i.last_activity_at",
    to: "i.held, i.owed, null::timestamptz, i.last_activity_at",
    guard: onPostgres,
  },
  {
    invariant: "I11",
    breaks: "points mature a day early",
    file: "worker/domain/due.ts",
    from: "Number.POSITIVE_INFINITY) <= nowMs)",
    to: "Number.POSITIVE_INFINITY) <= nowMs + 86_400_000)",
    guard: inMemory,
  },
  {
    invariant: "I12",
    breaks: "the policies let every shop see every row",
    file: "migrations/0000_ledger.sql",
    from: "'create policy %I on %I for all to lojal_worker using (shop_id = any ((select lojal_shops())::integer[]))'",
    to: "'create policy %I on %I for all to lojal_worker using (true)'",
    guard: { test: "worker/db/tenancy.db" },
  },
  {
    invariant: "I13",
    breaks: "entries may be updated by the worker",
    file: "migrations/0000_ledger.sql",
    from: "grant update on accounts, order_states, redemptions to lojal_worker;",
    to: "grant update on accounts, order_states, redemptions, entries to lojal_worker;",
    guard: { test: "worker/db/tenancy.db" },
  },
  {
    invariant: "I13",
    breaks: "entries may be deleted by the owner",
    file: "migrations/0000_ledger.sql",
    from: "create trigger entries_append_only before update or delete or truncate on entries",
    to: "create trigger entries_append_only before update or truncate on entries",
    guard: { test: "worker/db/tenancy.db" },
  },
  {
    invariant: "I14",
    breaks: "an entry does not say by which program version",
    file: "worker/domain/draft.ts",
    from: "programVersion: movement.programVersion ?? null,",
    to: "programVersion: null,",
    guard: onPostgres,
  },
  {
    invariant: "I15",
    breaks: "a delivery is accepted before the queue has it",
    file: "worker/http/webhooks.ts",
    from: "await rooms.queue.send([job], { lane: rooms.lanes.laneOf(shop, rooms.nowMs()) });",
    to: "void rooms.queue.send([job]).catch(() => undefined);",
    guard: { test: "worker/http/contract.worker" },
  },
  {
    invariant: "I16",
    breaks: "a counter may grow beyond what a number can hold",
    file: "migrations/0000_ledger.sql",
    from: "check (held between 0 and 9007199254740991)",
    to: "check (held >= 0)",
    guard: { test: "worker/ledger/commit.db" },
  },
  {
    invariant: "I19",
    breaks: "an order that moves to another customer leaves its part of the tier behind",
    file: "worker/domain/decide.ts",
    from: "if (before.memberId !== null) move(before.memberId, before.contribution, null);",
    to: "",
    guard: inMemory,
  },
  {
    invariant: "I19",
    breaks: "of two customers who become one, what the merged one did is forgotten",
    file: "worker/domain/members.ts",
    from: "progress: joinProgress(into.progress, from.progress),",
    to: "progress: into.progress,",
    guard: inMemory,
  },
  {
    invariant: "I19",
    breaks: "an entry gift is given whenever its tier is reached again",
    file: "worker/domain/tiers.ts",
    from: "giftPoints > 0 && !progress.gifts.includes(id)",
    to: "giftPoints > 0",
    guard: { test: "worker/domain/tier-books" },
  },
  {
    invariant: "I17",
    breaks: "an entry is recorded as of another moment than its commit",
    file: "migrations/0000_ledger.sql",
    from: "recorded_at timestamptz not null default now(),\n  detail json not null",
    to: "recorded_at timestamptz not null default now() - interval '1 day',\n  detail json not null",
    guard: { test: "worker/ledger/past.db" },
  },
  {
    invariant: "F4",
    breaks: "a message is acknowledged whether its work was done or not",
    file: "worker/index.ts",
    from: "if (done[index]) message.ack();",
    to: "if (done[index] !== undefined) message.ack();",
    guard: { fault: "F4", count: 60 },
  },
  {
    invariant: "F4",
    breaks: "a lost reply counts as a success",
    file: "worker/flows/all-or-each.ts",
    from: 'return fault ?? "unknown fault";',
    to: "return isDatabaseAway(fault) ? null : fault;",
    guard: { fault: "F4", count: 60 },
  },
  {
    invariant: "F5",
    breaks: "a cancellation that dies half-way is looked at by nobody",
    file: "worker/flows/cancel-redemption.ts",
    from: "await rooms.ledger.hasten(shop.id, redemptionId);",
    to: "",
    guard: { fault: "F5", count: 400 },
  },
  {
    invariant: "F8",
    breaks: "what failed for good is recorded nowhere",
    file: "worker/index.ts",
    from: "await recordFailed(opened, jobs);",
    to: "void recordFailed;",
    guard: { fault: "F8", count: 120 },
  },
  {
    invariant: "signature",
    breaks: "a webhook is taken unsigned",
    file: "worker/shopify/verify-webhook.ts",
    from: "if (!genuine)",
    to: "if (signature === null)",
    guard: { test: "worker/shopify/verify-webhook" },
  },
  {
    invariant: "signature",
    breaks: "a shopper may say twice who they are",
    file: "worker/shopify/verify-proxy.ts",
    from: "query.getAll(name).length > 1",
    to: "query.getAll(name).length > 2",
    guard: { test: "worker/shopify/verify-proxy" },
  },
];

const SEED = "20260101";
const HISTORIES = { memory: "20000", postgres: "3000" } as const;
const PROGRAMS = { memory: "dev/histories/run-pure.ts", postgres: "dev/test-histories.ts" } as const;

process.exitCode = main(process.argv[2]);

/** All mutants, or those of one invariant. */
function main(only: string | undefined): number {
  const chosen = mutants.filter((mutant) => only === undefined || mutant.invariant === only);
  const missed = chosen.filter((mutant) => !isCaught(mutant));
  console.log(`${chosen.length - missed.length} of ${chosen.length} breaks were caught.`);
  return chosen.length > 0 && missed.length === 0 ? 0 : 1;
}

function isCaught(mutant: Mutant): boolean {
  const startedMs = performance.now();
  const home = mkdtempSync(join(tmpdir(), "lojal-bite-"));
  try {
    for (const path of copied) cpSync(join(root, path), join(home, path), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
    breakOnPurpose(join(home, mutant.file), mutant);
    const catcher = catcherOf(mutant.guard, home);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    const how = catcher === null ? "MISSED" : `caught by ${catcher}`;
    console.log(`${mutant.invariant.padEnd(9)} ${mutant.breaks}: ${how} (${seconds} s)`);
    return catcher !== null;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Who noticed, in words; null when nobody did. A run that could not start proves nothing: only a failure that it tells of does. */
function catcherOf(guard: Guard, home: string): string | null {
  if ("test" in guard) {
    const program = join(root, "node_modules/vitest/vitest.mjs");
    const kind = guard.test.endsWith(".worker") ? "worker" : guard.test.endsWith(".db") ? "node" : "pure";
    const { status, stdout } = run(home, [program, "run", "-c", `vitest.${kind}.config.ts`, "--bail=1", guard.test]);
    return status !== 0 && /Tests .*\d+ failed/.test(stdout) ? `the test ${guard.test}` : null;
  }
  if ("fault" in guard) {
    const { fault, count } = guard;
    const { stdout } = run(home, ["dev/test-faults.ts", fault, "--count", String(count), "--seed", SEED]);
    return stdout.includes("do NOT hold") ? `the fault ${fault}` : null;
  }
  const { histories } = guard;
  const { stdout, stderr } = run(home, [PROGRAMS[histories], "--count", HISTORIES[histories], "--seed", SEED]);
  const failed = /failed at history (\d+)|FAILED: seed \d+, number (\d+)/.exec(`${stdout}\n${stderr}`);
  const number = failed?.[1] ?? failed?.[2];
  // Where the database refused what the broken ledger wanted to write, its constraint has caught it.
  const constraint = /constraint: '(\w+)'/.exec(stderr)?.[1];
  if (number === undefined) return constraint === undefined ? null : `the constraint ${constraint}, on Postgres`;
  return histories === "memory" ? `${number} histories` : `history ${number} on Postgres`;
}

function run(home: string, args: readonly string[]) {
  return spawnSync(process.execPath, args, { cwd: home, encoding: "utf8", maxBuffer: 2 ** 28 });
}

function breakOnPurpose(path: string, { from, to }: Mutant): void {
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2)
    throw new Error(`${path}: the text to break stands there ${text.split(from).length - 1} times, not once: ${from}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}
