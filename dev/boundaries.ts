import { globSync, readFileSync } from "node:fs";
import { dirname, extname, join, normalize, relative } from "node:path";
import { parseAst } from "vitest/node";

/** The fence of docs/architecture.md as a program: which room may import which, and how long things may grow. */

/** Path from the project's root, with forward slashes, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export interface Finding {
  readonly path: string;
  readonly problem: string;
}

const rooms = ["ledger", "program", "shops", "shopify"];
const leaves = ["log.ts", "env.ts", "fault.ts"];
const flows = ["flows", ...rooms, "domain", ...leaves];

/** From each room of worker/ to all it may import; files at the top of worker/ stand for themselves. */
const arrows: Record<string, readonly string[]> = {
  "index.ts": ["app.ts", "http", "admin", "db", ...flows],
  "app.ts": ["http", "admin", "db", ...flows],
  "env.ts": [],
  "fault.ts": [],
  "log.ts": ["fault.ts"],
  http: flows,
  admin: ["http", ...flows],
  flows: [...rooms, "domain", ...leaves],
  ledger: ["domain", "db", "fault.ts"],
  program: ["domain", "db"],
  shops: ["domain", "db"],
  shopify: ["domain"],
  domain: [],
  db: [],
};

const drawers = /(^|\/)(utils?|helpers?|common|types|services)(\/|\.tsx?$)/;
const isTest = (path: string) => /\.test\.tsx?$/.test(path);
const longestFunction = 70;
/** How a file begins that nobody reads top to bottom, because it is made. */
const madeFile = "// Made from Shopify's schema";
const longestFile: Record<string, number> = { worker: 400, dev: 600, bench: 600 };

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Parsed extends Source {
  readonly nodes: readonly Node[];
  readonly body: readonly Node[];
}

