/** Malicious and broken input of every kind: requests as somebody would post them who is not Shopify, or whom Shopify let through. */
import fc from "fast-check";
import { apiSecret } from "../settings.ts";
import { signProxyQuery } from "../shopify/proxy.ts";
import { signWebhook } from "../shopify/webhooks.ts";

export interface FuzzCase {
  readonly path: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
  /** Whether Shopify's signature is right: only then may it have an effect. */
  readonly isSigned: boolean;
}

export interface Target {
  readonly shop: string;
  readonly customer: string;
}

const deep = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

/** What nobody expects in a field. */
const oddTexts = [
  ...["", " ", "-1.00", "-0.00", "1e308", "NaN", "Infinity", "999999999999999999999.99", "90071992547409.93", "0.001"],
  ...[
    "+5.00",
    "0x10",
    "12,00",
    " 12.00 ",
    "\u0661\u0662.\u0660\u0660",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\udfff\ud800",
    "\u202e",
  ],
  ...[
    "__proto__",
    "constructor",
    "'; drop table entries; --",
    "%24%7Bprocess.env%7D",
    "{{7*7}}",
    "<script>",
    "../../etc/passwd",
  ],
  ...[
    "2026-02-30T00:00:00Z",
    "0000-00-00",
    "+275760-09-13T00:00:00.001Z",
    "9999-12-31T23:59:59-14:00",
    "1969-12-31",
    "JPY",
    "usd",
    "XXX",
    "BHD",
  ],
];
const oddJson = fc.oneof(
  fc.constantFrom<unknown>(...oddTexts),
  fc.constantFrom<unknown>(null, true, [], {}, [[]], 0, -1, -0.5, 1e21, 2 ** 53, 2 ** 63, Number.MAX_VALUE, 5e-324),
  fc.constantFrom<unknown>(
    { $ne: null },
    { id: { id: 1 } },
    Array(300).fill(null),
    Array(40).fill({ id: 1, price: "1.00", quantity: 1 }),
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.nat({ max: 5_000 }).map((length) => "9".repeat(length)),
  fc.jsonValue({ maxDepth: 3 }),
);

const texts = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: "binary", maxLength: 60 }));

function orderOf({ customer }: Target, id: number): Record<string, unknown> {
  return {
    id,
    name: "#1",
    created_at: "2026-01-01T10:00:00Z",
    updated_at: "2026-01-01T10:00:00Z",
    processed_at: "2026-01-01T10:00:00Z",
    currency: "USD",
    financial_status: "paid",
    total_price: "60.00",
    total_outstanding: "0.00",
    taxes_included: false,
    test: false,
    cancelled_at: null,
    customer: { id: Number(customer) },
    line_items: [
      {
        id: 1,
        price: "30.00",
        quantity: 2,
        total_discount: "0.00",
        discount_allocations: [],
        tax_lines: [],
        gift_card: false,
      },
    ],
    discount_codes: [],
    discount_applications: [],
    refunds: [],
  };
}

/** An order with some of its fields, at any depth, replaced, dropped or added. */
const spoiltOrder = (target: Target) =>
  fc
    .tuple(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.tuple(fc.nat(), oddJson, fc.constantFrom("replace", "drop", "add")), { minLength: 1, maxLength: 3 }),
    )
    .map(([id, spoils]) => {
      const order = orderOf(target, id);
      for (const [at, value, how] of spoils) spoil(order, at, structuredClone(value), how);
      return order;
    });

