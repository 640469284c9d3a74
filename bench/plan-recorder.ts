/** What the worker asks the database, caught on its way: the same text and parameters, and the settings that go before them. */
import { neonConfig } from "@neondatabase/serverless";
import type pg from "pg";
import { workerRole } from "../dev/settings.ts";

export interface Asked {
  readonly text: string;
  readonly values: readonly (string | null)[];
}

/** One request of the driver's: the statements of one transaction, in order. */
export type Request = readonly Asked[];

/** All requests that `work` makes through the Neon driver. */
export async function recorded(work: () => Promise<unknown>): Promise<Request[]> {
  const requests: Request[] = [];
  const send: unknown = neonConfig.fetchFunction;
  if (typeof send !== "function") throw new Error("The driver has no network here that could be listened to.");
  neonConfig.fetchFunction = (url: string, init: { body: string }): unknown => {
    requests.push(requestOf(JSON.parse(init.body)));
    return send(url, init);
  };
  try {
    await work();
  } finally {
    neonConfig.fetchFunction = send;
  }
  return requests;
}

interface Sent {
  readonly query: string;
  readonly params?: readonly unknown[];
}

function requestOf(body: Sent | { readonly queries: readonly Sent[] }): Request {
  const queries = "queries" in body ? body.queries : [body];
  return queries.map(({ query, params = [] }) => ({
    text: query,
    values: params.map((value) => (value === null || value === undefined ? null : String(value))),
  }));
}

export interface PlanNode {
  readonly "Node Type": string;
  readonly "Subplan Name"?: string;
  readonly "Relation Name"?: string;
  readonly "CTE Name"?: string;
  readonly "Index Name"?: string;
  readonly "Index Cond"?: string;
  readonly Filter?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Makes this connection tell the plan of each statement that it runs, within functions too. Only a superuser can. */
export async function tellPlans(owner: pg.Client): Promise<void> {
  await owner.query("load 'auto_explain'");
  const settings = { log_min_duration: "0", log_nested_statements: "on", log_format: "json", log_level: "notice" };
  for (const [name, value] of Object.entries(settings)) await owner.query(`set auto_explain.${name} = '${value}'`);
}

/**
 * The plans by which a request's statements are run: with the settings that production gives them, in the worker's role, and of what functions
 * ask as well; those that read nothing are left out. `change` is done first, by the owner. Nothing is kept.
 */
export async function plansOf(owner: pg.Client, request: Request, change = "select"): Promise<PlanNode[]> {
  const told: PlanNode[] = [];
  const listen = ({ message = "" }: { message?: string | undefined }) => {
    const [, json] = /^duration: .* plan:\n([\s\S]*)$/.exec(message) ?? [];
    if (json !== undefined) told.push((JSON.parse(json) as { Plan: PlanNode }).Plan);
  };
  await owner.query("begin");
  try {
    await owner.query(change);
    await owner.query(`set local role ${workerRole}`);
    owner.on("notice", listen);
    for (const { text, values } of request) await owner.query(text, [...values]);
  } finally {
    // A plan is told when its portal is closed, the last one's by the end of the transaction.
    await owner.query("rollback");
    owner.off("notice", listen);
  }
  if (told.length === 0) throw new Error("Postgres told no plan.");
  return told.filter((plan) => plan["Node Type"] !== "Result" || plan.Plans !== undefined);
}

/** A plan for a reader: no costs, because they are a machine's and a day's. */
export function planText(node: PlanNode, depth = 0): string {
  const indent = "  ".repeat(depth);
  const by = node["Index Name"] === undefined ? "" : ` by ${node["Index Name"]}`;
  const of = node["Relation Name"] ?? node["CTE Name"];
  const name = node["Subplan Name"] === undefined ? "" : `${node["Subplan Name"]}: `;
  const lines = [`${indent}${name}${node["Node Type"]}${of === undefined ? "" : ` of ${of}`}${by}`];
  if (node["Index Cond"] !== undefined) lines.push(`${indent}  where ${node["Index Cond"]}`);
  return [...lines, ...(node.Plans ?? []).map((child) => planText(child, depth + 1))].join("\n");
}

/** Tables that grow with a shop's life. */
export const GROWING = [
  "accounts",
  "members",
  "lots",
  "entries",
  "allocations",
  "order_states",
  "redemptions",
  "painted_members",
  "import_rows",
  "audit_entries",
  "product_group_members",
];

/** Where a plan reads a whole table, or a whole shop of it: a scan without an index, or one that the index narrows by the shop alone. */
export function wideScans(root: PlanNode, tableOfIndex: ReadonlyMap<string, string>): string[] {
  const own = wideScan(root, tableOfIndex);
  return [...(own === null ? [] : [own]), ...(root.Plans ?? []).flatMap((child) => wideScans(child, tableOfIndex))];
}

function wideScan(node: PlanNode, tableOfIndex: ReadonlyMap<string, string>): string | null {
  const type = node["Node Type"];
  const index = node["Index Name"];
  const table = node["Relation Name"] ?? tableOfIndex.get(index ?? "");
  if (table === undefined || !GROWING.includes(table)) return null;
  if (type === "Seq Scan") return `Seq Scan on ${table}`;
  if (FEW_ROWS.includes(index ?? "")) return null;
  if (!/^(Index Scan|Index Only Scan|Bitmap Index Scan)$/.test(type) || narrows(node["Index Cond"])) return null;
  return `${type} of ${table} by ${index}, narrowed by ${node["Index Cond"] ?? "nothing"}`;
}

/** Indexes over the few rows of a table that a list for staff is of: the whole of a shop's is read, page by page. */
export const FEW_ROWS: readonly string[] = [
  "accounts_by_own_membership",
  "accounts_owing",
  "order_states_other_currency",
  "redemptions_experiences_open",
];

/** A condition on a column besides the shop's. */
function narrows(condition: string | undefined): boolean {
  return (condition ?? "").split(" AND ").some((part) => part !== "" && !/^\(*(\w+\.)?shop_id\b/.test(part));
}

export async function tablesOfIndexes(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query<{ indexname: string; tablename: string }>(
    "select indexname, tablename from pg_indexes where schemaname = 'public'",
  );
  return new Map(rows.map((row) => [row.indexname, row.tablename]));
}
