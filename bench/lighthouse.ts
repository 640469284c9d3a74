/**
 * Lighthouse's own score of a page's performance, where somebody has put Lighthouse beside the project (`npm install --no-save lighthouse`): it is larger than all other
 * dependencies together, so it is none. What it reckons its score from is measured without it.
 */
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { launchBrowser } from "../dev/browser.ts";

interface Scored {
  readonly lhr: { readonly categories: { readonly performance: { readonly score: number | null } } };
}
type Lighthouse = (
  url: string,
  flags: { readonly port: number; readonly onlyCategories: readonly string[]; readonly logLevel: "silent" },
) => Promise<Scored | undefined>;

/** Scores pages from 0 to 100; null where Lighthouse is not there. The caller closes it. */
export async function openLighthouse() {
  const lighthouse = await installed();
  if (!lighthouse) return null;
  const port = await freePort();
  const browser = await launchBrowser([`--remote-debugging-port=${port}`]);
  return {
    async score(url: string): Promise<number> {
      const result = await lighthouse(url, { port, onlyCategories: ["performance"], logLevel: "silent" });
      const score = result?.lhr.categories.performance.score;
      if (typeof score !== "number") throw new Error(`Lighthouse has no score for ${url}.`);
      return Math.round(score * 100);
    },
    close: () => browser.close(),
  };
}

async function installed(): Promise<Lighthouse | null> {
  // By a name that the compiler does not look up: it may not be there.
  const name: string = "lighthouse";
  try {
    return ((await import(name)) as { default: Lighthouse }).default;
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return null;
    throw fault;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
