/** Faults ordered through the switchboard: what the coming Admin API calls suffer. */

export const faultNames = ["throttle", "500", "timeout-before", "timeout-after", "lose-reply"] as const;
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
