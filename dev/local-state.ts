/** The file that tells other programs where everything is, and a later start what an earlier one may have left behind. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { commandLine, endProcess, isAlive } from "./processes.ts";

export interface LocalState {
  readonly worker_url: string;
  readonly store_url: string;
  readonly database_url: string;
  readonly pids: { readonly postgres: number; readonly worker: number };
}

/** Process ids are reused: only with its command line does an id say who it was. */
interface Known {
  readonly pid: number;
  readonly command: string;
}

/** Who wrote the state, beside it: local.json itself says what other programs rely on, and nothing else. */
interface Owners {
  readonly launcher: Known;
  readonly worker: Known;
}

/** Where a state file's owners stand. */
export function ownersFileOf(stateFile: string): string {
  return stateFile.replace(/\.json$/, ".owners.json");
}

/** Notes the state, and that this program is the launcher. */
export function writeState(stateFile: string, state: LocalState): void {
  const owners: Owners = { launcher: known(process.pid), worker: known(state.pids.worker) };
  mkdirSync(dirname(stateFile), { recursive: true });
  writeFileSync(stateFile, `${JSON.stringify(state, null, 2)}\n`);
  writeFileSync(ownersFileOf(stateFile), `${JSON.stringify(owners, null, 2)}\n`);
}

/** Takes both notes away. */
export function removeState(stateFile: string): void {
  for (const file of [stateFile, ownersFileOf(stateFile)]) rmSync(file, { force: true });
}

/** Whether the file tells of another stack that is up: two in one checkout leave each other's notes alone. */
export function isSomebodyElses(stateFile: string, ownPid: number): boolean {
  const pid = read<LocalState>(stateFile)?.pids?.worker;
  return pid !== undefined && pid !== ownPid && isAlive(pid);
}

/** When the program that started workerd was killed, workerd lives on and keeps its port: a later start ends it. */
export async function endAbandonedWorker(stateFile: string): Promise<void> {
  const { launcher, worker } = read<Owners>(ownersFileOf(stateFile)) ?? {};
  if (!launcher || !worker || isStill(launcher) || !isStill(worker)) return;
  if (/\bworkerd(\.exe)? serve\b/.test(worker.command)) await endProcess(worker.pid, ["SIGKILL"]);
}

function known(pid: number): Known {
  return { pid, command: commandLine(pid) };
}

function isStill({ pid, command }: Known): boolean {
  return pid > 1 && isAlive(pid) && commandLine(pid) === command;
}

function read<Content>(file: string): Partial<Content> | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Partial<Content>;
  } catch {
    return undefined;
  }
}
