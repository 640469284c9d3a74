/** Shopify's deliveries: verified, reduced, queued, answered. The work comes later. */
import { Hono } from "hono";
import { signingSecrets } from "../env.ts";
import type { Job, SetAsideJob } from "../flows/jobs.ts";
import { faultFields } from "../log.ts";
import { readSnapshot, reasonOf } from "../shopify/snapshot.ts";
import { type VerifiedWebhook, verifyWebhook } from "../shopify/verify-webhook.ts";
import { BODY_TIMEOUT_MS, readBody } from "./body.ts";
import { note, type RequestContext } from "./context.ts";
import { problem } from "./problem.ts";

const MAX_BODY_BYTES = 5 * 1024 * 1024;
const bounds = { maxBytes: MAX_BODY_BYTES, maxDroppedBytes: 32 * 1024 * 1024, timeoutMs: BODY_TIMEOUT_MS };

export const webhooks = new Hono<RequestContext>();

webhooks.post("/", async (c) => {
  const body = await readBody(c.req.raw, bounds);
  if (body === "too-large") return problem(c, body, `A delivery may have ${MAX_BODY_BYTES} bytes.`);
  if (body === "too-slow") return problem(c, body);
  const { rooms } = c.var;
  const verdict = await verifyWebhook(c.req.raw.headers, body, signingSecrets(rooms.settings));
  if (!verdict.verified) return problem(c, verdict.reason, verdict.detail);
  const { shop, topic } = verdict.webhook;
  const job = jobOf(verdict.webhook);
  try {
    await rooms.queue.send([job], { lane: rooms.lanes.laneOf(shop, rooms.nowMs()) });
  } catch (fault) {
    // Not accepted: Shopify delivers again.
    note(c, { shop, topic, accepted: false, work: "accept", ...faultFields(fault) });
    return problem(c, "unavailable", "The delivery could not be queued; deliver it again.");
  }
  const outcome = job.kind === "set-aside" ? "recorded" : "queued";
  note(c, { shop, topic, accepted: true, outcome, ...(job.kind === "set-aside" ? { reason: reasonAlone(job) } : {}) });
  return c.json({ accepted: true, outcome });
});

/** `unknown-topic` or `unreadable`, without what exactly. */
function reasonAlone({ reason }: SetAsideJob): string {
  return /^[a-z-]*/.exec(reason)?.[0] ?? "";
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
    case "shop-news":
      return { kind: "shop-news", ...delivery, triggeredAtMs, news: verdict.news };
    case "set-aside":
      return { kind: "set-aside", ...delivery, reason: reasonOf(verdict) };
  }
}
