/**
 * The offline tokens that the local Shopify gave an app for one shop. One expiring token is good at a time: a new one revokes those before it.
 * A refresh token that was used stays good until the one that came of it is used, at most for 30 days, so that a lost answer can be asked for again
 * (https://shopify.dev/changelog/more-resilient-refreshes-for-expiring-offline-access-tokens).
 */
import type { Clock } from "./shop-state.ts";

export const ACCESS_SECONDS = 3_600;
export const REFRESH_SECONDS = 90 * 24 * 3_600;
const RETRY_SECONDS = 30 * 24 * 3_600;

export interface IssuedPair {
  readonly access: string;
  readonly refresh: string;
  readonly issuedAtMs: number;
}

export class TokenIssuer {
  /** Every token that was ever given out, also those that are good no more. */
  readonly issued: string[] = [];
  /** How many pairs were exchanged and refreshed, and how many refreshes were refused. */
  readonly counts = { exchanged: 0, refreshed: 0, refused: 0 };
  readonly #clock: Clock;
  #current: IssuedPair | null = null;
  /** What the current one came of, and when it was first used. */
  #earlier: { readonly pair: IssuedPair; readonly usedAtMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The pair for a merchant's session: whatever was good before is not any more. */
  exchange(): IssuedPair {
    this.counts.exchanged += 1;
    this.#earlier = null;
    return this.#issue();
  }

  /** A token that does not expire. */
  permanent(): string {
    return this.#note(`shpat_${crypto.randomUUID().replaceAll("-", "")}`);
  }

  /** The next pair; null when this refresh token is good no more. */
  refresh(token: string): IssuedPair | null {
    const nowMs = this.#clock().getTime();
    if (token === this.#current?.refresh && isWithin(this.#current.issuedAtMs, REFRESH_SECONDS, nowMs)) {
      this.#earlier = { pair: this.#current, usedAtMs: nowMs };
    } else if (
      token !== this.#earlier?.pair.refresh ||
      !isWithin(this.#earlier.pair.issuedAtMs, REFRESH_SECONDS, nowMs) ||
      !isWithin(this.#earlier.usedAtMs, RETRY_SECONDS, nowMs)
    ) {
      this.counts.refused += 1;
      return null;
    }
    this.counts.refreshed += 1;
    return this.#issue();
  }

  /** Whether this access token is good now. */
  admits(token: string): boolean {
    const current = this.#current;
    return current?.access === token && isWithin(current.issuedAtMs, ACCESS_SECONDS, this.#clock().getTime());
  }

  /** Whether a pair like this one still works: its refresh token would bring the next. */
  isAlive(refresh: string): boolean {
    const nowMs = this.#clock().getTime();
    const current = this.#current;
    return current?.refresh === refresh && isWithin(current.issuedAtMs, REFRESH_SECONDS, nowMs);
  }

  /** So much time passes for these tokens, and for nothing else. */
  age(ms: number): void {
    const older = (pair: IssuedPair) => ({ ...pair, issuedAtMs: pair.issuedAtMs - ms });
    this.#current &&= older(this.#current);
    this.#earlier &&= { pair: older(this.#earlier.pair), usedAtMs: this.#earlier.usedAtMs - ms };
  }

  /** The app was removed. */
  revokeAll(): void {
    this.#current = null;
    this.#earlier = null;
  }

  #issue(): IssuedPair {
    const name = () => crypto.randomUUID().replaceAll("-", "");
    const [access, refresh] = [this.#note(`shpat_${name()}`), this.#note(`shprt_${name()}`)];
    this.#current = { access, refresh, issuedAtMs: this.#clock().getTime() };
    return this.#current;
  }

  #note(token: string): string {
    this.issued.push(token);
    return token;
  }
}

function isWithin(fromMs: number, seconds: number, nowMs: number): boolean {
  return nowMs < fromMs + seconds * 1000;
}
