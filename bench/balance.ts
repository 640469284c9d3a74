/**
 * B4: a shopper's balance through the app proxy: Shopify's signature, the app's routes, one read. The whole handler in this process against
 * `select 1` by the same driver; at a tenth of the ledger and at all of it; for members with few and with very many entries.
 */
import { neonConfig } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { noLimits } from "../dev/no-limits.ts";
import { createApp } from "../worker/app.ts";
import { runFor } from "../worker/db/client.ts";
import type { Bed } from "./bed.ts";
import { type BigWorld, customerIdOf, type HeavyMember, heavyMember } from "./big-world.ts";
import { type Act, p50, times } from "./measure.ts";
import type { Run } from "./options.ts";
import { signedQuery } from "./proxy-request.ts";
import { evenly, seededRandom } from "./random.ts";
import { type Figures, median, ratiosOf, resultLine, runRounds, type Side } from "./rounds.ts";

const READS = 100;
const WARM_UPS = 1;
const CPU_READS = 2_000;

export async function balance(bed: Bed, run: Run): Promise<string[]> {
  const whole = await run.worlds.of(run.customers);
  const tenth = await run.worlds.of(run.customers / 10);
  await lastEntryTable(tenth);
  try {
    for (const setting of ["loopback", "rtt5ms"] as const) {
      bed.network.setting = setting;
      const figures = await runRounds(sidesOf(whole, tenth), {
        rounds: run.rounds,
        warmUps: WARM_UPS,
        onRound: (round, soFar) => bed.progress(`${setting} round ${round}: ${roundInWords(soFar)}`),
      });
      tell(bed, figures);
    }
    bed.network.setting = "loopback";
    const cpuMs: number[] = [];
    for (let round = 0; round < run.rounds; round++) cpuMs.push(await workersCpuMs(whole));
    bed.result(resultLine("B4 balance cpu-ms", cpuMs));
  } finally {
    bed.network.setting = "loopback";
  }
  return [...(await wrongBalances(whole)), ...(await wrongBalances(tenth))];
}

function sidesOf(whole: BigWorld, tenth: BigWorld): Side[] {
  const ours = (world: BigWorld) => {
    const ask = asker(world);
    const any = evenly(world.customers, seededRandom(5));
    return () => p50(times(READS, () => ask(any())));
  };
  const heavy = (world: BigWorld, name: HeavyMember) => {
    const ask = asker(world);
    return { name, run: () => p50(times(READS, () => ask(heavyMember(world, name)))) };
  };
  const read = (world: BigWorld, query: (member: number) => ReturnType<typeof sql>, member: () => number) => () =>
    p50(
      times(READS, () => {
        const statement = query(member());
        return () => runFor(world.db, { shops: [world.shop.id] }, statement);
      }),
    );
  const any = evenly(tenth.customers, seededRandom(6));
  const many = () => heavyMember(tenth, "twoThousandEntries");
  return [
    { name: "ours-whole", run: ours(whole) },
    { name: "ours-tenth", run: ours(tenth) },
    { name: "select1", run: () => p50(times(READS, () => () => tenth.db.execute(sql`select 1`))) },
    heavy(whole, "tenEntries"),
    heavy(whole, "hundredEntries"),
    heavy(whole, "twoThousandEntries"),
    heavy(whole, "twoThousandLots"),
    { name: "sum", run: read(tenth, sumOfEntries, any) },
    { name: "sum-2000", run: read(tenth, sumOfEntries, many) },
    { name: "last-entry", run: read(tenth, lastEntry, any) },
    { name: "last-entry-2000", run: read(tenth, lastEntry, many) },
  ];
}

/** The balance is the sum of all that happened. */
const sumOfEntries = (member: number) => sql`
  select sum(e.available) as available from members m join entries e on e.shop_id = m.shop_id and e.member_id = m.id
  where m.customer_id = ${customerIdOf(member)}
`;

