/** The rooms of the worker over the running local database, for commands of this machine's operator. */
import { neonConfig } from "@neondatabase/serverless";
import { openRooms } from "../worker/app.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import { runningStack } from "./command.ts";
import { neonEndpoint } from "./neon-endpoint.ts";
import { databaseName, localSettings } from "./settings.ts";

/** Opens the rooms, without a queue, for as long as `use` takes. */
export async function withLocalRooms<Outcome>(use: (rooms: Rooms) => Promise<Outcome>): Promise<Outcome> {
  const endpoint = neonEndpoint({ postgresPort: Number(new URL(runningStack().databaseUrl).port) });
  neonConfig.fetchFunction = (url: string, init: RequestInit) => endpoint.handle(new Request(url, init));
  try {
    return await use(openRooms(localSettings(databaseName), { send: () => Promise.resolve() }));
  } finally {
    await endpoint.stop();
  }
}
