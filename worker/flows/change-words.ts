/** A shop's own words for rewards and tiers, a language at a time: what there is to name, and a change of it. */
import type { Language } from "../domain/explanation/languages.ts";
import { currentVersions } from "../domain/program.ts";
import type { Refusal } from "../domain/refusal.ts";
import { bytesOf, MOST_BYTES, NO_WORDS, type ShopWords, type Words, withWords } from "../domain/shop-words.ts";
import type { Shop } from "../shops/shops.ts";
import { actAsStaff } from "./act-as-staff.ts";
import { readProgramView } from "./edit-program.ts";
import { sendOrLeave } from "./paint-storefront.ts";
import type { Rooms } from "./rooms.ts";

export interface WordsView {
  readonly version: number;
  readonly words: ShopWords;
  /** What the program calls its rewards and tiers: of the version in force, those to come and the draft. */
  readonly rewards: readonly string[];
  readonly tiers: readonly string[];
  /** What no program calls anything any more and still has words, in any language: codes and entries of an earlier program are named by them. */
  readonly earlier: readonly string[];
}

export async function readWords(rooms: Rooms, shop: Shop): Promise<WordsView> {
  const [{ version, words }, view] = await Promise.all([rooms.words.find(shop.id), readProgramView(rooms, shop)]);
  const programs = currentVersions(view.versions, view.nowMs).map(({ program }) => program);
  if (view.program !== null) programs.push(view.program);
  const names = (all: readonly { readonly name: string }[]) => [...new Set(all.map(({ name }) => name))];
  const rewards = names(programs.flatMap((program) => program.rewards));
  const tiers = names(programs.flatMap((program) => program.tiers?.levels ?? []));
  const named = new Set([...rewards, ...tiers]);
  const worded = new Set(Object.values(words).flatMap((own) => Object.keys(own)));
  return { version, words, rewards, tiers, earlier: [...worded].filter((name) => !named.has(name)) };
}

/** What a language of a storefront calls them; nothing where the shop has no words of its own in it. */
export async function wordsIn(rooms: Rooms, shop: Shop, language: Language): Promise<Words> {
  return (await rooms.words.find(shop.id)).words[language] ?? NO_WORDS;
}

const TOO_MANY: Refusal = {
  code: "invalid-request",
  detail: `All words of all languages together take at most ${MOST_BYTES / 1_000} KB. Empty those that you no longer need.`,
};

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
    // What makes them fewer is taken in any case.
    if (bytesOf(changed) > Math.max(MOST_BYTES, bytesOf(before.words))) return { kind: "refused", refusal: TOO_MANY };
    if (!(await rooms.words.change(shop.id, seenVersion, changed, note())))
      return { kind: "refused", refusal: { code: "changed-meanwhile" } };
    await sendOrLeave(rooms, [{ kind: "paint-program", shop: shop.domain }]);
    return { kind: "done" };
  });
}
