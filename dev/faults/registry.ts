/** All faults of the suite. One more is one more module with one function, and a row here. */
import { cutConnections } from "./connection-cuts.ts";
import type { Fault } from "./fault.ts";
import { killWorkers } from "./worker-kills.ts";

export const faults: readonly Fault[] = [
  {
    id: "F4",
    title: "connection cuts",
    counts: { test: 200, usual: 1_000, full: 10_000 },
    run: cutConnections,
  },
  {
    id: "F5",
    title: "worker killed at an await",
    counts: { test: 60, usual: 400, full: 2_000 },
    run: killWorkers,
  },
];
