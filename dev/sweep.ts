/** `npm run sweep -- --domain x.myshopify.com`: has the running local worker read a shop's orders back, and prints the day's statement. */
import { parseArgs } from "node:util";
import { Refused, runCommand, runningStack } from "./command.ts";
import type { DifferenceView, StatementView } from "./local-sweep.ts";
import { shop as localShop } from "./settings.ts";

const LISTED = 20;

await runCommand(main);

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { domain: { type: "string", default: localShop } } });
  const answer = await fetch(`${runningStack().storeUrl}/switchboard/sweep`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ shop: values.domain }),
  });
  const body = (await answer.json()) as StatementView | { readonly error: string };
  if ("error" in body) throw new Refused(body.error);
  tell(body);
  // Something differs even now.
  if (!answer.ok) process.exitCode = 1;
}

function tell({ shop, day, is_final, orders, accounts, balances }: StatementView): void {
  const { known, settled, difference, differing, mended } = orders;
  console.log(`${shop}, ${day}${is_final ? "" : " so far"} (UTC)`);
  console.log(`  orders    ${known} changed at Shopify, ${settled} settled, difference ${difference}`);
  for (const [what, some] of [["differs", differing] as const, ["mended", mended] as const]) tellOrders(what, some);
  console.log(`  accounts  ${accounts.checked} compared with their entries, ${accounts.differing} differ`);
  const { members, pending, available, held, owed } = balances;
  console.log(`  balances  ${members} members: ${available} available, ${pending} pending, ${held} held, ${owed} owed`);
}

function tellOrders(what: string, orders: readonly DifferenceView[]): void {
  for (const { order_id, reason } of orders.slice(0, LISTED))
    console.log(`  ${what.padEnd(9)} order ${order_id}: ${reason}`);
  if (orders.length > LISTED) console.log(`  ${what.padEnd(9)} and ${orders.length - LISTED} more`);
}
