/** What a shop calls its rewards and tiers in a language of its storefront, wherever a block names them. */
import { expect, test } from "vitest";
import { allRewards, emptySummary, FakeShop, simpleProgram, tiers } from "./fake-shop.ts";
import { createEngine } from "./liquid.ts";
import { extensionRoot } from "./pages.ts";
import { createStorefront } from "./storefront.ts";

const WORDS = {
  sv: { Gold: "Guld & glans", Silver: "Silver ‹sv›", Club: "Klubben", "Plant a tree": "Plantera <ett> träd" },
};

function shopWithWords(): FakeShop {
  const shop = new FakeShop();
  shop.program = { ...simpleProgram, ...allRewards, tiers, words: WORDS };
  const tier = { id: "silver", name: "Silver", multiplier: 15_000, until: null };
  const next = { id: "gold", name: "Gold", missing: 20_000 };
  const code = { id: "1", code: "LOJAL-1", name: "Plant a tree", ends_at: 4_000_000_000 };
  shop.members.set("7", { ...emptySummary, available: 1_200, tier, next_tier: next, codes: [code] });
  return shop;
}

async function page(path: string, locale: string): Promise<string> {
  const app = createStorefront(shopWithWords());
  const answer = await app.request(path, { headers: { cookie: `customer=7; locale=${locale}` } });
  return answer.text();
}

test.each(["/pages/loyalty", "/products/wool-throw"])(
  "a shopper of %s reads the words of their language",
  async (path) => {
    const html = await page(path, "sv");
    expect(html).not.toMatch(/Plant a tree|>Gold<|till Gold|>Silver</);
    expect(html).toContain("Silver ‹sv›");
    if (path.startsWith("/pages")) {
      expect(html).toContain("Guld &amp; glans");
      expect(html).toContain("Plantera &lt;ett&gt; träd");
      expect(html).toContain("Klubben");
      expect(html).not.toMatch(/<ett>|&amp;amp;/);
    }
  },
);

test("a shopper of a language without words reads the program's own", async () => {
  const html = await page("/pages/loyalty", "de");
  expect(html).toContain("Plant a tree");
  expect(html).toContain("Silver");
  expect(html).not.toMatch(/Plantera|Klubben/);
});

test.each(["nb", "no", "nn", "nb-NO", "no-NO"])(
  "a storefront that calls Norwegian %s has its words",
  async (locale) => {
    const place = { root: extensionRoot, currency: "NOK", timezone: "UTC", locale };
    const engine = createEngine({ ...place, assetUrl: (file) => file });
    const source = "{% render 'lojal-word', word: 'Gold', program: program %}";
    const globals = { request: { locale: { iso_code: locale } } };
    const program = { words: { nb: { Gold: "Gull" }, sv: { Gold: "Guld" } } };
    expect((await engine.parseAndRender(source, { program }, { globals })).trim()).toBe("Gull");
  },
);
