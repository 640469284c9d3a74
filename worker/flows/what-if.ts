/** What the draft would have done to the shop's own past orders: a page of them at a time, as far as a request may go; whoever asks drives it on. */
import * as z from "zod";
import { excludedGroups, membershipsBy } from "../domain/product-groups.ts";
import { type Program, type ShopRules, versionInForce } from "../domain/program.ts";
import type { Refusal } from "../domain/refusal.ts";
import {
  type Assumptions,
  assumptionsOf,
  type Figures,
  figuresOf,
  NO_REPLAY,
  type PastMember,
  replayMembers,
} from "../domain/what-if.ts";
import { readProgram } from "../program/read-program.ts";
import type { Shop } from "../shops/shops.ts";
import { readGroupsOf } from "./read-groups.ts";
import { booksOf, type Rooms, rulesOf } from "./rooms.ts";

export interface WhatIf {
  /** How many of the shop's orders were looked at, and how many there are. */
  readonly done: number;
  readonly total: number;
  /** Pass it to go on; null when all is done. */
  readonly next: string | null;
  /** Of the orders looked at: those of the time asked about. */
  readonly orders: number;
  readonly ledgerPoints: number;
  /** Orders that do not have the points that their own version says; 0 unless something is wrong. */
  readonly differing: number;
  /** What members have now, in points. */
  readonly outstandingPoints: number;
  /** Under the program in force now; null where there is none. */
  readonly today: Figures | null;
  readonly draft: Figures;
  readonly assumptions: Assumptions;
  /** What tiers are called, by their ids: by the draft where it has them, or else by the program of today. */
  readonly tierNames: Readonly<Record<string, string>>;
}

export type WhatIfAnswer =
  | { readonly kind: "what-if"; readonly whatIf: WhatIf }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface WhatIfRequest {
  /** The draft that was seen: another one begins anew. */
  readonly revision: number;
  /** Orders from before are left out. */
  readonly sinceMs: number;
  /** From the answer before; null to begin. */
  readonly after: string | null;
}

const count = z.number().int().min(0);
const sums = z.strictObject({
  earningOrders: count,
  members: count,
  points: count,
  expiredPoints: count,
  eligibleMinor: count,
  membersByTier: z.record(z.string().max(64), count),
});
const cursor = z.strictObject({
  revision: count,
  sinceMs: z.number().int(),
  done: count,
  place: z.strictObject({ memberId: z.string().regex(/^\d{1,19}$/), orderId: z.string().max(64).nullable() }),
  totals: z.strictObject({ orders: count, usedPoints: count, outstandingPoints: z.number().int() }),
  replay: z.strictObject({ orders: count, ledgerPoints: z.number().int(), differing: count, today: sums, draft: sums }),
});

/**
 * The next page. What was summed so far travels with the cursor: nothing is kept here, and whoever changes it deceives nobody but themselves.
 */
export async function askWhatIf(rooms: Rooms, shop: Shop, request: WhatIfRequest): Promise<WhatIfAnswer> {
  const before = request.after === null ? null : readCursor(request.after);
  if (before === undefined) return refuse({ code: "invalid-request", detail: "This is no cursor of a page before." });
  const draft = await rooms.desk.draft(shop.id);
  if (draft.revision !== request.revision || (before && before.revision !== request.revision) || draft.content === null)
    return refuse({ code: "newer-draft", revision: draft.revision, savedBy: draft.savedBy });
  const read = readProgram(draft.content);
  if ("faults" in read) return refuse({ code: "impossible-program", reasons: read.faults });

  const { books, nowMs } = await rooms.ledger.load([{ shopId: shop.id }], { open: false });
  const published = await rulesOf(rooms, shop, booksOf(books, shop));
  const unread = before === null ? await readGroupsOf(rooms, shop, read.program, published.versions) : null;
  if (unread) return refuse(unread);
  const today = versionInForce(published.versions, nowMs)?.program ?? null;
  const totals = before?.totals ?? (await rooms.ledger.pastTotals(shop.id));
  const page = await rooms.ledger.pastOrders(shop.id, before?.place ?? null);
  const rules = await withGroupsOf(rooms, shop, published, [read.program], page.members);
  const sinceMs = before?.sinceMs ?? request.sinceMs;
  const terms = { rules, today, draft: read.program, sinceMs, nowMs };
  const replay = replayMembers(before?.replay ?? NO_REPLAY, page.members, terms);
  const done = (before?.done ?? 0) + page.members.reduce((orders, member) => orders + member.orders.length, 0);
  const next: z.infer<typeof cursor> | null = page.next && {
    revision: request.revision,
    sinceMs,
    done,
    place: page.next,
    totals,
    replay,
  };
  const assumptions = assumptionsOf(replay.ledgerPoints, totals.usedPoints);
  return {
    kind: "what-if",
    whatIf: {
      done,
      // Orders that came meanwhile are looked at, too.
      total: next === null ? done : Math.max(done, totals.orders),
      next: next && btoa(JSON.stringify(next)),
      orders: replay.orders,
      ledgerPoints: replay.ledgerPoints,
      differing: replay.differing,
      outstandingPoints: totals.outstandingPoints,
      today: today && figuresOf(replay.today, today, assumptions),
      draft: figuresOf(replay.draft, read.program, assumptions),
      assumptions,
      tierNames: Object.fromEntries(
        [today, read.program].flatMap((program) => program?.tiers?.levels ?? []).map(({ id, name }) => [id, name]),
      ),
    },
  };
}

/** The rules with the groups of what these orders sold, where any program has groups. */
async function withGroupsOf(
  rooms: Rooms,
  shop: Shop,
  rules: ShopRules,
  drafts: readonly Program[],
  members: readonly PastMember[],
): Promise<ShopRules> {
  const programs = [...drafts, ...rules.versions.map(({ program }) => program)];
  if (programs.every(({ exclusions }) => excludedGroups(exclusions).length === 0)) return rules;
  const lines = members.flatMap(({ orders }) => orders.flatMap(({ state }) => state.body?.lines ?? []));
  const productIds = lines.flatMap(({ productId }) => productId ?? []);
  return { ...rules, productGroups: membershipsBy(await rooms.groups.membershipsOf(shop.id, productIds)) };
}

/** Undefined where it is none of ours. */
function readCursor(text: string): z.infer<typeof cursor> | undefined {
  try {
    const parsed = cursor.safeParse(JSON.parse(atob(text)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // Not base64, or not JSON.
  }
}

function refuse(refusal: Refusal): WhatIfAnswer {
  return { kind: "refused", refusal };
}
