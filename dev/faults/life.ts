/**
 * One life of a worker in this process. Whatever the worker waits for is a request of its to somewhere: it passes here, and here the life can
 * end, before the request is sent or after it had its effect. From then on nothing of the worker moves any more, as when its process is killed.
 */
import { AsyncLocalStorage } from "node:async_hooks";

export type Moment = "before" | "after";

const lives = new AsyncLocalStorage<Life>();

/** Who is killed never hears another word. */
const silence = <Answer>(): Promise<Answer> => new Promise(() => undefined);

export class Life {
  #requests = 0;
  #end: { readonly request: number; readonly moment: Moment } | null = null;
  #isOver = false;
  readonly #ended = Promise.withResolvers<void>();

  /** Made so far, to whichever host or queue. */
  get requests(): number {
    return this.#requests;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Plans the end for the request of this number, counted from now. */
  endAt(request: number, moment: Moment): void {
    this.#end = { request: this.#requests + request, moment };
  }

  /** Does something in this life. Null when the life ended over it. */
  async live<Answer>(work: () => Promise<Answer>): Promise<{ readonly answer: Answer } | null> {
    const done = lives.run(this, work).then((answer) => ({ answer }));
    return await Promise.race([done, this.#ended.promise.then(() => null)]);
  }

  async #pass<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    if (this.#isOver) return await silence();
    this.#requests += 1;
    if (this.#requests === this.#end?.request) {
      this.#isOver = true;
      if (this.#end.moment === "after") await request().catch(() => undefined);
      this.#ended.resolve();
    }
    if (this.#isOver) return await silence();
    const answer = await request();
    return this.#isOver ? await silence() : answer;
  }

  /** Sends a request in the name of whichever life it is part of. */
  static request<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    const life = lives.getStore();
    return life === undefined ? request() : life.#pass(request);
  }
}
