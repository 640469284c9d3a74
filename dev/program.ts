/**
 * `npm run program -- --domain x.myshopify.com …`: publishes the simple program for a shop that installed a deployed app: one rate, one return
 * window, rewards that take an amount off. It is in force from now on, or from `--since`: a shop's first program then earns for the orders of the last 60
 * days, too. Each further one is the next version. `templates` and `template NAME` are in template-command.ts.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { Refused, runCommand, sentenceOf } from "./command.ts";
import { asOwner } from "./deployment/migrations.ts";
import { readSettingsFile } from "./deployment/settings-file.ts";
import { publishVersion, simpleProgram } from "./publish-program.ts";
import { listTemplates, putTemplate } from "./template-command.ts";

const USAGE =
  "npm run program -- --domain x.myshopify.com --points 10 --per 10000 --pending-days 14 --reward 500:50.00 [--since 2026-10-01] [--settings deploy.env]";

const count = z.string().regex(/^\d+$/, "a whole number").transform(Number);

const options = z.object({
  settings: z.string(),
  domain: z.string().regex(/^[a-z0-9][a-z0-9-]*\.myshopify\.com$/, "a domain like x.myshopify.com"),
  points: count,
  per: count,
  "pending-days": count,
  since: z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)), "a date like 2026-10-01")
    .optional(),
  reward: z.array(z.string()).min(1, "at least one, such as 500:50.00 (500 points for 50.00 off)"),
});

await runCommand(async () => {
  const [word, ...rest] = process.argv.slice(2);
  if (word === "templates") listTemplates(rest);
  else if (word === "template") await putTemplate(rest);
  else await publishSimple();
});

async function publishSimple(): Promise<void> {
  const {
    settings,
    domain,
    points,
    per: perMinor,
    "pending-days": pendingDays,
    reward: rewards,
    since,
  } = readOptions();
  const { ownerUrl } = readSettingsFile(settings);
  const version = await asOwner(ownerUrl, (client) =>
    publishVersion(
      client,
      domain,
      (currency) => simpleProgram({ currency, points, perMinor, pendingDays, rewards }),
      since === undefined ? since : new Date(since).toISOString(),
    ),
  );
  console.log(
    `${domain}: program version ${version} is in force from ${since ?? "now"}. Shoppers see it within two minutes.`,
  );
}

function readOptions(): z.infer<typeof options> {
  try {
    const { values } = parseArgs({
      options: {
        settings: { type: "string", default: "deploy.env" },
        domain: { type: "string" },
        points: { type: "string", default: "10" },
        per: { type: "string", default: "10000" },
        "pending-days": { type: "string", default: "14" },
        since: { type: "string" },
        reward: { type: "string", multiple: true, default: [] },
      },
    });
    return options.parse(values);
  } catch (fault) {
    const why =
      fault instanceof z.ZodError ? sentenceOf(fault) : fault instanceof Error ? fault.message : "unknown option";
    throw new Refused(`${why}. Usage: ${USAGE}`);
  }
}
