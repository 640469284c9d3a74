/** What a draft would have done to a shop's last 100,000 orders: page after page, as the page of the program drives it. */

import { saveDraft } from "../worker/flows/edit-program.ts";
import { askWhatIf, type WhatIf } from "../worker/flows/what-if.ts";
import type { Shop } from "../worker/shops/shops.ts";
import type { Bed } from "./bed.ts";
import type { Run } from "./options.ts";
import { resultLine } from "./rounds.ts";
import { KNOWN_MEMBERS, openWorld, type SettleWorld } from "./settle-world.ts";

const ORDERS = 100_000;

export async function whatIf(bed: Bed, run: Run): Promise<string[]> {
  const world = await openWorld(bed);
  try {
    const shop = await onlyShop(world);
    await multiplyOrders(world);
    const content = { earn: { points: 2, perMinor: 100 }, pendingDays: 0, rewards: [] };
    await saveDraft(world.rooms, shop, "42", { content, basedOn: 1, revision: 0 });
    const [totalMs, pageMs, cpuMs]: [number[], number[], number[]] = [[], [], []];
    let last: WhatIf | null = null;
    for (let round = 0; round < run.rounds; round++) {
      const cpu = process.cpuUsage();
      const startedMs = performance.now();
      let [after, pages]: [string | null, number] = [null, 0];
      do {
        const answer = await askWhatIf(world.rooms, shop, { revision: 1, sinceMs: 0, after });
        if (answer.kind === "refused") return [`the what-if was refused: ${answer.refusal.code}`];
        last = answer.whatIf;
        after = answer.whatIf.next;
        pages += 1;
      } while (after !== null);
      const { user, system } = process.cpuUsage(cpu);
      totalMs.push(performance.now() - startedMs);
      pageMs.push((performance.now() - startedMs) / pages);
      cpuMs.push((user + system) / 1000 / pages);
      bed.progress(`round ${round + 1}: ${pages} pages in ${Math.round(totalMs.at(-1) ?? 0)} ms`);
    }
    bed.result(resultLine(`what-if ${ORDERS}-orders-ms`, totalMs));
    bed.result(resultLine("what-if page-ms", pageMs));
    bed.result(resultLine("what-if page-cpu-ms", cpuMs));
    return await wrongSums(world, last);
  } finally {
    await world.close();
  }
}

async function onlyShop({ rooms, look }: SettleWorld): Promise<Shop> {
  const [row] = await look<{ domain: string }>("select domain from shops");
  const shop = await rooms.shops.findOne(row?.domain ?? "", rooms.nowMs());
  if (!shop) throw new Error("The bench's shop was not found.");
  return shop;
}

/** Each member's one order, so many times: the states are as large as real ones, and the members as many. */
async function multiplyOrders({ look }: SettleWorld): Promise<void> {
  await look(`
    insert into order_states (shop_id, order_id, member_id, state, posted, postings, program_version, takes_part, reason)
    select o.shop_id, o.order_id || '-' || n, o.member_id, o.state, o.posted, o.postings, o.program_version, o.takes_part, o.reason
    from order_states o cross join generate_series(2, ${ORDERS / KNOWN_MEMBERS}) n
  `);
  await look("analyze order_states");
}

async function wrongSums({ look }: SettleWorld, last: WhatIf | null): Promise<string[]> {
  const [row] = await look<{ orders: number; points: number }>(
    "select count(*)::int as orders, sum(posted)::int as points from order_states where member_id is not null",
  );
  const told = { orders: last?.orders, points: last?.today?.points };
  const isRight = last?.differing === 0 && JSON.stringify(told) === JSON.stringify(row);
  return isRight ? [] : [`the what-if says ${JSON.stringify(last)}, the ledger ${JSON.stringify(row)}`];
}
