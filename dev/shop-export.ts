/**
 * `npm run shop:export -- --domain x.myshopify.com --out FILE`: a whole shop as a file (docs/import-export.md); `--members` or `--entries`: a list for
 * a spreadsheet instead. Of the running local database, or of a deployment's with `--settings deploy.env`.
 */
import { open } from "node:fs/promises";
import { parseArgs } from "node:util";
import { z } from "zod";
import { exportEntriesCsv, exportMembersCsv } from "../worker/flows/export-csv.ts";
import { exportShop } from "../worker/flows/export-shop.ts";
import { Refused, runCommand } from "./command.ts";
import { withShop } from "./operator-rooms.ts";
import { shop as localShop } from "./settings.ts";

const options = z.object({
  domain: z.string(),
  settings: z.string().optional(),
  out: z.string("say where to with --out FILE"),
  members: z.boolean(),
  entries: z.boolean(),
});

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      domain: { type: "string", default: localShop },
      settings: { type: "string" },
      out: { type: "string" },
      members: { type: "boolean", default: false },
      entries: { type: "boolean", default: false },
    },
  });
  const { domain, settings, out, members, entries } = options.parse(values);
  await withShop({ domain, settings }, async (rooms, shop) => {
    const write = members ? exportMembersCsv : entries ? exportEntriesCsv : exportShop;
    // Whom it concerns and nobody else: it holds customer numbers and codes. Never over a file that is there.
    const file = await open(out, "wx", 0o600).catch(() => {
      throw new Refused(`${out} is there already, or cannot be written.`);
    });
    let last = "";
    try {
      for await (const text of write(rooms, shop)) {
        await file.write(text);
        last = text;
      }
    } finally {
      await file.close();
    }
    console.log(`${out} is written.`);
    const [, meanwhile = "0"] = /"entriesMeanwhile":(\d+)/.exec(last) ?? [];
    if (meanwhile !== "0")
      console.log(`${meanwhile} entries were recorded meanwhile: for a move, take it while the shop is quiet.`);
  });
});
