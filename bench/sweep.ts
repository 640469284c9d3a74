/**
 * B5: what falls due is booked, and the books are audited, at a cost that follows what is due and what changed, not the size of the ledger. The
 * sweep is the worker's own: the cron's fan-out, then its jobs, until nothing is due. As many lots fall due in all of the ledger as in a tenth.
 */
import pg from "pg";
import { auditLedger } from "../dev/audit.ts";
import { fanOut } from "../worker/flows/fan-out.ts";
import { runJobs } from "../worker/flows/run-jobs.ts";
import { auditSince } from "./audit-since.ts";
import type { Bed } from "./bed.ts";
import type { BigWorld } from "./big-world.ts";
import { LIVE_ORDERS } from "./big-world-rows.ts";
import { lasting } from "./measure.ts";
import type { Run } from "./options.ts";
import { ratiosOf, resultLine } from "./rounds.ts";
import { replayed } from "./sweep-peers.ts";

const WARM_UPS = 1;
/** 27,777 lots of a million customers: each customer one lot in a little over a month. */
const CUSTOMERS_PER_LOT_DUE = 36;

export async function sweep(bed: Bed, run: Run): Promise<string[]> {
  const whole = await run.worlds.of(run.customers);
  const tenth = await run.worlds.of(run.customers / 10);
  const due = Math.floor(run.customers / CUSTOMERS_PER_LOT_DUE);
  const figures = new Map<string, number[]>();
  const faults: string[] = [];
  for (let round = 1 - WARM_UPS; round <= run.rounds; round++) {
    const slot = round + WARM_UPS - 1;
    const inTurn = [
      () => sweepOnce(whole, "whole", due, slot),
      () => sweepOnce(tenth, "tenth", due, slot),
      () => readWholeLedger(whole),
    ];
    for (const measure of slot % 2 === 0 ? inTurn : inTurn.toReversed()) {
      const { tookMs, found } = await measure();
      faults.push(...found);
      if (round >= 1)
        for (const [name, ms] of Object.entries(tookMs)) figures.set(name, [...(figures.get(name) ?? []), ms]);
      bed.progress(
        `round ${round}: ${Object.entries(tookMs)
          .map(([name, ms]) => `${name} ${ms.toPrecision(4)}`)
          .join(", ")}`,
      );
    }
  }
  tell(bed, figures, due);
  return [...faults, ...(await auditLedger(tenth))];
}

interface Measured {
  readonly tookMs: Readonly<Record<string, number>>;
  readonly found: readonly string[];
}

/** Lets lots fall due, looks for them, books them, audits what that changed. */
async function sweepOnce(world: BigWorld, name: string, due: number, slot: number): Promise<Measured> {
  const memberIds = await letFallDue(world, due, slot);
  const [before] = await world.look<{ now: Date }>("select now()");
  if (!before) throw new Error("The database has no time.");
  const tookMs: Record<string, number> = {};
  const measure = async (what: string, act: () => Promise<unknown>) => {
    tookMs[`${what}-${name}`] = await lasting(act);
  };
  const { rooms, shop } = world;
  await measure("floor", () => world.look("select count(*) from accounts where next_due_at <= now()"));
  await measure("find", () => rooms.shops.due().then(() => rooms.ledger.due(shop.id)));
  if (name === "whole") tookMs["replay-per-lot"] = await replayed(world, memberIds.slice(0, 1_000));
  await measure("sweep", () => bookAll(world));
  const found: string[] = [];
  await measure("audit-since", async () => void found.push(...(await auditedSince(world, before.now))));
  await measure("prove", async () => {
    const { accountsChecked, accountsDiffering } = await rooms.ledger.proveBooks(shop.id, before.now.getTime());
    if (accountsChecked < due || accountsDiffering > 0)
      found.push(`${accountsChecked} accounts of ${name} were proven, ${accountsDiffering} of them differ`);
  });
  const [left] = await world.look<{ due: string; booked: string }>(
    `select (select count(*) from accounts where next_due_at <= now()) as due,
            (select count(*) from entries where kind = 'expire' and recorded_at >= '${before.now.toISOString()}') as booked`,
  );
  if (Number(left?.due) !== 0 || Number(left?.booked) !== due)
    found.push(`${due} lots fell due in ${name}, ${left?.booked} were booked, ${left?.due} members are still due`);
  return { tookMs, found };
}

