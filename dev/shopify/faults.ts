/** Faults ordered through the switchboard: what the coming Admin API calls suffer. */

export const faultNames = [
  /** THROTTLED in an HTTP 200, as the API does; 429 as its front door does. Neither has an effect. */
  "throttle",
  "429",
  "500",
  "502",
  "503",
  /** No answer: before or after the effect, after half a minute or at once; or with the effect when the caller has long given up. */
  "timeout-before",
  "timeout-after",
  "lose-reply",
  "late",
  /** HTTP 200 and no effect: an error of Shopify's own, among the user errors or above them; a refusal of what was asked. */
  "user-errors",
  "graphql-error",
  "refuse",
  /** The effect, and an answer that tells too little, or what is no answer at all. */
  "no-cost",
  "wrong-cost",
  "empty-data",
  "bad-json",
  "not-json",
  /** The effect and a right answer, some seconds later. */
  "slow",
  /** The token is good no more, for this one call; a shop that has not paid, is closed to the app, or is locked. */
  "401",
  "402",
  "403",
  "423",
] as const;
export type FaultName = (typeof faultNames)[number];

export interface FaultOrder {
  readonly next: number;
  readonly fault: FaultName;
  /** Only calls for this shop. */
  readonly shop?: string | undefined;
  /** Only calls with this field at the root, such as `discountCodeBasicCreate`. */
  readonly operation?: string | undefined;
}

/** The orders that still stand, in the sequence they were given. */
export class Faults {
  #orders: (FaultOrder & { left: number })[] = [];

  order(order: FaultOrder): void {
    if (order.next > 0) this.#orders.push({ ...order, left: order.next });
  }

  clear(): void {
    this.#orders = [];
  }

  waiting(): { fault: FaultName; left: number; shop?: string | undefined; operation?: string | undefined }[] {
    return this.#orders.map(({ fault, left, shop, operation }) => ({ fault, left, shop, operation }));
  }

  /** The fault that this call suffers, and counts it off. */
  take(shop: string, rootFields: readonly string[]): FaultName | undefined {
    const order = this.#orders.find(
      (candidate) =>
        (candidate.shop === undefined || candidate.shop === shop) &&
        (candidate.operation === undefined || rootFields.includes(candidate.operation)),
    );
    if (order === undefined) return undefined;
    order.left -= 1;
    if (order.left === 0) this.#orders = this.#orders.filter((other) => other !== order);
    return order.fault;
  }
}
