/** No name, e-mail, phone or address of any real body reaches the database, the queue or the log. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { post, takeDeliveries } from "../../dev/test-deliveries.ts";
import { newWorld, type TestWorld } from "../../dev/test-rooms.ts";
import { recordFailed, runJobs } from "../flows/run-jobs.ts";

const folder = join(import.meta.dirname, "../../dev/fixtures/webhooks");

/** Keys whose values say who somebody is, how to reach them, or where they live. */
const TELLING =
  /^(email|contact_email|customer_email|phone|first_name|last_name|shop_owner|address1|address2|zip|city|company|latitude|longitude|browser_ip|user_agent|note|landing_site|customer_\w*name|receipt_\w+)$/;
/** `name` tells a person only where a person or their address is described: elsewhere it is an order's number or a product. */
const NAMED =
  /^(customer|default_address|billing_address|shipping_address|addresses|origin_location|destination_location)$/;

/** Every personal text in a body. What has less than four letters ("1", "US") would be found anywhere, and tells nobody apart. */
function personalTexts(value: unknown, key = "", isPerson = false): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => personalTexts(item, key, isPerson));
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([name, inner]) => personalTexts(inner, name, isPerson || NAMED.test(key)));
  const isTelling = TELLING.test(key) || (key === "name" && isPerson);
  const text = String(value ?? "").trim();
  return isTelling && text.length >= 4 && text !== "null" ? [text] : [];
}

let world: TestWorld;
const logged: string[] = [];
beforeAll(async () => {
  world = await newWorld();
  await world.look("update shops set access_token_sealed = null");
  world.rooms.shops.forget(world.shop.domain);
  for (const level of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, level).mockImplementation((...parts: unknown[]) => void logged.push(parts.map(String).join(" ")));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await world.close();
});

const bodies = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => {
    const topic = file.replace(/__.*/, "").replace("_", "/");
    return { topic, text: readFileSync(join(folder, file), "utf8") };
  });
/** The shop's own topics last: nothing is settled for a shop that is gone. */
const inTurn = [
  ...bodies.filter(({ topic }) => topic !== "app/uninstalled"),
  ...bodies.filter(({ topic }) => topic === "app/uninstalled"),
];

async function allOfTheDatabase(): Promise<[string, string][]> {
  const columns = await world.look<{ table_name: string; column_name: string }>(
    `select table_name, column_name from information_schema.columns
     where table_schema = 'public' and data_type in ('text', 'json', 'jsonb', 'character varying', 'ARRAY')`,
  );
  const all: [string, string][] = [];
  for (const { table_name: table, column_name: column } of columns) {
    const rows = await world.look<{ value: string }>(
      `select ${column}::text as value from ${table} where ${column} is not null`,
    );
    all.push([`${table}.${column}`, rows.map(({ value }) => value).join("\n")]);
  }
  return all;
}

test("nothing personal of any body is kept or logged, on the way that works and on the way that fails for good", async () => {
  const personal = new Set(bodies.flatMap(({ text }) => personalTexts(JSON.parse(text))));
  expect(personal.size).toBeGreaterThan(40);
  for (const known of ["john@example.com", "super@supertoys.com", "John Smith", "190 MacLaren Street"])
    expect([...personal]).toContain(known);
  const queued: string[] = [];
  for (const { topic, text } of inTurn) {
    expect((await post(world, { topic, body: text })).status, topic).toBe(200);
    // The same text under a topic whose reader cannot make anything of it, and cut off in the middle.
    expect((await post(world, { topic: "orders/edited", body: text })).status).toBe(200);
    expect((await post(world, { topic, body: text.slice(0, -20) })).status).toBe(200);
    const jobs = takeDeliveries(world);
    queued.push(JSON.stringify(jobs));
    const faults = await runJobs(world.rooms, jobs);
    expect(
      faults.filter((fault) => fault !== null),
      topic,
    ).toEqual([]);
    const failures = jobs.map((content) => ({ content, reason: "failed", fault: null, attempts: 100 }) as const);
    await recordFailed(world.rooms, failures);
  }
  const places = [
    ...(await allOfTheDatabase()),
    ["the queue", queued.join("\n")],
    ["the log", logged.join("\n")],
  ] as const;
  expect(places.find(([place]) => place === "order_states.state")?.[1]).toContain("customerId");
  expect(places.find(([place]) => place === "set_aside.job")?.[1]).toContain("customerId");
  expect(logged.length).toBeGreaterThan(bodies.length);
  const found = places.flatMap(([place, all]) => {
    const lower = all.toLowerCase();
    return [...personal].filter((text) => lower.includes(text.toLowerCase())).map((text) => `${place}: ${text}`);
  });
  expect(found).toEqual([]);
});
