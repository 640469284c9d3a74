import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { superuserUrl } from "./databases.ts";
import { isReachable, type OsUser, postgresBinaries, postgresUser } from "./postgres-binaries.ts";
import { claimPort, commandLine, endProcess, errorCode, isAlive, portTaken } from "./processes.ts";
import { superuserPassword } from "./settings.ts";
import { StartFailure } from "./start-failure.ts";

export interface PostgresOptions {
  /** Made when it is not there. */
  readonly dataDir: string;
  /** Default: any free port. */
  readonly port?: number;
  /** True survives a crash of the machine; false is faster, for data that nobody will miss. */
  readonly durable: boolean;
}

export interface Postgres {
  readonly port: number;
  readonly pid: number;
  /** Where the data lies: another place than asked for when root's checkout is closed to the user Postgres runs as. */
  readonly dataDir: string;
  superuserUrl(database: string): string;
  stop(): Promise<void>;
  readonly exited: Promise<void>;
}

interface Launch {
  readonly native: string;
  readonly dataDir: string;
  readonly user: OsUser | undefined;
}

const startTimeoutMs = 60_000;

/** Starts the Postgres that came from npm on 127.0.0.1, on the data that is there or on a new cluster. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const user = postgresUser();
  const launch = { native: postgresBinaries(user), dataDir: dataFolder(resolve(options.dataDir), user), user };
  await endOrphan(launch.dataDir);
  const port = await claimPort(options.port ?? 0, "Postgres");
  await initialize(launch, options.durable);
  const child = await serve(launch, port, options.durable);
  return running(child, port, launch.dataDir);
}

/** A checkout in a closed home folder cannot hold the data of another user; a folder of tmpdir named after it can. */
function dataFolder(wanted: string, user: OsUser | undefined): string {
  if (!user || isReachable(dirname(wanted), user)) return wanted;
  return join(tmpdir(), `lojal-data-${createHash("sha256").update(wanted).digest("hex").slice(0, 12)}`);
}

/** When the program that started Postgres was killed, Postgres lives on: it is stopped, unless that program lives too. */
async function endOrphan(dataDir: string): Promise<void> {
  const lock = join(dataDir, "postmaster.pid");
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, "utf8").split("\n")[0]);
  const isPostgres = pid > 1 && isAlive(pid) && commandLine(pid).includes(dataDir);
  if (!isPostgres) {
    // After a crash the id may by now be some other program's, which Postgres would take for a living server.
    rmSync(lock, { force: true });
    return;
  }
  const launcher = launcherOf(dataDir);
  if (launcher !== undefined && commandLine(launcher) === launcherCommand(dataDir)) {
    throw new StartFailure(`Postgres already runs on ${dataDir} (process ${pid}, started by process ${launcher}).`);
  }
  if (!(await endProcess(pid, ["SIGINT", "SIGQUIT", "SIGKILL"]))) {
    throw new StartFailure(`Postgres of an earlier run (process ${pid}) still holds ${dataDir} and cannot be stopped.`);
  }
}

function launcherFile(dataDir: string): string {
  return `${dataDir}.launcher`;
}

function launcherOf(dataDir: string): number | undefined {
  if (!existsSync(launcherFile(dataDir))) return undefined;
  return Number(readFileSync(launcherFile(dataDir), "utf8").split("\n")[0]);
}

function launcherCommand(dataDir: string): string {
  return readFileSync(launcherFile(dataDir), "utf8").split("\n").slice(1).join("\n").trim();
}

/** A new cluster is made under another name and renamed when whole, so that one cut short is never mistaken for data. */
async function initialize({ native, dataDir, user }: Launch, durable: boolean): Promise<void> {
  if (existsSync(join(dataDir, "PG_VERSION"))) return;
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new StartFailure(`${dataDir} is not empty and holds no Postgres data: move it away.`);
  }
  const fresh = `${dataDir}.new`;
  const secrets = mkdtempSync(join(tmpdir(), "lojal-initdb-"));
  try {
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(dirname(fresh), { recursive: true });
    mkdirSync(fresh, { mode: 0o700 });
    const passwordFile = join(secrets, "password");
    writeFileSync(passwordFile, superuserPassword, { mode: 0o600 });
    if (user) for (const path of [fresh, secrets, passwordFile]) chownSync(path, user.uid, user.gid);
    const places = ["-D", fresh, "-U", "postgres", "-A", "password", "--pwfile", passwordFile];
    const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
    const child = launchBinary(
      native,
      "initdb",
      [...places, ...locale, "--no-instructions", ...(durable ? [] : ["--no-sync"])],
      user,
    );
    const output = tail(child);
    const code = await exitCode(child);
    if (code !== 0) throw failure("initdb", output(), dataDir);
    renameSync(fresh, dataDir);
  } catch (error) {
    throw error instanceof StartFailure ? error : failure("initdb", String(error), dataDir, errorCode(error));
  } finally {
    rmSync(secrets, { recursive: true, force: true });
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function serve(launch: Launch, port: number, durable: boolean): Promise<ChildProcess> {
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const child = launchBinary(launch.native, "postgres", serverArguments(launch.dataDir, port, durable), launch.user);
    const output = tail(child);
    writeFileSync(launcherFile(launch.dataDir), `${process.pid}\n${commandLine(process.pid)}\n`);
    if (await becomesReady(child, output, deadline)) return child;
    // Backends of a killed server need a moment to see that it is gone.
    const leftovers = /pre-existing shared memory block/.test(output());
    if (!leftovers || Date.now() > deadline) {
      if (/Address already in use/.test(output())) throw portTaken(port, "Postgres");
      throw failure("postgres", output(), launch.dataDir);
    }
    await sleep(200);
  }
}

