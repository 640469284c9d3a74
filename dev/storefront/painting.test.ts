/** What Liquid paints from the metafields alone, without a request to the app. */
import { beforeEach, describe, expect, test } from "vitest";
import { allRewards, emptySummary, FakeShop, type MemberSummary, simpleProgram, tiers } from "./fake-shop.ts";
import { createStorefront } from "./storefront.ts";

const day = 86_400;
const now = Math.floor(Date.now() / 1000);
let shop: FakeShop;
let cookies: Map<string, string>;
let app: ReturnType<typeof createStorefront>;

beforeEach(() => {
  shop = new FakeShop();
  app = createStorefront(shop);
  cookies = new Map();
});

async function visit(path: string, form?: Record<string, string>): Promise<string> {
  const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
  const init = form === undefined ? { headers } : { method: "POST", headers, body: new URLSearchParams(form) };
  const response = await app.request(path, init);
  for (const cookie of response.headers.getSetCookie()) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    cookies.set(name, value);
  }
  return response.text();
}

function productOf(handle: string) {
  const found = shop.store.products.find((product) => product.handle === handle);
  if (!found) throw new Error(`no product ${handle}`);
  return found;
}

function variantOf(handle: string, index = 0): string {
  return shop.store.products.find((product) => product.handle === handle)?.variants[index]?.id ?? "";
}

async function cartOf(summary: Partial<MemberSummary> | null, handle = "wool-throw"): Promise<string> {
  if (summary !== null) shop.members.set("7", { ...emptySummary, ...summary });
  cookies.set("customer", "7");
  await visit("/cart/add", { id: variantOf(handle) });
  return textOf(await visit("/cart"));
}

/** Without scripts and tags: what a shopper reads; hidden parts are left out. */
function textOf(html: string): string {
  const block = /<lojal-[\s\S]*<\/lojal-[\w-]+>/.exec(html)?.[0] ?? "";
  let nextSeen = false;
  return (
    block
      .replace(/<(script|template|style)[\s\S]*?<\/\1>/g, "")
      .replace(/<li[^>]*data-reach="(\w+)"[\s\S]*?<\/li>/g, (row, reach) => {
        // What the style sheet shows of a reward that is within reach, the next one (the first that is not), or further away.
        const isAct = reach === "within";
        const isNext = !isAct && !nextSeen;
        nextSeen ||= isNext;
        return row
          .replace(/<span data-lojal="bar">[\s\S]*?class="lojal-bar"><\/span>\s*<\/span>/, (bar) => (isNext ? bar : ""))
          .replace(/<span[^>]*data-lojal="to-go"[\s\S]*?<\/span>/, (part) => (isAct ? "" : part))
          .replace(/<span[^>]*data-lojal="act"[\s\S]*?<\/span>/, (part) => (isAct ? part : ""));
      })
      // And of a code that is on the cart, or is not.
      .replace(/<li[^>]*data-code="[\s\S]*?<\/li>/g, (row) => {
        const unseen = /^<li[^>]*data-on/.test(row)
          ? /<button[^>]*data-lojal="apply"[\s\S]*?<\/button>/
          : /<span[^>]*data-lojal="applied"[\s\S]*?<\/span>/;
        return row.replace(unseen, "");
      })
      .replace(/<(\w+)[^>]*\shidden(?=[\s>])[^>]*>[\s\S]*?<\/\1>/g, "")
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " ")
      .trim()
  );
}

