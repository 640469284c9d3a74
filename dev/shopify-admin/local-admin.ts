/**
 * The shop's admin on this machine, for a person to walk through. The worker speaks to Shopify's admin alone: it names admin.shopify.com as the one
 * who may frame it and takes its scripts from Shopify. So a door of its own stands before the worker here, at which both names are this machine's.
 */
import { type ServerType, serve } from "@hono/node-server";
import { Hono } from "hono";
import * as settings from "../settings.ts";
import { sessionClaims, signSession } from "../shopify/session-token.ts";
import type { LocalShop } from "../shopify/shop-state.ts";
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

export interface LocalAdmin {
  /** Routes of the local store: the page around the app, and what is Shopify's in it. */
  readonly routes: Hono;
  stop(): void;
}

/** `storeUrl` is where the routes will be; any member of staff of the local shop is signed in there. */
export async function startLocalAdmin(options: {
  readonly storeUrl: string;
  readonly workerUrl: () => string;
  readonly shop: string;
  /** The shop as the local Shopify has it: what it has granted, and what it sells. */
  readonly shopOf: (shop: string) => Pick<LocalShop, "scopes" | "products" | "collections"> | undefined;
}): Promise<LocalAdmin> {
  const { storeUrl, workerUrl, shop } = options;
  const door = new Hono();
  door.all("*", async (c) => {
    const url = new URL(c.req.url);
    const headers = new Headers(c.req.raw.headers);
    headers.delete("host");
    const body = c.req.method === "GET" || c.req.method === "HEAD" ? {} : { body: await c.req.arrayBuffer() };
    const answer = await fetch(`${workerUrl()}${url.pathname}${url.search}`, {
      method: c.req.method,
      headers,
      redirect: "manual",
      ...body,
    });
    return asLocal(answer, storeUrl);
  });
  const { server, port } = await listen(door);
  const routes = new Hono();
  routes.get("/admin/lojal", (c) => {
    const appUrl = `http://127.0.0.1:${port}/?shop=${shop}&host=${btoa(`admin.shopify.com/store/lojal-dev`)}&embedded=1`;
    return c.html(
      framePage({
        appUrl,
        tokenPath: "/admin/session-token",
        scopesPath: "/admin/scopes",
        resourcesPath: "/admin/resources",
        scriptPath: "/admin/frame.js",
        shop,
      }),
    );
  });
  routes.get("/admin/frame.js", (c) => c.body(frameScript(), 200, SCRIPT));
  routes.post("/admin/scopes", async (c) => {
    const wanted: unknown = await c.req.json().catch(() => []);
    const granted = options.shopOf(shop)?.scopes ?? new Set();
    return c.json(grantScopes(granted, Array.isArray(wanted) ? wanted.map(String) : []));
  });
  routes.get("/admin/resources", (c) => {
    const local = options.shopOf(shop);
    const all = local === undefined ? null : resourcesOf(local, c.req.query("type"));
    return all === null ? c.body(null, 403) : c.json(all);
  });
  routes.get("/admin/session-token", (c) =>
    c.text(signSession(sessionClaims(shop, settings.apiKey, new Date()), settings.apiSecret)),
  );
  routes.get(APP_BRIDGE, (c) => c.body(appBridgeScript(storeUrl), 200, SCRIPT));
  routes.get(POLARIS, (c) => c.body(polarisScript(), 200, SCRIPT));
  return {
    routes,
    stop: () => {
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
    },
  };
}

const SCRIPT = { "Content-Type": "text/javascript; charset=utf-8" };

/** The same answer, in which Shopify's names are the local store's. */
async function asLocal(answer: Response, storeUrl: string): Promise<Response> {
  const headers = new Headers(answer.headers);
  for (const name of ["content-encoding", "content-length", "transfer-encoding", "strict-transport-security"])
    headers.delete(name);
  const policy = headers.get("content-security-policy");
  if (policy !== null)
    headers.set(
      "content-security-policy",
      policy.replaceAll(CDN, storeUrl).replaceAll("https://admin.shopify.com", storeUrl),
    );
  const isDocument = (headers.get("content-type") ?? "").startsWith("text/html");
  const body = isDocument ? (await answer.text()).replaceAll(CDN, storeUrl) : await answer.arrayBuffer();
  return new Response(answer.status === 204 || answer.status === 304 ? null : body, { status: answer.status, headers });
}

function listen(app: Hono): Promise<{ server: ServerType; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve({ server, port }));
    server.once("error", reject);
  });
}
