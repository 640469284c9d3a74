/** A connection with chosen bad luck: it stands in front of a host of the local network and spoils single requests, by their number. */
import type { Handler } from "../network.ts";
import { DropConnection } from "../shopify/drop-connection.ts";

/**
 * Where a request breaks off. `late`: its sender was told that the connection is lost, and it arrives all the same, some requests
 * later.
 */
export const CUTS = ["before", "mid-request", "after", "mid-reply", "late"] as const;
export type Cut = (typeof CUTS)[number];

/** What becomes of one request. */
export type Mishap =
  /** The connection breaks; the sender gets no answer, or the first half of one. */
  | { readonly cut: Cut }
  /** Another answer than the host's own, before or after the host did what it was asked. */
  | { readonly answer: () => Response; readonly effect: "none" | "done" }
  /** Something happens to the world (a process dies), before or after the effect; then the connection is lost. */
  | { readonly strike: () => Promise<unknown>; readonly effect: "none" | "done" };

/** Chooses for the request of this number, from 1, since the plan was made. Null leaves it alone. */
export type Plan = (number: number, request: Request) => Mishap | null;

/** Told of each request when it is sent, and may hold it up; what it returns is told when its sender has an answer, or knows that there is none. */
export type Watcher = (request: Request) => Promise<() => void>;

const LATE_BY = 2;

export class Wire {
  readonly #host: Handler;
  watcher: Watcher | null = null;
  #plan: Plan | null = null;
  #requests = 0;
  #mishaps = 0;
  #late: { due: number; request: Request }[] = [];

  constructor(host: Handler) {
    this.#host = host;
  }

  /** Since the plan was made. */
  get requests(): number {
    return this.#requests;
  }

  /** Since the plan was made. */
  get mishaps(): number {
    return this.#mishaps;
  }

  /** From now on; null makes the connection a good one. */
  follow(plan: Plan | null): void {
    this.#plan = plan;
    this.#requests = 0;
    this.#mishaps = 0;
  }

  /** Lets everything arrive that is still on its way. */
  async settle(): Promise<void> {
    for (const { request } of this.#late.splice(0)) await this.#unheard(request);
  }

  /** Carries one request. Throws a DropConnection where the sender sees a broken connection. */
  readonly carry: Handler = async (request) => {
    const answered = await this.watcher?.(request);
    try {
      return await this.#carry(request);
    } finally {
      answered?.();
    }
  };

  async #carry(request: Request): Promise<Response> {
    const number = ++this.#requests;
    const mishap = this.#plan?.(number, request) ?? null;
    const due = this.#late.filter((one) => one.due <= number);
    this.#late = this.#late.filter((one) => one.due > number);
    for (const one of due) await this.#unheard(one.request);
    if (mishap === null) return await this.#host(request);
    this.#mishaps += 1;
    if ("cut" in mishap) return await this.#cut(mishap.cut, request, number);
    const own = mishap.effect === "done" ? await this.#host(request) : null;
    await own?.arrayBuffer();
    if ("answer" in mishap) return mishap.answer();
    await mishap.strike();
    throw new DropConnection("the connection is lost");
  }

  async #cut(cut: Cut, request: Request, number: number): Promise<Response> {
    if (cut === "mid-request") await this.#unheard(await firstHalf(request));
    if (cut === "late") this.#late.push({ due: number + LATE_BY, request: await whole(request) });
    if (cut === "after") await this.#unheard(request);
    if (cut === "mid-reply") return await brokenReply(await this.#host(request));
    throw new DropConnection("the connection is lost");
  }

  /** The host does what it was asked; nobody hears of it. */
  async #unheard(request: Request): Promise<void> {
    const answer = await this.#host(request).catch(() => null);
    await answer?.arrayBuffer();
  }
}

async function whole(request: Request): Promise<Request> {
  return new Request(request.url, {
    method: request.method,
    headers: request.headers,
    body: await request.arrayBuffer(),
  });
}

/** What arrives of a request whose sender went away while it was sending. */
async function firstHalf(request: Request): Promise<Request> {
  const { url, method } = request;
  const headers = new Headers(request.headers);
  headers.delete("content-length");
  const body = await request.arrayBuffer();
  return new Request(url, { method, headers, body: body.slice(0, Math.floor(body.byteLength / 2)) });
}

/** An answer whose second half never comes. */
async function brokenReply(answer: Response): Promise<Response> {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const half = bytes.slice(0, Math.floor(bytes.byteLength / 2));
  let isHalfSent = false;
  const body = new ReadableStream({
    pull(controller) {
      if (isHalfSent) controller.error(new DropConnection("the connection is lost"));
      else controller.enqueue(half);
      isHalfSent = true;
    },
  });
  const headers = new Headers(answer.headers);
  headers.set("content-length", String(bytes.byteLength));
  return new Response(body, { status: answer.status, headers });
}