describe("the product page", () => {
  test("says what the chosen variant earns", async () => {
    cookies.set("customer", "7");
    const variant = variantOf("linen-shirt", 2);
    expect(textOf(await visit("/products/linen-shirt"))).toBe("Earn 89 points You have 0 points.");
    expect(textOf(await visit(`/products/linen-shirt?variant=${variant}`))).toBe("Earn 94 points You have 0 points.");
  });
  test.each([
    ["the product", () => ({ products: [productOf("wool-throw").id] })],
    ["its vendor", () => ({ vendors: ["northlight"] })],
    ["a collection of it", () => ({ collections: [productOf("wool-throw").collections[0] ?? ""] })],
    ["a tag of it", () => ({ tags: ["winter"] })],
  ])(
    "promises nothing for a product that the program leaves out by %s, neither there nor in the cart",
    async (_, excluded) => {
      shop.program = { ...shop.program, excluded: excluded() };
      cookies.set("customer", "7");
      expect(await visit("/products/wool-throw")).not.toContain("<lojal-product-points");
      expect(textOf(await visit("/products/coffee-beans"))).toMatch(/^Earn 11 points/);
      await visit("/cart/add", { id: variantOf("wool-throw") });
      await visit("/cart/add", { id: variantOf("coffee-beans") });
      expect(textOf(await visit("/cart"))).toContain("earns 11 points");
    },
  );
  test("tells a guest how to collect them", async () => {
    const html = await visit("/products/wool-throw");
    expect(textOf(html)).toBe("Earn 149 points Sign in or create an account to collect them.");
    expect(html).toContain('href="/account/login"');
  });
  test("lists a sentence for each variant only when prices differ", async () => {
    expect(await visit("/products/stoneware-mug")).not.toContain("application/json");
    expect(await visit("/products/linen-shirt")).toContain(`"${variantOf("linen-shirt", 2)}":"Earn 94 points"`);
  });
  test("says nothing on a gift card, which never earns", async () => {
    expect(await visit("/products/gift-card")).not.toContain("<lojal-");
  });
  test("counts whole yen, which Liquid writes as hundredths", async () => {
    shop.store.currency = "JPY";
    shop.program = { ...simpleProgram, currency: "JPY", earn: { points: 1, per_minor: 100 } };
    expect(textOf(await visit("/products/linen-shirt"))).toContain("Earn 89 points");
    expect(await visit("/products/linen-shirt")).toContain("¥8,900");
  });
  test("names no number where prices are not in the program's currency", async () => {
    shop.store.currency = "EUR";
    expect(textOf(await visit("/products/linen-shirt"))).toContain("Earn points with this purchase");
  });
  test("says 'up to' where a subscription can make the price less", async () => {
    const plain = shop.store.products;
    shop.store.products = plain.map((product) => ({ ...product, hasPlans: product.handle === "linen-shirt" }));
    expect(textOf(await visit("/products/linen-shirt"))).toContain("Earn up to 89 points");
    shop.store.products = plain;
    expect(textOf(await visit("/products/linen-shirt"))).toContain("Earn 89 points");
  });

  test("says 'up to' where tax is inside the price", async () => {
    shop.store.taxesIncluded = true;
    expect(textOf(await visit("/products/linen-shirt"))).toContain("Earn up to 89 points");
  });

  test("names the points of the price, and no bound, where tax is inside it and earns, too", async () => {
    shop.store.taxesIncluded = true;
    shop.program = { ...shop.program, tax_earns: true };
    expect(textOf(await visit("/products/linen-shirt"))).toMatch(/^Earn 89 points/);
  });

  test("says 'at least' where tax earns and is added at checkout, and no number where a subscription may cost less", async () => {
    shop.program = { ...shop.program, tax_earns: true };
    expect(textOf(await visit("/products/linen-shirt"))).toMatch(/^Earn at least 89 points/);
    shop.store.products = shop.store.products.map((product) => ({ ...product, hasPlans: true }));
    expect(textOf(await visit("/products/linen-shirt"))).toMatch(/^Earn points with this purchase/);
  });
});

