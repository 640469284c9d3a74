/**
 * `npm run shop:token -- --domain x.myshopify.com`: connects a shop with an access token that its merchant made, and that does not expire: the app
 * was made in the shop's own admin. Everybody else installs by opening the app. The token is read from the standard input, where no list of
 * processes and no shell remembers it.
 */
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { z } from "zod";
import { openRooms } from "../worker/app.ts";
import { installWithToken } from "../worker/flows/install-shop.ts";
import { missingScopes } from "../worker/shopify/access.ts";
import { AdminApiFailure } from "../worker/shopify/admin-failure.ts";
import { Refused, runCommand, sentenceOf } from "./command.ts";
import { readSettingsFile } from "./deployment/settings-file.ts";

const USAGE = "npm run shop:token -- --domain x.myshopify.com [--settings deploy.env] < token.txt";

const options = z.object({
  settings: z.string(),
  domain: z.string().regex(/^[a-z0-9][a-z0-9-]*\.myshopify\.com$/, "a domain like x.myshopify.com"),
});

await runCommand(async () => {
  const { settings, domain } = readOptions();
  const rooms = openRooms(readSettingsFile(settings).worker, { send: () => Promise.resolve() });
  const token = (await text(process.stdin)).trim();
  if (!/^shp[a-z]{2,3}_\w+$/.test(token))
    throw new Refused(`The standard input holds no access token. Usage: ${USAGE}`);
  const facts = await installWithToken(rooms, domain, token).catch((fault: unknown) => {
    if (fault instanceof AdminApiFailure)
      throw new Refused(`Shopify did not take the token of ${domain}: nothing is changed.`);
    throw fault;
  });
  if (facts === null)
    throw new Refused(`${domain} is being installed or erased at this moment: try again in a minute.`);
  console.log(`${domain} is connected; it counts in ${facts.currency}.`);
  const missing = missingScopes(facts.scopes);
  if (missing.length > 0) console.log(`It has not granted ${missing.join(", ")}: grant it in the app's configuration.`);
});

function readOptions(): z.infer<typeof options> {
  try {
    const { values } = parseArgs({
      options: { settings: { type: "string", default: "deploy.env" }, domain: { type: "string" } },
    });
    return options.parse(values);
  } catch (fault) {
    const why =
      fault instanceof z.ZodError ? sentenceOf(fault) : fault instanceof Error ? fault.message : "unknown option";
    throw new Refused(`${why}. Usage: ${USAGE}`);
  }
}
