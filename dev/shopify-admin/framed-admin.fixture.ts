/**
 * A merchant's browser with the app open in Shopify's admin: the app's own documents under its own policy, in a frame of admin.shopify.com. Shopify's
 * two scripts are stand-ins; whatever else is asked for is refused, and noted. Whoever imports it has put the network in its place before
 * (dev/connected-shop.fixture.ts).
 */
import type { Browser, BrowserContext, FrameLocator, Page, Route } from "playwright-core";
import { createApp } from "../../worker/app.ts";
import type { Rooms } from "../../worker/flows/rooms.ts";
import { axeFaults } from "../axe.ts";
import { noLimits } from "../no-limits.ts";
import type { LocalShop } from "../shopify/shop-state.ts";
import { problemsOf } from "./manifest.ts";
import {
  APP_BRIDGE,
  appBridgeScript,
  CDN,
  framePage,
  frameScript,
  grantScopes,
  POLARIS,
  polarisScript,
  resourcesOf,
} from "./stand-ins.ts";

const ADMIN = "https://admin.shopify.com";
const APP = "https://lojal.example";

export interface FramedAdmin {
  readonly page: Page;
  /** What is in the frame. */
  readonly app: FrameLocator;
  /** Everything that went wrong in the browser, or has no place in Shopify's elements. */
  readonly faults: string[];
  /** Opens the admin with the app at a path, and waits until it shows something. */
  open(path: string): Promise<void>;
  /** Waits until the page is there: after a link, a form, a reload. */
  settled(heading?: string | RegExp): Promise<void>;
  toast(text: string | RegExp): Promise<void>;
  /** What axe finds in the frame, as lines. */
  axe(): Promise<string[]>;
  /** How much wider than its frame the app is. */
  overflow(): Promise<number>;
  close(): Promise<void>;
}

/** Of a shop that is not looked at at Shopify. */
function bareShop() {
  return { scopes: new Set<string>(), products: [], collections: new Map<string, string>() };
}

/** `tokenOf` is asked for a session token whenever App Bridge would make one. */
export async function openFramedAdmin(
  browser: Browser,
  options: {
    readonly rooms: Rooms;
    readonly shop: string;
    readonly tokenOf: () => string;
    readonly width?: number;
    readonly framedBy?: string;
    /** The shop as its Shopify has it: what it has granted (a merchant who is asked may grant more), and what it sells. */
    readonly local?: Pick<LocalShop, "scopes" | "products" | "collections">;
    readonly colorScheme?: "light" | "dark";
  },
): Promise<FramedAdmin> {
  const { rooms, shop, tokenOf, width = 1280, framedBy = ADMIN, local = bareShop(), colorScheme = "light" } = options;
  const faults: string[] = [];
  const app = createApp(() => rooms, noLimits);
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, acceptDownloads: true });
  let path = "/";
  const answers: Record<string, () => { body: string; contentType: string }> = {
    [`${framedBy}/frame.js`]: () => script(frameScript()),
    [`${framedBy}/session-token`]: () => ({ body: tokenOf(), contentType: "text/plain" }),
    [`${CDN}${APP_BRIDGE}`]: () => script(appBridgeScript(framedBy)),
    [`${CDN}${POLARIS}`]: () => script(polarisScript()),
    [`${framedBy}/`]: () => ({
      body: String(
        framePage({
          appUrl: `${APP}${path}${path.includes("?") ? "&" : "?"}shop=${shop}&host=x&embedded=1`,
          tokenPath: "/session-token",
          scopesPath: "/scopes",
          resourcesPath: "/resources",
          scriptPath: "/frame.js",
          shop,
        }),
      ),
      contentType: "text/html",
    }),
  };
  await context.route("**/*", async (route) => {
    const url = new URL(route.request().url());
    const known = answers[`${url.origin}${url.pathname}`];
    if (known) return await route.fulfill(known());
    if (url.href === `${framedBy}/scopes`) {
      const wanted: unknown = route.request().postDataJSON();
      return await route.fulfill({ json: grantScopes(local.scopes, Array.isArray(wanted) ? wanted.map(String) : []) });
    }
    if (url.origin === framedBy && url.pathname === "/resources") {
      const all = resourcesOf(local, url.searchParams.get("type"));
      return await route.fulfill(all === null ? { status: 403 } : { json: all });
    }
    if (url.origin === APP) return await askApp(app, route, faults);
    if (!url.pathname.endsWith("favicon.ico")) faults.push(`asked for ${url.href}`);
    return await route.abort();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    // A refusal is an answer; the browser calls it an error.
    if (message.type() === "error" && !/status of 4\d\d|status of 503/.test(message.text()))
      faults.push(message.text());
  });
  return framed(context, page, faults, {
    framedBy,
    turnTo: (next) => {
      path = next;
    },
  });
}

function framed(
  context: BrowserContext,
  page: Page,
  faults: string[],
  { framedBy, turnTo }: { framedBy: string; turnTo: (path: string) => void },
): FramedAdmin {
  const app = page.frameLocator("iframe");
  const settled = async (heading?: string | RegExp) => {
    if (heading !== undefined) await app.getByRole("heading", { level: 1, name: heading }).waitFor();
    await app.locator('#page[aria-busy="false"]').waitFor();
  };
  const inside = () => {
    const frame = page.frames().find((each) => each.parentFrame() !== null);
    if (!frame) throw new Error("the app is not in its frame");
    return frame;
  };
  return {
    page,
    app,
    faults,
    settled,
    open: async (path) => {
      turnTo(path);
      await page.goto(`${framedBy}/`);
      await settled();
    },
    async toast(text) {
      const toast = page.locator(".toast", { hasText: text }).first();
      await toast.waitFor();
      // Read once: the next act's must be another.
      await toast.evaluate((one: { remove(): void }) => one.remove());
    },
    // Of the page that is there when what was done last is done.
    axe: async () => {
      await settled();
      return await axeFaults(inside(), { include: "#page" });
    },
    overflow: async () => {
      await settled();
      return Number(
        await inside().evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
      );
    },
    close: () => context.close(),
  };
}

function script(body: string) {
  return { body, contentType: "text/javascript" };
}

/** The worker itself answers; its HTML is held against Shopify's elements. */
async function askApp(app: ReturnType<typeof createApp>, route: Route, faults: string[]): Promise<void> {
  const request = route.request();
  const body = request.postDataBuffer();
  const answer = await app.request(request.url(), {
    method: request.method(),
    headers: await request
      .allHeaders()
      .then((all) => Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith(":")))),
    ...(body === null ? {} : { body: new Uint8Array(body) }),
  });
  const headers = Object.fromEntries(answer.headers);
  const text = Buffer.from(await answer.arrayBuffer());
  if ((headers["content-type"] ?? "").startsWith("text/html")) faults.push(...problemsOf(text.toString()));
  await route.fulfill({ status: answer.status, headers, body: text });
}
