/**
 * B2: points become a held redemption: load, decide, commit, through the worker's own flow, rooms and driver. The code at Shopify is left out:
 * the shop has no token, so the flow ends where Shopify would be asked.
 */
import { sql } from "drizzle-orm";
import { auditLedger } from "../dev/audit.ts";
import { redeemReward } from "../worker/flows/redeem-reward.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import { Turns } from "../worker/flows/turns.ts";
import type { Bed } from "./bed.ts";
import { type BigWorld, customerIdOf, heavyMember, openBigWorld } from "./big-world.ts";
import { type CrowdFigures, crowd, lasting, p50, times } from "./measure.ts";
import type { Run } from "./options.ts";
import { evenly, seededRandom, zipf } from "./random.ts";
import { openPeers, type Peer, type Peers } from "./redeem-peers.ts";
import { type Figures, median, ratiosOf, resultLine, runRounds, type Side } from "./rounds.ts";

const MEMBERS = 100_000;
const CLIENTS = 16;
const MOST_CLIENTS = 32;
const SINGLES = 100;
const CROWD_MS = 1_500;
const WARM_UPS = 1;
const REWARD = "off-1";

export async function redeem(bed: Bed, run: Run): Promise<string[]> {
  const customers = Math.min(MEMBERS, run.customers);
  const world = await openBigWorld(bed, { name: "bench_redeem", customers, worth: 1_000 });
  const peers = await openPeers(world, bed.network, MOST_CLIENTS);
  const till = new RedeemTill(world);
  const faults: string[] = [];
  try {
    await world.look("vacuum (analyze)");
    for (const setting of ["loopback", "rtt5ms"] as const) {
      bed.network.setting = setting;
      await compareSpread(bed, run.rounds, world, till, peers);
    }
    await compareCrowds(bed, run.rounds, world, till, peers);
    await clientsOnOneMember(bed, run.rounds, world, till);
    bed.network.setting = "loopback";
    await makeDebits(bed, run.debits, world, till);
    faults.push(...(await till.faults()), ...(await auditLedger(world)));
    bed.result(`B2 redeem lost-updates ours ${till.lost} of ${till.held}`);
    for (const peer of Object.values(peers.byName)) {
      const lost = await peer.lost();
      bed.result(`B2 redeem lost-updates ${peer.name} ${lost} of ${peer.made.debits} retries ${peer.made.retries}`);
    }
  } finally {
    bed.network.setting = "loopback";
    await peers.close();
    await world.close();
  }
  return faults;
}

/** Redeems, and remembers what was answered. */
class RedeemTill {
  held = 0;
  refused = 0;
  lostRaces = 0;
  lost = 0;
  readonly #world: BigWorld;
  readonly #rooms: Rooms;
  /** For each client an isolate of its own: they meet in the database alone. */
  readonly #isolates: readonly Rooms[];

  constructor(world: BigWorld) {
    this.#world = world;
    const { ledger } = world.rooms;
    const commitOrLoad: typeof ledger.commitOrLoad = async (units, options) => {
      const outcome = await ledger.commitOrLoad(units, options);
      this.lostRaces += outcome.won.filter((isWon) => !isWon).length;
      return outcome;
    };
    const rooms = { ...world.rooms, ledger: { ...ledger, commitOrLoad } };
    this.#rooms = rooms;
    this.#isolates = Array.from({ length: MOST_CLIENTS }, () => ({ ...rooms, turns: new Turns() }));
  }

