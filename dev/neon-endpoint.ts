import pg, { type CustomTypesConfig, type FieldDef, type QueryArrayConfig } from "pg";

export interface NeonEndpoint {
  /** Answers one `POST /sql` as Neon's own endpoint would. */
  handle(request: Request): Promise<Response>;
  /** Closes all connections; later requests fail. */
  stop(): Promise<void>;
}

export interface NeonEndpointOptions {
  readonly postgresPort: number;
}

interface Query {
  readonly query: string;
  readonly params?: readonly unknown[];
}

interface Job {
  readonly queries: readonly Query[];
  /** Undefined for a single query, which runs in autocommit. */
  readonly begin: string | undefined;
  readonly arrayMode: boolean;
}

interface ExtendedQuery extends QueryArrayConfig {
  /** As Neon does: two statements in one query are refused by Postgres itself. */
  readonly queryMode: "extended";
}

const sizeLimit = 10 * 1024 * 1024;
/** For each (user, database); Neon's pooler allows more, a laptop's Postgres should not have to. */
const connectionLimit = 10;
const connectTimeoutMs = 15_000;

/** Values stay what Postgres wrote: the driver at the other end parses them by type id. */
const rawText: CustomTypesConfig = { getTypeParser: () => (value: string | Buffer) => value };

/** Something wrong with the request itself, answered like a database error but without a code. */
class BadRequest extends Error {
  readonly status: 400 | 404 | 413;
  constructor(status: 400 | 404 | 413, message: string) {
    super(message);
    this.status = status;
  }
}

