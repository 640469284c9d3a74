/** A page of the history as plain HTML, for a browser that runs no script: the same entries and the same reasons. */
import type { Language } from "../domain/explanation/languages.ts";
import type { readExplainedHistory } from "../flows/read-member.ts";

const WORDS: Readonly<Record<Language, { readonly title: string; readonly none: string; readonly older: string }>> = {
  en: { title: "Your points, entry by entry", none: "There is nothing yet.", older: "Older entries" },
  sv: { title: "Dina poäng, post för post", none: "Här finns inget ännu.", older: "Äldre poster" },
  nb: { title: "Poengene dine, post for post", none: "Her er det ingenting ennå.", older: "Eldre poster" },
  da: { title: "Dine point, post for post", none: "Her er ikke noget endnu.", older: "Ældre poster" },
  fi: { title: "Pisteesi tapahtumittain", none: "Täällä ei ole vielä mitään.", older: "Vanhemmat tapahtumat" },
  de: { title: "Deine Punkte, Eintrag für Eintrag", none: "Hier ist noch nichts.", older: "Ältere Einträge" },
  fr: { title: "Vos points, ligne par ligne", none: "Il n’y a encore rien ici.", older: "Lignes plus anciennes" },
};

const SIGNS: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign);
}

/** `next` leads on by a link on the same address, which Shopify signs as it did this one. */
export function historyPage(
  { entries, next }: Awaited<ReturnType<typeof readExplainedHistory>>,
  language: Language,
): string {
  const { title, none, older } = WORDS[language];
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
  const signed = new Intl.NumberFormat(language, { signDisplay: "exceptZero" });
  const rows = entries.map(({ points, at, explanation, steps }) => {
    const why = steps.map(({ text }) => `<li>${escaped(text)}</li>`).join("");
    return `<li><p>${day.format(new Date(at))}: <b>${signed.format(points)}</b> ${escaped(explanation)}</p>${why && `<ul>${why}</ul>`}</li>`;
  });
  const list = rows.length > 0 ? `<ol>${rows.join("")}</ol>` : `<p>${none}</p>`;
  const further = next ? `<p><a href="?view=page&amp;locale=${language}&amp;after=${next}">${older}</a></p>` : "";
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>${title}</title></head><body><main><h1>${title}</h1>${list}${further}</main></body></html>`;
}
