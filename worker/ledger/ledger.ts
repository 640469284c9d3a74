/** The ledger over one database: the only door to accounts, lots, entries, allocations, order states and redemptions. */
import { sql } from "drizzle-orm";
import type { Database } from "../db/client.ts";
import type { PilotWay } from "../domain/account.ts";
import type { Reward } from "../domain/rewards.ts";
import { commit, commitOrLoad, type Retriable, type Unit } from "./commit.ts";
import { compareOrders, proveBooks, type ShownOrder } from "./compare.ts";
import {
  countEntriesSince,
  countRows,
  exportGuestOrders,
  exportMembers,
  exportMergers,
  passNumbers,
  restoreLines,
} from "./export.ts";
import { forgetCustomer, readCustomerIds, readOpenCodes, readReport } from "./forget.ts";
import { readEntriesOf } from "./listed-entries.ts";
import { load, type Wanted } from "./load.ts";
import { type PastCursor, readPastOrders, readPastTotals } from "./past-orders.ts";
import { readPilotMembers } from "./pilot-members.ts";
import {
  beginClosing,
  callToSweep,
  postponeRedemption,
  readDue,
  readHistory,
  readLiveCodes,
  readMembersAfter,
  readRedemption,
  readRedemptions,
  readUncounted,
} from "./read.ts";
import { countMembers, readActivity, readDonations, readMovements, readOutstanding } from "./read-figures.ts";
import { readHoldings, readMemberPage } from "./read-members.ts";
import { countOtherCurrency, readOtherCurrency } from "./read-other-currency.ts";
import { readCredits, readOpenExperiences, readRewardCounts, readRewardUses } from "./reward-uses.ts";

export type Ledger = ReturnType<typeof openLedger>;

export function openLedger(db: Database) {
  return {
    load: (wanted: readonly Wanted[], options: { open: boolean }) => load(db, wanted, options),
    commit: (units: readonly Unit[]) => commit(db, units),
    commitOrLoad: (units: readonly Retriable[], options: Parameters<typeof commitOrLoad>[2]) =>
      commitOrLoad(db, units, options),
    history: (query: Parameters<typeof readHistory>[1]) => readHistory(db, query),
    redemptions: (shopId: number, customerId: string) => readRedemptions(db, shopId, customerId),
    redemption: (shopId: number, customerId: string, redemptionId: string) =>
      readRedemption(db, shopId, customerId, redemptionId),
    liveCodes: (shopId: number, memberIds: readonly string[]) => readLiveCodes(db, shopId, memberIds),
    openCodes: (shopId: number) => readOpenCodes(db, shopId),
    report: (shopId: number, customerId: string) => readReport(db, shopId, customerId),
    customerIds: (shopId: number, customerId: string) => readCustomerIds(db, shopId, customerId),
    forget: (shopId: number, customerId: string) => forgetCustomer(db, shopId, customerId),
    callToSweep: (shopId: number, afterMemberId: string) => callToSweep(db, shopId, afterMemberId),
    uncounted: (shopId: number, afterOrderId: string, most: number) => readUncounted(db, shopId, afterOrderId, most),
    membersAfter: (shopId: number, afterMemberId: string, most: number) =>
      readMembersAfter(db, shopId, afterMemberId, most),
    pastOrders: (shopId: number, after: PastCursor | null, pageSize?: number) =>
      readPastOrders(db, shopId, after, pageSize),
    pastTotals: (shopId: number) => readPastTotals(db, shopId),
    pilotMembers: (shopId: number, afterMemberId: string, way: PilotWay = "pilot") =>
      readPilotMembers(db, shopId, afterMemberId, way),
    memberPage: (query: Parameters<typeof readMemberPage>[1]) => readMemberPage(db, query),
    movements: (shopId: number, moments: readonly number[]) => readMovements(db, shopId, moments),
    activity: (shopId: number, time: Parameters<typeof readActivity>[2]) => readActivity(db, shopId, time),
    countMembers: (shopId: number, time: Parameters<typeof countMembers>[2]) => countMembers(db, shopId, time),
    donations: (shopId: number, time: Parameters<typeof readDonations>[2]) => readDonations(db, shopId, time),
    outstanding: (shopId: number, asked: Parameters<typeof readOutstanding>[2]) => readOutstanding(db, shopId, asked),
    holdings: (shopId: number) => readHoldings(db, shopId),
    rewardUses: (shopId: number, memberId: string | null, rewards: readonly Reward[]) =>
      readRewardUses(db, shopId, memberId, rewards),
    rewardCounts: (shopId: number) => readRewardCounts(db, shopId),
    credits: (shopId: number, memberId: string) => readCredits(db, shopId, memberId),
    openExperiences: (shopId: number, after: string | null) => readOpenExperiences(db, shopId, after),
    due: (shopId: number) => readDue(db, shopId),
    compareOrders: (shopId: number, shown: readonly ShownOrder[]) => compareOrders(db, shopId, shown),
    otherCurrency: (query: Parameters<typeof readOtherCurrency>[1]) => readOtherCurrency(db, query),
    countOtherCurrency: (shopId: number) => countOtherCurrency(db, shopId),
    proveBooks: (shopId: number, sinceMs: number | null) => proveBooks(db, shopId, sinceMs),
    beginClosing: (shopId: number, redemptionId: string, options: Parameters<typeof beginClosing>[3]) =>
      beginClosing(db, shopId, redemptionId, options),
    postpone: (shopId: number, redemptionId: string) => postponeRedemption(db, shopId, redemptionId),
    exportMembers: (shopId: number, after: string, most: number) => exportMembers(db, shopId, after, most),
    exportGuestOrders: (shopId: number, after: string, most: number) => exportGuestOrders(db, shopId, after, most),
    exportMergers: (shopId: number, after: string, most: number) => exportMergers(db, shopId, after, most),
    entriesOf: (shopId: number, memberIds: readonly string[]) => readEntriesOf(db, shopId, memberIds),
    entriesSince: (shopId: number, sinceMs: number) => countEntriesSince(db, shopId, sinceMs),
    restoreLines: (shopId: number, lines: Parameters<typeof restoreLines>[2]) => restoreLines(db, shopId, lines),
    passNumbers: (shopId: number, numbers: Parameters<typeof passNumbers>[2]) => passNumbers(db, shopId, numbers),
    countRows: (shopId: number) => countRows(db, shopId),
    /** Answers when the database does. */
    ping: async (): Promise<void> => {
      await db.execute(sql`select 1`);
    },
  };
}
