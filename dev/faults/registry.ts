/** All faults of the suite. One more is one more module with one function, and a row here. */
import { changeShops } from "./changing-shops.ts";
import { skewClocks } from "./clock-skew.ts";
import { cutConnections } from "./connection-cuts.ts";
import { refuseStatements } from "./database-refusals.ts";
import { mixDeliveries } from "./deliveries.ts";
import type { Fault } from "./fault.ts";
import { fuzz } from "./malicious-input.ts";
import { killPostgres } from "./postgres-kills.ts";
import { disturbQueue } from "./queue-mischief.ts";
import { restoreBackups } from "./restores.ts";
import { failShopify } from "./shopify-fails.ts";
import { refreshTokens } from "./token-refreshes.ts";
import { killWorkers } from "./worker-kills.ts";

export const faults: readonly Fault[] = [
  {
    id: "F3",
    title: "deliveries repeated, shuffled and a day late",
    counts: { test: 200, usual: 1_000, full: 10_000 },
    run: mixDeliveries,
  },
  {
    id: "F4",
    title: "connection cuts",
    counts: { test: 100, usual: 1_000, full: 10_000 },
    run: cutConnections,
  },
  {
    id: "F5",
    title: "worker killed at an await",
    counts: { test: 30, usual: 400, full: 2_000 },
    run: killWorkers,
  },
  {
    id: "F6",
    title: "Postgres killed under load",
    counts: { test: 1, usual: 10, full: 200 },
    run: killPostgres,
  },
  {
    id: "F7",
    title: "redemptions with faults",
    counts: { test: 40, usual: 500, full: 10_000 },
    run: failShopify,
  },
  {
    id: "F8",
    title: "batches of a queue that repeats, shuffles, fails and refuses",
    counts: { test: 80, usual: 1_000, full: 10_000 },
    run: disturbQueue,
  },
  {
    id: "F9",
    title: "clocks and time zones",
    counts: { test: 6, usual: 30, full: 200 },
    run: skewClocks,
  },
  {
    id: "F10",
    title: "each error of the database",
    counts: { test: 5, usual: 100, full: 1_000 },
    run: refuseStatements,
  },
  {
    id: "F11",
    title: "token refreshes at once, with faults",
    counts: { test: 40, usual: 200, full: 1_000 },
    run: refreshTokens,
  },
  {
    id: "F12",
    title: "rules, customers and installations that change",
    counts: { test: 60, usual: 1_000, full: 10_000 },
    run: changeShops,
  },
  {
    id: "F13",
    title: "restores from a backup",
    counts: { test: 1, usual: 5, full: 20 },
    run: restoreBackups,
  },
  {
    id: "F14",
    title: "malicious input",
    counts: { test: 600, usual: 10_000, full: 100_000 },
    run: fuzz,
  },
];
