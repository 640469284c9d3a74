/**
 * The local theme with a shop in memory, and a shopper's browser. One browser and one server serve a whole file; each test has a shop, and a browser of its own as far
 * as cookies and storage go.
 */
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { type ServerType, serve } from "@hono/node-server";
import type { Browser, Page } from "playwright-core";
import { axeFaults, WCAG_AND_BEST } from "../axe.ts";
import { launchBrowser } from "../browser.ts";
import { emptySummary, FakeShop, type MemberSummary } from "./fake-shop.ts";
import { createStorefront } from "./storefront.ts";

export class ShopperBed {
  shop = new FakeShop();
  /** Pages come as over a bad line: bit by bit, each of them painted. */
  comesInPieces = false;
  readonly browser: Browser;
  readonly origin: string;
  readonly #server: ServerType;
  #page: Page | null = null;

  private constructor(browser: Browser, server: ServerType, router: { bed: ShopperBed | null }) {
    this.browser = browser;
    this.#server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    router.bed = this;
  }

  static async open(): Promise<ShopperBed> {
    const router: { bed: ShopperBed | null } = { bed: null };
    const apps = new WeakMap<FakeShop, ReturnType<typeof createStorefront>>();
    const answer = async (request: Request) => {
      if (!router.bed) throw new Error("Nobody has opened the shop yet.");
      const { shop } = router.bed;
      const app = apps.get(shop) ?? createStorefront(shop);
      apps.set(shop, app);
      return router.bed.comesInPieces ? inPieces(await app.fetch(request)) : app.fetch(request);
    };
    const server = serve({ fetch: answer, port: 0, hostname: "127.0.0.1" });
    await new Promise((resolve) => server.once("listening", resolve));
    return new ShopperBed(await launchBrowser(), server, router);
  }

  /** An empty shop, and a page in a fresh context. */
  async renew(width: number, height = 900): Promise<void> {
    this.shop = new FakeShop();
    this.comesInPieces = false;
    this.#page = await (await this.browser.newContext({ viewport: { width, height } })).newPage();
    this.#page.setDefaultTimeout(20_000);
  }

  get page(): Page {
    if (!this.#page) throw new Error("There is no page before a test begins.");
    return this.#page;
  }

  /** Signs customer 7 in, with this summary. */
  async signIn(member: Partial<MemberSummary>, id = "7"): Promise<void> {
    this.shop.members.set(id, { ...emptySummary, ...member });
    await this.page.context().addCookies([{ name: "customer", value: id, url: this.origin }]);
  }

  /** The cart's page, with one of these products in the cart. */
  async openCart(handle = "wool-throw"): Promise<void> {
    const { products } = this.shop.store;
    const id = products.find((product) => product.handle === handle)?.variants[0]?.id ?? "";
    await this.page.request.post(`${this.origin}/cart/add.js`, { data: { id } });
    await this.page.goto(`${this.origin}/cart`);
  }

  /** What axe finds on the page as it is now. */
  faults(): Promise<string[]> {
    return axeFaults(this.page, { tags: WCAG_AND_BEST });
  }

  async leave(): Promise<void> {
    await this.#page?.context().close();
    this.#page = null;
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.#server.close();
  }
}

const PIECE_BYTES = 250;
/** About a frame of the browser's. */
const PIECE_MS = 16;

function inPieces(answer: Response): Response {
  if (answer.body === null || !answer.headers.get("content-type")?.startsWith("text/html")) return answer;
  const split = new TransformStream<Uint8Array, Uint8Array>({
    async transform(bytes, controller) {
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        controller.enqueue(bytes.subarray(at, at + PIECE_BYTES));
        await setTimeout(PIECE_MS);
      }
    },
  });
  const headers = new Headers(answer.headers);
  headers.delete("content-length");
  return new Response(answer.body.pipeThrough(split), { status: answer.status, headers });
}
