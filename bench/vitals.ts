/**
 * `npm run bench -- vitals`: LCP, CLS and INP of each page of the admin in a browser, beside the bars of Built for Shopify (2.5 s, 0.1, 200 ms). Shopify measures
 * them of real merchants, at the 75th percentile; these are of this machine, with stand-ins for Shopify's scripts, and no network in between.
 */
import type { FramedAdmin } from "../dev/shopify-admin/framed-admin.fixture.ts";
import type { Bed } from "./bed.ts";
import type { Run } from "./options.ts";
import { median } from "./rounds.ts";
import { withShowcase } from "./showcase.ts";

const BARS = { lcpMs: 2_500, cls: 0.1, inpMs: 200 };

export const PAGES = [
  "/",
  "/program",
  "/rewards",
  "/tiers",
  "/members",
  "/members/7002",
  "/figures",
  "/import",
  "/health",
  "/settings",
  "/acts",
];

interface Vitals {
  readonly lcpMs: number;
  readonly cls: number;
  readonly inpMs: number;
}

/** Runs in the frame before its first script. */
const WATCH = `(() => {
  const seen = { lcpMs: 0, cls: 0, inpMs: 0 };
  globalThis.lojalVitals = seen;
  const watch = (type, take, more = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  watch("largest-contentful-paint", (entry) => { seen.lcpMs = Math.max(seen.lcpMs, entry.startTime); });
  watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
  watch("event", (entry) => { if (entry.interactionId) seen.inpMs = Math.max(seen.inpMs, entry.duration); }, { durationThreshold: 16 });
})();`;

export async function vitals(bed: Bed, run: Run): Promise<string[]> {
  return await withShowcase(bed, async (showcase) => {
    for (const path of PAGES) {
      const found: Vitals[] = [];
      for (let round = 0; round < run.rounds; round++) {
        const admin = await showcase.open({ path: "/" });
        await admin.page.context().addInitScript({ content: WATCH });
        await admin.open(path);
        found.push(await vitalsOf(admin));
        await admin.close();
      }
      const of = (name: keyof Vitals) => median(found.map((one) => one[name]));
      const told = { lcpMs: of("lcpMs"), cls: of("cls"), inpMs: of("inpMs") };
      const isWithin = told.lcpMs <= BARS.lcpMs && told.cls <= BARS.cls && told.inpMs <= BARS.inpMs;
      bed.result(
        `vitals ${path} LCP ${Math.round(told.lcpMs)} ms (bar ${BARS.lcpMs}), CLS ${told.cls.toFixed(3)} (bar ${BARS.cls}), INP ${Math.round(told.inpMs)} ms (bar ${BARS.inpMs})${isWithin ? "" : " OVER"}`,
      );
    }
    return [];
  });
}

/** After a tap at nothing and keys that move through the page: what answers them is measured. */
async function vitalsOf(admin: FramedAdmin): Promise<Vitals> {
  const frame = admin.page.frames().find((one) => one.parentFrame() !== null);
  if (!frame) throw new Error("The app has no frame.");
  await admin.app
    .locator("s-page")
    .first()
    .click({ position: { x: 5, y: 5 } });
  for (let press = 0; press < 4; press++) await admin.page.keyboard.press("Tab");
  await frame.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))");
  return (await frame.evaluate("globalThis.lojalVitals")) as Vitals;
}
