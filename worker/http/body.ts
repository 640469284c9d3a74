/** Bodies are read whole, within a size and a time. */

export interface BodyBounds {
  readonly maxBytes: number;
  /** How much of a longer one is read on and dropped. */
  readonly maxDroppedBytes: number;
  readonly timeoutMs: number;
}

/** Shopify itself waits five seconds for an answer: who still sends after twice that is nobody we serve. */
export const BODY_TIMEOUT_MS = 10_000;

export type Unreadable = "too-large" | "too-slow";

/**
 * The whole body, or why not. What a caller declares is believed where it is too much, and counted where it is not. Who sends slowly
 * holds memory of everybody's: after a time the caller is answered without it.
 */
export async function readBody(request: Request, bounds: BodyBounds): Promise<ArrayBuffer | Unreadable> {
  const declared = Number(request.headers.get("Content-Length") ?? Number.NaN);
  if (declared > bounds.maxDroppedBytes) return "too-large";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Unreadable>((resolve) => {
    timer = setTimeout(() => resolve("too-slow"), bounds.timeoutMs);
  });
  try {
    return await Promise.race([
      declared <= bounds.maxBytes ? atOnce(request, bounds) : inPieces(request, bounds),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

async function atOnce(request: Request, { maxBytes }: BodyBounds): Promise<ArrayBuffer | Unreadable> {
  const body = await request.arrayBuffer();
  return body.byteLength > maxBytes ? "too-large" : body;
}

/**
 * Piece by piece. A caller that is still sending would take an early answer for a broken connection, so what is too long is read on
 * and dropped, up to a bound of its own.
 */
async function inPieces(
  request: Request,
  { maxBytes, maxDroppedBytes }: BodyBounds,
): Promise<ArrayBuffer | Unreadable> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > maxDroppedBytes) return "too-large";
    if (length <= maxBytes) chunks.push(chunk);
  }
  if (length > maxBytes) return "too-large";
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole.buffer;
}
