/**
 * `npm run shop:import -- --domain x.myshopify.com --file FILE`: brings a whole shop back from an export, into a shop that has installed the app and
 * has nothing yet (docs/import-export.md). On the running local database, or on a deployment's with `--settings deploy.env`.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { Refused, runCommand } from "./command.ts";
import { linesOf, restoreShop } from "./export-file.ts";
import { withShop } from "./operator-rooms.ts";
import { shop as localShop } from "./settings.ts";

const options = z.object({
  domain: z.string(),
  settings: z.string().optional(),
  file: z.string("name the file with --file FILE"),
});

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      domain: { type: "string", default: localShop },
      settings: { type: "string" },
      file: { type: "string" },
    },
  });
  const { domain, settings, file } = options.parse(values);
  if (!existsSync(file)) throw new Refused(`There is no file ${file}.`);
  await withShop({ domain, settings }, async (rooms, shop) => {
    const proof = await restoreShop(rooms, shop, () => linesOf(file));
    console.log(
      `${domain} is back: ${proof.members} members, ${proof.available} points available, ${proof.pending} pending, ${proof.held} held, ${proof.owed} owed; every entry was summed.`,
    );
    console.log("Run `npm run resync` there next: it writes the balances to Shopify.");
  });
});
