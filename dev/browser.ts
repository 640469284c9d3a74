import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { StartFailure } from "./start-failure.ts";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The path of a Chromium on this machine, or undefined. */
export function findBrowser(): string | undefined {
  const given = process.env["CHROMIUM_PATH"];
  if (given) return isProgram(given) ? given : undefined;
  const usual = [
    // Without the browser's own window, which costs a second of a core for each new page.
    "/usr/bin/chromium-headless-shell",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    chromium.executablePath(),
  ];
  return usual.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Brings a Chromium where there is none, and says so; undefined when there is one now, otherwise the line that says why not. */
export function bringBrowser(): string | undefined {
  if (findBrowser()) return undefined;
  console.error("lojal: no Chromium found; installing one …");
  const hasApt = process.getuid?.() === 0 && isProgram("/usr/bin/apt-get");
  const install = "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends";
  const command = hasApt
    ? `apt-get update && (${install} chromium-headless-shell || ${install} chromium)`
    : "node_modules/.bin/playwright-core install chromium";
  const { status, stderr } = spawnSync("sh", ["-c", command], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 300_000,
  });
  if (findBrowser()) return undefined;
  const why = stderr?.trim().split("\n").at(-1) || `it ended with ${status ?? "a timeout"}`;
  return `No Chromium here and “${command}” did not bring one (${why}); set CHROMIUM_PATH to one.`;
}

/** A headless browser, with further switches; the caller closes it. Throws `StartFailure` where none can be had. */
export async function launchBrowser(switches: readonly string[] = []): Promise<Browser> {
  const failure = bringBrowser();
  if (failure) throw new StartFailure(failure);
  return await chromium.launch({ executablePath: findBrowser() ?? "", args: [...args, ...switches] });
}