/** Neon's SQL-over-HTTP protocol in front of a Postgres on this machine; the host of the connection string is ignored. */
export function neonEndpoint(options: NeonEndpointOptions): NeonEndpoint {
  const pools = new Map<string, pg.Pool>();
  const poolOf = (connectionString: string): pg.Pool => {
    const { user, password, database } = parseConnectionString(connectionString);
    const key = JSON.stringify([user, password, database]);
    const present = pools.get(key);
    if (present) return present;
    const pool = new pg.Pool({
      host: "127.0.0.1",
      port: options.postgresPort,
      user,
      password,
      database,
      max: connectionLimit,
      idleTimeoutMillis: 10_000,
      connectionTimeoutMillis: connectTimeoutMs,
      allowExitOnIdle: true,
    });
    // An idle connection that Postgres closed has already left the pool; without a listener Node would end the program.
    pool.on("error", () => {});
    // Nor one that is on its way out of the pool, when Postgres dies under it.
    pool.on("connect", (client) => client.on("error", () => {}));
    pools.set(key, pool);
    return pool;
  };
  return {
    handle: (request) => answer(request, poolOf),
    stop: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}

async function answer(request: Request, poolOf: (connectionString: string) => pg.Pool): Promise<Response> {
  try {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST" || pathname !== "/sql") throw new BadRequest(404, "only POST /sql is served here");
    const pool = poolOf(header(request, "Neon-Connection-String"));
    const { job, isBatch } = await readJob(request);
    const results = await onConnection(pool, job, (client) => run(client, job));
    const text = JSON.stringify(isBatch ? { results } : results[0]);
    if (Buffer.byteLength(text) > sizeLimit)
      return json(507, { message: "response is too large (max is 10485760 bytes)" });
    return new Response(text, { status: 200, headers: { "content-type": "application/json" } });
  } catch (error) {
    return failureAnswer(error);
  }
}

function header(request: Request, name: string): string {
  const value = request.headers.get(name);
  if (value === null) throw new BadRequest(400, `missing header ${name}`);
  return value;
}

function parseConnectionString(text: string): { user: string; password: string; database: string } {
  if (!URL.canParse(text)) throw new BadRequest(400, "invalid connection string");
  const url = new URL(text);
  const database = decodeURIComponent(url.pathname.slice(1));
  const user = decodeURIComponent(url.username);
  if (!/^postgres(ql)?:$/.test(url.protocol) || !user || !database)
    throw new BadRequest(400, "invalid connection string");
  return { user, password: decodeURIComponent(url.password), database };
}

async function readJob(request: Request): Promise<{ job: Job; isBatch: boolean }> {
  const arrayMode = request.headers.get("Neon-Array-Mode") === "true";
  if (request.headers.get("Neon-Raw-Text-Output") !== "true") {
    throw new BadRequest(
      400,
      "only Neon-Raw-Text-Output: true is served here, which is what the driver always asks for",
    );
  }
  const body = parseJson(await readBody(request));
  if (isQuery(body)) return { job: { queries: [body], begin: undefined, arrayMode }, isBatch: false };
  if (isObject(body) && Array.isArray(body["queries"]) && body["queries"].every(isQuery)) {
    return { job: { queries: body["queries"], begin: beginStatement(request.headers), arrayMode }, isBatch: true };
  }
  throw new BadRequest(400, "the body is neither a query nor a batch of queries");
}

async function readBody(request: Request): Promise<string> {
  const tooLarge = new BadRequest(413, "request is too large (max is 10485760 bytes)");
  if (Number(request.headers.get("content-length") ?? 0) > sizeLimit) throw tooLarge;
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > sizeLimit) throw tooLarge;
  return Buffer.from(bytes).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequest(400, "the body is not JSON");
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isQuery(value: unknown): value is Query {
  if (!isObject(value) || typeof value["query"] !== "string") return false;
  return value["params"] === undefined || Array.isArray(value["params"]);
}

const isolationLevels: Record<string, string> = {
  ReadUncommitted: "read uncommitted",
  ReadCommitted: "read committed",
  RepeatableRead: "repeatable read",
  Serializable: "serializable",
};

function beginStatement(headers: Headers): string {
  const isolation = headers.get("Neon-Batch-Isolation-Level");
  const level = isolation === null ? undefined : isolationLevels[isolation];
  if (isolation !== null && level === undefined) throw new BadRequest(400, `unknown isolation level ${isolation}`);
  const modes = [
    "begin",
    level ? `isolation level ${level}` : "",
    headers.get("Neon-Batch-Read-Only") === "true" ? "read only" : "",
    headers.get("Neon-Batch-Deferrable") === "true" ? "deferrable" : "",
  ];
  return modes.filter((mode) => mode !== "").join(" ");
}

/**
 * Lends a connection for one request, and takes it back as Neon's proxy does (its `serverless/conn_pool_lib.rs` and `sql_over_http.rs`):
 * whole, without a word to Postgres, so that its plans stay cached and what was set for the session is still set; unless a statement
 * outside a batch failed on it, a transaction was left open, or it is lost.
 */
async function onConnection<T>(pool: pg.Pool, job: Job, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let lost: Error | undefined;
  const onError = (error: Error) => {
    lost = error;
  };
  client.on("error", onError);
  try {
    return await use(client);
  } catch (error) {
    const isRolledBack = job.begin !== undefined && error instanceof pg.DatabaseError && !isUnavailable(error);
    if (!isRolledBack) lost = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.off("error", onError);
    client.release(lost ?? client.getTransactionStatus() !== "I");
  }
}

async function run(client: pg.PoolClient, { queries, begin, arrayMode }: Job): Promise<unknown[]> {
  const results: unknown[] = [];
  if (begin === undefined) {
    for (const query of queries) results.push(await runOne(client, query, arrayMode));
    return results;
  }
  await client.query(begin);
  try {
    for (const query of queries) results.push(await runOne(client, query, arrayMode));
    await client.query("commit");
    return results;
  } catch (error) {
    if (error instanceof pg.DatabaseError && !isUnavailable(error)) await client.query("rollback");
    throw error;
  }
}

async function runOne(client: pg.PoolClient, { query, params }: Query, arrayMode: boolean): Promise<unknown> {
  const values = (params ?? []).map(toText);
  const extended: ExtendedQuery = { text: query, values, rowMode: "array", types: rawText, queryMode: "extended" };
  const { fields, rows, command, rowCount } = await client.query<unknown[]>(extended);
  return {
    fields: fields.map(describe),
    rows: arrayMode ? rows : rows.map((row) => Object.fromEntries(fields.map(({ name }, at) => [name, row[at]]))),
    command,
    rowCount,
    rowAsArray: arrayMode,
  };
}

function describe(field: FieldDef) {
  const { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier } = field;
  return { name, dataTypeID, tableID, columnID, dataTypeSize, dataTypeModifier, format: "text" };
}

/** Parameters come as JSON and go to Postgres as text. */
function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return arrayLiteral(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function arrayLiteral(items: readonly unknown[]): string {
  const texts = items.map((item) => {
    if (Array.isArray(item)) return arrayLiteral(item);
    const text = toText(item);
    return text === null ? "NULL" : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  });
  return `{${texts.join(",")}}`;
}

const errorFields = [
  "code",
  "severity",
  "detail",
  "hint",
  "position",
  "internalPosition",
  "internalQuery",
  "where",
  "schema",
  "table",
  "column",
  "dataType",
  "constraint",
  "file",
  "line",
  "routine",
] as const;

function failureAnswer(error: unknown): Response {
  if (error instanceof BadRequest) return json(error.status, { message: error.message });
  if (error instanceof pg.DatabaseError && !isUnavailable(error)) {
    const fields = errorFields.map((name) => [name, error[name] ?? null]);
    return json(400, { message: error.message, ...Object.fromEntries(fields) });
  }
  return json(500, {
    message: `the database cannot be reached: ${error instanceof Error ? error.message : String(error)}`,
  });
}

/** Postgres is stopping, starting or full of connections: the request says nothing about the query. */
function isUnavailable(error: pg.DatabaseError): boolean {
  return /^(57P0[123]|08...|53300)$/.test(error.code ?? "");
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
}
