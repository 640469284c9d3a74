/** The shop's API keys on the page Settings: making one, whose secret is shown once, the list of all, and revoking one. */
import { Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { makeApiKey, revokeApiKey } from "../flows/make-api-key.ts";
import type { RequestContext } from "../http/context.ts";
import { problem, refused } from "../http/problem.ts";
import { type ListedKey, LONGEST_KEY_NAME, MOST_KEYS, publicPart } from "../shops/api-keys.ts";
import { formatsOf } from "./formats.ts";
import { answered, readForm, staffDoor } from "./forms.ts";
import { type AdminContext, banner, confirmed, emptyState, type Html, table } from "./page.ts";

const LIST = "api-keys";
const RIGHTS = { read: "Read", "read-write": "Read and write" } as const;

/** `mayAct` is whether who looks may make and revoke. */
export async function apiKeysSection(c: AdminContext, mayAct: boolean): Promise<Html> {
  const form = html`<form method="post" action="/admin/settings/api-keys" data-shows="${LIST}"><s-stack gap="base">
<s-text-field name="name" label="Name" maxLength="${LONGEST_KEY_NAME}" autocomplete="off" details="What uses it: a till, an app, a script."></s-text-field>
<s-select name="right" label="What it may do" details="Who may write gives and takes points, without a monthly budget, and redeems rewards.">${Object.entries(
    RIGHTS,
  ).map(([value, name]) => html`<s-option value="${value}">${name}</s-option>`)}</s-select>
<s-stack direction="inline"><s-button type="submit">Make a key</s-button></s-stack>
</s-stack></form>
<s-divider></s-divider>`;
  return html`<s-section heading="API keys"><s-stack gap="base">
<s-paragraph>With a key your own software asks for balances, histories and rewards and, if you let it, gives points and redeems rewards. Each of its acts is written down. A shop has ${MOST_KEYS} keys at most.</s-paragraph>
${mayAct ? form : ""}
<div id="${LIST}" aria-live="polite">${await keyList(c, mayAct)}</div>
</s-stack></s-section>`;
}

async function keyList(c: AdminContext, mayAct: boolean): Promise<Html> {
  const { rooms, shop } = c.var;
  const keys = await rooms.apiKeys.list(shop.id);
  if (keys.length === 0) return emptyState("No keys", "Nothing but this app and your storefront asks Lojal anything.");
  const { moment, day } = formatsOf(c);
  const madeBy = ({ madeBy: by }: ListedKey) => (by === "operator" ? "the app’s operator" : `staff ${by}`);
  const list = table(
    [{ name: "Name" }, { name: "Key" }, { name: "May" }, { name: "Made" }, { name: "Last used" }, { name: "Revoked" }],
    keys.map((key) => [
      key.name,
      html`<s-link href="/acts?key=${key.id}">${publicPart(shop.domain, key.id)}</s-link>`,
      key.mayWrite ? "Read, write" : "Read",
      `${moment(key.madeAtMs)}, ${madeBy(key)}`,
      // A day of UTC's, whatever the shop's clocks say.
      key.usedOn ?? "Never",
      key.revokedAtMs === null ? (mayAct ? revoking(key) : "–") : day(key.revokedAtMs),
    ]),
  );
  // Who hears the page is told of the new key, and not of all the others.
  return html`<div aria-live="off">${list}</div>`;
}

function revoking({ id, name }: ListedKey): Html {
  return confirmed({
    id: `revoke-${id}`,
    button: "Revoke",
    buttonName: `Revoke “${name}”, ${id}`,
    heading: `Revoke “${name}”?`,
    action: `/admin/settings/api-keys/${id}/revoked`,
    submit: "Revoke for good",
    isCritical: true,
    text: "Whatever uses this key is refused from now on. It cannot be undone: make another key first, if something still needs one.",
  });
}

/** The one time that the secret is shown. */
function madeKey(name: string, text: string): Html {
  return html`${banner("success", `“${name}” is made`, "Copy the key now, and keep it as you keep a password. It is shown this once: Lojal keeps nothing to show it from again.")}
<s-text-field label="The new key" value="${text}" readOnly autocomplete="off"></s-text-field>`;
}

export const apiKeyForms = new Hono<RequestContext>();

const keyForm = z.object({
  name: z
    .string("Enter a name.")
    .trim()
    .min(1, "Enter a name.")
    .max(LONGEST_KEY_NAME, `${LONGEST_KEY_NAME} characters at most.`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "Letters, digits and signs, on one line."),
  right: z.enum(["read", "read-write"], "Choose what it may do."),
});

apiKeyForms.post("/", ...staffDoor, async (c) => {
  const form = await readForm(c, keyForm);
  if ("problem" in form) return form.problem;
  const { rooms, shop, session } = c.var;
  const { name, right } = form.fields;
  const answer = await makeApiKey(rooms, shop, session.staffId, { name, mayWrite: right === "read-write" });
  if (answer.kind === "refused") return refused(c, answer.refusal);
  return c.html(html`<s-stack gap="base">${madeKey(name, answer.text)}${await keyList(c, true)}</s-stack>`);
});

apiKeyForms.post("/:id/revoked", ...staffDoor, async (c) => {
  const id = c.req.param("id") ?? "";
  if (!/^[0-9a-f]{12}$/.test(id)) return problem(c, "not-found");
  const { rooms, shop, session } = c.var;
  const answer = await revokeApiKey(rooms, shop, session.staffId, id);
  return answered(c, answer, () => "Revoked.");
});
