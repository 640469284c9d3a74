/** A shop's own words in each language of its storefront: what rewards and tiers are called there. */
import { Hono } from "hono";
import { html } from "hono/html";
import * as z from "zod";
import { LANGUAGES, type Language } from "../domain/explanation/languages.ts";
import { mayAct } from "../flows/act-as-staff.ts";
import { changeWords, readWords } from "../flows/change-words.ts";
import type { RequestContext } from "../http/context.ts";
import { answered, readForm, staffDoor } from "./forms.ts";
import { banner, emptyState, type Html, type Page, pageFrame } from "./page.ts";

const MOST_CHARACTERS = 100;

const NAMES: Readonly<Record<Language, string>> = {
  en: "English",
  sv: "Swedish",
  nb: "Norwegian",
  da: "Danish",
  fi: "Finnish",
  de: "German",
  fr: "French",
};

const isLanguage = (text: string | undefined): text is Language => LANGUAGES.some((language) => language === text);

export const wordsPage: Page = {
  path: "/words",
  name: null,
  show: async (c) => {
    const asked = c.req.query("language");
    const language = isLanguage(asked) ? asked : "en";
    const { rooms, shop, session } = c.var;
    const [view, may] = await Promise.all([readWords(rooms, shop), mayAct(rooms, shop, session.staffId)]);
    const own = view.words[language] ?? {};
    const fields = (names: readonly string[]): Html =>
      html`${names.map(
        (name) =>
          html`<s-text-field name="word:${name}" label="${name}" value="${own[name] ?? ""}" placeholder="${name}" maxLength="${MOST_CHARACTERS}" autocomplete="off" ${may ? "" : "disabled"}></s-text-field>`,
      )}`;
    const earlier = view.earlier.filter((name) => Object.hasOwn(own, name));
    const isNamed = view.rewards.length + view.tiers.length + earlier.length > 0;
    return pageFrame(
      { heading: "Words in your languages", back: { path: "/settings", name: "Settings" } },
      may ? null : banner("info", "You may look, not change", "Your number is not among those who may act."),
      html`<s-section heading="Language"><form method="get" action="/words"><s-stack gap="base">
<s-select name="language" label="Language of your storefront">${LANGUAGES.map(
        (one) => html`<s-option value="${one}" ${one === language ? "selected" : ""}>${NAMES[one]}</s-option>`,
      )}</s-select>
<s-stack direction="inline"><s-button type="submit">Show</s-button></s-stack>
<s-paragraph color="subdued">The blocks speak each of these languages by themselves. What your program calls its rewards and tiers is yours: say here what it is called in a language. Empty: as in the program. Shoppers see it within a minute.</s-paragraph>
</s-stack></form></s-section>`,
      isNamed
        ? html`<form method="post" action="/admin/words" data-save-bar>
<input type="hidden" name="version" value="${view.version}"><input type="hidden" name="language" value="${language}">
${view.rewards.length === 0 ? "" : html`<s-section heading="Rewards in ${NAMES[language]}"><s-stack gap="base">${fields(view.rewards)}</s-stack></s-section>`}
${view.tiers.length === 0 ? "" : html`<s-section heading="Tiers in ${NAMES[language]}"><s-stack gap="base">${fields(view.tiers)}</s-stack></s-section>`}
${earlier.length === 0 ? "" : html`<s-section heading="No longer in your program"><s-stack gap="base"><s-paragraph color="subdued">Codes and history from before still read these words. Empty a field to drop its word.</s-paragraph>${fields(earlier)}</s-stack></s-section>`}
</form>`
        : html`<s-section>${emptyState("Nothing to name yet", "Your program has no rewards and no tiers.")}</s-section>`,
    );
  },
};

const FIELD = "word:";

const wordsForm = z
  .looseObject({
    version: z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
    language: z.enum(LANGUAGES),
  })
  .transform((sent, context) => {
    const words: [string, string][] = [];
    for (const [name, value] of Object.entries(sent)) {
      if (!name.startsWith(FIELD)) continue;
      const word = typeof value === "string" ? value.trim() : "";
      if (word.length > MOST_CHARACTERS || /\p{Cc}/u.test(word))
        context.addIssue({
          code: "custom",
          path: [name],
          message: `Up to ${MOST_CHARACTERS} characters, on one line.`,
        });
      words.push([name.slice(FIELD.length), word]);
    }
    return { version: sent.version, language: sent.language, words: Object.fromEntries(words) };
  });

export const wordsForms = new Hono<RequestContext>();

wordsForms.post("/", ...staffDoor, async (c) => {
  const form = await readForm(c, wordsForm);
  if ("problem" in form) return form.problem;
  const { version: seenVersion, language, words } = form.fields;
  const { rooms, shop, session } = c.var;
  const answer = await changeWords(rooms, shop, session.staffId, { seenVersion, language, words });
  return answered(c, answer, () => "Saved.");
});
