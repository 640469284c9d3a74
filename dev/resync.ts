/** `npm run resync -- --domain x.myshopify.com`: has the running local worker paint all members of a shop anew, and tells how far it is. */
import { parseArgs } from "node:util";
import pg from "pg";
import { Refused, runCommand, runningStack } from "./command.ts";
import { withLocalRooms } from "./local-rooms.ts";
import { shop as localShop } from "./settings.ts";

const LOOK_EVERY_MS = 500;

await runCommand(main);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { domain: { type: "string", default: localShop } } });
  const { domain } = values;
  const shopId = await withLocalRooms(async (rooms) => {
    const shop = await rooms.shops.findOne(domain, rooms.nowMs());
    if (!shop) throw new Refused(`There is no shop ${domain} here: add it with \`npm run shop:add\`.`);
    if (!shop.isInstalled || shop.accessTokenSealed === null)
      throw new Refused(`${domain} has not installed the app here: it has no storefront to paint.`);
    await rooms.paintings.askRepaint(shop.id);
    return shop.id;
  });
  console.log(`${domain}: asked for; the cron begins within a minute.`);
  await follow(shopId);
}

/** Tells each step until the last page is painted. */
async function follow(shopId: number): Promise<void> {
  const client = new pg.Client({ connectionString: runningStack().databaseUrl });
  await client.connect();
  try {
    let told = -1;
    for (;;) {
      const { rows } = await client.query<{ done: number; members: number; is_over: boolean }>(
        `select members_done as done, finished_at is not null as is_over,
                (select count(*)::integer from accounts where shop_id = $1) as members
         from paintings where shop_id = $1`,
        [shopId],
      );
      const { done = 0, members = 0, is_over: isOver = false } = rows[0] ?? {};
      if (done !== told || isOver) console.log(`  ${done} of ${members} members painted`);
      if (isOver) return;
      told = done;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  } finally {
    await client.end();
  }
}