/** pgledger's shape: each entry carries the balance after it, and the newest one is asked. */
const lastEntry = (member: number) => sql`
  select e.balance from members m join last_entries e on e.member_id = m.id
  where m.customer_id = ${customerIdOf(member)} order by e.id desc limit 1
`;

async function lastEntryTable(world: BigWorld): Promise<void> {
  await world.look(`
    create table last_entries as
    select member_id, id, sum(available) over (partition by member_id order by id) as balance from entries
  `);
  await world.look("create index on last_entries (member_id, id desc)");
  await world.look("grant select on last_entries to lojal_worker");
  await world.look("vacuum (analyze) last_entries");
}

/** Requests to `GET /proxy/member` as Shopify signs them, made before the clock starts. */
function asker(world: BigWorld): (member: number) => Act {
  const app = createApp(() => world.rooms, noLimits);
  return (member) => {
    const query = signedQuery({ shop: world.shop.domain, customer: customerIdOf(member) });
    const request = new Request(`https://worker.test/proxy/member?${query}`);
    return async () => {
      const answer = await app.fetch(request);
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`A balance was answered with ${answer.status}: ${text}`);
      return text;
    };
  };
}

/** The worker's own work for one balance: the same request again and again, the database's answer kept from the first time. */
async function workersCpuMs(world: BigWorld): Promise<number> {
  const ask = asker(world);
  const act = ask(1);
  await act();
  const send: unknown = neonConfig.fetchFunction;
  if (typeof send !== "function") throw new Error("The driver has no network here.");
  let kept: { body: string; init: ResponseInit } | null = null;
  neonConfig.fetchFunction = async (url: string, init: RequestInit): Promise<Response> => {
    if (kept === null) {
      const answer: Response = await send(url, init);
      kept = { body: await answer.text(), init: { status: answer.status, headers: answer.headers } };
    }
    return new Response(kept.body, kept.init);
  };
  try {
    const acts = times(CPU_READS, () => ask(1));
    for (const warm of times(200, () => ask(1))) await warm();
    const before = process.cpuUsage();
    for (const one of acts) await one();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / CPU_READS;
  } finally {
    neonConfig.fetchFunction = send;
  }
}

function tell(bed: Bed, figures: Figures): void {
  const setting = bed.network.setting === "loopback" ? undefined : bed.network.setting;
  const result = (claim: string, over: string, under: string) =>
    bed.result(resultLine(`B4 ${claim}`, ratiosOf(figures, over, under), setting));
  result("balance ours/select1-p50", "ours-whole", "select1");
  result("balance whole/tenth-of-the-ledger-p50", "ours-whole", "ours-tenth");
  result("balance 100-entries/10-entries-p50", "hundredEntries", "tenEntries");
  result("balance 2000-entries/10-entries-p50", "twoThousandEntries", "tenEntries");
  result("balance 2000-lots-alive/10-entries-p50", "twoThousandLots", "tenEntries");
  result("balance ours/sum-of-10-entries-p50", "ours-tenth", "sum");
  result("balance ours/sum-of-2000-entries-p50", "twoThousandEntries", "sum-2000");
  result("balance ours/last-entry-p50", "ours-tenth", "last-entry");
  result("balance ours/last-of-2000-entries-p50", "twoThousandEntries", "last-entry-2000");
}

function roundInWords(figures: Figures): string {
  return [...figures].map(([name, values]) => `${name} ${median(values).toPrecision(3)}`).join(", ");
}

/** What the proxy answers is what the entries add up to. */
async function wrongBalances(world: BigWorld): Promise<string[]> {
  const ask = asker(world);
  const faults: string[] = [];
  for (const member of [
    1,
    Math.floor(world.customers / 2),
    world.customers,
    heavyMember(world, "twoThousandEntries"),
  ]) {
    const [sum] = await world.look<{ available: string }>(
      `select sum(available) as available from entries where member_id = ${member}`,
    );
    const told = JSON.parse(String(await ask(member)())) as { available: number };
    if (told.available !== Number(sum?.available))
      faults.push(`member ${member} was told ${told.available}, has ${sum?.available}`);
  }
  return faults;
}
