import { createApp, openRooms } from "./app.ts";
import { type Env, readSettings } from "./env.ts";
import { consumeBatch } from "./flows/consume-batch.ts";
import { fanOut } from "./flows/fan-out.ts";
import { queueOver } from "./flows/queues.ts";
import type { Rooms } from "./flows/rooms.ts";
import { limitsOf } from "./http/limits.ts";
import { logEvent } from "./log.ts";

let rooms: Rooms | null = null;

/** One set of rooms per isolate: its caches are what they are for. */
function roomsOf(env: Env): Rooms {
  rooms ??= openRooms(readSettings({ ...env }), queueOver({ prompt: env.JOBS, bulk: env.BULK }));
  return rooms;
}

const app = createApp(roomsOf, limitsOf);

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) => app.fetch(request, env, context),

  async queue(batch: MessageBatch, env: Env): Promise<void> {
    await consumeBatch(roomsOf(env), batch);
  },

  async scheduled(_controller: ScheduledController, env: Env): Promise<void> {
    const startedMs = Date.now();
    const fannedOut = await fanOut(roomsOf(env));
    logEvent({ event: "cron", ...fannedOut, durationMs: Date.now() - startedMs });
  },
} satisfies ExportedHandler<Env>;
