/**
 * B6: what the blocks cost a shopper before the first touch, at a CPU slowed down four times: scripting, files, bytes, layout shift, and what Lighthouse's performance is
 * reckoned from (first and largest paint, blocking time; its speed index needs a film and is left out), and Lighthouse's score where it is installed. Each page is measured as it is, without us, and without us but
 * with one empty custom element, which is the least that a script of an element can cost. The pages are painted beforehand: only the browser works while it is measured.
 */
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { brotliCompressSync } from "node:zlib";
import { type ServerType, serve } from "@hono/node-server";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../dev/browser.ts";
import { allRewards, emptySummary, FakeShop, simpleProgram, tiers } from "../dev/storefront/fake-shop.ts";
import { extensionRoot } from "../dev/storefront/pages.ts";
import { createStorefront } from "../dev/storefront/storefront.ts";
import type { Bed } from "./bed.ts";
import { openLighthouse } from "./lighthouse.ts";
import type { Run } from "./options.ts";
import { median, ratiosOf, resultLine, rotated } from "./rounds.ts";

const SLOWED_BY = 4;
/** Each takes some ten seconds. */
const LIGHTHOUSE_ROUNDS = 3;
const BARS = { scriptingMs: 5, beforeTouchBytes: 2_000, allBytes: 4_000 };
const PAGES = { home: "/", product: "/products/linen-shirt", collection: "/collections/all", cart: "/cart" } as const;
type PageName = keyof typeof PAGES;
const SIDES = ["with", "without", "floor"] as const;
type Side = (typeof SIDES)[number];

/** What a browser's process does at the first script of its life is no cost of a script's. */
const WARM = '<script>customElements.define("x-warm", class extends HTMLElement {});</script><x-warm></x-warm>';
const FLOOR = 'customElements.define("x-floor", class extends HTMLElement {});';

interface Cost {
  /** Of our files or, on the floor, of the empty element's. */
  readonly scriptingMs: number;
  readonly fcpMs: number;
  readonly lcpMs: number;
  readonly tbtMs: number;
  readonly cls: number;
  /** Of what of ours moved: none may. The theme's own parts may move on a slow machine, with us and without. */
  readonly ourCls: number;
  /** Our style sheets and scripts. */
  readonly files: number;
  /** Requests that reach the app. */
  readonly asked: number;
}

/** Runs in the page before its first script. */
const WATCH = `(() => {
  const seen = { fcpMs: 0, lcpMs: 0, tbtMs: 0, cls: 0, ourCls: 0 };
  const isOurs = ({ node }) => (node?.nodeType === 1 ? node : node?.parentElement)?.closest("[class*=lojal]");
  globalThis.seenCost = seen;
  const watch = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  watch("paint", (entry) => { if (entry.name === "first-contentful-paint") seen.fcpMs = entry.startTime; });
  watch("largest-contentful-paint", (entry) => { seen.lcpMs = entry.startTime; });
  watch("longtask", (entry) => { seen.tbtMs += Math.max(entry.duration - 50, 0); });
  watch("layout-shift", (entry) => {
    seen.cls += entry.value;
    if (entry.sources.some(isOurs)) seen.ourCls += entry.value;
  });
})();`;

export async function storefront(bed: Bed, run: Run): Promise<string[]> {
  const browser = await launchBrowser();
  const shop = await ServedShop.open();
  const costs = new Map<string, Cost[]>();
  try {
    for (let round = 0; round <= run.rounds; round++) {
      for (const page of Object.keys(PAGES) as PageName[]) {
        for (const side of rotated(SIDES, round)) {
          const cost = await visit(browser, shop, page, side);
          // The first round warms the machine up.
          if (round > 0) costs.set(`${page} ${side}`, [...(costs.get(`${page} ${side}`) ?? []), cost]);
        }
      }
      bed.progress(`B6 round ${round} of ${run.rounds}`);
    }
    await tellLighthouse(bed, shop, Math.min(run.rounds, LIGHTHOUSE_ROUNDS));
  } finally {
    await browser.close();
    shop.close();
  }
  return [...tellBytes(bed), ...(Object.keys(PAGES) as PageName[]).flatMap((page) => tellPage(bed, page, costs))];
}