describe("the cart block", () => {
  test("gives a rich member the rewards within reach", async () => {
    const text = await cartOf({ available: 1200 });
    expect(text).toContain("Your points 1,200 This cart earns 149 points.");
    expect(text).toContain("$50.00 off 500 points Redeem $200.00 off 2,000 points Next reward 800 to go");
  });
  test("tells a poor member how far it is", async () => {
    const text = await cartOf({ available: 12 });
    expect(text).toContain("488 to go");
    expect(text).not.toContain("Redeem");
  });
  test("knows a customer who has no summary yet", async () => {
    expect(await cartOf(null)).toContain("Your points 0");
  });
  test("shows a guest what the cart would earn and how to join", async () => {
    await visit("/cart/add", { id: variantOf("wool-throw") });
    const html = await visit("/cart");
    expect(textOf(html)).toContain("This cart earns 149 points. Sign in or create an account");
    expect(html).not.toContain('name="reward_id"');
  });
  test("renders nothing without a program", async () => {
    shop.program = null;
    expect(await cartOf({ available: 1200 })).toBe("");
    expect(await visit("/products/linen-shirt")).not.toContain("<lojal-");
  });
  test("moves points that matured since the summary was written", async () => {
    const maturing = [
      { points: 80, at: now - 5 },
      { points: 30, at: now + 3 * day },
    ];
    const text = await cartOf({ available: 1000, pending: 110, maturing });
    expect(text).toContain("Your points 1,080");
    expect(text).toContain("30 points on the way, ready on");
  });
  test("lets matured points pay what is owed first", async () => {
    const text = await cartOf({ pending: 80, owed: 100, maturing: [{ points: 80, at: now - 5 }] });
    expect(text).toContain("Your points 0");
    expect(text).toContain("20 points were taken back after a return");
  });
  test("says what is owed", async () => {
    expect(await cartOf({ owed: 1300 })).toContain("1,300 points were taken back");
  });
  test("drops expired points and names the next that will expire", async () => {
    const expiring = [
      { points: 300, at: now + 40 * day },
      { points: 100, at: now - 5 },
      { points: 50, at: now + 9 * day },
    ];
    const text = await cartOf({ available: 1000, expiring });
    expect(text).toContain("Your points 900");
    expect(text).toContain("50 points expire on");
  });
  test.each(["Pacific/Honolulu", "America/New_York", "UTC", "Europe/Stockholm", "Pacific/Auckland"])(
    "names the last good day of what expires, whichever zone a shop's dates are written in: %s",
    async (timezone) => {
      shop = new FakeShop();
      Object.assign(shop.store, { timezone });
      app = createStorefront(shop);
      // At noon UTC a day is over, the one before it, in every zone.
      const overAt = (Math.floor(now / day) + 10.5) * day;
      const lastGoodDay = new Date((overAt - day) * 1000).getUTCDate();
      const text = await cartOf({ available: 100, expiring: [{ points: 50, at: overAt }] });
      expect(/expire on \w+ (\d+)/.exec(text)?.[1]).toBe(String(lastGoodDay));
    },
  );
  test("lists codes that are still good, and not those that ended", async () => {
    const codes = [
      { id: "a", code: "LOJAL-GOOD", name: "$50.00 off", ends_at: now + day },
      { id: "b", code: "LOJAL-GONE", name: "$50.00 off", ends_at: now - day },
    ];
    const text = await cartOf({ codes });
    expect(text).toContain("LOJAL-GOOD");
    expect(text).not.toContain("LOJAL-GONE");
  });
  test("counts no gift cards", async () => {
    expect(await cartOf({}, "gift-card")).not.toContain("This cart earns");
  });
  test("escapes what a merchant wrote", async () => {
    shop.program = { ...simpleProgram, rewards: [{ id: "x", name: "<img src=x>", kind: "amount_off", cost: 5 }] };
    await cartOf({ available: 10 });
    expect(await visit("/cart")).not.toContain("<img src=x>");
  });
  test.each(["en", "sv", "nb", "da", "fi", "de", "fr"])("is complete in %s", async (locale) => {
    const maturing = [{ points: 30, at: now + 3 * day }];
    const codes = [{ id: "a", code: "LOJAL-GOOD", name: "50", ends_at: now + day }];
    await cartOf({ available: 1200, pending: 30, owed: 5, maturing, expiring: maturing, codes });
    for (const path of ["/cart", "/products/linen-shirt"]) {
      const html = await visit(`${path}?locale=${locale}`);
      expect(html).not.toMatch(/translation missing|Liquid error/);
    }
  });
});

