/**
 * `npm run shop:key -- --name "Till" --write`: makes an API key of a shop (docs/api.md) and prints it, this once. Of the running local database, or of a
 * deployment's with `--settings deploy.env`; a merchant makes one on the app's page Settings.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { makeKeyAs } from "../worker/flows/make-api-key.ts";
import { LONGEST_KEY_NAME } from "../worker/shops/api-keys.ts";
import { Refused, runCommand } from "./command.ts";
import { withShop } from "./operator-rooms.ts";
import { shop as localShop } from "./settings.ts";

const options = z.object({
  domain: z.string(),
  settings: z.string().optional(),
  name: z
    .string()
    .trim()
    .min(1, "say what will use it")
    .max(LONGEST_KEY_NAME, `${LONGEST_KEY_NAME} characters at most`),
  write: z.boolean(),
});

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      domain: { type: "string", default: localShop },
      settings: { type: "string" },
      name: { type: "string", default: "A script" },
      write: { type: "boolean", default: false },
    },
  });
  const { domain, settings, name, write } = options.parse(values);
  await withShop({ domain, settings }, async (rooms, shop) => {
    const made = await makeKeyAs(rooms, shop, "operator", { name, mayWrite: write });
    if (made.kind === "refused") throw new Refused(`refused: ${JSON.stringify(made.refusal)}`);
    // Alone on its line of the standard output, so that `KEY=$(npm run --silent shop:key)` works.
    console.log(made.text);
    console.error(`${domain}: a key that may ${write ? "read and write" : "read"}. It is shown this once.`);
  });
});