/** As the cron does, again and again, one job after the other. */
async function bookAll({ rooms, queued }: BigWorld): Promise<void> {
  for (;;) {
    queued.length = 0;
    await fanOut(rooms);
    const jobs = queued.filter((job) => job.kind === "book-due");
    if (jobs.length === 0) return;
    const faults = await runJobs(rooms, jobs);
    if (faults.some((fault) => fault !== null)) throw new Error("A job of the sweep failed.");
  }
}

/** So many members, spread over the whole shop, each with one lot that expired an hour ago; every slot has its own lots. */
async function letFallDue(world: BigWorld, due: number, slot: number): Promise<string[]> {
  const stride = Math.floor(world.customers / due);
  const order = LIVE_ORDERS[Math.floor(slot / stride)];
  if (order === undefined) throw new Error("There are no more lots to fall due: run fewer rounds.");
  const members = `select 1 + ${slot % stride} + j * ${stride} as i from generate_series(0, ${due - 1}) j`;
  await world.look(`
    update lots set expires_at = now() - interval '1 hour'
    where id in (select 'order:' || bench.order_id(i, ${order}) || ':1' from (${members}) m)
  `);
  await world.look(`update accounts set next_due_at = now() - interval '1 hour' where member_id in (${members})`);
  await world.look("vacuum accounts, lots");
  return (await world.look<{ i: string }>(members)).map(({ i }) => i);
}

async function auditedSince(world: BigWorld, since: Date): Promise<string[]> {
  const owner = new pg.Client({ connectionString: world.database.superuserUrl });
  await owner.connect();
  try {
    return await auditSince(owner, since);
  } finally {
    await owner.end();
  }
}

/** What designs without lots and without a cached balance must do, and the audit of everything. */
async function readWholeLedger(world: BigWorld): Promise<Measured> {
  const groupBy = await lasting(() =>
    world.look(`
      select count(*) from (
        select from entries group by shop_id, member_id
        having sum(available) filter (where available > 0 and occurred_at < now() - interval '1 year') > -sum(available) filter (where available < 0)
      ) expiring
    `),
  );
  const found: string[] = [];
  const audit = await lasting(async () => found.push(...(await auditLedger(world))));
  return { tookMs: { "group-by": groupBy, "audit-full": audit }, found };
}

function tell(bed: Bed, figures: ReadonlyMap<string, readonly number[]>, due: number): void {
  const result = (claim: string, over: string, under: string) =>
    bed.result(resultLine(`B5 ${claim}`, ratiosOf(figures, over, under)));
  result("sweep whole/tenth-of-the-ledger", "sweep-whole", "sweep-tenth");
  result("sweep group-by/ours", "group-by", "sweep-whole");
  result("find-due whole/tenth-of-the-ledger", "find-whole", "find-tenth");
  result("find-due ours/floor", "find-whole", "floor-whole");
  result("find-due group-by/ours", "group-by", "find-whole");
  const perLot = (figures.get("sweep-whole") ?? []).map((ms) => ms / due);
  const withPerLot = new Map([...figures, ["sweep-per-lot", perLot]]);
  bed.result(resultLine("B5 sweep replay/ours-per-lot", ratiosOf(withPerLot, "replay-per-lot", "sweep-per-lot")));
  bed.result(resultLine("B5 sweep ours-ms-per-lot", perLot));
  result("audit full/since", "audit-full", "audit-since-whole");
  // The statement of a day: entries against accounts for whoever has new ones, and the sums of all accounts.
  result("audit full/statement", "audit-full", "prove-whole");
  result("statement whole/tenth-of-the-ledger", "prove-whole", "prove-tenth");
  bed.result(resultLine("B5 statement ms", figures.get("prove-whole") ?? []));
}
