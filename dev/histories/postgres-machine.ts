/**
 * A machine: one isolate of the worker with rooms of its own over the shared database. Many histories live on it at once, and what they ask of
 * the ledger at the same moment goes as one statement, as a queue's batch does: so a hundred thousand of them fit into minutes.
 */
import { sql } from "drizzle-orm";
import { connect, type Database, epochMs, runFor } from "../../worker/db/client.ts";
import { type Programs, type ProgramVersion, programsOf } from "../../worker/domain/program.ts";
import type { Job, JobQueue } from "../../worker/flows/jobs.ts";
import { Lanes } from "../../worker/flows/lanes.ts";
import type { Rooms } from "../../worker/flows/rooms.ts";
import { Turns } from "../../worker/flows/turns.ts";
import type { Unit } from "../../worker/ledger/commit.ts";
import { type Ledger, openLedger } from "../../worker/ledger/ledger.ts";
import type { Loaded, Wanted } from "../../worker/ledger/load.ts";
import { AuditBook } from "../../worker/program/audit.ts";
import { ProgramDesk } from "../../worker/program/desk.ts";
import { GroupBook } from "../../worker/program/product-groups.ts";
import { programSchema } from "../../worker/program/program-schema.ts";
import { ProgramLibrary } from "../../worker/program/programs.ts";
import { Paces } from "../../worker/shopify/pace.ts";
import { ApiKeyBook } from "../../worker/shops/api-keys.ts";
import { ImportRunBook } from "../../worker/shops/import-runs.ts";
import { ImportBook } from "../../worker/shops/imports.ts";
import { PaintingBook } from "../../worker/shops/paintings.ts";
import { PilotTagBook } from "../../worker/shops/pilot-tag.ts";
import { WordBook } from "../../worker/shops/shop-words.ts";
import { ShopDirectory } from "../../worker/shops/shops.ts";
import { StaffBook } from "../../worker/shops/staff.ts";
import { StatementBook } from "../../worker/shops/statements.ts";
import { SweepBook } from "../../worker/shops/sweeps.ts";
import { TokenBook } from "../../worker/shops/token-book.ts";
import { localSettings } from "../settings.ts";

/** At most this many calls in one statement. */
const CALLS_PER_STATEMENT = 200;

interface Waiting<Call, Answer> {
  readonly call: Call;
  readonly shops: readonly number[];
  resolve(answer: Answer): void;
  reject(fault: unknown): void;
}

/**
 * Gathers calls that wait at the same time. Two calls of one shop never share a statement: to the ledger they come from two requests, and
 * the second must see, or lose to, what the first has done.
 */
export class Gathering<Call, Answer> {
  readonly #run: (calls: readonly Call[]) => Promise<Answer[]>;
  readonly #shopsOf: (call: Call) => readonly number[];
  #waiting: Waiting<Call, Answer>[] = [];
  #isRunning = false;
  statements = 0;

  constructor(run: (calls: readonly Call[]) => Promise<Answer[]>, shopsOf: (call: Call) => readonly number[]) {
    this.#run = run;
    this.#shopsOf = shopsOf;
  }

  ask(call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ call, shops: this.#shopsOf(call), resolve, reject });
      if (this.#isRunning) return;
      this.#isRunning = true;
      setImmediate(() => void this.#empty());
    });
  }

  async #empty(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#answer(this.#take());
      // Whoever was answered just now may ask again at once.
      await new Promise(setImmediate);
    }
    this.#isRunning = false;
  }

  #take(): Waiting<Call, Answer>[] {
    const taken: Waiting<Call, Answer>[] = [];
    const left: Waiting<Call, Answer>[] = [];
    const shops = new Set<number>();
    for (const one of this.#waiting) {
      const isFree = taken.length < CALLS_PER_STATEMENT && one.shops.every((shop) => !shops.has(shop));
      (isFree ? taken : left).push(one);
      // Also of those left: a shop's calls keep their order.
      for (const shop of one.shops) shops.add(shop);
    }
    this.#waiting = left;
    return taken;
  }

  async #answer(all: readonly Waiting<Call, Answer>[]): Promise<void> {
    this.statements += 1;
    try {
      const answers = await this.#run(all.map((one) => one.call));
      for (const [index, one] of all.entries()) one.resolve(answers[index] as Answer);
    } catch (fault) {
      // One that the database refuses spoils the statement: halves of halves, until it is known which one it was.
      const half = Math.ceil(all.length / 2);
      if (all.length === 1) all[0]?.reject(fault);
      else for (const part of [all.slice(0, half), all.slice(half)]) await this.#answer(part);
    }
  }
}

