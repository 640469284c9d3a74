/**
 * B1: order states become points in the ledger. A batch of 100 against one bare statement for 100 rows, against five trips per order and
 * against batches of one; one order alone against `select 1`.
 */
import type { OrderJob } from "../worker/flows/jobs.ts";
import { settleOrders } from "../worker/flows/settle-orders.ts";
import type { Bed, Setting } from "./bed.ts";
import { p50, rate, times } from "./measure.ts";
import { type Figures, median, ratiosOf, resultLine, runRounds, type Side } from "./rounds.ts";
import { openPeers, type Peers } from "./settle-peers.ts";
import { BATCH, openWorld, type SettleWorld } from "./settle-world.ts";

/** How much of a side makes one figure: long enough to outlast a hiccup, short enough that all sides see the same weather. */
const BATCHES = 10;
const SINGLES = 50;
const WARM_UPS = 1;

export async function settle(bed: Bed, { rounds }: { readonly rounds: number }): Promise<string[]> {
  const world = await openWorld(bed);
  const peers = await openPeers(world, bed.network);
  const faults: string[] = [];
  try {
    // Old planner statistics would be the weather of one side.
    await world.look("vacuum (analyze)");
    for (const setting of ["loopback", "rtt5ms"] as const) {
      bed.network.setting = setting;
      bed.progress(`${setting}: an empty round trip waits ${(await bed.network.roundTripMs()).toFixed(2)} ms`);
      const figures = await runRounds(sidesOf(world, peers), {
        rounds,
        warmUps: WARM_UPS,
        onRound: (round, soFar) => bed.progress(`${setting} round ${round}: ${roundInWords(soFar)}`),
      });
      tell(bed, setting, figures);
      bed.network.setting = "loopback";
      faults.push(...(await world.faults()), ...(await peers.faults()));
    }
  } finally {
    bed.network.setting = "loopback";
    await peers.close();
    await world.close();
  }
  return faults;
}

function sidesOf(world: SettleWorld, peers: Peers): Side[] {
  const { rooms, till } = world;
  const settled = (jobs: readonly OrderJob[]) => () => settleOrders(rooms, jobs);
  const inTurn = (index: number) => (index % 2 === 0 ? till.knownMembersOrder() : till.newcomersOrder());
  return [
    {
      name: "ours-batch",
      // What came twice is settled once and counts once.
      run: () =>
        rate(
          BATCH - BATCH / 100,
          times(BATCHES, () => settled(till.batch())),
        ),
    },
    {
      name: "floor-batch",
      run: () =>
        rate(
          BATCH,
          times(BATCHES, () => peers.floorBatch),
        ),
    },
    { name: "ours-one", run: () => p50(times(SINGLES, (index) => settled([inTurn(index)]))) },
    { name: "select1", run: () => p50(times(SINGLES, () => peers.floorOne)) },
    {
      name: "five-trip",
      run: () =>
        rate(
          1,
          times(SINGLES, () => peers.fiveTrip),
        ),
    },
    {
      name: "one-by-one",
      run: () =>
        rate(
          1,
          times(SINGLES, (index) => settled([inTurn(index)])),
        ),
    },
  ];
}

function tell(bed: Bed, setting: Setting, figures: Figures): void {
  const suffix = setting === "loopback" ? undefined : setting;
  const result = (claim: string, over: string, under: string) =>
    bed.result(resultLine(`B1 ${claim}`, ratiosOf(figures, over, under), suffix));
  result("settle-batch ours/floor", "ours-batch", "floor-batch");
  result("settle-batch ours/five-trip", "ours-batch", "five-trip");
  result("settle-batch ours/one-by-one", "ours-batch", "one-by-one");
  result("settle-one ours/select1-p50", "ours-one", "select1");
}

/** The middle of each side so far, for whoever watches; no claim. */
function roundInWords(figures: Figures): string {
  return [...figures].map(([name, values]) => `${name} ${median(values).toPrecision(3)}`).join(", ");
}
