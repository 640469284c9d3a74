/**
 * `npm run test:bite`: proves that the tests bite. Each invariant is broken on purpose in a copy of the project, by one small edit, and the
 * tests that guard it must fail. Prints a line for each; the exit code is 0 if every break was caught.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const copied = [
  "worker",
  "dev",
  "migrations",
  "vitest.node.config.ts",
  "tsconfig.json",
  "package.json",
  "wrangler.toml",
];

interface Mutant {
  readonly invariant: string;
  readonly breaks: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** What must notice. */
  readonly tests: string;
}

const mutants: readonly Mutant[] = [
  {
    invariant: "I1",
    breaks: "a counter forgets what an entry moved",
    file: "worker/domain/draft.ts",
    from: "owed: account.owed + owed",
    to: "owed: account.owed",
    tests: "worker/domain/histories",
  },
  {
    invariant: "I2",
    breaks: "a hold may take one point more than there is",
    file: "worker/domain/spending.ts",
    from: "if (available < cost)",
    to: "if (available + 1 < cost)",
    tests: "worker/domain/histories",
  },
  {
    invariant: "I2",
    breaks: "a commit does not look whether the account changed since it was read",
    file: "worker/ledger/commit.ts",
    from: "where a.version = i.version",
    to: "where true",
    tests: "worker/ledger/commit",
  },
  {
    invariant: "I3",
    breaks: "a lot keeps what an allocation took",
    file: "worker/domain/draft.ts",
    from: "remaining: lot.remaining + (moved.get(lot.id) ?? 0)",
    to: "remaining: lot.remaining",
    tests: "worker/domain/histories",
  },
  {
    invariant: "I4",
    breaks: "an order earns its whole worth again at each change",
    file: "worker/domain/decide.ts",
    from: "earn(draft, memberId, target - posted,",
    to: "earn(draft, memberId, target,",
    tests: "worker/domain/histories",
  },
  {
    invariant: "I5",
    breaks: "of two states the one that arrives later counts, not the newer one",
    file: "worker/domain/order.ts",
    from: "if (later !== 0) return later > 0 ? b : a;",
    to: "if (later !== 0) return b;",
    tests: "worker/domain/order.test",
  },
  {
    invariant: "I6",
    breaks: "a refunded line still counts",
    file: "worker/domain/settlement.ts",
    from: "- sum(refunded.map((part) => part.subtotalMinor))",
    to: "",
    tests: "worker/domain/settlement",
  },
  {
    invariant: "I7",
    breaks: "a refund that is seen before its order is forgotten",
    file: "worker/domain/order.ts",
    from: "return { ...state, refunds: unionRefunds(state.refunds, [news.refund]) };",
    to: "return state.body === null ? state : { ...state, refunds: unionRefunds(state.refunds, [news.refund]) };",
    tests: "worker/domain/order.test",
  },
  {
    invariant: "I8",
    breaks: "a code used after its points went back costs nothing",
    file: "worker/domain/spending.ts",
    from: 'if (!redemption || redemption.state === "used") return;',
    to: 'if (!redemption || redemption.state === "used" || redemption.state === "released") return;',
    tests: "worker/domain/decide",
  },
  {
    invariant: "I8",
    breaks: "a cancelled hold gives its points back twice",
    file: "worker/domain/spending.ts",
    from: 'if (redemption.state === "released" || redemption.state === "failed")',
    to: 'if (redemption.state === "failed")',
    tests: "worker/domain/histories",
  },
  {
    invariant: "I9",
    breaks: "an id answers for any request",
    file: "worker/domain/rewards.ts",
    from: "return JSON.stringify([request.rewardId, request.points]);",
    to: "return request.rewardId.slice(0, 0);",
    tests: "worker/flows/redeem-reward",
  },
  {
    invariant: "I10",
    breaks: "points never expire",
    file: "worker/domain/lots.ts",
    from: "return lot.expiresAtMs;",
    to: "return null;",
    tests: "worker/domain/decide",
  },
  {
    invariant: "I11",
    breaks: "points mature a day early",
    file: "worker/domain/due.ts",
    from: "Number.POSITIVE_INFINITY) <= nowMs)",
    to: "Number.POSITIVE_INFINITY) <= nowMs + 86_400_000)",
    tests: "worker/domain/decide",
  },
  {
    invariant: "I12",
    breaks: "the policies let every shop see every row",
    file: "migrations/0000_ledger.sql",
    from: "'create policy %I on %I for all to lojal_worker using (shop_id = any ((select lojal_shops())::integer[]))'",
    to: "'create policy %I on %I for all to lojal_worker using (true)'",
    tests: "worker/db/tenancy",
  },
  {
    invariant: "I13",
    breaks: "entries may be updated by the worker",
    file: "migrations/0000_ledger.sql",
    from: "grant update on accounts, order_states, redemptions to lojal_worker;",
    to: "grant update on accounts, order_states, redemptions, entries to lojal_worker;",
    tests: "worker/db/tenancy",
  },
  {
    invariant: "I13",
    breaks: "entries may be deleted by the owner",
    file: "migrations/0000_ledger.sql",
    from: "create trigger entries_append_only before update or delete or truncate on entries",
    to: "create trigger entries_append_only before update or truncate on entries",
    tests: "worker/db/tenancy",
  },
  {
    invariant: "I16",
    breaks: "a counter may grow beyond what a number can hold",
    file: "migrations/0000_ledger.sql",
    from: "check (held between 0 and 9007199254740991)",
    to: "check (held >= 0)",
    tests: "worker/ledger/commit",
  },
  {
    invariant: "signature",
    breaks: "a webhook is taken unsigned",
    file: "worker/shopify/verify-webhook.ts",
    from: "if (!genuine)",
    to: "if (signature === null)",
    tests: "worker/shopify/verify-webhook",
  },
  {
    invariant: "signature",
    breaks: "a shopper may say twice who they are",
    file: "worker/shopify/verify-proxy.ts",
    from: "query.getAll(name).length > 1",
    to: "query.getAll(name).length > 2",
    tests: "worker/shopify/verify-proxy",
  },
];

process.exitCode = main(process.argv[2]);

/** All mutants, or those of one invariant. */
function main(only: string | undefined): number {
  const chosen = mutants.filter((mutant) => only === undefined || mutant.invariant === only);
  const missed = chosen.filter((mutant) => !isCaught(mutant));
  console.log(`${chosen.length - missed.length} of ${chosen.length} breaks were caught.`);
  return chosen.length > 0 && missed.length === 0 ? 0 : 1;
}

function isCaught(mutant: Mutant): boolean {
  const startedMs = performance.now();
  const home = mkdtempSync(join(tmpdir(), "lojal-bite-"));
  try {
    for (const path of copied) cpSync(join(root, path), join(home, path), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(home, "node_modules"));
    breakOnPurpose(join(home, mutant.file), mutant);
    const program = join(root, "node_modules/vitest/vitest.mjs");
    const args = [program, "run", "-c", "vitest.node.config.ts", "--bail=1", mutant.tests];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: home, encoding: "utf8" });
    // A run that could not start proves nothing: only a failed test does.
    const isBitten = status !== 0 && /Tests .*\d+ failed/.test(stdout);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(
      `${isBitten ? "caught" : "MISSED"} ${mutant.invariant.padEnd(9)} ${mutant.breaks} (${mutant.tests}, ${seconds} s)`,
    );
    return isBitten;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function breakOnPurpose(path: string, { from, to }: Mutant): void {
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2)
    throw new Error(`${path}: the text to break stands there ${text.split(from).length - 1} times, not once: ${from}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}