async function tellLighthouse(bed: Bed, shop: ServedShop, rounds: number): Promise<void> {
  const lighthouse = await openLighthouse();
  if (!lighthouse) return bed.result("B6 lighthouse left out: it is not installed (npm install --no-save lighthouse)");
  try {
    for (const [page, path] of Object.entries(PAGES)) {
      const scores = { with: [] as number[], without: [] as number[] };
      for (let round = 0; round < rounds; round++)
        for (const side of rotated(["with", "without"] as const, round))
          scores[side].push(await lighthouse.score(shop.originOf(side) + path));
      const [ours, bare] = [median(scores.with), median(scores.without)];
      bed.result(`B6 ${page} lighthouse with ${ours}, without ${bare}, of 100; n=${rounds}`);
    }
  } finally {
    await lighthouse.close();
  }
}

function tellBytes(bed: Bed): string[] {
  const bytesOf = (text: string) => brotliCompressSync(text).length;
  const fileBytes = (name: string) => bytesOf(readFileSync(`${extensionRoot}/assets/${name}`, "utf8"));
  const before = fileBytes("lojal.js");
  const all = before + fileBytes("lojal-cart.js");
  bed.result(
    `B6 script brotli before-touch ${before} B (bar ${BARS.beforeTouchBytes}), all ${all} B (bar ${BARS.allBytes}), floor ${bytesOf(FLOOR)} B; style ${fileBytes("lojal.css")} B`,
  );
  return before < BARS.beforeTouchBytes && all < BARS.allBytes ? [] : ["the scripts are heavier than their bounds"];
}

function tellPage(bed: Bed, page: PageName, costs: ReadonlyMap<string, readonly Cost[]>): string[] {
  const figures = (part: keyof Cost) =>
    new Map(SIDES.map((side) => [side, costs.get(`${page} ${side}`)?.map((cost) => cost[part]) ?? []]));
  const scripting = figures("scriptingMs");
  const middle = (part: keyof Cost, side: Side) => median(figures(part).get(side) ?? []);
  const oursMs = middle("scriptingMs", "with");
  const over = oursMs <= BARS.scriptingMs ? "" : " OVER";
  if (oursMs > 0)
    bed.result(resultLine(`B6 ${page} scripting ours/empty-element`, ratiosOf(scripting, "with", "floor")));
  bed.result(
    `B6 ${page} scripting at ${SLOWED_BY}x ${oursMs.toFixed(2)} ms (bar ${BARS.scriptingMs}), empty element ${middle("scriptingMs", "floor").toFixed(2)} ms${over}`,
  );
  for (const paint of ["fcpMs", "lcpMs"] as const) {
    const ratios = ratiosOf(figures(paint), "with", "without");
    bed.result(resultLine(`B6 ${page} ${paint.replace("Ms", "")} with/without`, ratios));
  }
  const [asked, files] = [middle("asked", "with"), middle("files", "with")];
  bed.result(
    `B6 ${page} blocking time ${middle("tbtMs", "with").toFixed(0)} ms, without ${middle("tbtMs", "without").toFixed(0)} ms; CLS ${middle("cls", "with").toFixed(4)}, without ${middle("cls", "without").toFixed(4)}; files ${files}; requests to the app ${asked}`,
  );
  const most = (part: keyof Cost) => Math.max(0, ...(figures(part).get("with") ?? []));
  return [
    ...(over ? [`${page} scripts for longer than ${BARS.scriptingMs} ms`] : []),
    // A style sheet and a script: one without any time was not found in the trace.
    ...(files > 1 && oursMs === 0 ? [`the trace of ${page} shows no script of ours`] : []),
    ...(most("asked") > 0 ? [`${page} asks the app before a touch`] : []),
    ...(most("ourCls") > 0 ? [`something of ours moves on ${page}`] : []),
  ];
}

/** The pages of a member's visit, painted once for each side. */
class ServedShop {
  readonly #servers = new Map<Side, ServerType>();
  static async open(): Promise<ServedShop> {
    const served = new ServedShop();
    for (const side of SIDES) await served.#serve(side);
    return served;
  }

