import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { endAbandonedWorker, isSomebodyElses, ownersFileOf, writeState } from "./local-state.ts";
import { commandLine, isAlive } from "./processes.ts";

/** A program whose command line ends in these words. */
async function run(words: readonly string[]): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", ...words], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const pid = child.pid ?? 0;
  await vi.waitFor(() => expect(commandLine(pid)).toContain(words.at(-1)));
  return Object.assign(child, { pid });
}

function note(worker: number, launcher?: { pid: number; command: string }): string {
  const folder = mkdtempSync(join(tmpdir(), "lojal-state-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const stateFile = join(folder, ".lojal/local.json");
  writeState(stateFile, { worker_url: "", store_url: "", database_url: "", pids: { postgres: 1, worker } });
  const owners = JSON.parse(readFileSync(ownersFileOf(stateFile), "utf8")) as object;
  writeFileSync(ownersFileOf(stateFile), JSON.stringify({ ...owners, ...(launcher && { launcher }) }));
  return stateFile;
}

test("a worker whose launcher is gone is ended, also when the launcher's id is another program's by now", async () => {
  const other = { pid: process.pid, command: "node dev/start.ts" };
  for (const launcher of [other, { pid: 2 ** 30, command: "node dev/start.ts" }]) {
    const worker = await run(["workerd", "serve", "abandoned"]);
    const stateFile = note(worker.pid, launcher);
    expect(isSomebodyElses(stateFile, process.pid)).toBe(true);
    await endAbandonedWorker(stateFile);
    expect(isAlive(worker.pid)).toBe(false);
    expect(isSomebodyElses(stateFile, process.pid)).toBe(false);
  }
});

test("nothing else is ended: a worker whose launcher lives, another program, another worker under the same id", async () => {
  const gone = { pid: 2 ** 30, command: "node dev/start.ts" };
  const worker = await run(["workerd", "serve", "kept"]);
  const stranger = await run(["something", "else"]);
  const reused = note(worker.pid, gone);
  const owners = ownersFileOf(reused);
  writeFileSync(owners, readFileSync(owners, "utf8").replace("serve kept", "serve before"));
  for (const stateFile of [note(worker.pid), note(stranger.pid, gone), reused, "/nowhere/local.json"])
    await endAbandonedWorker(stateFile);
  expect([isAlive(worker.pid), isAlive(stranger.pid)]).toEqual([true, true]);
});