function serverArguments(dataDir: string, port: number, durable: boolean): string[] {
  const settings: Record<string, string | number> = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    max_connections: 200,
    logging_collector: "off",
    log_destination: "stderr",
    log_min_messages: "log",
    log_min_error_statement: "panic",
    lc_messages: "C",
    timezone: "UTC",
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off", autovacuum_naptime: 600 }),
  };
  return ["-D", dataDir, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
}

/** Postgres says when it accepts connections; recovery after a crash may take a while before that. */
async function becomesReady(child: ChildProcess, output: () => string, deadline: number): Promise<boolean> {
  const ended = exitCode(child).then(() => true);
  while (!output().includes("database system is ready to accept connections")) {
    const dead = await Promise.race([ended, sleep(5).then(() => false)]);
    if (dead) return false;
    if (Date.now() > deadline) {
      child.kill("SIGQUIT");
      throw new StartFailure(
        `Postgres did not become ready within ${startTimeoutMs / 1000} s. It said last: ${lastLine(output())}`,
      );
    }
  }
  return true;
}

function running(child: ChildProcess, port: number, dataDir: string): Postgres {
  const pid = child.pid ?? 0;
  const exited = exitCode(child).then(() => undefined);
  const endWithUs = () => child.kill("SIGINT");
  process.once("exit", endWithUs);
  void exited.then(() => {
    process.off("exit", endWithUs);
    rmSync(launcherFile(dataDir), { force: true });
  });
  return {
    port,
    pid,
    dataDir,
    exited,
    superuserUrl: (database) => superuserUrl(port, database),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null)
        await endProcess(pid, ["SIGINT", "SIGQUIT", "SIGKILL"], 10_000);
      await exited;
    },
  };
}

function launchBinary(native: string, program: string, args: string[], user: OsUser | undefined): ChildProcess {
  const library = process.platform === "linux" ? { LD_LIBRARY_PATH: join(native, "lib") } : {};
  const bare: Record<string, string> = { TMPDIR: tmpdir(), LC_ALL: "C", TZ: "UTC", ...library };
  const { PATH } = process.env;
  return spawn(join(native, "bin", program), args, {
    cwd: tmpdir(),
    stdio: ["ignore", "pipe", "pipe"],
    // Not the whole environment, in which the types of wrangler.toml see the worker's secrets: Postgres needs nothing of it.
    env: { ...bare, ...(PATH === undefined ? {} : { PATH }) } as NodeJS.ProcessEnv,
    ...user,
  });
}

/** Keeps the last of what a process says: its pipes must be emptied, and a failure explains itself at the end. */
function tail(child: ChildProcess): () => string {
  let text = "";
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-8_000);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  child.once("error", (error) => keep(Buffer.from(String(error))));
  return () => text;
}

function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((settle) => {
    child.once("exit", (code) => settle(code));
    child.once("error", () => settle(-1));
  });
}

function failure(program: string, output: string, dataDir: string, code?: string): StartFailure {
  if (code === "ENOSPC" || /No space left on device/i.test(output)) {
    return new StartFailure(`The disk is full: Postgres has no space left for its data in ${dataDir}.`);
  }
  if (code === "EACCES" || code === "EPERM" || /permission denied|EACCES/i.test(output)) {
    return new StartFailure(`Postgres has no permission to keep its data in ${dataDir}: ${lastLine(output)}`);
  }
  return new StartFailure(`Postgres does not start (${program}, data in ${dataDir}): ${lastLine(output)}`);
}

function lastLine(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const telling = lines.findLast((line) => /FATAL|PANIC|error/i.test(line)) ?? lines.findLast((line) => line !== "");
  return telling ?? "it said nothing";
}
