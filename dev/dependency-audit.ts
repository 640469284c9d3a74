/** Known faults of what is deployed, by npm's own audit. A registry need not have one: then that is said, and nothing is claimed. */
import { spawnSync } from "node:child_process";

export type AuditVerdict =
  | { readonly kind: "clean" }
  | { readonly kind: "faulty"; readonly fault: string }
  /** Nobody could say. */
  | { readonly kind: "unanswered"; readonly reason: string };

interface Report {
  readonly auditReportVersion?: number;
  readonly vulnerabilities?: Readonly<Record<string, { readonly name?: string; readonly severity?: string }>>;
  readonly statusCode?: number;
  readonly error?: { readonly code?: string | null };
}

const GRAVE = ["high", "critical"];

/** Asks for the production dependencies in the lockfile of `root`; `registry` is where, other than npm is told to. */
export function auditDependencies(root: string, registry?: string): AuditVerdict {
  const args = ["audit", "--omit=dev", "--audit-level=high", "--json", "--fetch-retries=0", "--fetch-timeout=15000"];
  const { stdout, error } = spawnSync("npm", registry === undefined ? args : [...args, `--registry=${registry}`], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) return { kind: "unanswered", reason: "npm does not run here" };
  return readReport(stdout);
}

/** Only a report is an answer: whatever else npm prints, no dependency was looked at. */
export function readReport(stdout: string): AuditVerdict {
  const report = parsed(stdout);
  if (report?.auditReportVersion === undefined || report.vulnerabilities === undefined)
    return { kind: "unanswered", reason: reasonOf(report) };
  const grave = Object.entries(report.vulnerabilities).filter(([, { severity = "" }]) => GRAVE.includes(severity));
  if (grave.length === 0) return { kind: "clean" };
  const named = grave.map(([name, { severity }]) => `${name} (${severity})`).join(", ");
  return {
    kind: "faulty",
    fault: `Production dependencies with known faults: ${named}. \`npm audit --omit=dev\` says more.`,
  };
}

/** Without a word of which registry it was. */
function reasonOf(report: Report | null): string {
  if (report?.statusCode !== undefined) return `the package registry answers ${report.statusCode} to audits`;
  return "no package registry answered an audit";
}

function parsed(text: string): Report | null {
  try {
    return JSON.parse(text) as Report | null;
  } catch {
    return null;
  }
}
