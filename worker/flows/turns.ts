/**
 * Work on one thing that meets in one isolate: who comes first goes at once; those who come meanwhile wait, and then go together. Sixteen taps on
 * one account are two commits then, instead of a race of all against all.
 *
 * No request settles another's promise: what goes on after it would belong to the request that settled it. Whoever waits looks, by a timer of its own,
 * for what it was told. A request whose client has gone ends in the middle of its work, and tells nothing: nobody waits for one leader for longer than
 * a moment, and then takes the lead, or goes alone. What is done twice by that must be the same as once.
 */

/** How often whoever waits looks for news. */
const LOOK_MS = 4;

/** How long anybody waits for one leader: many times what a load and a commit take, so that only those reach it who wait for somebody gone. */
const LONGEST_WAIT_MS = 1_000;
const MOST_TOGETHER = 32;

/** "alone": the others are of no help. Whoever hears it does its work by itself. */
export type Turn<Outcome> = { readonly kind: "ended"; readonly outcome: Outcome } | { readonly kind: "alone" };

interface Waiting<Part, Outcome> {
  readonly part: Part;
  /** When the turn began that this one is part of; null while it is in the queue. */
  turnSinceMs: number | null;
  /** What it was told; null so far. */
  news: Turn<Outcome> | Call<Part, Outcome> | null;
}

/** It is your turn, with these others. */
interface Call<Part, Outcome> {
  readonly kind: "lead";
  readonly others: readonly Waiting<Part, Outcome>[];
}

interface Queue<Part, Outcome> {
  readonly waiting: Waiting<Part, Outcome>[];
  /** When whoever leads began. */
  ledSinceMs: number;
}

export class Turns<Part, Outcome> {
  readonly #queues = new Map<string, Queue<Part, Outcome>>();

  /** Does the work of this part, or has it done together with that of others of the same key. `act` takes all parts of a turn. */
  async take(key: string, part: Part, act: (parts: readonly Part[]) => Promise<Outcome>): Promise<Turn<Outcome>> {
    const present = this.#queues.get(key);
    const queue = present ?? { waiting: [], ledSinceMs: 0 };
    this.#queues.set(key, queue);
    const news = present ? await waitIn(present, part) : ({ kind: "lead", others: [] } as const);
    if (news.kind !== "lead") return news;
    const { others } = news;
    queue.ledSinceMs = Date.now();
    try {
      const outcome = await act([part, ...others.map((one) => one.part)]);
      for (const other of others) other.news = { kind: "ended", outcome };
      return { kind: "ended", outcome };
    } catch (fault) {
      // What one part makes impossible must not stop the others.
      if (others.length === 0) throw fault;
      for (const other of others) other.news = { kind: "alone" };
      return { kind: "alone" };
    } finally {
      const [next, ...rest] = called(queue);
      if (next) next.news = { kind: "lead", others: rest };
      else if (this.#queues.get(key) === queue) this.#queues.delete(key);
    }
  }
}

/** Until it is this part's turn, or it was done by somebody else, or whoever leads was not heard of for too long. */
async function waitIn<Part, Outcome>(
  queue: Queue<Part, Outcome>,
  part: Part,
): Promise<Turn<Outcome> | Call<Part, Outcome>> {
  const own: Waiting<Part, Outcome> = { part, turnSinceMs: null, news: null };
  queue.waiting.push(own);
  while (own.news === null && Date.now() - (own.turnSinceMs ?? queue.ledSinceMs) < LONGEST_WAIT_MS)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  if (own.news !== null) return own.news;
  if (own.turnSinceMs !== null) return { kind: "alone" };
  return { kind: "lead", others: called(queue).filter((one) => one !== own) };
}

/** Takes the next turn's parts from the queue. */
function called<Part, Outcome>(queue: Queue<Part, Outcome>): Waiting<Part, Outcome>[] {
  const turn = queue.waiting.splice(0, MOST_TOGETHER);
  for (const one of turn) one.turnSinceMs = Date.now();
  return turn;
}
