/** Chance that can be had again: the same numbers from the same seeds. */
export interface Random {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  chance(share: number): boolean;
  oneOf<Item>(items: readonly Item[]): Item;
  shuffled<Item>(items: readonly Item[]): Item[];
}

export function randomOf(...seeds: readonly number[]): Random {
  let state = mixed(seeds);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    return scrambled(state) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    below,
    chance: (share) => next() < share,
    oneOf: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error("Nothing to choose from.");
      return item;
    },
    shuffled: (items) => {
      const left = [...items];
      return items.flatMap(() => left.splice(below(left.length), 1));
    },
  };
}

/** One seed made of several. */
export function mixed(seeds: readonly number[]): number {
  return seeds.reduce((state, seed) => scrambled((state ^ seed) + 0x9e3779b9) | 0, 0);
}

function scrambled(value: number): number {
  let bits = Math.imul(value ^ (value >>> 15), value | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return (bits ^ (bits >>> 14)) >>> 0;
}
