/** Sweeps and statements of the running local stack: made due in its database, done by its worker, read back for people and programs. */
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import pg from "pg";
import { z } from "zod";
import { shop as localShop } from "./settings.ts";

export interface SweptStack {
  readonly databaseUrl: string;
  /** Runs the worker's cron. */
  cron(): Promise<void>;
}

export interface StatementView {
  readonly shop: string;
  readonly day: string;
  readonly taken_at: string;
  readonly is_final: boolean;
  readonly orders: {
    readonly known: number;
    readonly settled: number;
    /** Known and not settled when the statement was taken. */
    readonly difference: number;
    readonly differing: readonly DifferenceView[];
    readonly mended: readonly DifferenceView[];
  };
  readonly accounts: { readonly checked: number; readonly differing: number };
  readonly balances: Readonly<Record<"members" | "pending" | "available" | "held" | "owed", number>>;
}

export interface DifferenceView {
  readonly order_id: string;
  readonly reason: string;
  readonly found_at: string;
}

const LOOK_EVERY_MS = 200;
/** A sweep that found something is followed by another one, which sees whether it has settled. */
const SWEEP_AGAIN_MS = 3_000;

/** `POST /switchboard/sweep` and `GET /switchboard/statement`. */
export function sweepRoutes(stack: SweptStack): Hono {
  const domain = z.string().default(localShop);
  const wish = z.object({ shop: domain, seconds: z.number().positive().max(3_600).default(240) });
  const app = new Hono();
  app.onError((error, c) => {
    const status = error instanceof HTTPException ? error.status : 500;
    return c.json({ error: status === 500 ? "The sweep failed; the worker's log says how" : error.message }, status);
  });
  app.post("/switchboard/sweep", async (c) => {
    const asked = wish.safeParse(await c.req.json().catch(() => ({})));
    if (!asked.success) throw new HTTPException(400, { message: z.prettifyError(asked.error) });
    const { shop, seconds } = asked.data;
    const statement = await sweepShop(stack, shop, seconds * 1_000);
    return c.json(statement, statement.orders.differing.length + statement.accounts.differing > 0 ? 409 : 200);
  });
  app.get("/switchboard/statement", async (c) => {
    const shop = c.req.query("shop") ?? localShop;
    const statement = await withDatabase(stack, (look) => readStatement(look, shop, c.req.query("day") ?? null));
    if (statement === null) throw new HTTPException(404, { message: `There is no such statement of ${shop}` });
    return c.json(statement);
  });
  return app;
}

/**
 * Makes sweeps due now. What a queue would have kept, and the local one loses with its worker, comes back if the stack's whole life is read
 * anew: `since` is its beginning.
 */
export async function makeSweepsDue(stack: SweptStack, since: Date): Promise<void> {
  await withDatabase(stack, async (look) => {
    await look(
      "update sweeps set due_at = now(), read_to = least(read_to, $1::timestamptz), statement_due_at = now()",
      [since.toISOString()],
    );
    await look("update order_differences set asked_at = '-infinity' where mended_at is null");
  });
  await stack.cron();
}

/** Sweeps a shop until nothing differs or the time is up; answers with the statement of today that was taken after it. */
async function sweepShop(stack: SweptStack, shop: string, withinMs: number): Promise<StatementView> {
  return withDatabase(stack, async (look) => {
    const [begun] = await look<{ now: Date }>("select now() from shops where domain = $1", [shop]);
    if (!begun) throw new HTTPException(404, { message: `There is no shop ${shop} here` });
    const endsMs = performance.now() + withinMs;
    for (;;) {
      await sweepOnce(stack, look, shop, endsMs);
      const statement = await readStatement(look, shop, null);
      const isTaken = statement !== null && new Date(statement.taken_at) > begun.now;
      const { orders, accounts } = statement ?? {};
      const isClean = orders?.differing.length === 0 && orders.settled === orders.known && accounts?.differing === 0;
      if (isTaken && isClean) return statement;
      if (performance.now() > endsMs) {
        if (isTaken) return statement;
        throw new HTTPException(504, { message: "The sweep did not end in time" });
      }
      await pause(SWEEP_AGAIN_MS);
    }
  });
}

/** One whole sweep, and the statement that it has taken. */
async function sweepOnce(stack: SweptStack, look: Look, shop: string, endsMs: number): Promise<void> {
  const own = "shop_id = (select id from shops where domain = $1)";
  const [before] = await look<{ now: Date }>("select now()");
  await look(`update sweeps set due_at = now(), statement_due_at = now() where ${own}`, [shop]);
  await stack.cron();
  const isOver = `select (select finished_at > $2 from sweeps where ${own})
    and (select max(taken_at) > $2 from statements where ${own}) as is_over`;
  while (performance.now() < endsMs) {
    const [row] = await look<{ is_over: boolean | null }>(isOver, [shop, before?.now]);
    if (row?.is_over) return;
    await pause(LOOK_EVERY_MS);
  }
}

/** A day's statement; of the newest day without one. Null when there is none. */
async function readStatement(look: Look, shop: string, day: string | null): Promise<StatementView | null> {
  const [row] = await look<StatementRow>(
    `select t.*, t.day::text as day_text from statements t join shops s on s.id = t.shop_id
     where s.domain = $1 and ($2::text is null or t.day::text = $2) order by t.day desc limit 1`,
    [shop, day],
  );
  if (!row) return null;
  const differences = await look<DifferenceRow>(
    `select d.order_id, d.reason, d.found_at, d.mended_at from order_differences d
     where d.shop_id = $1 and d.day = $2::date order by d.found_at, d.order_id`,
    [row.shop_id, row.day_text],
  );
  const views = (some: readonly DifferenceRow[]): DifferenceView[] =>
    some.map(({ order_id, reason, found_at }) => ({ order_id, reason, found_at: found_at.toISOString() }));
  return {
    shop,
    day: row.day_text,
    taken_at: row.taken_at.toISOString(),
    is_final: row.is_final,
    orders: {
      known: row.orders_known,
      settled: row.orders_settled,
      difference: row.orders_known - row.orders_settled,
      differing: views(differences.filter(({ mended_at }) => mended_at === null)),
      mended: views(differences.filter(({ mended_at }) => mended_at !== null)),
    },
    accounts: { checked: row.accounts_checked, differing: row.accounts_differing },
    balances: {
      members: row.members,
      pending: Number(row.pending),
      available: Number(row.available),
      held: Number(row.held),
      owed: Number(row.owed),
    },
  };
}

interface StatementRow {
  readonly shop_id: number;
  readonly day_text: string;
  readonly taken_at: Date;
  readonly is_final: boolean;
  readonly orders_known: number;
  readonly orders_settled: number;
  readonly accounts_checked: number;
  readonly accounts_differing: number;
  readonly members: number;
  readonly pending: string;
  readonly available: string;
  readonly held: string;
  readonly owed: string;
}

interface DifferenceRow {
  readonly order_id: string;
  readonly reason: string;
  readonly found_at: Date;
  readonly mended_at: Date | null;
}

type Look = <Row extends pg.QueryResultRow>(query: string, values?: unknown[]) => Promise<Row[]>;

async function withDatabase<Result>(stack: SweptStack, act: (look: Look) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await act(
      async <Row extends pg.QueryResultRow>(query: string, values: unknown[] = []) =>
        (await client.query<Row>(query, values)).rows,
    );
  } finally {
    await client.end();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
