/** What the world around the worker does, patiently: Shopify posts until it is heard, shoppers ask until they are answered, the cron comes. */
import type { Bed } from "./bed.ts";
import type { Isolate } from "./isolate.ts";
import type { Delivery, Store } from "./store.ts";

const PATIENCE = 200;

/** Shopify posts what it has to tell; what is not accepted is posted again. */
export async function postAll(bed: Bed, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) {
    let times = 0;
    while (!(await isAccepted(bed, delivery))) {
      times += 1;
      if (times === PATIENCE) throw new Error("A delivery was not accepted, however often it was posted.");
    }
  }
}

async function isAccepted(bed: Bed, delivery: Delivery): Promise<boolean> {
  try {
    return (await bed.post(delivery)).ok;
  } catch {
    return false;
  }
}

/** A shopper chooses the shop's reward, and asks under the same id until there is an answer that stands. */
export async function redeem(bed: Bed, store: Store, customerId: string, id: string): Promise<number> {
  return await untilAnswered(() => bed.ask(store, customerId, "/redemptions", { id, reward_id: "off-500" }));
}

/** The shopper gives the code back, and asks until there is an answer that stands. */
export async function giveBack(bed: Bed, store: Store, customerId: string, id: string): Promise<number> {
  return await untilAnswered(() => bed.ask(store, customerId, `/redemptions/${id}/cancel`, {}));
}

/** A cancellation that must be tried again says so with 409; everything below it stands. */
async function untilAnswered(ask: () => Promise<Response>): Promise<number> {
  for (let time = 1; time <= PATIENCE; time++) {
    const answer = await ask().catch(() => null);
    if (answer === null || answer.status >= 500 || answer.status === 202) continue;
    if (answer.status === 409 && (await answer.text()).includes("try-again")) continue;
    return answer.status;
  }
  throw new Error("A shopper was given no answer that stands.");
}

/**
 * The queue runs dry; then the waits of a day are over: whatever a sweep would look at by then, it looks at now, orders at Shopify included, and
 * the day is stated.
 */
export async function comeToRest(bed: Bed, isolate: Isolate): Promise<void> {
  await bed.look(
    `update redemptions set due_at = now()
     where state in ('held', 'issued') and (state = 'held' or due_at < now() + interval '1 day')`,
  );
  await isolate.drain();
  await bed.look("update sweeps set due_at = now(), statement_due_at = now()");
  await isolate.scheduled();
  await isolate.drain();
}
