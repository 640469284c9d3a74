/**
 * `npm run member -- …`: what the shop's staff do to one member's book, on the running local database:
 *   adjust --customer 7001 --points -20 --reason "…"   gives or takes points
 *   bring  --customer 7001 --points 300 [--available 2026-01-01] [--expires 2027-01-31]   a balance from an earlier program
 *   merge  --customer 7001 --merged 7002   as Shopify's customers/merge would
 *   invite --customer 7001   puts them on the pilot's list; uninvite takes them off
 *   report --customer 7001   all that is held about them, as JSON; what Shopify's customers/data_request keeps for the merchant
 * `--domain` names the shop (the local one), `--id` the change: the same id happens once.
 */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { z } from "zod";
import { dayIsOver } from "../worker/domain/expiry.ts";
import { adjustMember, bringBalance, type MemberAnswer } from "../worker/flows/change-member.ts";
import { inviteMembers } from "../worker/flows/invite-members.ts";
import { mergeCustomers } from "../worker/flows/merge-customers.ts";
import { reportOn } from "../worker/flows/report-customer.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { Refused, runCommand } from "./command.ts";
import { withLocalRooms } from "./local-rooms.ts";
import { shop as localShop } from "./settings.ts";

const customer = z.string().regex(/^\d+$/, "a customer number");
const points = z
  .string()
  .regex(/^-?\d+$/, "a whole number")
  .transform(Number);
const date = z.string().transform((text, context) => {
  const atMs = Date.parse(text);
  if (!Number.isNaN(atMs)) return atMs;
  context.addIssue("a date like 2027-01-31");
  return z.NEVER;
});
const common = { domain: z.string(), id: z.string(), customer };
const commands = {
  adjust: z.object({ ...common, points, reason: z.string() }),
  bring: z.object({ ...common, points, available: date.optional(), expires: date.optional() }),
  merge: z.object({ ...common, merged: customer }),
};

await runCommand(main);

async function main(): Promise<void> {
  const { command, values } = readArguments();
  await withLocalRooms(async (rooms) => {
    const shop = await rooms.shops.findOne(String(values["domain"]), rooms.nowMs());
    if (!shop) throw new Refused(`There is no shop ${values["domain"]} here: add it with \`npm run shop:add\`.`);
    if (command === "report") {
      const { text } = await reportOn(rooms, shop, customer.parse(values["customer"]));
      console.log(JSON.stringify(JSON.parse(text), null, 2));
      return;
    }
    if (command === "invite" || command === "uninvite") {
      const customerIds = [customer.parse(values["customer"])];
      const answer = await inviteMembers(rooms, shop, "operator", { customerIds, isInvited: command === "invite" });
      console.log(
        answer.kind === "done" && answer.changed === 0
          ? "It is so already."
          : "Done: it counts for orders from now on.",
      );
      return;
    }
    const answer = await run(rooms, shop, command, values);
    if (answer.kind === "refused") throw new Refused(`refused: ${JSON.stringify(answer.refusal)}`);
    console.log(`Done: ${answer.available} points are available.`);
  });
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      domain: { type: "string", default: localShop },
      id: { type: "string", default: randomUUID() },
      customer: { type: "string" },
      points: { type: "string" },
      reason: { type: "string" },
      available: { type: "string" },
      expires: { type: "string" },
      merged: { type: "string" },
    },
  });
  const command = z.enum(["adjust", "bring", "merge", "invite", "uninvite", "report"]).safeParse(positionals[0]);
  if (!command.success) throw new Refused("Say what to do: adjust, bring, merge, invite, uninvite or report.");
  return { command: command.data, values };
}

async function run(rooms: Rooms, shop: Shop, command: keyof typeof commands, values: unknown): Promise<MemberAnswer> {
  if (command === "adjust") {
    const { customer: customerId, ...adjustment } = commands.adjust.parse(values);
    return adjustMember(rooms, shop, customerId, adjustment);
  }
  if (command === "bring") {
    const { customer: customerId, id, points: brought, available, expires } = commands.bring.parse(values);
    // Good through the day that was named.
    const dates = { availableAtMs: available ?? 0, expiresAtMs: expires === undefined ? null : dayIsOver(expires) };
    return bringBalance(rooms, shop, customerId, { id, points: brought, ...dates });
  }
  const { customer: keptCustomerId, merged: mergedCustomerId } = commands.merge.parse(values);
  const available = await mergeCustomers(rooms, shop, { keptCustomerId, mergedCustomerId });
  return { kind: "done", available };
}
