import { bigint, timestamp } from "drizzle-orm/pg-core";

/** Points: integers, far inside what a JavaScript number holds exactly. */
export const points = (name: string) => bigint(name, { mode: "number" });
/** A row's number. */
export const id = (name: string) => bigint(name, { mode: "bigint" });
/** A moment in time, with its zone. */
export const moment = (name: string) => timestamp(name, { withTimezone: true });
