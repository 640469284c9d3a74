/** Shopify's deliveries: verified, reduced, queued, answered. The work comes later. */
import { Hono } from "hono";
import type { Job } from "../flows/jobs.ts";
import { settleOrders } from "../flows/settle-orders.ts";
import { faultFields, logEvent } from "../log.ts";
import { readSnapshot } from "../shopify/snapshot.ts";
import { type VerifiedWebhook, verifyWebhook } from "../shopify/verify-webhook.ts";
import type { RequestContext } from "./context.ts";
import { problem } from "./problem.ts";

const MAX_BODY_BYTES = 5 * 1024 * 1024;
const MAX_QUEUED_BYTES = 120_000;
const MAX_DROPPED_BYTES = 32 * 1024 * 1024;

export const webhooks = new Hono<RequestContext>();

webhooks.post("/", async (c) => {
  const body = await readLimited(c.req.raw, MAX_BODY_BYTES);
  if (body === null) return problem(c, "too-large", `A delivery may have ${MAX_BODY_BYTES} bytes.`);
  const { rooms } = c.var;
  const verdict = await verifyWebhook(c.req.raw.headers, body, rooms.settings.SHOPIFY_API_SECRET);
  if (!verdict.verified) return problem(c, verdict.reason, verdict.detail);
  const { webhook } = verdict;
  const job = jobOf(webhook);
  try {
    if (job.kind === "order" && isTooLargeToQueue(job)) await settleOrders(rooms, [job]);
    else await rooms.queue.send([job]);
  } catch (fault) {
    // Not accepted: Shopify delivers again.
    logEvent({ event: "fault", work: "accept", shop: webhook.shop, topic: webhook.topic, ...faultFields(fault) });
    return problem(c, "unavailable", "The delivery could not be queued; deliver it again.");
  }
  return c.json({ accepted: true, outcome: job.kind === "set-aside" ? "recorded" : "queued" });
});

/** A queue's message holds 128 KB; an order of hundreds of lines with refunds is more, and is settled while Shopify waits. */
function isTooLargeToQueue(job: Job): boolean {
  return new TextEncoder().encode(JSON.stringify(job)).length > MAX_QUEUED_BYTES;
}

function jobOf({ shop, topic, deliveryId, triggeredAtMs, text }: VerifiedWebhook): Job {
  const verdict = readSnapshot(topic, text, triggeredAtMs);
  const delivery = { shop, topic, deliveryId };
  switch (verdict.kind) {
    case "order":
      return { kind: "order", ...delivery, ...verdict.snapshot };
    case "read-order":
      return { kind: "read-order", ...delivery, orderId: verdict.orderId };
    case "merge-customers":
      return { kind: "merge-customers", ...delivery, ...verdict.merger };
    case "set-aside": {
      const { reason, detail } = verdict;
      return {
        kind: "set-aside",
        ...delivery,
        reason: detail === null ? reason : `${reason}: ${detail}`.slice(0, 500),
      };
    }
  }
}

/**
 * The whole body, or null when it is longer than it may be. A caller that is still sending would take an early answer for a broken
 * connection, so what is too long is read on and dropped, up to a bound of its own.
 */
async function readLimited(request: Request, maxBytes: number): Promise<ArrayBuffer | null> {
  if (Number(request.headers.get("Content-Length") ?? 0) > MAX_DROPPED_BYTES) return null;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_DROPPED_BYTES) return null;
    if (length <= maxBytes) chunks.push(chunk);
  }
  if (length > maxBytes) return null;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole.buffer;
}