interface VersionRow {
  readonly shop_id: number;
  readonly version: number;
  readonly in_force_from_ms: string;
  readonly published_at_ms: string;
  readonly program: unknown;
}

/** The library's promise over many shops at once: its own query, one shop at a time, would cost more than all else together. */
class GatheredPrograms extends ProgramLibrary {
  readonly #reading: Gathering<number, ProgramVersion[]>;
  readonly #known = new Map<number, Programs>();

  constructor(db: Database) {
    super(db);
    this.#reading = new Gathering(
      (shopIds) => readVersions(db, shopIds),
      (shopId) => [shopId],
    );
  }

  override async programsOf(shopId: number, atLeast: number): Promise<Programs> {
    const known = this.#known.get(shopId);
    if (known && (known.versions.at(-1)?.version ?? 0) >= atLeast) return known;
    const programs = programsOf(await this.#reading.ask(shopId));
    this.#known.set(shopId, programs);
    return programs;
  }
}

async function readVersions(db: Database, shopIds: readonly number[]): Promise<ProgramVersion[][]> {
  const rows = await runFor<VersionRow>(
    db,
    { shops: shopIds },
    sql`
      select v.shop_id, v.version, ${epochMs(sql`v.in_force_from`)}::text as in_force_from_ms,
             ${epochMs(sql`v.published_at`)}::text as published_at_ms, v.program
      from json_array_elements_text(${JSON.stringify(shopIds)}::json) as i (shop_id)
      join program_versions v on v.shop_id = i.shop_id::integer
      order by v.shop_id, v.version
    `,
  );
  const byShop = Map.groupBy(rows, (row) => row.shop_id);
  return shopIds.map((shopId) =>
    (byShop.get(shopId) ?? []).map((row) => ({
      version: row.version,
      inForceFromMs: Number(row.in_force_from_ms),
      publishedAtMs: Number(row.published_at_ms),
      program: programSchema.parse(row.program),
    })),
  );
}

/** One history in so many reads its programs as the worker does, query by query. */
const OWN_LIBRARY_ONE_IN = 64;

interface LoadCall {
  readonly wanted: readonly Wanted[];
  readonly nowMs: number;
}

/** What the ledger's callers do between a load and a commit is counted here. */
export interface Races {
  commits: number;
  lost: number;
}

/** Runs a call of the ledger at its time: a scheduler's way in. */
export type Gate = <Answer>(point: "load" | "commit", call: () => Promise<Answer>) => Promise<Answer>;

export interface Living {
  /** The moment it is in this history: the database's own clock is never heard. */
  nowMs(): number;
  readonly races: Races;
  /** Hears which members a shop has. */
  met?(shopId: number, memberIds: readonly string[]): void;
  readonly gate?: Gate;
}

const NOBODY: JobQueue = { send: (_jobs: readonly Job[]) => Promise.resolve() };

export class Machine {
  readonly shops: ShopDirectory;
  readonly #sweeps: SweepBook;
  readonly #tokens: TokenBook;
  readonly #paintings: PaintingBook;
  readonly #desk: ProgramDesk;
  readonly #groups: GroupBook;
  readonly #audit: AuditBook;
  readonly #imports: ImportBook;
  readonly #importRuns: ImportRunBook;
  readonly #statements: StatementBook;
  readonly #staff: StaffBook;
  readonly #apiKeys: ApiKeyBook;
  readonly #pilotTags: PilotTagBook;
  readonly #words: WordBook;
  readonly #ownPrograms: ProgramLibrary;
  readonly #gatheredPrograms: ProgramLibrary;
  #livings = 0;
  readonly #settings: ReturnType<typeof localSettings>;
  readonly #ledger: Ledger;
  readonly #opening: Gathering<LoadCall, Loaded>;
  readonly #reading: Gathering<LoadCall, Loaded>;
  readonly #committing: Gathering<readonly Unit[], boolean[]>;

