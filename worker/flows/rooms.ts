/** What a flow joins: the ledger, the shops and their programs, Shopify, and the queue. Made once per isolate. */
import { DEFAULT_TIME_ZONE } from "../domain/calendar.ts";
import { membershipsBy } from "../domain/product-groups.ts";
import type { ShopRules } from "../domain/program.ts";
import type { Settings } from "../env.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Books } from "../ledger/load.ts";
import { logEvent } from "../log.ts";
import type { AuditBook } from "../program/audit.ts";
import type { ProgramDesk } from "../program/desk.ts";
import type { GroupBook } from "../program/product-groups.ts";
import type { ProgramLibrary } from "../program/programs.ts";
import { type AdminApi, adminApi, type Manner } from "../shopify/admin-api.ts";
import type { Paces, Urgency } from "../shopify/pace.ts";
import type { ApiKeyBook } from "../shops/api-keys.ts";
import type { ImportRunBook } from "../shops/import-runs.ts";
import type { ImportBook } from "../shops/imports.ts";
import type { PaintingBook } from "../shops/paintings.ts";
import type { PilotTagBook } from "../shops/pilot-tag.ts";
import type { WordBook } from "../shops/shop-words.ts";
import type { Shop, ShopDirectory } from "../shops/shops.ts";
import type { StaffBook } from "../shops/staff.ts";
import type { StatementBook } from "../shops/statements.ts";
import type { SweepBook } from "../shops/sweeps.ts";
import type { TokenBook } from "../shops/token-book.ts";
import type { Decider, End } from "./commit-decision.ts";
import type { JobQueue } from "./jobs.ts";
import type { Lanes } from "./lanes.ts";
import { accessOf } from "./shop-access.ts";
import type { Turns } from "./turns.ts";

export interface Rooms {
  readonly ledger: Ledger;
  readonly settings: Settings;
  readonly shops: ShopDirectory;
  readonly tokens: TokenBook;
  readonly sweeps: SweepBook;
  readonly paintings: PaintingBook;
  readonly imports: ImportBook;
  readonly importRuns: ImportRunBook;
  readonly statements: StatementBook;
  readonly staff: StaffBook;
  readonly apiKeys: ApiKeyBook;
  readonly pilotTags: PilotTagBook;
  readonly words: WordBook;
  readonly programs: ProgramLibrary;
  readonly desk: ProgramDesk;
  readonly groups: GroupBook;
  readonly audit: AuditBook;
  readonly queue: JobQueue;
  readonly lanes: Lanes;
  /** Commands that meet in this isolate. */
  readonly turns: Turns<Decider, End>;
  /** How fast each shop is asked at Shopify. */
  readonly paces: Paces;
  /** Whether somebody waits for what is done here. */
  readonly urgency: Urgency;
  /** For caches, and for how fresh a request is: what happened when in the ledger is the database's to say. */
  nowMs(): number;
}

/** Shopify's Admin API in the name of a shop; null when the shop has no token (not installed, uninstalled, or waiting for its merchant). */
export async function adminApiOf(rooms: Rooms, shop: Shop): Promise<AdminApi | null> {
  if (!shop.isInstalled || shop.accessTokenSealed === null) return null;
  const { SHOPIFY_API_KEY, SHOPIFY_API_SECRET } = rooms.settings;
  const access = accessOf(rooms, shop, shop.accessTokenSealed);
  const app = { apiKey: SHOPIFY_API_KEY, apiSecret: SHOPIFY_API_SECRET };
  return adminApi(app, shop.domain, access, mannerOf(rooms, shop.domain));
}

/** How this shop is asked: in its pace, and with one event for each call that failed. */
export function mannerOf({ paces, urgency }: Rooms, shop: string): Manner {
  return { pace: paces.of(shop), urgency, tell: (failed) => logEvent({ event: "shopify", shop, ...failed }) };
}

/** The program as of at least the version that this load has seen published. */
export async function rulesOf(rooms: Rooms, shop: Shop, books: Books): Promise<ShopRules> {
  const programs = await rooms.programs.programsOf(shop.id, books.newestProgramVersion, rooms.nowMs());
  const productGroups = membershipsBy(books.memberships);
  return { currency: shop.currency, timeZone: shop.timeZone ?? DEFAULT_TIME_ZONE, productGroups, ...programs };
}

/** One shop's part of what was loaded: a load answers for each shop that it was asked about. */
export function booksOf(books: ReadonlyMap<number, Books>, shop: Shop): Books {
  const own = books.get(shop.id);
  if (!own) throw new Error("A load left out a shop it was asked about.");
  return own;
}
