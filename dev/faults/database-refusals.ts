/**
 * F10: the database answers with its errors: serialization, deadlock, lock and statement timeouts, no connection left, suspended computes.
 * Each is answered as Neon answers it, before the statement ran and (which Postgres promises never to do) after it; and some of them are
 * made by Postgres itself.
 */
import pg from "pg";
import { seededRandom } from "../../bench/random.ts";
import { workerRole } from "../settings.ts";
import type { Bed } from "./bed.ts";
import { type Verdict, verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import type { Isolate } from "./isolate.ts";
import { comeToRest, giveBack, postAll, redeem } from "./outside.ts";
import type { Store } from "./store.ts";
import type { Plan } from "./wire.ts";

interface Refusal {
  readonly name: string;
  readonly status: number;
  readonly code?: string;
  readonly message: string;
}

export const REFUSALS: readonly Refusal[] = [
  { name: "serialization failure", status: 400, code: "40001", message: "could not serialize access" },
  { name: "deadlock", status: 400, code: "40P01", message: "deadlock detected" },
  { name: "lock timeout", status: 400, code: "55P03", message: "canceling statement due to lock timeout" },
  { name: "statement timeout", status: 400, code: "57014", message: "canceling statement due to statement timeout" },
  { name: "too many connections", status: 400, code: "53300", message: "remaining connection slots are reserved" },
  { name: "shutdown", status: 400, code: "57P01", message: "terminating connection due to administrator command" },
  { name: "pool exhausted", status: 500, message: "timeout while waiting for a free connection" },
  { name: "suspended compute", status: 503, message: "Control plane request failed" },
];

const CUSTOMERS = Array.from({ length: 12 }, (_, index) => String(7_001 + index));
const ORDERS_PER_ROUND = 15;
const SHARE_REFUSED = 0.35;
const BATCH = 40;
const ROUNDS_BETWEEN_AUDITS = 40;

/** Answers with each of the errors as often as was asked, and lets Postgres make its own. */
export async function refuseStatements(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const random = seededRandom(seed);
  const store = await bed.newStore();
  const isolate = await bed.newIsolate();
  let fewest = count;
  for (const refusal of REFUSALS) {
    let made = 0;
    for (let round = 1; made < count; round++) {
      bed.neon.follow(refusalsByChance(refusal, random));
      await liveOneRound(bed, store, isolate, random);
      made += bed.neon.mishaps;
      bed.neon.follow(null);
      if (round % ROUNDS_BETWEEN_AUDITS !== 0 && made < count) continue;
      await comeToRest(bed, isolate);
      const verdict = await verdictOf(bed, [store]);
      if (verdict.broken.length > 0) return { made, ...verdict, broken: [refusal.name, ...verdict.broken] };
    }
    fewest = Math.min(fewest, made);
    progress(`${made} times ${refusal.name}`);
  }
  return { made: fewest, ...(await letPostgresRefuse(bed, store, isolate, random)) };
}

function refusalsByChance({ status, code, message }: Refusal, random: () => number): Plan {
  const answer = () => new Response(JSON.stringify({ message, code, severity: "ERROR" }), { status });
  return () => (random() < SHARE_REFUSED ? { answer, effect: random() < 0.5 ? "none" : "done" } : null);
}

async function liveOneRound(bed: Bed, store: Store, isolate: Isolate, random: () => number): Promise<void> {
  const customer = CUSTOMERS[Math.floor(random() * CUSTOMERS.length)] ?? "";
  await store.trade(ORDERS_PER_ROUND, CUSTOMERS, random);
  await postAll(bed, store.take());
  await isolate.drain(BATCH);
  const id = crypto.randomUUID();
  const status = await redeem(bed, store, customer, id);
  if (status === 201 && random() < 0.5) await giveBack(bed, store, customer, id);
  await isolate.drain(BATCH);
}

/** Somebody else holds every account for a while, and waiting has a limit: the errors are Postgres's own. */
const LIMITS = [
  { setting: "lock_timeout = '20ms'", code: "55P03" },
  { setting: "statement_timeout = '40ms'", code: "57014" },
];

async function letPostgresRefuse(bed: Bed, store: Store, isolate: Isolate, random: () => number): Promise<Verdict> {
  const unmade: string[] = [];
  for (const { setting, code } of LIMITS) {
    const before = bed.refused.get(code) ?? 0;
    await store.trade(ORDERS_PER_ROUND, CUSTOMERS, random);
    await postAll(bed, store.take());
    await withoutAccounts(bed, setting, async () => {
      const some = bed.queue.take(BATCH);
      await Promise.all(some.map((message) => isolate.consume([message])));
    });
    if ((bed.refused.get(code) ?? 0) === before) unmade.push(`Postgres itself never answered ${code}`);
    await comeToRest(bed, isolate);
  }
  const verdict = await verdictOf(bed, [store]);
  return { ...verdict, broken: [...verdict.broken, ...unmade] };
}

/** Every session of the worker's role begins anew under the setting, while all accounts are locked by another. */
async function withoutAccounts(bed: Bed, setting: string, work: () => Promise<void>): Promise<void> {
  const newSessions = `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${workerRole}'`;
  const holder = new pg.Client({ connectionString: bed.superuserUrl() });
  await holder.connect();
  try {
    await bed.onServer(`alter role ${workerRole} set ${setting}`);
    await bed.onServer(newSessions);
    await holder.query("begin");
    await holder.query("select from accounts for update");
    await work();
    await holder.query("rollback");
  } finally {
    await holder.end();
    await bed.onServer(`alter role ${workerRole} reset all`);
    await bed.onServer(newSessions);
  }
}
