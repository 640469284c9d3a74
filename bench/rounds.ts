/** Interleaved rounds: every side runs once in each round, so that what slows the machine slows all sides alike; only ratios are told. */

export interface Side {
  readonly name: string;
  /** One measurement: a rate (per second) or a p50 (ms), always the same of the two for one side. */
  run(): Promise<number>;
}

/** For each side its figures, one per round, in the order of the rounds. */
export type Figures = ReadonlyMap<string, readonly number[]>;

export interface RoundOptions {
  readonly rounds: number;
  /** Rounds that are run first and not counted. */
  readonly warmUps: number;
  /** Told after each counted round. */
  readonly onRound?: (round: number, figures: Figures) => void;
}

export async function runRounds(sides: readonly Side[], options: RoundOptions): Promise<Figures> {
  const figures = new Map<string, number[]>(sides.map((side) => [side.name, []]));
  for (let round = 1 - options.warmUps; round <= options.rounds; round++) {
    for (const side of rotated(sides, round + options.warmUps - 1)) {
      const figure = await side.run();
      if (round >= 1) figures.get(side.name)?.push(figure);
    }
    if (round >= 1) options.onRound?.(round, figures);
  }
  return figures;
}

/** The same items from another start: no side is always the one that runs after a certain other. */
export function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** Round by round, one side over another. */
export function ratiosOf(figures: Figures, over: string, under: string): number[] {
  const [tops, bottoms] = [figures.get(over) ?? [], figures.get(under) ?? []];
  if (tops.length === 0 || tops.length !== bottoms.length) {
    throw new Error(`${over} and ${under} were not measured in the same rounds.`);
  }
  return tops.map((top, round) => top / (bottoms[round] ?? Number.NaN));
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [below, above] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (below === undefined || above === undefined) throw new Error("There is no median of nothing.");
  return (below + above) / 2;
}

/** `B1 settle-batch ours/floor 0.63 (0.60-0.66) n=7`, and the network setting at the end where it is not loopback. */
export function resultLine(claim: string, ratios: readonly number[], setting?: string): string {
  const range = `${rounded(Math.min(...ratios))}-${rounded(Math.max(...ratios))}`;
  const line = `${claim} ${rounded(median(ratios))} (${range}) n=${ratios.length}`;
  return setting === undefined ? line : `${line} ${setting}`;
}

/** Two decimals where they say something, fewer for large ratios. */
function rounded(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : ratio < 100 ? 1 : 0);
}
