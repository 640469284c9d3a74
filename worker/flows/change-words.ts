/** A shop's own words for rewards and tiers, a language at a time: what there is to name, and a change of it. */
import type { Language } from "../domain/explanation/languages.ts";
import { currentVersions } from "../domain/program.ts";
import type { Refusal } from "../domain/refusal.ts";
import { lettersOf, MOST_LETTERS, NO_WORDS, type ShopWords, type Words, withWords } from "../domain/shop-words.ts";
import type { Shop } from "../shops/shops.ts";
import { actAsStaff } from "./act-as-staff.ts";
import { readProgramView } from "./edit-program.ts";
import type { Rooms } from "./rooms.ts";

export interface WordsView {
  readonly version: number;
  readonly words: ShopWords;
  /** What the program calls its rewards and tiers: of the version in force, those to come and the draft. */
  readonly rewards: readonly string[];
  readonly tiers: readonly string[];
}

export async function readWords(rooms: Rooms, shop: Shop): Promise<WordsView> {
  const [{ version, words }, view] = await Promise.all([rooms.words.find(shop.id), readProgramView(rooms, shop)]);
  const programs = currentVersions(view.versions, view.nowMs).map(({ program }) => program);
  if (view.program !== null) programs.push(view.program);
  const names = (all: readonly { readonly name: string }[]) => [...new Set(all.map(({ name }) => name))];
  return {
    ...{ version, words },
    rewards: names(programs.flatMap(({ rewards }) => rewards)),
    tiers: names(programs.flatMap(({ tiers }) => tiers?.levels ?? [])),
  };
}

/** What a language of a storefront calls them; nothing where the shop has no words of its own in it. */
export async function wordsIn(rooms: Rooms, shop: Shop, language: Language): Promise<Words> {
  return (await rooms.words.find(shop.id)).words[language] ?? NO_WORDS;
}

export type WordsAnswer = { readonly kind: "done" } | { readonly kind: "refused"; readonly refusal: Refusal };

/** Words of one language, in place of those of this version; what they do not name stays, for codes and entries of an earlier program. */
export function changeWords(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  change: { readonly seenVersion: number; readonly language: Language; readonly words: Words },
): Promise<WordsAnswer> {
  const { seenVersion, language, words } = change;
  const detail = { language, words: Object.values(words).filter((word) => word !== "").length };
  return actAsStaff<WordsAnswer>(rooms, shop, { staffId, action: "words-changed", detail }, async (note) => {
    const before = await rooms.words.find(shop.id);
    const changed = withWords(before.words, language, { ...before.words[language], ...words });
    if (lettersOf(changed) > MOST_LETTERS)
      return {
        kind: "refused",
        refusal: { code: "invalid-request", detail: `All words together have at most ${MOST_LETTERS} characters.` },
      };
    if (!(await rooms.words.change(shop.id, seenVersion, changed, note())))
      return { kind: "refused", refusal: { code: "changed-meanwhile" } };
    await rooms.queue.send([{ kind: "paint-program", shop: shop.domain }]);
    return { kind: "done" };
  });
}
