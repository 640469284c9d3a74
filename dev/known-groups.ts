/** Test helper: what is known of collections and tags, in memory, as `lojal_note_group_1` keeps it. */
import { type GroupMembership, type GroupMemberships, membershipsBy } from "../worker/domain/product-groups.ts";

const LEARNED_AFTER_MS = 60_000;
const BEGINNING = Number.NEGATIVE_INFINITY;

interface Row {
  readonly group: string;
  readonly title: string;
  readonly productId: string;
  readonly since: number;
  until: number | null;
}

export class KnownGroups {
  readonly #rows: Row[] = [];

  /** A reading. Until a published version names the group it counts from the beginning, otherwise from a minute on. */
  note(group: string, productIds: readonly string[], { isNamed, nowMs }: { isNamed: boolean; nowMs: number }): void {
    const moment = isNamed ? nowMs + LEARNED_AFTER_MS : BEGINNING;
    const open = this.#rows.filter((row) => row.group === group && row.until === null);
    for (const row of open) if (!productIds.includes(row.productId)) row.until = moment;
    for (const productId of new Set(productIds)) {
      if (open.some((row) => row.productId === productId && row.until === null)) continue;
      const same = this.#rows.find((row) => row.group === group && row.productId === productId && row.since === moment);
      if (same) same.until = null;
      else this.#rows.push({ group, title: group, productId, since: moment, until: null });
    }
  }

  memberships(): GroupMemberships {
    return membershipsBy(
      this.#rows
        .filter(({ until }) => until !== BEGINNING)
        .map(
          ({ since, until, ...row }): GroupMembership => ({
            ...row,
            sinceMs: since === BEGINNING ? null : since,
            untilMs: until,
          }),
        ),
    );
  }
}
