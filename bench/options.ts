/** What `npm run bench --` is told. */
import type { Worlds } from "./big-world.ts";

export interface BenchOptions {
  readonly names: readonly string[];
  /** Fewer are for trying a change out; a figure that is shown to anybody needs seven. */
  readonly rounds: number;
  /** Of the big world; a tenth of them live in the small one. */
  readonly customers: number;
  /** How many redemptions at least are made before lost ones are counted. */
  readonly debits: number;
  /** A file that the plans are written to, besides. */
  readonly out: string | null;
}

export interface Run extends BenchOptions {
  readonly worlds: Worlds;
}

const DEFAULTS = { rounds: 7, customers: 1_000_000, debits: 0 };

export const USAGE = `[--rounds=${DEFAULTS.rounds}] [--customers=${DEFAULTS.customers}] [--debits=1000000] [--out=FILE]`;

/** Null for words that mean nothing; no name means all. */
export function optionsOf(words: readonly string[], known: readonly string[]): BenchOptions | null {
  const settings = new Map<string, string>();
  const names: string[] = [];
  for (const word of words) {
    const [, setting, value] = /^--(rounds|customers|debits|out)=(.+)$/.exec(word) ?? [];
    if (setting !== undefined && value !== undefined) settings.set(setting, value);
    else names.push(word.toUpperCase());
  }
  const number = (name: keyof typeof DEFAULTS) => Number(settings.get(name) ?? DEFAULTS[name]);
  const [rounds, customers, debits] = [number("rounds"), number("customers"), number("debits")];
  const isOdd = names.some((name) => !known.includes(name)) || ![rounds, customers, debits].every(Number.isInteger);
  if (isOdd || rounds < 1 || customers < 1_000 || debits < 0) return null;
  return { names: names.length === 0 ? known : names, rounds, customers, debits, out: settings.get("out") ?? null };
}
