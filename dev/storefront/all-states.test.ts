/** Every block in every state: what a paused program promises (nothing), and that no id stands twice on a page. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PROGRAM_DEFAULTS, type Program } from "../../worker/domain/program.ts";
import { REWARD_KINDS } from "../../worker/domain/rewards.ts";
import { programSummary } from "../../worker/flows/program-summary.ts";
import { rewardOf } from "../reward-shop.fixture.ts";
import { emptySummary, FakeShop, type MemberSummary } from "./fake-shop.ts";
import { extensionRoot } from "./pages.ts";
import { createStorefront } from "./storefront.ts";

const soon = Math.floor(Date.now() / 1000) + 9 * 86_400;
const level = { giftPoints: 0, membership: null };
const program: Program = {
  ...PROGRAM_DEFAULTS,
  ...{ earn: { points: 10, perMinor: 1000 }, pendingDays: 14 },
  rewards: [
    ...REWARD_KINDS.map((kind) => rewardOf({ kind })),
    rewardOf({ id: "some", kind: "amount_off", slider: { minPoints: 100, maxPoints: 2000, stepPoints: 100 } }),
    rewardOf({ id: "gold-only", kind: "amount_off", tiers: ["gold"] }),
    rewardOf({ id: "gone", kind: "free_product" }),
    rewardOf({ id: "dear", kind: "amount_off", cost: 20_000 }),
  ],
  tiers: {
    ...{ basis: "spend", tierPoints: null, period: "rolling-year", graceMonths: 0, tagPrefix: null },
    levels: [
      { ...level, id: "silver", name: "Silver", threshold: 0, multiplier: 10_000 },
      { ...level, id: "gold", name: "Gold", threshold: 50_000, multiplier: 15_000, giftPoints: 100 },
      {
        ...level,
        id: "club",
        name: "Club",
        threshold: null,
        multiplier: 12_500,
        membership: { productIds: ["1"], months: 12 },
      },
    ],
  },
};
const offering = { soldOut: new Set(["gone"]), withheld: new Set<never>() };
/** What the app paints of it, while it is live or paused. */
const paint = (state: Program["state"]) =>
  programSummary({ version: 1, inForceFromMs: 0, publishedAtMs: 0, program: { ...program, state } }, "USD", offering);
const live = paint("live");
const paused = paint("paused");
const tier = { id: "silver", name: "Silver", multiplier: 15_000, until: null };
const gold = { id: "gold", name: "Gold", missing: 12_550 };
const codes = ["a", "b"].map((id) => ({ id, code: `LOJAL-${id}`, name: "$50.00 off", ends_at: soon }));
const rich = { available: 1_200, pending: 30, tier, codes, maturing: [{ points: 30, at: soon }] };

const states: Readonly<Record<string, Partial<MemberSummary> | null>> = {
  "a guest": null,
  "a new member": { tier, next_tier: gold },
  "a rich member": { ...rich, expiring: [{ points: 100, at: soon }], next_tier: gold },
  "somebody who owes": { owed: 300, tier, next_tier: gold },
  "somebody who has left": { ...rich, joined: false },
};

/** Where each block is, and what it is called there. */
const blocks = [
  { name: "product points", path: "/products/linen-shirt", id: "points" },
  { name: "cart rewards", path: "/cart", id: "rewards" },
  { name: "points balance", path: "/", id: "balance" },
  { name: "loyalty page", path: "/pages/loyalty", id: "loyalty" },
  { name: "rewards launcher", path: "/pages/loyalty", id: "launcher" },
];

const programs = { live, paused };
const drawn = new Map<string, Promise<string>>();

/** A page as this shopper sees it, with something in the cart, and with a second block in the theme's drawer. Each is drawn once. */
function open(program: keyof typeof programs, path: string, state: string): Promise<string> {
  const key = [program, path, state].join();
  const page = drawn.get(key) ?? draw(programs[program], path, states[state] ?? null);
  drawn.set(key, page);
  return page;
}

async function draw(program: object, path: string, member: Partial<MemberSummary> | null): Promise<string> {
  const shop = new FakeShop();
  shop.program = program;
  shop.drawer = "dawn";
  if (member) shop.members.set("7", { ...emptySummary, ...member });
  const app = createStorefront(shop);
  const id = shop.store.products.find(({ handle }) => handle === "wool-throw")?.variants[0]?.id ?? "";
  const filled = await app.request("/cart/add", { method: "POST", body: new URLSearchParams({ id }) });
  const cart = filled.headers.get("set-cookie")?.split(";")[0];
  const cookie = [cart, ...(member ? ["customer=7"] : [])].join("; ");
  return await (await app.request(path, { headers: { cookie } })).text();
}

/** The pieces of text that are seen of a block. */
function seen(html: string, id: string): string[] {
  const block = html.split('<div id="shopify-block-').find((part) => part.startsWith(`${id}"`)) ?? "";
  return block
    .replace(/<(script|template|style)[\s\S]*?<\/\1>/g, "")
    .replace(/<(\w+)[^>]*\shidden(?=[\s>])[^>]*>[\s\S]*?<\/\1>/g, "")
    .split(/<[^>]*>/)
    .map((piece) => piece.replace(/\s+/g, " ").trim())
    .filter(Boolean);
}

