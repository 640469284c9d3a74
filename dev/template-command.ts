/**
 * `npm run program -- templates` lists the templates; `npm run program -- template NAME --domain x.myshopify.com` makes one the draft of a shop's program,
 * and with `--publish` the next version.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { parseMoney } from "../worker/domain/money.ts";
import { chooseTemplate } from "../worker/flows/choose-template.ts";
import { publishDraftAs } from "../worker/flows/edit-program.ts";
import type { Rooms } from "../worker/flows/rooms.ts";
import type { TemplateAnswers } from "../worker/program/template-programs.ts";
import { templateCards } from "../worker/program/templates.ts";
import type { Shop } from "../worker/shops/shops.ts";
import { Refused, sentenceOf } from "./command.ts";
import { withShop } from "./operator-rooms.ts";

const USAGE =
  "npm run program -- template coffee --domain x.myshopify.com [--products cup=7001,7002:4.25] [--replace] [--publish] [--since 2026-10-01] [--settings deploy.env | --local]";

/** Whoever runs this has no account with the shop. */
const OPERATOR = "operator";

const options = z.object({
  name: z.enum(templateCards("EUR").map(({ id }) => id)),
  domain: z.string().regex(/^[a-z0-9][a-z0-9-]*\.myshopify\.com$/, "a domain like x.myshopify.com"),
  products: z.array(z.string().regex(/^[a-z]+=\d+(,\d+)*(:[\d.]+)?$/, "such as cup=7001,7002 or cup=7001:4.25")),
  replace: z.boolean(),
  publish: z.boolean(),
  since: z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)), "a date like 2026-10-01")
    .optional(),
  settings: z.string(),
  local: z.boolean(),
});

type Options = z.infer<typeof options>;

/** What each template is and shows, and what it asks. */
export function listTemplates(words: readonly string[]): void {
  const { values } = parseArgs({ args: [...words], options: { currency: { type: "string", default: "EUR" } } });
  for (const { id, name, description, shows, questions } of templateCards(values.currency)) {
    console.log(`${id}: ${name}. ${description}`);
    for (const shown of shows) console.log(`  - ${shown}`);
    for (const { id: question, label } of questions) console.log(`  ? --products ${question}=…  ${label}`);
  }
}

/** Makes a template the draft, and publishes it where that is wished. */
export async function putTemplate(words: readonly string[]): Promise<void> {
  const asked = readOptions(words);
  const { domain, settings, local } = asked;
  await withShop({ domain, settings: local ? undefined : settings }, (rooms, shop) => putDraft(rooms, shop, asked));
}

/** Refused where somebody's draft would be lost, and where Lojal refuses it itself. */
export async function putDraft(
  rooms: Rooms,
  shop: Shop,
  { name, products, replace, publish, since }: Omit<Options, "settings" | "local" | "domain">,
): Promise<void> {
  const { domain, currency } = shop;
  const before = await rooms.desk.draft(shop.id);
  if (before.content !== null && !replace)
    throw new Refused(`${domain} has a draft already (${before.savedBy}): --replace puts the template in its place.`);
  const { books } = await rooms.ledger.load([{ shopId: shop.id }], { open: false });
  const answered = await chooseTemplate(rooms, shop, OPERATOR, {
    templateId: name,
    answers: answersIn(products, name, currency),
    revision: before.revision,
    basedOn: books.get(shop.id)?.newestProgramVersion ?? 0,
  });
  if (answered.kind === "refused") throw new Refused(`The draft was not saved: ${answered.refusal.code}.`);
  const { revision, missing } = answered;
  console.log(`${domain}: “${name}” is the draft of its program.`);
  for (const { id, label } of missing) console.log(`  Still to be said: ${label} (--products ${id}=…)`);
  if (!publish) return;
  const inForceFromMs = since === undefined ? null : Date.parse(since);
  const published = await publishDraftAs(rooms, shop, OPERATOR, { revision, inForceFromMs });
  if (published.kind === "refused") {
    const { refusal } = published;
    const reasons = refusal.code === "impossible-program" ? refusal.reasons.map(({ text }) => text) : [refusal.code];
    throw new Refused(`The draft was saved and not published: ${reasons.join(" ")}`);
  }
  console.log(
    `${domain}: program version ${published.version} is in force from ${since ?? "now"}. Shoppers see it within two minutes.`,
  );
}

function answersIn(products: readonly string[], name: string, currency: string): TemplateAnswers {
  const questions = templateCards(currency).find(({ id }) => id === name)?.questions ?? [];
  return Object.fromEntries(
    products.map((text) => {
      const [id = "", answer = ""] = text.split("=");
      if (questions.every((question) => question.id !== id))
        throw new Refused(
          `“${name}” asks for ${questions.map((one) => one.id).join(", ") || "nothing"}, and not for ${id}.`,
        );
      const [ids = "", price] = answer.split(":");
      const priceMinor = price === undefined ? null : parseMoney(price, currency);
      if (price !== undefined && priceMinor === null) throw new Refused(`${price} is no amount of ${currency}.`);
      return [id, { productIds: ids.split(","), priceMinor }];
    }),
  );
}

function readOptions(words: readonly string[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        domain: { type: "string" },
        products: { type: "string", multiple: true, default: [] },
        replace: { type: "boolean", default: false },
        publish: { type: "boolean", default: false },
        since: { type: "string" },
        settings: { type: "string", default: "deploy.env" },
        local: { type: "boolean", default: false },
      },
    });
    return options.parse({ ...values, name: positionals[0] });
  } catch (fault) {
    const why =
      fault instanceof z.ZodError ? sentenceOf(fault) : fault instanceof Error ? fault.message : "unknown option";
    throw new Refused(`${why}. Usage: ${USAGE}`);
  }
}