function spoil(order: object, at: number, value: unknown, how: string): void {
  const places = placesIn(order);
  const place = places[at % places.length];
  if (!place) return;
  const { holder, name } = place;
  if (how === "drop") delete holder[name];
  else
    Object.defineProperty(holder, how === "add" ? `extra_${name}` : name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function placesIn(value: object): { holder: Record<string, unknown>; name: string }[] {
  const holder = value as Record<string, unknown>;
  return Object.entries(holder).flatMap(([name, inner]) => [
    { holder, name },
    ...(typeof inner === "object" && inner !== null ? placesIn(inner) : []),
  ]);
}

/** Text that is JSON, nearly so, or not at all. */
const bodies = (target: Target): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: spoiltOrder(target).map((order) => JSON.stringify(order)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(spoiltOrder(target), fc.nat(), fc.string({ unit: "binary", maxLength: 3 }))
        .map(([order, at, bit]) => {
          const text = JSON.stringify(order);
          const cut = at % text.length;
          return at % 2 === 0 ? text.slice(0, cut) : `${text.slice(0, cut)}${bit}${text.slice(cut + 1)}`;
        }),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...[
          '{"__proto__":{"customer":{"id":1}},"id":1}',
          '{"constructor":{"prototype":{"isAdmin":true}}}',
          '{"id":1,"id":2}',
          "[]",
        ],
        ...[
          "null",
          "0",
          '""',
          "{",
          "\ufeff{}",
          deep(5_000),
          `{"id":${deep(2_000)}}`,
          `{"id":1${"0".repeat(400)}}`,
          "NaN",
          "\u0000",
        ],
      ),
    },
    { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  );

const topics = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      "orders/create",
      "orders/paid",
      "orders/updated",
      "orders/cancelled",
      "orders/edited",
      "refunds/create",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "customers/merge",
      "customers/update",
      "orders/delete",
      "shop/update",
      "app/scopes_update",
      "themes/publish",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "ORDERS/PAID",
      "orders/p\u00e4id",
      "__proto__",
      "orders/paid/../x",
      "x".repeat(4_000),
      "orders paid",
      "*",
    ),
  },
);

const shops = ({ shop }: Target) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(shop) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        shop.toUpperCase(),
        `${shop}.evil.example`,
        "nobody.myshopify.com",
        "'; drop table shops;--",
        "\u00fc.myshopify.com",
      ),
    },
  );

/** A right signature, made wrong in some way. */
function wrong(signature: string, how: number): string {
  const at = how % signature.length;
  const other = signature[at] === "A" ? "B" : "A";
  const flipped = `${signature.slice(0, at)}${other}${signature.slice(at + 1)}`;
  const all = [
    flipped,
    signature.slice(0, -1),
    `${signature}=`,
    "",
    signature.toLowerCase(),
    ` ${signature.slice(1)}`,
    `${signature}, ${signature}`,
  ];
  const chosen = all[how % all.length] ?? "";
  return chosen === signature ? flipped : chosen;
}

const delivery = (target: Target): fc.Arbitrary<FuzzCase> =>
  fc
    .record({
      body: bodies(target),
      topic: topics,
      shop: shops(target),
      how: fc.nat(),
      isSigned: fc.boolean(),
      triggered: fc.option(fc.constantFrom("2026-01-01T10:00:00Z", "yesterday", "999999-01-01T00:00:00Z", "-1")),
      missing: fc.constantFrom("", "", "", "", "X-Shopify-Topic", "X-Shopify-Shop-Domain", "Content-Type"),
    })
    .map(({ body, topic, shop, how, isSigned, triggered, missing }) => {
      const right = signWebhook(body, apiSecret);
      const signature = isSigned ? right : how % 5 === 0 ? signWebhook(body, "another secret") : wrong(right, how);
      const headers: [string, string][] = [
        ["Content-Type", how % 7 === 0 ? "text/plain" : "application/json"],
        ["X-Shopify-Topic", topic],
        ["X-Shopify-Shop-Domain", shop],
        ...(triggered === null ? [] : [["X-Shopify-Triggered-At", triggered] satisfies [string, string]]),
        ...(signature === "" ? [] : [["X-Shopify-Hmac-Sha256", signature] satisfies [string, string]]),
        ["X-Shopify-Webhook-Id", how % 9 === 0 ? "x".repeat(2_000) : String(how)],
      ];
      return {
        path: "/webhooks",
        method: "POST",
        headers: headers.filter(([name]) => name !== missing),
        body,
        isSigned,
      };
    });