  /** One redemption of one point; what a crowd makes impossible is refused after bounded tries. */
  async redeem(member: number, rooms = this.#rooms): Promise<void> {
    const request = { redemptionId: crypto.randomUUID(), rewardId: REWARD, points: null };
    const answer = await redeemReward(rooms, this.#world.shop, customerIdOf(member), request);
    if (answer.kind === "redemption") this.held += 1;
    else if (answer.refusal.code === "try-again") this.refused += 1;
    else throw new Error(`A redemption was refused: ${answer.refusal.code}`);
  }

  /** The same from an isolate that this client shares with nobody. */
  redeemApart(client: number, member: number): Promise<void> {
    return this.redeem(member, this.#isolates[client]);
  }

  /** Each answer is a redemption, an entry and a point less; the audit compares entries, lots and counters. */
  async faults(): Promise<string[]> {
    const [kept] = await this.#world.look<{ redemptions: string; entries: string; held: string }>(`
      select (select count(*) from redemptions where state = 'held') as redemptions,
             (select count(*) from entries e join redemptions r on r.shop_id = e.shop_id and r.id = e.redemption_id
              where r.state = 'held' and e.kind = 'hold') as entries,
             (select sum(held) from accounts) as held
    `);
    const told = { redemptions: String(this.held), entries: String(this.held), held: String(this.held) };
    this.lost = this.held - Number(kept?.held);
    return JSON.stringify(told) === JSON.stringify(kept)
      ? []
      : [`answered ${JSON.stringify(told)}, the ledger holds ${JSON.stringify(kept)}`];
  }
}

/** One client, any member: how long one redemption takes. */
async function compareSpread(bed: Bed, rounds: number, world: BigWorld, till: RedeemTill, peers: Peers): Promise<void> {
  const any = evenly(world.customers, seededRandom(2));
  const selectOne = () => world.db.execute(sql`select 1`);
  const peer = ({ name, debit }: Peer): Side => ({ name, run: () => p50(times(SINGLES, () => () => debit(0, any()))) });
  const figures = await runRounds(
    [
      { name: "ours", run: () => p50(times(SINGLES, () => () => till.redeem(any()))) },
      {
        name: "select1-twice",
        run: () => p50(times(SINGLES, () => () => selectOne().then(selectOne))),
      },
      peer(peers.byName.conditional),
      peer(peers.byName.forUpdate),
    ],
    { rounds, warmUps: WARM_UPS, onRound: (round, soFar) => tellRound(bed, "spread", round, soFar) },
  );
  const result = (claim: string, under: string) =>
    tell(bed, `B2 redeem-spread ${claim}`, ratiosOf(figures, "ours", under));
  result("ours/two-select1-p50", "select1-twice");
  result("ours/conditional-update-p50", "conditional");
  result("ours/for-update-p50", "forUpdate");
  tell(bed, "B2 redeem-spread ours-p50-ms", figures.get("ours") ?? []);
}

const CROWDS = ["hot", "zipf-2.0", "zipf-1.0"] as const;

/** Sixteen clients: on one member, and on members of whom few are asked for often. */
async function compareCrowds(bed: Bed, rounds: number, world: BigWorld, till: RedeemTill, peers: Peers): Promise<void> {
  bed.network.setting = "rtt5ms";
  const random = seededRandom(3);
  const hot = heavyMember(world, "hot");
  const draws = {
    hot: () => hot,
    "zipf-2.0": zipf(world.customers, 2, random),
    "zipf-1.0": zipf(world.customers, 1, random),
  };
  for (const name of CROWDS) {
    const draw = draws[name];
    const tails = new Map<string, CrowdFigures[]>();
    const side = (sideName: string, act: (client: number, member: number) => Promise<void>): Side => ({
      name: sideName,
      run: async () => {
        const figures = await crowd(CLIENTS, CROWD_MS, (client) => act(client, draw()));
        tails.set(sideName, [...(tails.get(sideName) ?? []), figures]);
        return figures.perSecond;
      },
    });
    const before = { held: till.held, lostRaces: till.lostRaces, refused: till.refused };
    const { conditional, forUpdate, serializable, naive } = peers.byName;
    const sides = [conditional, forUpdate, ...(name === "hot" ? [serializable, naive] : [])];
    const figures = await runRounds(
      [
        side("ours", (_, member) => till.redeem(member)),
        side("apart", (client, member) => till.redeemApart(client, member)),
        ...sides.map((peer) => side(peer.name, peer.debit)),
      ],
      { rounds, warmUps: WARM_UPS, onRound: (round, soFar) => tellRound(bed, name, round, soFar) },
    );
    for (const one of ["ours", "apart"])
      for (const peer of sides)
        tell(bed, `B2 redeem-${name} ${one}/${kebab(peer.name)}`, ratiosOf(figures, one, peer.name));
    for (const one of ["ours", "apart", "forUpdate"])
      tell(
        bed,
        `B2 redeem-${name} ${kebab(one)}-p99-ms`,
        (tails.get(one) ?? []).slice(WARM_UPS).map(({ p99Ms }) => p99Ms),
      );
    const made = till.held - before.held;
    bed.result(
      `B2 redeem-${name} ours-retries ${((till.lostRaces - before.lostRaces) / made).toFixed(2)} each, gave up ${till.refused - before.refused} of ${made}`,
    );
  }
}

/** What one more client on the same member costs. */
async function clientsOnOneMember(bed: Bed, rounds: number, world: BigWorld, till: RedeemTill): Promise<void> {
  const hot = heavyMember(world, "hot");
  const crowdOf = (clients: number): Side => ({
    name: `${clients}`,
    run: async () => (await crowd(clients, CROWD_MS, () => till.redeem(hot))).perSecond,
  });
  const figures = await runRounds([1, 8, MOST_CLIENTS].map(crowdOf), { rounds, warmUps: WARM_UPS });
  for (const clients of [8, MOST_CLIENTS])
    tell(bed, `B2 redeem-hot ${clients}-clients/1-client`, ratiosOf(figures, `${clients}`, "1"));
}

/** Goes on until so many were made: sixteen clients on the hot member and on members by Zipf's law in turn. */
async function makeDebits(bed: Bed, debits: number, world: BigWorld, till: RedeemTill): Promise<void> {
  const hot = heavyMember(world, "hot");
  const draw = zipf(world.customers, 1, seededRandom(4));
  const tookMs = await lasting(async () => {
    while (till.held < debits) {
      await crowd(CLIENTS, 10_000, (client) => till.redeem(client < 4 ? hot : draw()));
      bed.progress(`${till.held} of ${debits} redemptions made`);
    }
  });
  if (debits > 0) bed.progress(`made in ${(tookMs / 1000).toFixed(0)} s`);
}

function tell(bed: Bed, claim: string, values: readonly number[]): void {
  bed.result(resultLine(claim, values, bed.network.setting === "loopback" ? undefined : bed.network.setting));
}

function tellRound(bed: Bed, part: string, round: number, soFar: Figures): void {
  const middles = [...soFar].map(([name, values]) => `${name} ${median(values).toPrecision(3)}`);
  bed.progress(`${part} ${bed.network.setting} round ${round}: ${middles.join(", ")}`);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
