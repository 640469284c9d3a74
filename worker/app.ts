/** The HTTP surface: one event per request, one place where a fault becomes an answer. */
import { Hono } from "hono";
import { connect } from "./db/client.ts";
import type { Settings } from "./env.ts";
import { isDatabaseAway } from "./fault.ts";
import type { JobQueue } from "./flows/jobs.ts";
import type { Rooms } from "./flows/rooms.ts";
import type { RequestContext } from "./http/context.ts";
import { health } from "./http/health.ts";
import { problem } from "./http/problem.ts";
import { storefront } from "./http/storefront.ts";
import { webhooks } from "./http/webhooks.ts";
import { openLedger } from "./ledger/ledger.ts";
import { faultFields, logEvent } from "./log.ts";
import { ProgramLibrary } from "./program/programs.ts";
import { ShopDirectory } from "./shops/shops.ts";
import { StatementBook } from "./shops/statements.ts";
import { SweepBook } from "./shops/sweeps.ts";

/** Opens the rooms over one database: this is the only place that knows which database that is. */
export function openRooms(settings: Settings, queue: JobQueue): Rooms {
  const db = connect(settings.DATABASE_URL);
  return {
    settings,
    ledger: openLedger(db),
    shops: new ShopDirectory(db),
    sweeps: new SweepBook(db),
    statements: new StatementBook(db),
    programs: new ProgramLibrary(db),
    queue,
    nowMs: () => Date.now(),
  };
}

/** The app over its rooms. */
export function createApp(roomsOf: (env: RequestContext["Bindings"]) => Rooms): Hono<RequestContext> {
  const app = new Hono<RequestContext>();
  app.use(async (c, next) => {
    const startedMs = Date.now();
    c.set("rooms", roomsOf(c.env));
    await next();
    logEvent({
      event: "request",
      route: routeOf(c.req.path),
      status: c.res.status,
      durationMs: Date.now() - startedMs,
    });
  });
  app.route("/healthz", health);
  app.route("/webhooks", webhooks);
  app.route("/proxy", storefront);
  app.notFound((c) => problem(c, "not-found"));
  app.onError((fault, c) => {
    logEvent({ event: "fault", route: routeOf(c.req.path), ...faultFields(fault) });
    return isDatabaseAway(fault) ? problem(c, "unavailable", "Try again in a moment.") : problem(c, "internal-error");
  });
  return app;
}

/** Paths carry redemption ids: an event names the route alone. */
function routeOf(path: string): string {
  return path.startsWith("/proxy") ? "/proxy/*" : path;
}