const uuid = "2f1f3b0e-0000-4000-a000-0000000000";
const proxyRoutes = (): fc.Arbitrary<{ method: string; path: string; body: string | null }> =>
  fc.oneof(
    fc
      .constantFrom(
        "/member",
        "/history",
        "/rewards",
        "/redemptions",
        "/membership",
        `/redemptions/${uuid}01`,
        "/",
        "/../webhooks",
      )
      .map((path) => ({ method: "GET", path, body: null })),
    texts.map((id) => ({ method: "GET", path: `/redemptions/${encodeURIComponent(id.toWellFormed())}`, body: null })),
    texts.map((id) => ({
      method: "POST",
      path: `/redemptions/${encodeURIComponent(id.toWellFormed())}/cancel`,
      body: "{}",
    })),
    fc
      .record(
        {
          id: fc.oneof(
            fc.integer({ min: 10, max: 99 }).map((n) => `${uuid}${n}`),
            oddJson,
          ),
          reward_id: fc.oneof(fc.constantFrom("off-500", "off-300"), oddJson),
          points: oddJson,
          cost: oddJson,
          customer_id: oddJson,
          state: fc.constant("issued"),
        },
        { requiredKeys: [] },
      )
      .map((body) => ({ method: "POST", path: "/redemptions", body: JSON.stringify(body) })),
    fc
      .record({ member: oddJson }, { requiredKeys: [] })
      .map((body) => ({ method: "POST", path: "/membership", body: JSON.stringify(body) })),
    fc
      .oneof(texts, fc.constantFrom(deep(20_000), '{"__proto__":{"id":1}}', "x".repeat(70_000)))
      .map((body) => ({ method: "POST", path: "/redemptions", body })),
    fc
      .constantFrom("PUT", "DELETE", "PATCH", "OPTIONS")
      .map((method) => ({ method, path: "/redemptions", body: null })),
  );

const types = [
  "application/json",
  "application/json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=utf-16",
  "",
];

const visit = (target: Target): fc.Arbitrary<FuzzCase> =>
  fc
    .record({
      route: proxyRoutes(),
      type: fc.constantFrom(...types),
      extra: fc.array(
        fc.tuple(
          fc.constantFrom(
            "after",
            "locale",
            "tag",
            "shop",
            "timestamp",
            "signature",
            "logged_in_customer_id",
            "__proto__",
            "a[]",
          ),
          texts,
        ),
        { maxLength: 2 },
      ),
      customer: fc.constantFrom(target.customer, target.customer, "99999999999999999999", "18446744073709551616"),
      how: fc.nat(),
      isSigned: fc.boolean(),
    })
    .map(({ route, type, extra, customer, how, isSigned }) => {
      const query = new URLSearchParams({
        shop: target.shop,
        path_prefix: "/apps/lojal",
        timestamp: String(Math.floor(Date.now() / 1000) - (!isSigned && how % 3 === 0 ? 91 + (how % 1_000) : 0)),
        logged_in_customer_id: customer,
      });
      for (const [name, value] of extra) query.append(name, value.toWellFormed());
      const right = signProxyQuery(query, apiSecret);
      query.append("signature", isSigned || how % 3 === 0 ? right : wrong(right, how));
      if (!isSigned && how % 7 === 1) query.append("signature", right);
      const headers: [string, string][] = type === "" ? [] : [["Content-Type", type]];
      return { path: `/proxy${route.path}?${query}`, method: route.method, headers, body: route.body, isSigned };
    });

const lost = fc.tuple(fc.constantFrom("GET", "POST", "PUT", "DELETE"), fc.webPath()).map(
  ([method, path]): FuzzCase => ({
    path: path === "" ? "/" : path,
    method,
    headers: [],
    body: null,
    isSigned: false,
  }),
);

/** So many cases that follow from the seed. */
export function fuzzCases(target: Target, seed: number, count: number): FuzzCase[] {
  const any = fc.oneof(
    { weight: 10, arbitrary: delivery(target) },
    { weight: 9, arbitrary: visit(target) },
    { weight: 1, arbitrary: lost },
  );
  return fc.sample(any, { seed, numRuns: count });
}
