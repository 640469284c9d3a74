/**
 * `npm run set-aside -- …`: what had no effect or failed for good, on the running local database:
 *   list                      the newest rows, with the reason, the fault and whether they can be run again
 *   replay --id 7 [--id 8]    asks for these rows to be run again: the next cron, within a minute, queues them
 *   replay --all              asks for all that can be and have not been
 * `--domain` names the shop (the local one); a shop that was never installed has rows as well.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import type { SetAsideRow } from "../worker/shops/set-aside.ts";
import { Refused, runCommand } from "./command.ts";
import { withLocalRooms } from "./local-rooms.ts";
import { shop as localShop } from "./settings.ts";

const MOST = 200;

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      domain: { type: "string", default: localShop },
      id: { type: "string", multiple: true, default: [] },
      all: { type: "boolean", default: false },
    },
  });
  const command = z.enum(["list", "replay"]).safeParse(positionals[0]);
  if (!command.success) throw new Refused("Say what to do: list, or replay with --id or --all.");
  await withLocalRooms(async ({ shops }) => {
    if (command.data === "list") return tell(await shops.listSetAside(values.domain, MOST));
    const ids = z.array(z.string().regex(/^\d{1,18}$/, "a row's number")).parse(values.id);
    if (values.all === ids.length > 0) throw new Refused("Say which: --id 7, once or more often, or --all.");
    const asked = await shops.askReplay(values.domain, values.all ? "all" : ids);
    console.log(`${asked} ${asked === 1 ? "row" : "rows"} will be run again within a minute.`);
  });
});

function tell(rows: readonly SetAsideRow[]): void {
  if (rows.length === 0) console.log("Nothing was set aside.");
  for (const row of rows) {
    const at = new Date(row.recordedAtMs).toISOString();
    const why = [row.reason, row.fault ?? [], row.attempts > 0 ? `${row.attempts} tries` : []].flat().join(", ");
    console.log(`${row.id}  ${at}  ${row.topic}  ${why}  (${stateOf(row)})`);
  }
}

function stateOf(row: SetAsideRow): string {
  if (row.replayDueAtMs !== null) return "will be run again";
  if (row.replayedAtMs !== null) return `run again ${new Date(row.replayedAtMs).toISOString()}`;
  return row.canBeReplayed ? "can be run again" : "noted only";
}
