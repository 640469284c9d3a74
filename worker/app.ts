/** The HTTP surface: one event per request, one place where a fault becomes an answer. */
import { type Context, Hono } from "hono";
import { matchedRoutes } from "hono/route";
import { admin } from "./admin/admin.ts";
import { experiences } from "./admin/experiences.ts";
import { connect } from "./db/client.ts";
import type { Env, Settings } from "./env.ts";
import { isDatabaseAway, isTimedOut } from "./fault.ts";
import type { JobQueue } from "./flows/jobs.ts";
import { Lanes } from "./flows/lanes.ts";
import type { Rooms } from "./flows/rooms.ts";
import { Turns } from "./flows/turns.ts";
import { api } from "./http/api.ts";
import { note, type RequestContext } from "./http/context.ts";
import { baseHeaders } from "./http/headers.ts";
import { health } from "./http/health.ts";
import type { Limits } from "./http/limits.ts";
import { problem } from "./http/problem.ts";
import { storefront } from "./http/storefront.ts";
import { webhooks } from "./http/webhooks.ts";
import { openLedger } from "./ledger/ledger.ts";
import { faultFields, logEvent } from "./log.ts";
import { AuditBook } from "./program/audit.ts";
import { ProgramDesk } from "./program/desk.ts";
import { GroupBook } from "./program/product-groups.ts";
import { ProgramLibrary } from "./program/programs.ts";
import { Paces } from "./shopify/pace.ts";
import { ApiKeyBook } from "./shops/api-keys.ts";
import { ImportRunBook } from "./shops/import-runs.ts";
import { ImportBook } from "./shops/imports.ts";
import { PaintingBook } from "./shops/paintings.ts";
import { PilotTagBook } from "./shops/pilot-tag.ts";
import { WordBook } from "./shops/shop-words.ts";
import { ShopDirectory } from "./shops/shops.ts";
import { StaffBook } from "./shops/staff.ts";
import { StatementBook } from "./shops/statements.ts";
import { SweepBook } from "./shops/sweeps.ts";
import { TokenBook } from "./shops/token-book.ts";

/** Opens the rooms over one database: this is the only place that knows which database that is. */
export function openRooms(settings: Settings, queue: JobQueue): Rooms {
  const db = connect(settings.DATABASE_URL);
  return {
    settings,
    ledger: openLedger(db),
    shops: new ShopDirectory(db),
    tokens: new TokenBook(db),
    sweeps: new SweepBook(db),
    paintings: new PaintingBook(db),
    imports: new ImportBook(db),
    importRuns: new ImportRunBook(db),
    statements: new StatementBook(db),
    staff: new StaffBook(db),
    apiKeys: new ApiKeyBook(db),
    pilotTags: new PilotTagBook(db),
    words: new WordBook(db),
    programs: new ProgramLibrary(db),
    desk: new ProgramDesk(db),
    groups: new GroupBook(db),
    audit: new AuditBook(db),
    queue,
    lanes: new Lanes(),
    turns: new Turns(),
    paces: new Paces(),
    urgency: "shopper",
    nowMs: () => Date.now(),
  };
}

/** The app over its rooms, and what counts how often somebody asks. */
export function createApp(roomsOf: (env: Env) => Rooms, limitsFrom: (env: Env) => Limits): Hono<RequestContext> {
  const app = new Hono<RequestContext>();
  app.use(async (c, next) => {
    const startedMs = Date.now();
    c.set("notes", {});
    await next();
    logEvent({
      event: "request",
      route: routeOf(c),
      status: c.res.status,
      durationMs: Date.now() - startedMs,
      ...c.var.notes,
    });
  });
  app.use(baseHeaders);
  app.use(async (c, next) => {
    c.set("rooms", roomsOf(c.env));
    c.set("limits", limitsFrom(c.env));
    await next();
  });
  app.route("/healthz", health);
  app.route("/webhooks", webhooks);
  app.route("/proxy", storefront);
  app.route("/api/v1", api);
  app.route("/", admin);
  app.route("/", experiences);
  app.notFound((c) => problem(c, "not-found"));
  app.onError((fault, c) => {
    note(c, faultFields(fault));
    return isDatabaseAway(fault) || isTimedOut(fault)
      ? problem(c, "unavailable", "Try again in a moment.")
      : problem(c, "internal-error");
  });
  return app;
}

/** Paths carry ids, and whatever a caller writes there: an event names the route alone. */
function routeOf(c: Context<RequestContext>): string {
  if (c.req.path.startsWith("/proxy")) return "/proxy/*";
  return matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "none";
}
