/** A message of the queue holds 128 KB. An order of hundreds of lines with refunds is more: it travels packed, or is read at Shopify instead. */
import type { Job, OrderJob } from "./jobs.ts";

/** Below the queue's 128 KB: the message has an envelope, too. */
export const MESSAGE_BYTES = 120_000;

/** A job as gzip in base64. What tells whose it is stays readable. */
export interface PackedJob {
  readonly kind: "packed";
  readonly shop: string;
  readonly topic: string;
  readonly deliveryId: string | null;
  readonly gzip: string;
}

export type Message = Job | PackedJob;

/**
 * The job as a message that the queue takes: as it is, packed, or, where even that is too large, the order to read this order at Shopify.
 * Throws for any other job that is too large.
 */
export async function messageOf(job: Job): Promise<Message> {
  if (fits(job)) return job;
  if (job.kind !== "order") throw new Error("A job is too large for the queue.");
  const packed = await pack(job);
  if (fits(packed)) return packed;
  const { shop, topic, deliveryId, orderId } = job;
  return { kind: "read-order", shop, topic, deliveryId, orderId };
}

/** The job of a message. What is no packed job comes back as it is; throws when one cannot be unpacked. */
export async function jobOf(message: unknown): Promise<unknown> {
  if (!isPacked(message)) return message;
  const bytes = Uint8Array.from(atob(message.gzip), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function isPacked(message: unknown): message is PackedJob {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "packed";
}

async function pack(job: OrderJob): Promise<PackedJob> {
  const stream = new Blob([JSON.stringify(job)]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const { shop, topic, deliveryId } = job;
  return { kind: "packed", shop, topic, deliveryId, gzip: toBase64(bytes) };
}

const PART = 8_192;

/** Part by part: a function takes only so many arguments. */
function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PART) text += String.fromCharCode(...bytes.subarray(at, at + PART));
  return btoa(text);
}

const encoder = new TextEncoder();
/** In UTF-8, of one unit of a JavaScript string. */
const MOST_BYTES_PER_UNIT = 3;

/** Most messages are small by any count: only one that may be too large is counted byte by byte. */
function fits(message: Message): boolean {
  const text = JSON.stringify(message);
  return text.length * MOST_BYTES_PER_UNIT <= MESSAGE_BYTES || encoder.encode(text).length <= MESSAGE_BYTES;
}

export function bytesOf(message: Message): number {
  return encoder.encode(JSON.stringify(message)).length;
}
