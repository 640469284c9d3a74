/** Whether a worker that was just deployed works: a few requests that leave nothing behind. */
import { setTimeout as sleep } from "node:timers/promises";
import { signProxyQuery } from "../shopify/proxy.ts";

export interface SmokeTarget {
  readonly url: string;
  /** The client secret that the worker should have; null when this machine does not know it. */
  readonly apiSecret: string | null;
  /** How long the new version may take to be everywhere. */
  readonly patienceMs: number;
}

interface Probe {
  readonly name: string;
  readonly path: string;
  readonly init?: RequestInit;
  readonly status: number;
  /** What must be in the answer's body. */
  readonly says: RegExp;
}

/** No shop's domain begins like this one, and it is nobody's: it is asked for and not found. */
const NOBODY = "lojal-smoke-test-of-no-shop.myshopify.com";
const PAUSE_MS = 1_000;
const TIMEOUT_MS = 10_000;

/** Runs the probes, each until it holds or patience is over. Returns what each one says; `fault` is empty where all hold. */
export async function smokeTest(target: SmokeTarget): Promise<{ readonly holds: string[]; readonly fault: string }> {
  const deadline = Date.now() + target.patienceMs;
  const holds: string[] = [];
  for (const probe of probesOf(target.apiSecret)) {
    let fault = await faultOf(target.url, probe);
    while (fault !== "" && Date.now() < deadline) {
      await sleep(PAUSE_MS);
      fault = await faultOf(target.url, probe);
    }
    if (fault !== "") return { holds, fault };
    holds.push(`${probe.name}: ${probe.status}`);
  }
  return { holds, fault: "" };
}

function probesOf(apiSecret: string | null): Probe[] {
  const unsigned: Probe[] = [
    { name: "worker and database", path: "/healthz", status: 200, says: /"ok":true/ },
    {
      name: "unsigned delivery",
      path: "/webhooks",
      init: {
        method: "POST",
        body: "{}",
        headers: { "X-Shopify-Topic": "orders/paid", "X-Shopify-Shop-Domain": NOBODY },
      },
      status: 401,
      says: /bad-signature/,
    },
    { name: "unsigned shopper", path: "/proxy/member", status: 401, says: /bad-signature/ },
    { name: "no such page", path: "/nothing-here", status: 404, says: /not-found/ },
  ];
  if (apiSecret === null) return unsigned;
  // Signed for a shop that is not there: the secret is the right one, and a table was read under row-level security.
  const query = new URLSearchParams({
    shop: NOBODY,
    path_prefix: "/apps/lojal",
    timestamp: String(Math.floor(Date.now() / 1000)),
    logged_in_customer_id: "1",
  });
  query.set("signature", signProxyQuery(query, apiSecret));
  return [
    ...unsigned,
    { name: "signed shopper of no shop", path: `/proxy/member?${query}`, status: 404, says: /unknown-shop/ },
  ];
}

/** Empty where the probe holds; otherwise what was found, without the query. */
async function faultOf(url: string, probe: Probe): Promise<string> {
  const where = `${probe.init?.method ?? "GET"} ${probe.path.split("?")[0]}`;
  try {
    const answer = await fetch(new URL(probe.path, url), { ...probe.init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await answer.text();
    if (answer.status === probe.status && probe.says.test(text)) return "";
    return `${probe.name}: ${where} answered ${answer.status} instead of ${probe.status}: ${text.slice(0, 200)}`;
  } catch (fault) {
    return `${probe.name}: ${where} was not answered (${fault instanceof Error ? fault.name : "no answer"})`;
  }
}
