import fc from "fast-check";
import { expect, test } from "vitest";
import { propertyRuns } from "../../dev/property-runs.ts";
import { sessionClaims, signSession } from "../../dev/shopify/session-token.ts";
import { libraryWith } from "./library.ts";
import { verifySession } from "./verify-session.ts";

const KEY = "the-key";
const SECRET = "a-secret";
const SHOP = "a-shop.myshopify.com";
const right = () => sessionClaims(SHOP, KEY, new Date());
const seconds = () => Math.floor(Date.now() / 1000);

const verify = (token: string, secrets: readonly string[] = [SECRET]) => verifySession(`Bearer ${token}`, KEY, secrets);
/** What the library says alone. */
const libraryTakes = (token: string) =>
  libraryWith({ apiKey: KEY, apiSecret: SECRET })
    .session.decodeSessionToken(token)
    .then(
      () => true,
      () => false,
    );

test("a token of App Bridge's names its shop and who has the app open, and comes along with the secret that signed it", async () => {
  const token = signSession(right(), SECRET);
  expect(await verify(token)).toEqual({
    verified: true,
    session: { shop: SHOP, staffId: "42", token, secret: SECRET },
  });
});

test("while the client secret is rotated both are right, and no third", async () => {
  for (const secret of ["new", "old"]) {
    const verdict = await verify(signSession(right(), secret), ["new", "old"]);
    expect(verdict).toMatchObject({ verified: true, session: { secret } });
  }
  expect(await verify(signSession(right(), "older"), ["new", "old"])).toEqual({ verified: false, reason: "bad" });
});

const other = "other.myshopify.com";
/** Each claim, forged under the right secret; and whether the library alone would have let it through. */
const forgeries: readonly [string, object, boolean][] = [
  ["an issuer that is another shop", { iss: `https://${other}/admin` }, true],
  ["a destination that is another shop", { dest: `https://${other}` }, true],
  ["an issuer without /admin", { iss: `https://${SHOP}` }, true],
  ["an issuer over plain HTTP", { iss: `http://${SHOP}/admin` }, true],
  ["no issuer", { iss: undefined }, true],
  ["no destination", { dest: undefined }, true],
  ["both of no shop of Shopify's", { iss: "https://evil.example/admin", dest: "https://evil.example" }, true],
  ["both of a name that only ends like one", forged("evil.example#.myshopify.com"), true],
  ["both of a name that only begins like one", forged(`${SHOP}.evil.example`), true],
  ["both with a user before the name", forged(`evil@${SHOP}`), true],
  ["both with a port", forged(`${SHOP}:8443`), true],
  ["both with a line break", forged(`${SHOP}\n`), true],
  ["both in capitals", forged(SHOP.toUpperCase()), true],
  ["a destination that is a list", { dest: [`https://${SHOP}`] }, true],
  ["no end", { exp: undefined }, true],
  ["no beginning", { nbf: undefined }, true],
  ["another audience", { aud: "another-key" }, false],
  ["no audience", { aud: undefined }, false],
  ["a list of audiences", { aud: [KEY, "another-key"] }, false],
  ["no staff member", { sub: undefined }, true],
  ["a staff member that is no number", { sub: "anna" }, true],
  ["an end that is over", { exp: seconds() - 30 }, false],
  ["an end that is a word", { exp: "later" }, false],
  ["a beginning that is to come", { nbf: seconds() + 30 }, false],
];

function forged(host: string) {
  return { iss: `https://${host}/admin`, dest: `https://${host}` };
}

test.each(forgeries)("%s is refused, though rightly signed", async (_, changes, doesLibraryTakeIt) => {
  const token = signSession({ ...right(), ...changes }, SECRET);
  expect(await verify(token)).toEqual({ verified: false, reason: "bad" });
  expect(await libraryTakes(token)).toBe(doesLibraryTakeIt);
});

test("a clock may be ten seconds off, and not thirty", async () => {
  for (const changes of [{ exp: seconds() - 5 }, { nbf: seconds() + 5 }])
    expect(await verify(signSession({ ...right(), ...changes }, SECRET))).toMatchObject({ verified: true });
});

test.each([
  ["no algorithm", { alg: "none" }],
  ["another hash", { alg: "HS512", typ: "JWT" }],
  ["a public key", { alg: "RS256", typ: "JWT" }],
  ["no name of one", { typ: "JWT" }],
])("a token that names %s is refused", async (_, header) => {
  expect(await verify(signSession(right(), SECRET, header))).toEqual({ verified: false, reason: "bad" });
  const [head, body] = signSession(right(), SECRET, header).split(".");
  for (const odd of [`${head}.${body}.`, `${head}.${body}`])
    expect(await verify(odd)).toEqual({ verified: false, reason: "bad" });
});

test.each([
  ["no header", null, "missing"],
  ["an empty one", "", "bad"],
  ["another scheme", `Basic ${signSession(right(), SECRET)}`, "bad"],
  ["the token alone", signSession(right(), SECRET), "bad"],
  ["two tokens", `Bearer ${signSession(right(), SECRET)}, Bearer x`, "bad"],
  ["a word", "Bearer token", "bad"],
])("with %s nobody is in", async (_, authorization, reason) => {
  expect(await verifySession(authorization, KEY, [SECRET])).toEqual({ verified: false, reason });
});

test("a token with any one bit changed is refused", async () => {
  const token = signSession(right(), SECRET);
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 0, max: 6 }), async (at, bit) => {
      const changed = String.fromCharCode(token.charCodeAt(at) ^ (1 << bit));
      const spoiled = token.slice(0, at) + changed + token.slice(at + 1);
      // The last letter of a signature has bits that say nothing: another spelling of the same bytes is the same token.
      const isSameSignature =
        at === token.length - 1 &&
        Buffer.from(spoiled.split(".")[2] ?? "", "base64url").equals(
          Buffer.from(token.split(".")[2] ?? "", "base64url"),
        ) &&
        /[\w-]/.test(changed);
      expect((await verify(spoiled)).verified).toBe(isSameSignature);
    }),
    { numRuns: propertyRuns(400) },
  );
});

test("whatever the claims say, a session is of the shop that both issuer and destination name, or of none", async () => {
  const host = fc.constantFrom(SHOP, other, "evil.example", "a_b.myshopify.com", "-a.myshopify.com", "myshopify.com");
  const claims = fc.record({ iss: host, dest: host, path: fc.constantFrom("/admin", "", "/admin/", "/") });
  await fc.assert(
    fc.asyncProperty(claims, async ({ iss, dest, path }) => {
      const token = signSession({ ...right(), iss: `https://${iss}${path}`, dest: `https://${dest}` }, SECRET);
      const verdict = await verify(token);
      const isRight = iss === dest && path === "/admin" && [SHOP, other].includes(iss);
      expect(verdict.verified).toBe(isRight);
      if (verdict.verified) expect(verdict.session.shop).toBe(iss);
    }),
    { numRuns: propertyRuns(200) },
  );
});

test("the shop's needed scopes are those that the app asks for", async () => {
  const { appScopes } = await import("../../dev/shopify/app-config.ts");
  const { NEEDED_SCOPES, missingScopes } = await import("./access.ts");
  expect([...NEEDED_SCOPES].sort()).toEqual([...appScopes].sort());
  expect(missingScopes([...NEEDED_SCOPES].join(","))).toEqual([]);
  expect(missingScopes("write_orders,write_customers,read_discounts")).toEqual([
    "read_customer_merge",
    "write_discounts",
    "write_app_proxy",
  ]);
});
