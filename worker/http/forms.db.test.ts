/** What a browser without script can do: forms that lead back to their page, the history as a page, a file to take along. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { expectProblem, proxyQuery, sign } from "../../dev/test-requests.ts";
import { newTenants, type Outside, type Shopper, type Tenants } from "../../dev/test-tenants.ts";

const outside = vi.hoisted(() => {
  const outside: Outside = { hosts: new Set(), answer: () => Promise.reject(new Error("no network here")) };
  globalThis.fetch = (input, init) => outside.answer(new Request(input, init));
  return outside;
});

let tenants: Tenants;
let shoppers = 7100;
beforeAll(async () => {
  tenants = await newTenants(outside);
});
afterAll(() => tenants.close());

/** Somebody of a test's own, with so many points. */
async function newShopper(points: number): Promise<Shopper> {
  const shopper = { shop: tenants.shops[0].domain, customer: String(++shoppers) };
  if (points > 0) await tenants.earn(shopper, points);
  return shopper;
}

/** A form as Liquid paints it: each painting has a mark of its own. */
const send = (shopper: Shopper, path: string, form: Record<string, string>) => {
  const body = new URLSearchParams({ once: crypto.randomUUID(), ...form });
  return tenants.fetch(`/proxy${path}?${sign(proxyQuery(shopper))}`, { method: "POST", body });
};

test("a form is answered 303 with the way back to its own page, and whether it was done", async () => {
  const shopper = await newShopper(600);
  const [reward_id, return_to] = ["off-500", "/pages/loyalty"];
  const done = await send(shopper, "/redemptions", { reward_id, return_to });
  expect([done.status, done.headers.get("location")]).toEqual([303, "/pages/loyalty#lojal-done"]);
  const refused = await send(shopper, "/redemptions", { reward_id, return_to });
  expect([refused.status, refused.headers.get("location")]).toEqual([303, "/pages/loyalty#lojal-no"]);
  expect(await (await tenants.ask(shopper, "/member")).json()).toMatchObject({ available: 100, held: 500 });
});

test("a form that is sent twice is one wish: two taps before the answer cost no second reward", async () => {
  const shopper = await newShopper(1600);
  const form = { reward_id: "off-500", return_to: "/cart", once: "1795817109123456789" };
  const taps = await Promise.all([send(shopper, "/redemptions", form), send(shopper, "/redemptions", form)]);
  expect(taps.map(({ headers }) => headers.get("location"))).toEqual(["/cart#lojal-done", "/cart#lojal-done"]);
  expect(await (await tenants.ask(shopper, "/member")).json()).toMatchObject({ available: 1100, held: 500 });
  await send(shopper, "/redemptions", { ...form, once: "1795817110123456789" });
  expect(await (await tenants.ask(shopper, "/member")).json()).toMatchObject({ available: 600, held: 1000 });
});

test("a form without a mark is one wish for each signature: a replayed address has no second effect", async () => {
  const shopper = await newShopper(1600);
  const address = `/proxy/redemptions?${sign(proxyQuery(shopper))}`;
  const body = "reward_id=off-500&return_to=/cart";
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  for (let times = 0; times < 2; times++) {
    const answer = await tenants.fetch(address, { method: "POST", headers, body });
    expect(answer.headers.get("location")).toBe("/cart#lojal-done");
  }
  expect(await (await tenants.ask(shopper, "/member")).json()).toMatchObject({ available: 1100, held: 500 });
});

test("a mark belongs to its shopper: the same one asks for a reward of their own", async () => {
  const [one, other] = [await newShopper(600), await newShopper(600)];
  for (const shopper of [one, other]) {
    await send(shopper, "/redemptions", { reward_id: "off-500", once: "1" });
    expect(await (await tenants.ask(shopper, "/member")).json()).toMatchObject({ available: 100, held: 500 });
  }
});

