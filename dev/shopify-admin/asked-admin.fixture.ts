/**
 * The admin of a test's first tenant, asked over HTTP as App Bridge does: with a session token, without a browser. A test file puts the network in its
 * place and hands it over; what the worker logs is not shown.
 */
import { afterAll, beforeAll, expect, vi } from "vitest";
import { apiKey, apiSecret } from "../settings.ts";
import { sessionClaims, signSession } from "../shopify/session-token.ts";
import { newTenants, type Outside, type Tenants } from "../test-tenants.ts";

export interface AskedAdmin {
  readonly tenants: Tenants;
  readonly shop: Tenants["shops"][0];
  /** A page or a file, or with `sent` what a form sends, or JSON as text. */
  ask(path: string, sent?: Record<string, string> | string): Promise<Response>;
  /** A page or a file that is there. */
  textOf(path: string): Promise<string>;
}

export function askedAdmin(outside: Outside): AskedAdmin {
  let opened: Tenants | null = null;
  const tenants = () => {
    if (!opened) throw new Error("There are no tenants before the file's tests begin.");
    return opened;
  };
  beforeAll(async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    opened = await newTenants(outside);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await opened?.close();
  });
  const ask = async (path: string, sent?: Record<string, string> | string) => {
    const token = signSession(sessionClaims(tenants().shops[0].domain, apiKey, new Date()), apiSecret);
    const headers = { Authorization: `Bearer ${token}` };
    if (sent === undefined) return await tenants().fetch(path, { headers });
    const init =
      typeof sent === "string"
        ? { headers: { ...headers, "Content-Type": "application/json" }, body: sent }
        : { headers, body: new URLSearchParams(sent) };
    return await tenants().fetch(path, { method: "POST", ...init });
  };
  return {
    get tenants() {
      return tenants();
    },
    get shop() {
      return tenants().shops[0];
    },
    ask,
    async textOf(path) {
      const answer = await ask(path);
      expect([path, answer.status]).toEqual([path, 200]);
      return await answer.text();
    },
  };
}
