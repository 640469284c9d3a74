/** F14: what is not rightly signed has no effect and learns nothing; what is has an effect that the books can bear, or is recorded. */
import { auditLedger } from "../audit.ts";
import type { Bed } from "./bed.ts";
import type { FaultOptions, Report } from "./fault.ts";
import { type FuzzCase, fuzzCases, type Target } from "./fuzz-cases.ts";
import { Actor } from "./shopify-network.ts";
import { ShopifyWorld } from "./shopify-world.ts";

const CASES_AT_ONCE = 1_000;
/** One case in so many goes to the worker in workerd. */
const WORKERD_ONE_IN = 50;
const MAX_TRIES = 3;

const TABLES = [
  "members",
  "accounts",
  "entries",
  "lots",
  "allocations",
  "order_states",
  "redemptions",
  "program_versions",
  "shops",
];
const INTERNALS =
  /postgres|neon|drizzle|\bsql\b|relation|permission|constraint|select |insert |shpat_|syntax|invalid input|\bat \w+ \(|node_modules|[/]worker[/]/i;

/** Runs everything through the worker's app in this process, and a share through workerd. */
export async function fuzz(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  await bed.onServer(`alter database ${bed.database} set synchronous_commit = off`);
  const broken: string[] = [];
  const statuses: Record<string, number> = {};
  const world = new ShopifyWorld({ port: Number(new URL(bed.superuserUrl()).port), name: bed.database });
  let made = 0;
  try {
    const [place] = await world.addShops(1);
    if (!place) throw new Error("There is no shop to attack.");
    const target = { shop: place.shop.domain, customer: "7001" };
    for (let part = 0; made < count && broken.length < 50; part++) {
      const cases = fuzzCases(target, seed + part, Math.min(CASES_AT_ONCE, count - made));
      for (const text of await attack(world, target, cases, (request) => world.fetch(request), statuses))
        broken.push(`part ${part}: ${text}`);
      made += cases.length;
      if (part % 10 === 9) progress(`${made}: ${JSON.stringify(statuses)}`);
    }
    broken.push(...(await inWorkerd(bed, world, target, { seed, count: Math.ceil(count / WORKERD_ONE_IN) })));
    progress(`${made}: ${JSON.stringify(statuses)}`);
  } finally {
    await world.close();
  }
  return { made, lost: 0, twice: 0, broken };
}

type Fetch = (request: Request) => Promise<Response>;

/** First what is not signed, which must leave every row alone; then what is, whose work is done to the end. */
export async function attack(
  world: ShopifyWorld,
  target: Target,
  cases: readonly FuzzCase[],
  fetch: Fetch,
  statuses: Record<string, number>,
): Promise<string[]> {
  const faults: string[] = [];
  const post = async (one: FuzzCase) => {
    const request = requestOf(one);
    if (!request) return;
    const answer = await fetch(request);
    const text = await answer.text();
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    for (const fault of faultsOf(one, answer, text)) faults.push(`${fault}: ${told(one)}`);
  };
  const before = await rowCounts(world);
  await Promise.all(cases.filter((one) => !one.isSigned).map(post));
  const isIdle = !(await world.consume(new Actor(() => null, never), target.shop));
  const after = await rowCounts(world);
  if (!isIdle || before !== after) faults.push(`what is not signed had an effect: ${before} became ${after}`);
  await Promise.all(cases.filter((one) => one.isSigned).map(post));
  faults.push(...(await workOff(world, target)));
  faults.push(...(await auditLedger(world)));
  return faults;
}

async function inWorkerd(
  bed: Bed,
  world: ShopifyWorld,
  target: Target,
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<string[]> {
  const worker = await bed.startWorkerd();
  try {
    const statuses: Record<string, number> = {};
    const send = (request: Request) => fetch(request.url.replace("http://worker.internal", worker.url), request);
    const cases = fuzzCases(target, seed - 1, count);
    const faults: string[] = [];
    for (let at = 0; at < cases.length; at += 50)
      faults.push(...(await attack(world, target, cases.slice(at, at + 50), send, statuses)));
    return faults.map((text) => `workerd: ${text}`);
  } finally {
    await worker.stop();
  }
}

/** The queue's work. What cannot be done at all would be recorded as failed for good: input alone must never come that far. */
async function workOff(world: ShopifyWorld, { shop }: Target): Promise<string[]> {
  const actor = new Actor(() => null, never);
  for (let tries = 0; tries < MAX_TRIES * 20; tries++) if (!(await world.consume(actor, shop))) return [];
  const jobs = world.waiting(shop);
  return jobs.map((job) => `a job that cannot be done: ${JSON.stringify(job).slice(0, 600)}`);
}

const never = (): Promise<void> => new Promise(() => undefined);

/** Null for what no HTTP client can send. */
function requestOf({ path, method, headers, body }: FuzzCase): Request | null {
  try {
    const all = new Headers();
    for (const [name, value] of headers) all.append(name, value);
    return new Request(`http://worker.internal${path}`, { method, headers: all, body, redirect: "manual" });
  } catch {
    return null;
  }
}

/** The page in Shopify's admin, its script and its redirect: they hold nothing of any shop, and are for whoever asks. */
function isForAnybody(path: string): boolean {
  return /^\/(?:auth\/callback|admin\/home\.js)?(?:\?|$)/.test(path);
}

function faultsOf(one: FuzzCase, answer: Response, text: string): string[] {
  const faults: string[] = [];
  const isProblem = (answer.headers.get("content-type") ?? "").startsWith("application/problem+json");
  if (answer.status >= 500) faults.push(`answered ${answer.status} ${text.slice(0, 100)}`);
  if (!one.isSigned && answer.status < 400 && !isForAnybody(one.path))
    faults.push(`answered ${answer.status} without a signature`);
  if (answer.status >= 400 && !isProblem)
    faults.push(`answered ${answer.status} with no problem document: ${text.slice(0, 100)}`);
  // An id that the caller made up comes back to them as it is.
  const own = text.replace(/"(redemption_id|reward_id)":"(?:[^"\\]|\\.)*"/g, "");
  if (isProblem && INTERNALS.test(own)) faults.push(`tells of its inside: ${text.slice(0, 200)}`);
  return faults;
}

function told({ method, path, headers, body }: FuzzCase): string {
  return `${method} ${path.slice(0, 300)} ${JSON.stringify(headers).slice(0, 300)} ${JSON.stringify(body?.slice(0, 700))}`;
}

async function rowCounts(world: ShopifyWorld): Promise<string> {
  const counts = TABLES.map((table) => `(select count(*) from ${table}) as ${table}`);
  return JSON.stringify(await world.look(`select ${counts.join(", ")}`));
}