const PROMISES =
  /^(product\.(earn|guest|multiplied)|cart\.(earns|guest|redeem)|join\.(button|product|cart)|tier\.(multiplier|missing|gift)|page\.how_|tier\.period_|balance\.guest)/;

function sentences(tree: object, path = ""): [path: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[path + key, value]] : sentences(value, `${path}${key}.`),
  );
}

const words = sentences(JSON.parse(readFileSync(`${extensionRoot}/locales/en.default.json`, "utf8")).lojal);

/** What is said of points to come; of a sentence with links, what follows the last of them. */
const promises = words
  .filter(([path]) => PROMISES.test(path))
  .map(([, text]) => text.replace(/.*>\s*/, "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  .map((text) => new RegExp(`^${text.replace(/\\\{\\\{.*?\\\}\\\}/g, ".+")}$`));

// In one language: which sentence is painted is the same in all.
describe.each(blocks)("$name", ({ path, id }) => {
  const promised = (pieces: string[]) => pieces.filter((piece) => promises.some((promise) => promise.test(piece)));
  const sentence = words.find(([key]) => key === "cart.paused")?.[1] ?? "";

  test.each(Object.keys(states))("promises %s nothing while the program is paused, and says so", async (state) => {
    expect(promised(seen(await open("live", path, state), id))).not.toEqual([]);
    const pieces = seen(await open("paused", path, state), id);
    expect(promised(pieces)).toEqual([]);
    // Nothing is earned with a product: there is no block.
    expect(pieces.includes(sentence)).toBe(id !== "points");
  });
});

/** Of the page's own tree: what is in a template is not on it. */
const treeOf = (html: string) => html.replace(/<template[\s\S]*?<\/template>/g, "");

function attributesOf(html: string, name: string): string[] {
  return [...treeOf(html).matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"))].map(([, value = ""]) => value);
}

const LINES = new Set(["span", "strong", "p", "code", "b", "i", "a", "button", "label", "summary", "h1", "h2", "h3"]);
const BLOCKS = new Set(["address", "article", "details", "div", "form", "h2", "h3", "ol", "p", "section", "ul"]);
const EMPTY = new Set(["br", "img", "input", "link", "meta"]);

/** What of a page is in what may hold words alone, and what is not closed where it was opened; templates are part of it. */
function misplaced(html: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const tags = html
    .replace(/<(script|style|svg)[\s\S]*?<\/\1>/g, "")
    .matchAll(/<(\/?)([a-z][\w-]*)(?:"[^"]*"|[^">])*?>/g);
  for (const [, closing, name = ""] of tags) {
    if (EMPTY.has(name)) continue;
    if (closing) {
      const last = open.pop();
      if (last !== name) faults.push(`</${name}> closes <${last}>`);
      continue;
    }
    if (BLOCKS.has(name) && LINES.has(open.at(-1) ?? "")) faults.push(`<${name}> in <${open.at(-1)}>`);
    if (name === "form" && open.includes("form")) faults.push("<form> in <form>");
    open.push(name);
  }
  return faults;
}

/** What a form that leads back calls its block; null where it names none. */
function blocksOfForms(html: string): (string | null)[] {
  return [...treeOf(html).matchAll(/<form[\s\S]*?<\/form>/g)]
    .map(([form]) => form)
    .filter((form) => form.includes('action="/apps/lojal/') && form.includes('name="return_to"'))
    .map((form) => /name="block" value="([^"]+)"/.exec(form)?.[1] ?? null);
}

const paths = [...new Set(blocks.map(({ path }) => path))];

describe.each(["live", "paused"] as const)(
  "a program that is %s, with a second block in the theme's drawer",
  (program) => {
    test.each(Object.keys(states))(
      "%s: all is closed and in a place where it may be, no id stands twice on a page, each that is named is there, and a form that leads back finds its block's answer",
      async (state) => {
        for (const path of paths) {
          const html = await open(program, path, state);
          const cards = html.match(/<lojal-cart-rewards/g)?.length;
          expect(cards, path).toBe(path.startsWith("/c") || path.includes("loyalty") ? 2 : 1);
          const ids = attributesOf(html, "id");
          const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
          expect(twice, path).toEqual([]);
          expect(misplaced(html), path).toEqual([]);
          for (const name of ["for", "aria-describedby", "aria-labelledby", "aria-controls"]) {
            const nowhere = attributesOf(html, name).filter((id) => !ids.includes(id));
            expect(nowhere, `${path} ${name}`).toEqual([]);
          }
          for (const block of blocksOfForms(html))
            expect(ids, path).toEqual(expect.arrayContaining([`lojal-done-${block}`, `lojal-no-${block}`]));
        }
      },
    );
  },
);

test.each(blocks)("whoever has left may join again in $name", async ({ path, id }) => {
  expect(blocksOfForms(await open("live", path, "somebody who has left"))).toContain(id);
});
