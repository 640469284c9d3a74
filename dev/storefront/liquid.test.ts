import { describe, expect, test } from "vitest";
import { createEngine } from "./liquid.ts";
import { liquidAmount, writeMoney } from "./liquid-money.ts";
import { translate } from "./liquid-translate.ts";
import { extensionRoot } from "./pages.ts";

function engine(locale = "en", currency = "USD") {
  return createEngine({
    root: extensionRoot,
    currency,
    timezone: "UTC",
    locale,
    assetUrl: (file) => `/assets/${file}`,
  });
}
const render = (source: string, scope: object = {}, locale = "en", currency = "USD"): Promise<string> =>
  engine(locale, currency).parseAndRender(source, scope);

describe("arithmetic is Shopify's", () => {
  test.each([
    ["{{ 2599 | divided_by: 100 | times: 3 }}", "75"],
    ["{{ -7 | divided_by: 2 }}", "-4"],
    ["{{ 10 | divided_by: 4.0 }}", "2.5"],
    ["{{ 10 | divided_by: '4.0' }}", "2.5"],
    ["{{ '12' | plus: '30' }}", "42"],
    ["{{ 'tea' | plus: 1 }}", "1"],
    ["{{ -1 | modulo: 5 }}", "4"],
    ["{{ 7 | divided_by: 0 }}.", "Liquid error: divided by 0."],
    ["{{ 7 | modulo: 0 }}.", "Liquid error: divided by 0."],
    ["{% assign x = 7 | divided_by: 0 %}[{{ x }}]", "Liquid error: divided by 0[]"],
    ["{% if true %}{{ 7 | divided_by: 0 | times: 2 }} and on{% endif %}", "Liquid error: divided by 0 and on"],
  ])("%s is %s", async (source, expected) => {
    expect(await render(source)).toBe(expected);
  });

  test("an unknown filter is an error, not the value unchanged", async () => {
    await expect(render("{{ 1 | moneyy }}")).rejects.toThrow("undefined filter: moneyy");
  });
});

describe("money", () => {
  test.each([
    [1_234_567, "USD", "plain", "$12,345.67"],
    [1_234_567, "USD", "with-currency", "$12,345.67 USD"],
    [5000, "USD", "without-trailing-zeros", "$50"],
    [5010, "USD", "without-trailing-zeros", "$50.10"],
    [-5000, "USD", "plain", "$-50.00"],
    [1_234_567, "EUR", "plain", "€12.345,67"],
    [5000, "EUR", "without-trailing-zeros", "€50"],
    [100_000, "JPY", "plain", "¥1,000"],
    [100_000, "JPY", "with-currency", "¥1,000 JPY"],
    [12_345, "KWD", "plain", "12.345 KD"],
    [12_000, "KWD", "without-trailing-zeros", "12 KD"],
    [12_345, "KWD", "without-currency", "12.345"],
    [1999, "CHF", "with-currency", "19.99 CHF"],
  ] as const)("%i of %s, %s, is %s", (amount, currency, style, expected) => {
    expect(writeMoney(amount, currency, style)).toBe(expected);
  });

  test("Liquid carries a currency without subunits as hundredths", () => {
    expect([liquidAmount(1000, "JPY"), liquidAmount(1000, "USD"), liquidAmount(1000, "KWD")]).toEqual([
      100_000, 1000, 1000,
    ]);
  });
});

describe("t", () => {
  const tree = {
    a: { one: "{{ count }} <b>", other: "{{ count }} s", zero: "none" },
    b: "hi {{ who }}",
    b_html: "hi {{ who }}",
  };
  test("chooses the plural form", () => {
    const forms = [0, 1, 2].map((count) => translate(tree, "en", "a", { count }));
    expect(forms).toEqual(["none", "1 <b>", "2 s"]);
  });
  test("escapes what it puts in, unless the key ends in _html", () => {
    expect(translate(tree, "en", "b", { who: "<i>" })).toBe("hi &lt;i&gt;");
    expect(translate(tree, "en", "b_html", { who: "<i>" })).toBe("hi <i>");
  });
  test("says which key is missing", () => {
    expect(translate(tree, "en", "c.d", {})).toBe("translation missing: en.c.d");
  });
  test.each([
    ["en", 1, "Earn 1 point"],
    ["en", 0, "Earn 0 points"],
    ["fr", 0, "Gagnez 0 point"],
    ["fi", 1, "Ansaitse 1 piste"],
    ["fi", 2, "Ansaitse 2 pistettä"],
    ["de", 5, "5 Punkte sammeln"],
  ])("%s counts %i", async (locale, points, expected) => {
    const source = "{{ 'lojal.product.earn' | t: count: points, points: points }}";
    expect(await render(source, { points }, locale)).toBe(expected);
  });
});

describe("tags and other filters", () => {
  test.each([
    ['{% schema %}{"name": "x"}{% endschema %}', ""],
    ["{% style %}.a{{ 1 }}{}{% endstyle %}", "<style data-shopify>.a1{}</style>"],
    ["{% javascript %}{{ no }}{% endjavascript %}", ""],
    [
      "{{ 'a.css' | asset_url | stylesheet_tag }}",
      '<link href="/assets/a.css" rel="stylesheet" type="text/css" media="all">',
    ],
    ["{{ '</script>' | json }}", '"\\u003c/script\\u003e"'],
    ["{{ 1790000000 | date: '%Y-%m-%d' }}", "2026-09-21"],
    ["{{ image | image_url: width: 300 }}", "/images/mug.svg?width=300"],
  ])("%s", async (source, expected) => {
    expect(await render(source, { image: { src: "/images/mug.svg" } })).toBe(expected);
  });

  test("a schema that is no JSON is an error", async () => {
    await expect(render("{% schema %}{name}{% endschema %}")).rejects.toThrow();
  });

  test("the product form posts to the cart", async () => {
    const html = await render("{% form 'product', product, class: 'buy' %}<button>{% endform %}", { product: {} });
    expect(html).toContain('<form method="post" action="/cart/add" accept-charset="UTF-8" class="buy">');
  });
});

test.each(["en", "sv", "nb", "da", "fi", "de", "fr"])("numbers are written as %s writes them", async (locale) => {
  for (const number of [0, 7, 999, 1000, 1007, 12_345, 1_234_567, 1_000_000]) {
    const written = await render("{% render 'lojal-number', number: number %}", { number }, locale);
    expect(written).toBe(number.toLocaleString(locale));
  }
});
