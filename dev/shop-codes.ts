/** `npm run shop:codes -- --domain x.myshopify.com`: the codes of a shop that are still good at Shopify, also after it uninstalled the app. */
import { parseArgs } from "node:util";
import { Refused, runCommand } from "./command.ts";
import { withLocalRooms } from "./local-rooms.ts";
import { shop as localShop } from "./settings.ts";

await runCommand(async () => {
  const { values } = parseArgs({ options: { domain: { type: "string", default: localShop } } });
  const { domain } = values;
  const { codes, isInstalled } = await withLocalRooms(async (rooms) => {
    const shop = await rooms.shops.findOne(domain, rooms.nowMs());
    if (!shop) throw new Refused(`There is no shop ${domain} here: add it with \`npm run shop:add\`.`);
    return { codes: await rooms.ledger.openCodes(shop.id), isInstalled: shop.isInstalled };
  });
  console.log(`${domain} ${isInstalled ? "has" : "uninstalled the app and has"} ${codes.length} open codes.`);
  for (const { code, state, reward, cost, endsAt } of codes)
    console.log(`  ${code}  ${state}  ${reward}  ${cost} points  until ${endsAt}`);
});
