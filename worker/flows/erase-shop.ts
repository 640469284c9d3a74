/** A shop that is gone is erased: some thousand rows at a time, until not one is left. */
import type { Shop } from "../shops/shops.ts";
import type { Rooms } from "./rooms.ts";

const ROWS_PER_SLICE = 5_000;
/** As many as one job may take its time for, and as a small shop needs, whose every table is a slice; the cron brings the next job a minute later. */
const SLICES_PER_JOB = 20;

/** A second eraser of the same shop leaves it to the first. Throws for a shop that is not due: one that was installed again. */
export async function eraseShop(rooms: Rooms, shop: Shop, rowsPerSlice = ROWS_PER_SLICE): Promise<void> {
  for (let slice = 0; slice < SLICES_PER_JOB; slice++)
    if (!(await rooms.shops.eraseSlice(shop, rowsPerSlice))) return rooms.shops.forget(shop.domain);
}
