/** The file of secrets that a deployment is made with: read, checked, and never told. */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { readSettings, type Settings, SettingsIncomplete } from "../../worker/env.ts";
import { Refused } from "../command.ts";

export interface DeploymentSettings {
  /** What the worker gets. */
  readonly worker: Settings;
  /** The database's owner, over TCP: for migrations alone. The worker never gets it. */
  readonly ownerUrl: string;
}

/** Reads `NAME=value` lines. Refused where a setting is missing or malformed: each is named, no value is told. */
export function readSettingsFile(path: string): DeploymentSettings {
  const values = parseEnv(textOf(path));
  const filled = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
  const ownerUrl = filled["MIGRATION_DATABASE_URL"] ?? "";
  const faults = [faultOfOwnerUrl(ownerUrl), faultOfSettings(filled)].filter((fault) => fault !== "");
  if (faults.length > 0) throw new Refused(`${path}: ${faults.join(" ")}`);
  return { worker: readSettings(filled), ownerUrl };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Refused(
      `There is no ${path}. Copy deploy.env.example to it and fill it in; docs/deploy.md says where each value comes from.`,
    );
  }
}

function faultOfSettings(values: Record<string, unknown>): string {
  try {
    readSettings(values);
    return "";
  } catch (fault) {
    if (!(fault instanceof SettingsIncomplete)) throw fault;
    return fault.message;
  }
}

/** Neon's pooled host gives each transaction another session: a lock that holds for a whole migration cannot be taken there. */
function faultOfOwnerUrl(url: string): string {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
    return "MIGRATION_DATABASE_URL: the owner's Postgres connection string.";
  if (new URL(url).hostname.split(".")[0]?.endsWith("-pooler"))
    return "MIGRATION_DATABASE_URL: Neon's direct host, without -pooler.";
  return "";
}
