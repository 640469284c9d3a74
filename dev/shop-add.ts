/** `npm run shop:add -- --domain x.myshopify.com …`: adds a shop to the running local database and store, or publishes a further version. */
import { parseArgs } from "node:util";
import { z } from "zod";
import { Refused, runCommand, runningStack, sentenceOf } from "./command.ts";
import { publishProgram, simpleProgram } from "./publish-program.ts";

const USAGE =
  "npm run shop:add -- --domain x.myshopify.com --currency HKD --points 10 --per 10000 --since 2000-01-01 --pending-days 0 --reward 500:50.00";

const count = z.string().regex(/^\d+$/, "a whole number").transform(Number);

const options = z.object({
  domain: z.string().regex(/^[a-z0-9][a-z0-9-]*\.myshopify\.com$/, "a domain like x.myshopify.com"),
  currency: z.string().regex(/^[A-Z]{3}$/, "three capital letters like HKD"),
  points: count,
  per: count,
  since: z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)), "a date like 2000-01-01")
    .optional(),
  "pending-days": count,
  reward: z.array(z.string()),
});

await runCommand(() => addShop(readOptions()));

function readOptions(): z.infer<typeof options> {
  try {
    const { values } = parseArgs({
      options: {
        domain: { type: "string" },
        currency: { type: "string", default: "USD" },
        points: { type: "string", default: "10" },
        per: { type: "string", default: "10000" },
        since: { type: "string" },
        "pending-days": { type: "string", default: "14" },
        reward: { type: "string", multiple: true, default: [] },
      },
    });
    return options.parse(values);
  } catch (fault) {
    if (fault instanceof z.ZodError) throw new Refused(`${sentenceOf(fault)}. Usage: ${USAGE}`);
    throw new Refused(`${fault instanceof Error ? fault.message : "unknown option"}. Usage: ${USAGE}`);
  }
}

async function addShop(given: z.infer<typeof options>): Promise<void> {
  const { databaseUrl, storeUrl } = runningStack();
  const { domain, currency, points, per: perMinor, since } = given;
  const program = simpleProgram({
    currency,
    points,
    perMinor,
    pendingDays: given["pending-days"],
    rewards: given.reward,
  });
  const accessToken = `shpat_${domain}`;
  const inForceFrom = since === undefined ? {} : { inForceFrom: new Date(since).toISOString() };
  const { version } = await publishProgram(databaseUrl, { domain, currency, program, accessToken, ...inForceFrom });
  const answer = await fetch(`${storeUrl}/switchboard/shops`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ domain, currency, access_token: accessToken }),
  });
  if (!answer.ok) throw new Refused(`The local store refused the shop: ${await answer.text()}`);
  const from = since === undefined ? "now" : since;
  console.log(
    `${domain}: program version ${version}, ${points} points per ${perMinor} minor units of ${currency}, in force from ${from}.`,
  );
  for (const reward of program.rewards) console.log(`  reward ${reward.id}: ${reward.cost} points for ${reward.name}`);
}
