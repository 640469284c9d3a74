import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type Event, eventFields, logEvent } from "./log.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

function logged(event: unknown): unknown {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  logEvent(event as Event);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "");
}

test("docs/events.md explains each field an event may have, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../docs/events.md"), "utf8");
  const explained = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field);
  expect(explained.sort()).toEqual([...eventFields].sort());
});

test("a field outside the list is not logged, whatever an event brings along", () => {
  const event = { event: "request", route: "/webhooks", shop: "a.myshopify.com", code: null, accepted: true };
  expect(logged({ ...event, email: "a@example.com", customer: { name: "Åse" }, toString: "x" })).toEqual(event);
});

test("a field of the list carries no more than a plain value, and counts by kind nothing but counts", () => {
  expect(logged({ event: "cron", shop: { name: "Åse" }, topic: ["Åse"], byKind: { "book-due": 2 } })).toEqual({
    event: "cron",
    byKind: { "book-due": 2 },
  });
  for (const byKind of [{ Åse: 1 }, { "book-due": "Åse" }, "Åse", [["Åse"]]])
    expect(logged({ event: "cron", byKind })).toEqual({ event: "cron" });
});
