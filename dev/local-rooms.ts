/** The rooms of the worker over the running local database, for commands of this machine's operator. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { neonConfig } from "@neondatabase/serverless";
import { z } from "zod";
import { openRooms } from "../worker/app.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import { neonEndpoint } from "./neon-endpoint.ts";
import { databaseName, localSettings } from "./settings.ts";

/** An expected fault, told in one line. */
export class Refused extends Error {}

/** Opens the rooms, without a queue, for as long as `use` takes. */
export async function withLocalRooms<Outcome>(use: (rooms: Rooms) => Promise<Outcome>): Promise<Outcome> {
  const endpoint = neonEndpoint({ postgresPort: localPostgresPort() });
  neonConfig.fetchFunction = (url: string, init: RequestInit) => endpoint.handle(new Request(url, init));
  try {
    return await use(openRooms(localSettings(databaseName), { send: () => Promise.resolve() }));
  } finally {
    await endpoint.stop();
  }
}

/** Runs a command; what was to be expected is one line on stderr and the exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (fault) {
    if (!(fault instanceof Refused || fault instanceof z.ZodError)) throw fault;
    console.error(`lojal: ${fault instanceof z.ZodError ? z.prettifyError(fault) : fault.message}`);
    process.exitCode = 1;
  }
}

function localPostgresPort(): number {
  try {
    const text = readFileSync(join(import.meta.dirname, "../.lojal/local.json"), "utf8");
    return Number(new URL(z.object({ database_url: z.string() }).parse(JSON.parse(text)).database_url).port);
  } catch {
    throw new Refused("Nothing runs here: start it with `npm start` in another terminal, then run this again.");
  }
}
