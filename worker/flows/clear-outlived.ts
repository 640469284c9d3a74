/** Once a day, what was kept as long as it may be goes: for all shops, some thousand rows at a time. */
import type { Rooms } from "./rooms.ts";

const ROWS_AT_ONCE = 5_000;
const TIMES_A_DAY = 20;
const MINUTE_MS = 60_000;
/** 03:17 in UTC. */
const MINUTE_OF_DAY = 197;

/** The cron runs once a minute: in one minute of each day. A day that was missed is made up for by the next. */
export function isTimeToClear(nowMs: number): boolean {
  return Math.floor(nowMs / MINUTE_MS) % 1440 === MINUTE_OF_DAY;
}

/** What is kept how long is the database's to say (docs/privacy.md): this asks for it. */
export async function clearOutlived(rooms: Rooms): Promise<void> {
  for (let time = 0; time < TIMES_A_DAY; time++)
    if ((await rooms.shops.clearOutlived(ROWS_AT_ONCE)) < ROWS_AT_ONCE) return;
}
