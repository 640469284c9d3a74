/**
 * The share of F5 that kills the real process: workerd gets SIGKILL at one of its requests to the database or to Shopify, before it has its
 * effect or after. What lay in Miniflare's queue is gone with it: whoever was not answered asks again, and the sweep looks.
 */
import { seededRandom } from "../../bench/random.ts";
import type { Bed } from "./bed.ts";
import { type Verdict, verdictOf } from "./books.ts";
import type { FaultOptions, Report } from "./fault.ts";
import { type Play, scenes } from "./flows.ts";
import { comeToRest } from "./outside.ts";
import type { Plan } from "./wire.ts";

/** Flows that a request from outside sets going. */
const FLOWS = ["redeem a reward", "cancel a redemption", "redeem, and close the page", "cancel, and close the page"];
const TRIES_PER_KILL = 4;

/** Kills as often as was asked. */
export async function killWorkerd(bed: Bed, { count, seed, progress }: FaultOptions): Promise<Report> {
  const random = seededRandom(seed);
  let made = 0;
  let verdict: Verdict = { lost: 0, twice: 0, broken: [] };
  for (let tries = 0; made < count && tries < count * TRIES_PER_KILL && verdict.broken.length === 0; tries++) {
    const flow = FLOWS[tries % FLOWS.length] ?? "";
    const { isKilled, ...found } = await killOnce(bed, flow, random, 100_000 + 10 * tries);
    verdict = found;
    if (isKilled) made += 1;
  }
  progress(`${made} kills of workerd`);
  return { made, ...verdict };
}

/** The flow is lived once, so that the worker is warm, and once more, so that its requests are counted; the third time it ends the process. */
async function killOnce(
  bed: Bed,
  flow: string,
  random: () => number,
  firstCustomer: number,
): Promise<Verdict & { readonly isKilled: boolean }> {
  const scene = scenes[flow];
  if (!scene) throw new Error(`There is no flow ${flow}.`);
  const usher = await bed.newIsolate();
  const store = await bed.newStore();
  await usher.scheduled();
  await usher.drain();
  let customers = firstCustomer;
  const newCustomer = () => String(++customers);
  const arrange = () => scene({ bed, store, isolate: usher, random, newCustomer });
  const plays: readonly [Play, Play, Play] = [await arrange(), await arrange(), await arrange()];
  await usher.drain();
  const worker = await bed.startWorkerd();
  const follow = (plan: Plan) => {
    let requests = 0;
    for (const wire of [bed.neon, bed.admin]) wire.follow((_, request) => plan(++requests, request));
    return () => requests;
  };
  await plays[0].act(usher);
  const counted = follow(() => null);
  await plays[1].act(usher);
  const at = 1 + Math.floor(random() * counted());
  const effect = random() < 0.5 ? "none" : "done";
  let isKilled = false;
  const strike = async () => {
    isKilled = true;
    process.kill(worker.pid, "SIGKILL");
    await worker.exited;
  };
  follow((number) => (number === at ? { strike, effect } : null));
  await Promise.resolve(plays[2].act(usher)).catch(() => undefined);
  for (const wire of [bed.neon, bed.admin]) wire.follow(null);
  await worker.stop();
  const next = await bed.newIsolate();
  for (const play of plays) await play.again(next);
  await comeToRest(bed, next);
  const { broken, ...sums } = await verdictOf(bed, [store]);
  const told = broken.length === 0 ? [] : [...broken, `killed workerd: ${flow}, request ${at}, effect ${effect}`];
  return { ...sums, broken: told, isKilled };
}