  async #serve(side: Side): Promise<void> {
    const shop = new FakeShop();
    shop.isAppInstalled = side === "with";
    shop.program = { ...simpleProgram, ...allRewards, tiers };
    shop.members.set("7", { ...emptySummary, available: 1_200 });
    const app = createStorefront(shop);
    const [product] = shop.store.products;
    const filled = await app.request("/cart/add", {
      method: "POST",
      body: new URLSearchParams({ id: product?.variants[0]?.id ?? "" }),
    });
    const cookie = `${filled.headers.get("set-cookie")?.split(";")[0]}; customer=7`;
    const pages = new Map<string, string>();
    for (const path of Object.values(PAGES)) {
      const html = await (await app.request(path, { headers: { cookie } })).text();
      const element = '<script src="/floor.js" defer></script><x-floor></x-floor></body>';
      pages.set(path, side === "floor" ? html.replace("</body>", element) : html);
    }
    const answer = (request: Request): Response | Promise<Response> => {
      const { pathname } = new URL(request.url);
      const page = pages.get(pathname);
      if (page !== undefined) return new Response(page, { headers: { "content-type": "text/html; charset=utf-8" } });
      if (pathname === "/warm") return new Response(WARM, { headers: { "content-type": "text/html" } });
      if (pathname === "/floor.js") return new Response(FLOOR, { headers: { "content-type": "text/javascript" } });
      return app.fetch(request);
    };
    const server = serve({ fetch: answer, port: 0, hostname: "127.0.0.1" });
    await new Promise((resolve) => server.once("listening", resolve));
    this.#servers.set(side, server);
  }

  originOf(side: Side): string {
    const address = this.#servers.get(side)?.address() as AddressInfo | undefined;
    return `http://127.0.0.1:${address?.port}`;
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
  }
}

async function visit(browser: Browser, shop: ServedShop, name: PageName, side: Side): Promise<Cost> {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 } });
  try {
    const page = await context.newPage();
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await page.addInitScript({ content: WATCH });
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWED_BY });
    await page.goto(`${shop.originOf(side)}/warm`);
    await browser.startTracing(page, { categories: ["devtools.timeline", "v8"] });
    await page.goto(shop.originOf(side) + PAGES[name], { waitUntil: "load" });
    // A paint is told in a frame after it; longer tasks than the page's own would have begun by then.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 300)))");
    const trace = await browser.stopTracing();
    const seen = (await page.evaluate("globalThis.seenCost")) as Pick<
      Cost,
      "fcpMs" | "lcpMs" | "tbtMs" | "cls" | "ourCls"
    >;
    return {
      ...seen,
      scriptingMs: scriptingMs(trace, side === "floor" ? "/floor.js" : "/assets/lojal/"),
      files: requests.filter((path) => path.startsWith("/assets/lojal/")).length,
      asked: requests.filter((path) => path.startsWith("/apps/")).length,
    };
  } finally {
    await context.close();
  }
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  /** Of the thread's own time. */
  readonly tdur?: number;
  readonly args?: { readonly data?: { readonly url?: string }; readonly fileName?: string };
}

const SCRIPTING = new Set(["v8.compile", "v8.compileModule", "EvaluateScript", "v8.evaluateModule", "FunctionCall"]);

/** How much of the thread's time such files were compiled and run in, however busy the machine was; one inside another counts once. */
function scriptingMs(trace: Buffer, part: string): number {
  const { traceEvents } = JSON.parse(trace.toString("utf8")) as { traceEvents: readonly TraceEvent[] };
  const spans = traceEvents
    .filter(
      ({ name, ph, args }) =>
        ph === "X" && SCRIPTING.has(name) && `${args?.data?.url} ${args?.fileName}`.includes(part),
    )
    .map(({ ts, dur = 0, tdur = dur }) => ({ from: ts, to: ts + dur, costs: tdur }))
    .toSorted((a, b) => a.from - b.from || b.to - a.to);
  let [sum, reached] = [0, 0];
  for (const { from, to, costs } of spans) {
    if (from < reached) continue;
    sum += costs;
    reached = to;
  }
  return sum / 1000;
}