describe("rewards of all kinds", () => {
  test("each with its words, cheapest first, and what cannot be had says why", async () => {
    shop.program = { ...simpleProgram, ...allRewards, tiers };
    const text = await cartOf({ available: 650 });
    const rows = [
      "As much as you like from 100 points How many points 100 points: $5.00 200 points: $10.00",
      "Shipping on us 200 points Code for free shipping On orders from $30.00 Redeem",
      "A tenth off 300 points Code for 10% off Redeem",
      "Gold only 400 points For members of Gold A rare thing 450 points Code that makes the product free All taken for now",
      "A mug 600 points Code that makes the product free Redeem",
      "Credit 700 points $7.00 of store credit, at once Next reward 50 to go",
      "A card 800 points Gift card of $8.00 150 to go",
      "Plant a tree 900 points The shop gives $9.00 for you 250 to go",
      "Tea with us 1,500 points The shop arranges it with you 850 to go",
    ];
    expect(rows.filter((row) => !text.includes(row))).toEqual([]);
    expect(rows.map((row) => text.indexOf(row))).toEqual(rows.map((row) => text.indexOf(row)).sort((a, b) => a - b));
  });
  test("a member of the tier has what is for it", async () => {
    shop.program = { ...simpleProgram, ...allRewards, tiers };
    const tier = { id: "gold", name: "Gold", multiplier: 15000, until: null };
    expect(await cartOf({ available: 650, tier })).toContain("Gold only 400 points Redeem");
  });
  test("a choice that costs more than there is cannot be chosen", async () => {
    shop.program = { ...simpleProgram, ...allRewards };
    await cartOf({ available: 250 });
    const html = await visit("/cart");
    expect(html).toMatch(/<option value="200">/);
    expect(html).toMatch(/<option value="300" disabled>/);
    expect(html).toMatch(/<option value="2000" disabled>/);
    expect(html).not.toContain('<option value="2100"');
  });
  test("of a thousand steps some fifty are offered, and the most", async () => {
    const slider = { max: 100_000, step: 100, step_value_minor: 100 };
    const reward = { id: "s", name: "Some", kind: "amount_off", cost: 100, value_minor: 100, slider };
    shop.program = { ...simpleProgram, rewards: [reward] };
    await cartOf({ available: 250 });
    const options = (await visit("/cart")).match(/<option value="\d+/g) ?? [];
    const lojal = options.map((option) => Number(option.replace(/\D/g, ""))).filter((points) => points >= 100);
    expect(lojal.length).toBeLessThanOrEqual(52);
    expect([lojal[0], lojal.at(-1)]).toEqual([100, 100_000]);
  });
  test("a code says the least that an order must be worth", async () => {
    const codes = [{ id: "a", code: "LOJAL-GOOD", name: "Off", ends_at: now + day, minimum_minor: 3000 }];
    expect(await cartOf({ codes })).toContain("LOJAL-GOOD Off On orders from $30.00");
  });
});

describe("who the shopper is to the program", () => {
  test.each([
    ["joined", {}, "Join, and this cart earns 149 points. Join for free"],
    ["everybody", { joined: false }, "Join, and this cart earns 149 points. Join for free"],
    ["joined", { joined: true }, "This cart earns 149 points."],
    ["pilot", { pilot: true }, "This cart earns 149 points."],
  ])("membership %s with %j", async (membership, word, sentence) => {
    shop.program = { ...simpleProgram, membership };
    expect(await cartOf({ available: 600, ...word })).toContain(sentence);
  });
  test.each([
    [true, false, "This cart earns up to 149 points.", "Join, and this cart earns up to 149 points."],
    [false, true, "This cart earns at least 149 points.", "Join, and this cart earns at least 149 points."],
    [true, true, "This cart earns 149 points.", "Join, and this cart earns 149 points."],
  ])(
    "the cart says how far its number can be known: prices include tax (%j), and tax earns (%j)",
    async (taxesIncluded, tax_earns, member, outside) => {
      shop.store.taxesIncluded = taxesIncluded;
      shop.program = { ...simpleProgram, ...(tax_earns ? { tax_earns } : {}) };
      expect(await cartOf({ available: 600 })).toContain(member);
      cookies.clear();
      expect(await cartOf({ available: 600, joined: false })).toContain(outside);
    },
  );
  test("a pilot shows nothing to guests and to whoever is not on its list", async () => {
    shop.program = { ...simpleProgram, membership: "pilot" };
    expect(await cartOf({ available: 600 })).toBe("");
    cookies.delete("customer");
    for (const path of ["/", "/cart", "/products/wool-throw", "/pages/loyalty"])
      expect((await visit(path)).match(/lojal-[a-z]+"/g), path).toBeNull();
  });
  test("somebody who has left cannot redeem, and has their codes", async () => {
    const codes = [{ id: "a", code: "LOJAL-GOOD", name: "Off", ends_at: now + day }];
    const text = await cartOf({ available: 600, joined: false, codes });
    expect(text).not.toContain("Redeem");
    expect(text).toContain("LOJAL-GOOD");
  });
  test("while the program is paused, the balance and the codes stay and nothing is promised", async () => {
    const codes = [{ id: "a", code: "LOJAL-GOOD", name: "Off", ends_at: now + day }];
    const paused = { state: "paused", earn: { points: 0, per_minor: 0 }, rewards: [], further_rewards: [] };
    shop.program = { ...simpleProgram, ...paused };
    const text = await cartOf({ available: 600, codes });
    expect(text).toContain("Your points 600 The program is paused. Your points stay, and your codes remain good.");
    expect(text).toContain("LOJAL-GOOD");
    expect(text).not.toMatch(/This cart earns|Redeem/);
    expect(await visit("/products/wool-throw")).not.toContain("<lojal-");
    expect(await visit("/pages/loyalty")).not.toContain("How it works");
  });
});

describe("tiers", () => {
  const gold = { id: "gold", name: "Gold", multiplier: 15000, until: null };
  test("product and cart earn with the member's multiplier, rounded down once", async () => {
    shop.program = { ...simpleProgram, tiers };
    expect(await cartOf({ tier: gold })).toContain("This cart earns 224 points.");
    expect(textOf(await visit("/products/wool-throw"))).toBe(
      "Earn 224 points You have 0 points. Gold: 1.5 times the points.",
    );
    expect(textOf(await visit("/products/wool-throw?locale=sv"))).toContain("Gold: 1,5 gånger så många poäng.");
  });
  test("a tier whose time is over multiplies no more", async () => {
    shop.program = { ...simpleProgram, tiers };
    expect(await cartOf({ tier: { ...gold, until: now - 5 } })).toContain("This cart earns 149 points.");
  });
  test("name, multiplier and how far the next one is", async () => {
    shop.program = { ...simpleProgram, tiers };
    const silver = { id: "silver", name: "Silver", multiplier: 10000, until: null };
    const text = await cartOf({ tier: silver, next_tier: { id: "gold", name: "Gold", missing: 12_550 } });
    expect(text).toContain("Silver $125.50 more to Gold");
    expect(await visit("/cart")).toContain("--lojal-part: 74%");
  });
});

describe("the balance, the launcher and the loyalty page", () => {
  const everything = {
    ...simpleProgram,
    ...allRewards,
    tiers,
    membership: "everybody",
    expiry: { kind: "after-available", months: 12 },
  };
  test("the balance is painted anywhere, and the launcher beside it", async () => {
    await cartOf({ available: 1200 });
    const home = await visit("/");
    expect(home).toContain("1,200 points</strong>");
    expect(home).toMatch(/<aside class="lojal-launcher[\s\S]*<summary[\s\S]*1,200 points/);
    expect(await visit("/cart")).not.toContain("lojal-launcher");
  });
  test("the page says how it works, tiers, rewards, dates, and what is kept", async () => {
    shop.program = everything;
    const expiring = [
      { points: 100, at: now + 9 * day },
      { points: 50, at: now + 40 * day },
    ];
    await cartOf({ available: 650, expiring });
    const text = textOf(await visit("/pages/loyalty"));
    const parts = [
      "Your points 650 100 points expire on",
      "50 points expire on",
      "How it works You earn 10 points for every $10.00 you spend on products, after discounts.",
      "Your points are ready 14 days after the order.",
      "Points expire 12 months after they were ready.",
      "Tiers Silver From the start Gold From $500.00 of orders 1.5 times the points on every order 100 points as a welcome gift",
      "Club With a product that gives membership 1.25 times the points on every order",
      "Counted over the last 12 months.",
      "History Show my history",
      "My data",
      "Download my data Leave the program",
    ];
    expect(parts.filter((part) => !text.includes(part))).toEqual([]);
  });
  test("a guest reads how it works and how to join, and can redeem nothing", async () => {
    shop.program = everything;
    const html = await visit("/pages/loyalty");
    expect(textOf(html)).toContain("Sign in or create an account to see your points.");
    expect(html).not.toMatch(/name="reward_id"|Show my history|Leave the program/);
  });
  test("nothing of it is there before a program is", async () => {
    shop.program = null;
    expect((await visit("/pages/loyalty")) + (await visit("/"))).not.toMatch(/lojal-(page|launcher|product)/);
  });
  test.each(["en", "sv", "nb", "da", "fi", "de", "fr"])("complete in %s", async (locale) => {
    shop.program = everything;
    const tier = { id: "gold", name: "Gold", multiplier: 15000, until: null };
    await cartOf({ available: 650, tier, next_tier: { id: "gold", name: "Gold", missing: 5 } });
    for (const program of [
      everything,
      { ...everything, tiers: { ...tiers, basis: "orders", period: "lifetime" } },
      {
        ...everything,
        state: "paused",
        tiers: { ...tiers, basis: "points", period: "calendar-year" },
        expiry: { kind: "after-inactivity", months: 1 },
      },
    ]) {
      shop.program = program;
      for (const path of ["/", "/cart", "/pages/loyalty"])
        expect(await visit(`${path}?locale=${locale}`)).not.toMatch(/translation missing|Liquid error/);
    }
  });
});

describe("the shop around it", () => {
  test("applies the codes it is given, all at once, and keeps what does not apply", async () => {
    shop.redemptions.set("1", {
      id: "1",
      customerId: "7",
      reward_id: "r-50",
      code: "LOJAL-A",
      cost: 500,
      state: "issued",
    });
    await cartOf({ available: 1200 });
    const answer = JSON.parse(await visit("/cart/update.js", { discount: "lojal-a,NOPE,nope" }));
    expect(answer.discount_codes).toEqual([
      { code: "lojal-a", applicable: true },
      { code: "NOPE", applicable: false },
    ]);
    expect(answer.total_price).toBe(9999);
    expect(textOf(await visit("/cart"))).toContain("This cart earns 99 points.");
  });
  test("renders single sections", async () => {
    const sections = JSON.parse(await visit("/cart?sections=cart-items,nothing"));
    expect(sections["cart-items"]).toContain('id="shopify-section-cart-items"');
    expect(sections.nothing).toBeNull();
  });
  test("takes an order, empties the cart, and says what it earns", async () => {
    await cartOf({ available: 1200 });
    const thanks = await visit("/checkout", {});
    expect(thanks).toContain("#1001");
    expect(thanks).toContain('<dd id="points">149</dd>');
    expect(await visit("/cart")).toContain("There is nothing in it yet");
  });
  test("sends the app who is signed in, and never a redirect elsewhere", async () => {
    expect((await app.request("/apps/lojal/member")).status).toBe(401);
    const form = new URLSearchParams({ customer_id: "7", return_to: "//evil.example" });
    const response = await app.request("/account/switch", { method: "POST", body: form });
    expect(response.headers.get("location")).toBe("/");
  });
});
