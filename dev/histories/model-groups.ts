/** The model's collections and tags: every reading is kept, and the last one that counted when an order was created is the one for it. */
import type { Exclusions } from "../../worker/domain/program.ts";

export interface Reading {
  readonly group: string;
  readonly productIds: readonly string[];
  readonly fromMs: number;
}

/** How readings call the groups that a program leaves out. */
export function namesOf({ collectionIds = [], tags = [] }: Partial<Exclusions> = {}): string[] {
  return [...collectionIds.map((id) => `collection:${id}`), ...tags.map((tag) => `tag:${tag.toLowerCase()}`)];
}

/** The products that were in any of the program's groups at a moment. */
export function heldThen(readings: readonly Reading[], exclusions: Exclusions, atMs: number): readonly string[] {
  return namesOf(exclusions).flatMap((name) => {
    const counting = readings.filter(({ group, fromMs }) => group === name && fromMs <= atMs);
    return counting.at(-1)?.productIds ?? [];
  });
}
