/**
 * `npm run test:histories`: random histories on real Postgres, `-- --count N --seed N`; with `--interleavings`, every crossing of two operations
 * and N sampled ones of three or four. Ends with exit code 1 at the first failure, told so that it can be had again.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { onServer } from "./databases.ts";
import type { History } from "./histories/history.ts";
import { type Counts, noCounts } from "./histories/postgres.ts";
import { HISTORIES_PER_BLOCK, historyOfNumber } from "./histories/postgres-numbered.ts";
import type { Found, Report, Task, ThreadData } from "./histories/postgres-thread.ts";
import { migrate } from "./migrate.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { workerPassword } from "./settings.ts";

const failingSeeds = join(import.meta.dirname, "histories/failing-seeds.json");
const template = "histories";
const INTERLEAVINGS_PER_TASK = 500;
const PROGRESS_MS = 10_000;
/** A failing history is lived again this often: what needs a lost race needs luck. */
const AGAIN = 20;

interface FailingSeed {
  readonly seed: number;
  readonly number: number;
  readonly note: string;
}

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly threads: number;
  readonly interleavings: boolean;
}

function optionsFrom(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: "string" },
      seed: { type: "string" },
      threads: { type: "string", default: "2" },
      interleavings: { type: "boolean", default: false },
    },
  });
  const whole = (text: string | undefined, otherwise: number): number => {
    const number = text === undefined ? otherwise : Number(text);
    if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text} is not a whole number.`);
    return number;
  };
  return {
    count: whole(values.count, values.interleavings ? 20_000 : 100_000),
    seed: whole(values.seed, Math.floor(Math.random() * 2 ** 31)),
    threads: whole(values.threads, 2),
    interleavings: values.interleavings,
  };
}

async function main(options: Options): Promise<number> {
  console.log(`seed ${options.seed}`);
  const home = mkdtempSync(join(tmpdir(), "lojal-test-"));
  writeFileSync(join(home, "owner"), String(process.pid));
  // mkdtemp closes the folder to the user that Postgres runs as; the data inside is closed by Postgres itself.
  chmodSync(home, 0o755);
  const postgres = await startPostgres({ dataDir: join(home, "data"), durable: false });
  try {
    await onServer(postgres.port, `create database ${template}`);
    await migrate(postgres.superuserUrl(template), { workerPassword });
    return await runAll(postgres, options);
  } finally {
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function runAll(postgres: Postgres, options: Options): Promise<number> {
  const run = new Run(options);
  const threads = await Promise.all(
    Array.from({ length: options.threads }, async (_, index) => {
      const database = `${template}_${index}`;
      await onServer(postgres.port, `create database ${database} template ${template} strategy file_copy`);
      return new Thread({ port: postgres.port, database, seed: options.seed });
    }),
  );
  const clock = setInterval(() => run.tell(), PROGRESS_MS);
  try {
    await Promise.all(threads.map((thread) => run.drive(thread)));
  } finally {
    clearInterval(clock);
    await Promise.all(threads.map((thread) => thread.end()));
  }
  run.tell();
  return run.found === null ? 0 : tellFailure(options, run.found);
}

/** A thread that carries out one task after another. */
class Thread {
  readonly #worker: Worker;

  constructor(data: ThreadData) {
    this.#worker = new Worker(join(import.meta.dirname, "histories/postgres-thread.ts"), { workerData: data });
  }

  carryOut(task: Task): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.#worker.once("error", reject);
      this.#worker.once("message", (report: Report) => {
        this.#worker.off("error", reject);
        resolve(report);
      });
      this.#worker.postMessage(task);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** What is to be done, what was done, and the first that failed. */
class Run {
  found: Found | null = null;
  readonly #counts = noCounts();
  readonly #tasks: Task[];
  readonly #aim: string;
  #startedMs = performance.now();

  constructor({ count, interleavings }: Options) {
    const size = interleavings ? INTERLEAVINGS_PER_TASK : HISTORIES_PER_BLOCK;
    const tasks = Array.from({ length: Math.ceil(count / size) }, (_, index): Task => {
      const some = Math.min(size, count - index * size);
      return interleavings
        ? { kind: "interleavings", from: index * size, count: some }
        : { kind: "block", block: index, count: some };
    });
    this.#tasks = [...(interleavings ? allPairs() : failedBefore()), ...tasks];
    this.#aim = interleavings ? ` crossings (every pair, and ${count} by chance)` : ` of ${count}`;
  }

  async drive(thread: Thread): Promise<void> {
    for (let task = this.#tasks.shift(); task && this.found === null; task = this.#tasks.shift()) {
      const { counts, found } = await thread.carryOut(task);
      add(this.#counts, counts);
      this.found ??= found[0] ?? null;
    }
  }

  tell(): void {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const { histories, operations, deliveries, statements, commits, lost, refusals, entries } = this.#counts;
    const parts = (of: Record<string, number>) =>
      Object.entries(of)
        .sort(([, a], [, b]) => b - a)
        .map(([name, count]) => `${name} ${count}`)
        .join(", ");
    console.log(
      `${histories}${this.#aim} in ${seconds.toFixed(0)} s (${(histories / seconds).toFixed(0)}/s): ` +
        `${operations} operations, ${deliveries} deliveries, ${commits} commits in ${statements} statements, ${lost} lost races; ` +
        `refused: ${parts(refusals) || "none"}; entries: ${parts(entries) || "none"}`,
    );
  }
}

function add(sum: Counts, more: Counts): void {
  for (const key of ["histories", "operations", "deliveries", "statements", "commits", "lost"] as const)
    sum[key] += more[key];
  for (const key of ["refusals", "entries"] as const)
    for (const [name, count] of Object.entries(more[key])) sum[key][name] = (sum[key][name] ?? 0) + count;
}

/** Every pair of operations, in every way they can cross. */
function allPairs(): Task[] {
  const of = 20;
  return Array.from({ length: of }, (_, part) => ({ kind: "pairs", part, of }));
}

/** What has failed once is lived first. */
function failedBefore(): Task[] {
  return knownSeeds().map(({ seed, number }) => {
    const history = historyOfNumber(seed, number);
    const histories: History[] = Array.from({ length: AGAIN }, () => history);
    return { kind: "again", seed, number, histories };
  });
}

function knownSeeds(): FailingSeed[] {
  return JSON.parse(readFileSync(failingSeeds, "utf8")) as FailingSeed[];
}

function tellFailure(options: Options, found: Found): number {
  const { seed } = found;
  console.error(`FAILED: seed ${seed}, number ${found.number}`);
  console.error(JSON.stringify(found.history));
  for (const fault of found.faults) console.error(`- ${fault}`);
  if (options.interleavings) return 1;
  const known = knownSeeds();
  if (!known.some((one) => one.seed === seed && one.number === found.number)) {
    const note = (found.faults[0] ?? "").slice(0, 200);
    const all = [...known, { seed, number: found.number, note }];
    writeFileSync(failingSeeds, `${JSON.stringify(all, null, 2)}\n`);
  }
  return 1;
}

process.exitCode = await main(optionsFrom(process.argv.slice(2)));
