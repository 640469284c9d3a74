/** What a random history is drawn as: wishes that a shop (dev/histories/story-shop.ts) turns into what could have happened. Numbers choose. */
import type { Program } from "../../worker/domain/program.ts";
import type { OrderChange, OrderPlan } from "./shop-order.ts";

/** How a change of an order is told: by a new body; by its refund alone; by both; or not now (an old state may arrive late). */
export type Delivery = "at-once" | "apart" | "apart-and-at-once" | "withheld";

export type Wish =
  | { readonly wish: "wait" }
  | { readonly wish: "publish"; readonly program: Program; readonly fromDays: number; readonly keepsExpiry: boolean }
  | {
      readonly wish: "place";
      /** Only for one order more than a history has: then an old one is touched. */
      readonly order: number;
      /** Null = a guest. */
      readonly customer: number | null;
      readonly codes: readonly number[];
      readonly ageHours: number;
      readonly processedHours: number;
      readonly plan: OrderPlan;
      readonly delivery: Delivery;
    }
  | { readonly wish: "change"; readonly order: number; readonly change: OrderChange; readonly delivery: Delivery }
  | { readonly wish: "move"; readonly order: number; readonly customer: number | null; readonly delivery: Delivery }
  /** Any old news of the order, once more or for the first time. */
  | { readonly wish: "late"; readonly order: number; readonly news: number }
  | { readonly wish: "delete"; readonly order: number }
  | {
      readonly wish: "hold";
      readonly redemption: number;
      /** Null = whoever has the most points. */
      readonly customer: number | null;
      readonly reward: number;
    }
  | { readonly wish: "issue" | "release"; readonly redemption: number }
  | {
      readonly wish: "adjust";
      readonly id: number;
      readonly customer: number;
      /** "all" = whatever is available to whoever has the most. */
      readonly points: number | "all";
      readonly reason: string;
    }
  | {
      readonly wish: "open";
      readonly id: number;
      readonly customer: number;
      readonly points: number;
      readonly availableDays: number;
      readonly expiresDays: number | null;
    }
  | { readonly wish: "membership"; readonly customer: number; readonly isMember: boolean }
  | { readonly wish: "merge"; readonly kept: number; readonly merged: number }
  | { readonly wish: "read-group"; readonly group: string; readonly productIds: readonly string[] }
  | { readonly wish: "sweep" };

export interface TimedWish {
  readonly waitMs: number;
  readonly deliveries: number;
  readonly wish: Wish;
}