  constructor(databaseName: string) {
    this.#settings = localSettings(databaseName);
    const db: Database = connect(this.#settings.DATABASE_URL);
    this.#ledger = openLedger(db);
    this.shops = new ShopDirectory(db);
    this.#sweeps = new SweepBook(db);
    this.#tokens = new TokenBook(db);
    this.#paintings = new PaintingBook(db);
    this.#desk = new ProgramDesk(db);
    this.#groups = new GroupBook(db);
    this.#audit = new AuditBook(db);
    this.#imports = new ImportBook(db);
    this.#importRuns = new ImportRunBook(db);
    this.#statements = new StatementBook(db);
    this.#staff = new StaffBook(db);
    this.#apiKeys = new ApiKeyBook(db);
    this.#pilotTags = new PilotTagBook(db);
    this.#words = new WordBook(db);
    this.#ownPrograms = new ProgramLibrary(db);
    this.#gatheredPrograms = new GatheredPrograms(db);
    const shopsAsked = (call: LoadCall) => call.wanted.map((one) => one.shopId);
    this.#opening = new Gathering((calls) => this.#load(calls, true), shopsAsked);
    this.#reading = new Gathering((calls) => this.#load(calls, false), shopsAsked);
    this.#committing = new Gathering(
      (calls) => this.#commit(calls),
      (units) => units.map((unit) => unit.shopId),
    );
  }

  get statements(): number {
    return this.#opening.statements + this.#reading.statements + this.#committing.statements;
  }

  /** The rooms as one history sees them from this machine. */
  rooms({ nowMs, races, met, gate = (_point, call) => call() }: Living): Rooms {
    this.#livings += 1;
    const load: Ledger["load"] = async (wanted, { open }) => {
      const loaded = await gate("load", () => (open ? this.#opening : this.#reading).ask({ wanted, nowMs: nowMs() }));
      if (met)
        for (const [shopId, books] of loaded.books)
          met(
            shopId,
            books.accounts.map((one) => one.memberId),
          );
      return loaded;
    };
    const commit: Ledger["commit"] = async (units) => {
      const won = await gate("commit", () => this.#committing.ask(units));
      races.commits += units.length;
      races.lost += won.filter((isWon) => !isWon).length;
      return won;
    };
    const ledger: Ledger = {
      ...this.#ledger,
      load,
      commit,
      // In two trips, so that each history has its own time.
      commitOrLoad: async (units, options) => {
        const won = await commit(units);
        const lost = units.filter((_, index) => !won[index]);
        const wanted = lost.flatMap(({ shopId, wanted: ofUnit }) => ofUnit.map((one) => ({ ...one, shopId })));
        return { won, loaded: lost.length === 0 ? null : await load(wanted, options) };
      },
    };
    return {
      settings: this.#settings,
      ledger,
      shops: this.shops,
      tokens: this.#tokens,
      sweeps: this.#sweeps,
      paintings: this.#paintings,
      imports: this.#imports,
      importRuns: this.#importRuns,
      statements: this.#statements,
      desk: this.#desk,
      groups: this.#groups,
      audit: this.#audit,
      staff: this.#staff,
      apiKeys: this.#apiKeys,
      pilotTags: this.#pilotTags,
      words: this.#words,
      programs: this.#livings % OWN_LIBRARY_ONE_IN === 0 ? this.#ownPrograms : this.#gatheredPrograms,
      queue: NOBODY,
      lanes: new Lanes(),
      turns: new Turns(),
      paces: new Paces(),
      urgency: "background",
      nowMs: () => Date.now(),
    };
  }

  async #load(calls: readonly LoadCall[], open: boolean): Promise<Loaded[]> {
    const { books } = await this.#ledger.load(
      calls.flatMap((call) => call.wanted),
      { open },
    );
    return calls.map(({ wanted, nowMs }) => ({
      nowMs,
      books: new Map(
        wanted.flatMap(({ shopId }) => {
          const own = books.get(shopId);
          return own ? [[shopId, own] as const] : [];
        }),
      ),
    }));
  }

  async #commit(calls: readonly (readonly Unit[])[]): Promise<boolean[][]> {
    const won = await this.#ledger.commit(calls.flat());
    let from = 0;
    return calls.map((units) => {
      from += units.length;
      return won.slice(from - units.length, from);
    });
  }
}
