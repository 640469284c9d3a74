/** What the merchant's pages of a large shop read, each as its page asks for it. */
import { readFigures } from "../worker/flows/read-figures.ts";
import { readHome } from "../worker/flows/read-home.ts";
import { listMembers, viewMember } from "../worker/flows/view-members.ts";
import type { Bed } from "./bed.ts";
import { type BigWorld, customerIdOf } from "./big-world.ts";
import type { Run } from "./options.ts";
import { resultLine } from "./rounds.ts";

const CUSTOMERS = 100_000;

export async function adminReads(bed: Bed, run: Run): Promise<string[]> {
  const world = await run.worlds.of(Math.min(run.customers, CUSTOMERS));
  await makeFew(world);
  for (const [name, read] of readsOf(world)) {
    const ms: number[] = [];
    for (let round = 0; round < run.rounds; round++) {
      const startedMs = performance.now();
      await read();
      ms.push(performance.now() - startedMs);
    }
    bed.result(resultLine(`admin ${name}-ms`, ms));
  }
  return [];
}

/** Where a filter finds somebody at every look, its bounds say nothing: here one in a thousand has points on their way. */
async function makeFew({ look }: BigWorld): Promise<void> {
  await look("update accounts set pending = 0 where member_id % 1000 <> 0");
  await look("update accounts set pending = 5 where member_id % 1000 = 0");
  await look("vacuum (analyze) accounts");
}

function readsOf({ rooms, shop, customers }: BigWorld): readonly (readonly [string, () => Promise<unknown>])[] {
  const list = (filter: "all" | "available" | "pending" | "owed") => () =>
    listMembers(rooms, shop, { filter, tier: null, before: null });
  return [
    ["members", list("all")],
    ["members-to-spend", list("available")],
    ["members-on-their-way", list("pending")],
    ["members-owing", list("owed")],
    ["member", () => viewMember(rooms, shop, customerIdOf(Math.floor(customers / 2)), null)],
    ["rewards", () => rooms.ledger.rewardCounts(shop.id)],
    ["home", () => readHome(rooms, shop)],
    ["figures-30-days", () => readFigures(rooms, shop, { days: "30" })],
    ["figures-year", () => readFigures(rooms, shop, { days: "365" })],
    ["acts", () => rooms.audit.page(shop.id, null, {})],
  ];
}
