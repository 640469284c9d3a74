/** What staff are told of an import that they stop or let go on: what happened, and not what a page thought that there was to do. */
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { apiKey, apiSecret } from "../../dev/settings.ts";
import { sessionClaims, signSession } from "../../dev/shopify/session-token.ts";
import { newTenants, type Outside, type Tenants } from "../../dev/test-tenants.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

let tenants: Tenants;
beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  tenants = await newTenants(outside);
});
afterEach(() => tenants.close());
afterAll(() => vi.restoreAllMocks());

async function send(path: string, body: Record<string, string> | string): Promise<Response> {
  const claims = { ...sessionClaims(tenants.shops[0].domain, apiKey, new Date()), sub: "42" };
  const headers = { Authorization: `Bearer ${signSession(claims, apiSecret)}` };
  if (typeof body === "object")
    return await tenants.fetch(path, { method: "POST", headers, body: new URLSearchParams(body) });
  const json = { ...headers, "Content-Type": "application/json" };
  return await tenants.fetch(path, { method: "POST", headers: json, body });
}
const toastOf = async (answer: Response) => ((await answer.json()) as { toast: string }).toast;
const ask = async (id: string, way: "stop" | "go-on") => toastOf(await send(`/admin/import/${id}/${way}`, {}));

const layout = { format: "lojal", hasHeader: true, width: 2, places: { customer_id: 0, points: 1 } };
/** A file of one row is chosen; whose rows those are is handed over later. */
const begin = () =>
  send("/admin/import-file/begin", {
    ...{ digest: "0".repeat(64), layout: JSON.stringify(layout), adds: "false", rows: "1", last: "2" },
  });
const stateOf = async () => {
  const [state] = await tenants.world.rooms.imports.list(tenants.shops[0].id, 1);
  if (state === undefined) throw new Error("The test's import was not found.");
  return state;
};
async function begun(): Promise<string> {
  await begin();
  return (await stateOf()).id;
}
function handOver(id: string): Promise<Response> {
  const row = { row: 2, customerId: "7040", points: 1, availableAtMs: 0, expiresAtMs: null };
  return send(
    `/admin/import/${id}/hand-over`,
    JSON.stringify({ after: 0, pages: [{ through: 2, named: [row], refused: [] }] }),
  );
}

test("an import that staff stop before its page hands it over stays stopped, and so it does when its file is chosen again", async () => {
  const id = await begun();
  expect(await ask(id, "stop")).toBe("The import stops.");
  const answer = await handOver(id);
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { detail: "This import is stopped: let it go on from its own page, and choose the file again." },
  ]);
  expect(await (await begin()).json()).toEqual({
    toast: "This import is stopped: let it go on first.",
    to: `/import/${id}`,
  });
  expect(await stateOf()).toMatchObject({ stoppedWhy: "staff", isKept: false, keptThroughRow: 0 });
  expect(await ask(id, "go-on")).toMatch(/^It may go on: choose the same file again/);
  expect(await (await begin()).json()).toMatchObject({ toast: "Handing the file over …" });
  expect(await (await handOver(id)).json()).toEqual({ after: 2, done: true });
});

test("an import whose rows wait goes on when staff say so, and who was too late is told that nothing was stopped", async () => {
  const id = await begun();
  await handOver(id);
  expect(await ask(id, "go-on")).toBe("It was not stopped: look at the page again.");
  expect(await ask(id, "stop")).toBe("The import stops.");
  expect(await ask(id, "stop")).toBe("Nothing was stopped: look at the page again.");
  expect(await ask(id, "go-on")).toBe("The import goes on.");
  await tenants.world.look("update imports set finished_at = now(), kept_until = null where id = $1", [id]);
  expect(await ask(id, "stop")).toBe("Nothing was stopped: look at the page again.");
  expect(await ask(id, "go-on")).toBe("It was not stopped: look at the page again.");
});