test("a form that a browser kept from before its code was undone is not said to be done", async () => {
  const shopper = await newShopper(600);
  const form = { reward_id: "off-500", return_to: "/cart", once: "2" };
  await send(shopper, "/redemptions", form);
  const { redemptions } = (await (await tenants.ask(shopper, "/redemptions")).json()) as {
    redemptions: { id: string }[];
  };
  await send(shopper, `/redemptions/${redemptions[0]?.id}/cancel`, {});
  expect((await send(shopper, "/redemptions", form)).headers.get("location")).toBe("/cart#lojal-no");
  expect(await (await tenants.ask(shopper, "/member")).json()).toMatchObject({ available: 600, held: 0 });
});

test("of several blocks on a page, the way back leads to the one that the form is in", async () => {
  const shopper = await newShopper(600);
  const form = { reward_id: "off-500", return_to: "/cart" };
  const done = await send(shopper, "/redemptions", { ...form, block: "AbC_9__cart-1" });
  expect(done.headers.get("location")).toBe("/cart#lojal-done-AbC_9__cart-1");
  const refused = await send(shopper, "/redemptions", { ...form, block: "AbC_9__cart-1" });
  expect(refused.headers.get("location")).toBe("/cart#lojal-no-AbC_9__cart-1");
  for (const block of ['"><b', "a b", "x".repeat(201), ""]) {
    const strange = await send(shopper, "/redemptions", { ...form, block });
    expect(strange.headers.get("location")).toBe("/cart#lojal-no");
  }
});

test("points beside a button belong to its reward, and must be those it takes", async () => {
  const shopper = await newShopper(600);
  const wrong = await send(shopper, "/redemptions", { reward_id: "off-500", "points-off-500": "400" });
  expect(wrong.headers.get("location")).toBe("/cart#lojal-no");
  const unread = await send(shopper, "/redemptions", { reward_id: "off-500", "points-off-500": "many" });
  await expectProblem(unread, 400, "invalid-request");
  const other = await send(shopper, "/redemptions", { reward_id: "off-500", "points-another": "400" });
  expect(other.headers.get("location")).toBe("/cart#lojal-done");
});

test.each([
  ["/products/caf%C3%A9", "/products/caf%C3%A9"],
  ["/products/日本語-🎉", "/products/%E6%97%A5%E6%9C%AC%E8%AA%9E-%F0%9F%8E%89"],
  ["/fr-ca/collections/all/red+wool", "/fr-ca/collections/all/red+wool"],
  [`/products/${"%E6%97%A5".repeat(60)}`, `/products/${"%E6%97%A5".repeat(60)}`],
  ["/products/می‌خواهم", "/products/%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85"],
  ["/a/../b/", "/b/"],
])("the way back leads to %s", async (return_to, place) => {
  const answer = await send(await newShopper(0), "/membership", { member: "true", return_to });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, `${place}#lojal-done`]);
});

test.each([
  ...["https://evil.example", "//evil.example", "/\\evil.example", "/a?b=c", "/a#b", "javascript:alert(1)", ""],
  ...["/.//evil.example", "/a/..//evil.example", "/\t/evil.example", "/cart\r\nX-Evil: 1", `/${"a".repeat(2000)}`],
])("nobody is led to %j", async (return_to) => {
  const answer = await send(await newShopper(0), "/membership", { member: "true", return_to });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/#lojal-done"]);
});

test("GET /history?view=page is the same history as plain HTML, and runs nothing", async () => {
  const query = proxyQuery(await newShopper(600));
  query.set("view", "page");
  query.set("locale", "sv");
  const answer = await tenants.fetch(`/proxy/history?${sign(query)}`);
  const html = await answer.text();
  expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(html).toContain('<html lang="sv">');
  expect(html).toContain("<b>+600</b>");
  expect(html).not.toMatch(/<script|style=/);
});

test("GET /data is the shopper's own, as a file", async () => {
  const shopper = await newShopper(600);
  const answer = await tenants.ask(shopper, "/data");
  expect(answer.headers.get("content-disposition")).toBe('attachment; filename="points.json"');
  const data = (await answer.json()) as { history: object[] };
  expect(data).toMatchObject({
    ...{ customer_id: shopper.customer, member: true, more_after: null, redemptions: [] },
    balance: { available: 600 },
  });
  expect(data.history).toHaveLength(1);
});
