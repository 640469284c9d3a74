/** Test helper: deliveries as Shopify signs them, taken by the app itself, and the jobs they left on the queue. */
import { createApp } from "../worker/app.ts";
import type { Job } from "../worker/flows/jobs.ts";
import { runJobs } from "../worker/flows/run-jobs.ts";
import { noLimits } from "./no-limits.ts";
import { right, webhookHeaders } from "./test-requests.ts";
import type { TestWorld } from "./test-rooms.ts";

export interface Delivery {
  readonly topic: string;
  readonly body: unknown;
  /** The test's own shop unless it says another. */
  readonly shop?: string;
  readonly triggeredAt?: string;
  readonly deliveryId?: string;
}

/** Posts the delivery, as text where it is text already, and returns the answer. What it left on the queue stays there. */
export async function post(world: TestWorld, delivery: Delivery): Promise<Response> {
  const { topic, body, shop = world.shop.domain, triggeredAt, deliveryId } = delivery;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = webhookHeaders(shop, topic, right(text));
  if (triggeredAt !== undefined) headers["X-Shopify-Triggered-At"] = triggeredAt;
  if (deliveryId !== undefined) headers["X-Shopify-Webhook-Id"] = deliveryId;
  return await createApp(() => world.rooms, noLimits).request("/webhooks", { method: "POST", headers, body: text });
}

/** Posts the delivery and runs what it left on the queue; what that leaves in turn (painting) stays there. */
export async function deliver(world: TestWorld, delivery: Delivery): Promise<void> {
  const answer = await post(world, delivery);
  if (answer.status !== 200) throw new Error(`A delivery was answered ${answer.status}.`);
  const faults = await runJobs(world.rooms, takeDeliveries(world));
  if (faults.some((fault) => fault !== null)) throw new Error("A job of a delivery was not done.");
}

/** Takes the jobs that deliveries made off the queue. */
export function takeDeliveries(world: TestWorld): Job[] {
  const brought = world.queue.jobs.filter((job) => "topic" in job);
  world.queue.jobs.splice(0, world.queue.jobs.length, ...world.queue.jobs.filter((job) => !("topic" in job)));
  return brought;
}

/** As a person's own request to Shopify arrives here: with more than is read. */
export const personOf = (customerId: string) => ({
  id: Number(customerId),
  email: "a.person@example.com",
  phone: "555-0100",
});
