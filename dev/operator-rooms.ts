/** The rooms of the worker for an operator's command: over the running local database, or over a deployment's where its settings file is named. */
import { openRooms } from "../worker/app.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { Refused } from "./command.ts";
import { readSettingsFile } from "./deployment/settings-file.ts";
import { withLocalRooms } from "./local-rooms.ts";

export interface Target {
  readonly domain: string;
  /** A file such as deploy.env; undefined for the local database. */
  readonly settings: string | undefined;
}

/** Opens the rooms, without a queue, and finds the shop. Refused where it is not there. */
export async function withShop<Outcome>(
  { domain, settings }: Target,
  use: (rooms: Rooms, shop: Shop) => Promise<Outcome>,
): Promise<Outcome> {
  const run = async (rooms: Rooms) => {
    const shop = await rooms.shops.findOne(domain, rooms.nowMs());
    if (!shop) throw new Refused(`There is no shop ${domain} here.`);
    return use(rooms, shop);
  };
  if (settings === undefined) return withLocalRooms(run);
  return run(openRooms(readSettingsFile(settings).worker, { send: () => Promise.resolve() }));
}
