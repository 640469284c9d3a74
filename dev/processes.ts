import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { StartFailure } from "./start-failure.ts";

/** Whether a process of this id runs, whoever owns it; one that ended and was never waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== "EPERM") return false;
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  if (process.platform !== "linux") return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")")).startsWith(") Z");
  } catch {
    return true;
  }
}

/** The command line of a process, or "" when there is none; process ids are reused, so an id alone proves nothing. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

/** Sends each signal in turn and waits a while after each; true when the process is gone. */
export async function endProcess(pid: number, signals: readonly NodeJS.Signals[], waitMs = 5_000): Promise<boolean> {
  for (const signal of signals) {
    try {
      process.kill(pid, signal);
    } catch {
      return !isAlive(pid);
    }
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline) {
      if (!isAlive(pid)) return true;
      await sleep(10);
    }
  }
  return !isAlive(pid);
}

/** Throws a StartFailure when nobody can listen on the port of 127.0.0.1; port 0 finds a free one. */
export async function claimPort(port: number, purpose: string): Promise<number> {
  const server = createServer();
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
        const address = server.address();
        resolve(typeof address === "object" && address ? address.port : port);
      });
    });
  } catch (error) {
    throw portFailure(error, port, purpose);
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** The StartFailure for a listen() that failed. */
export function portFailure(error: unknown, port: number, purpose: string): StartFailure {
  const code = errorCode(error);
  if (code === "EADDRINUSE") return portTaken(port, purpose);
  if (code === "EACCES") return new StartFailure(`${purpose} may not listen on port ${port}: permission denied.`);
  return new StartFailure(`${purpose} cannot listen on port ${port}: ${code ?? String(error)}.`);
}

/** The StartFailure for a port that somebody else listens on. */
export function portTaken(port: number, purpose: string): StartFailure {
  return new StartFailure(`${purpose} cannot start: port ${port} of 127.0.0.1 is taken by another program.`);
}

/** Node's error code (`ENOENT` …) if the error carries one. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