/** The project's sources as they lie in the checkout. */
export function readSources(root: string): Source[] {
  const paths = globSync("{worker,dev,bench}/**/*.ts", { cwd: root }).map((path) => path.replaceAll("\\", "/"));
  return paths.sort().map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** Everything in the sources that goes against the architecture. */
export function findViolations(sources: readonly Source[]): Finding[] {
  const parsed = sources.map(parse);
  const found = parsed.flatMap((source) =>
    [...nameProblems(source), ...importProblems(source), ...purityProblems(source), ...sizeProblems(source)].map(
      (problem) => ({
        path: source.path,
        problem,
      }),
    ),
  );
  return [...found, ...deadFiles(parsed)];
}

function parse(source: Source): Parsed {
  const program = parseAst(source.text, { lang: "ts" }) as unknown as Node;
  const nodes: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (!isNode(value)) return;
    nodes.push(value);
    for (const key of Object.keys(value)) visit(value[key]);
  };
  visit(program);
  return { ...source, nodes, body: (program["body"] as Node[] | undefined) ?? [] };
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Every module a file names: import, export … from, import(), and import("…") in a type. */
function importsOf({ nodes }: Parsed): string[] {
  const named = nodes.flatMap((node) => {
    const isStatic = ["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration"].includes(node.type);
    const source = isStatic || ["ImportExpression", "TSImportType"].includes(node.type) ? node["source"] : undefined;
    return isNode(source) && typeof source["value"] === "string" ? [source["value"]] : [];
  });
  return [...new Set(named)];
}

/** The path that a relative import points to, or undefined for a library. */
function target(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const path = normalize(join(dirname(from), specifier)).replaceAll("\\", "/");
  return extname(path) === "" ? `${path}.ts` : path;
}

function roomOf(path: string): { area: string; room: string } {
  const [area = "", room = ""] = path.split("/");
  return { area, room };
}

function nameProblems({ path, body }: Parsed): string[] {
  const problems: string[] = [];
  const { area, room } = roomOf(path);
  if (drawers.test(path)) problems.push("is a drawer for everything: name the file or folder after what it does");
  if (area === "worker" && arrows[room] === undefined && !isTest(path))
    problems.push(`lies in no room of the architecture: ${room}`);
  const reExports = body.filter((node) => isNode(node["source"]) && node.type.startsWith("Export"));
  if (body.length > 0 && reExports.length === body.length)
    problems.push("is a barrel: it only exports again what others export");
  return problems;
}

function importProblems(source: Parsed): string[] {
  const { area, room } = roomOf(source.path);
  if (area !== "worker" || isTest(source.path)) return [];
  return importsOf(source).flatMap((specifier) => {
    const path = target(source.path, specifier);
    if (path === undefined) return room === "domain" ? [`domain is pure and imports no library: ${specifier}`] : [];
    const to = roomOf(path);
    if (to.area !== "worker") return [`the worker may not import ${path}`];
    const allowed = to.room === room || arrows[room]?.includes(to.room);
    return allowed ? [] : [`${room} may not import ${to.room} (${specifier})`];
  });
}

const impure = new Set([
  "fetch",
  "crypto",
  "console",
  "performance",
  "setTimeout",
  "setInterval",
  "queueMicrotask",
  "process",
]);

/** Domain code gives the same answer for the same arguments, at any time and on any machine. */
function purityProblems({ path, nodes, text }: Parsed): string[] {
  const { area, room } = roomOf(path);
  if (area !== "worker" || room !== "domain" || isTest(path)) return [];
  const names = propertyNames(nodes);
  const problems = nodes.flatMap((node) => {
    if (node.type === "AwaitExpression" || node["async"] === true) return ["waits for something (async or await)"];
    if (isClock(node)) return [`reads the clock: ${text.slice(node.start, node.end)}`];
    if (isMember(node, "Math", "random")) return ["draws a random number"];
    const name = node["name"];
    const isFreeName = node.type === "Identifier" && typeof name === "string" && impure.has(name) && !names.has(node);
    return isFreeName ? [`reaches outside: ${name}`] : [];
  });
  return [...new Set(problems)].map((problem) => `domain is pure, but this ${problem}`);
}

function isClock(node: Node): boolean {
  if (isMember(node, "Date", "now")) return true;
  const callee = node["callee"];
  if (!isNode(callee) || callee.type !== "Identifier" || callee["name"] !== "Date") return false;
  if (node.type === "CallExpression") return true;
  return node.type === "NewExpression" && Array.isArray(node["arguments"]) && node["arguments"].length === 0;
}

function isMember(node: Node, object: string, property: string): boolean {
  const [left, right] = [node["object"], node["property"]];
  if (node.type !== "MemberExpression" || !isNode(left) || !isNode(right)) return false;
  return left["name"] === object && (right["name"] === property || right["value"] === property);
}

/** Identifiers that are only the name of a property (`order.process`, `{ process: 1 }`), not of a thing in scope. */
function propertyNames(nodes: readonly Node[]): Set<unknown> {
  return new Set(
    nodes.flatMap((node) => {
      if (node["computed"] === true) return [];
      if (node.type === "MemberExpression") return [node["property"]];
      if (/^(Property|PropertyDefinition|MethodDefinition|TSPropertySignature|TSMethodSignature)$/.test(node.type))
        return [node["key"]];
      return [];
    }),
  );
}

function sizeProblems({ path, nodes, text }: Parsed): string[] {
  const lines = (from: number, to: number) => text.slice(from, to).trimEnd().split("\n").length;
  const limit = text.startsWith(madeFile) ? undefined : longestFile[roomOf(path).area];
  const whole = lines(0, text.length);
  const fileProblems =
    limit !== undefined && whole > limit ? [`has ${whole} lines; ${limit} are enough for one file`] : [];
  if (isTest(path)) return fileProblems;
  const functions = nodes.filter((node) =>
    /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type),
  );
  const tooLong = functions.filter(({ start, end }) => lines(start, end) > longestFunction);
  return [
    ...fileProblems,
    ...tooLong.map(({ start, end }) => {
      const line = lines(0, start);
      return `has a function of ${lines(start, end)} lines at line ${line}; ${longestFunction} are enough`;
    }),
  ];
}

/** Sources of the worker that nothing but tests would miss. */
function deadFiles(sources: readonly Parsed[]): Finding[] {
  const living = sources.filter(({ path }) => !isTest(path));
  const imported = new Set(
    living.flatMap((source) => importsOf(source).map((specifier) => target(source.path, specifier))),
  );
  return living
    .filter(({ path }) => path.startsWith("worker/") && path !== "worker/index.ts" && !imported.has(path))
    .map(({ path }) => ({ path, problem: "is imported by nothing" }));
}

/** One line for each finding, for a person. */
export function describeFindings(findings: readonly Finding[], root = "."): string {
  return findings.map(({ path, problem }) => `${relative(".", join(root, path))} ${problem}`).join("\n");
}
