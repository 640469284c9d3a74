/** Explanations in German. */
import { capital, numbersIn } from "./numbers.ts";
import type { ExplanationTexts, Name } from "./texts.ts";

const numbers = numbersIn({
  group: ".",
  decimal: ",",
  date: ({ year, mm, dd }) => `${dd}.${mm}.${year}`,
});
const { number } = numbers;
const points = (count: number): string => `${number(count)} ${Math.abs(count) === 1 ? "Punkt" : "Punkte"}`;
/** After a preposition with the dative. */
const pointsDative = (count: number): string => `${number(count)} ${count === 1 ? "Punkt" : "Punkten"}`;
const are = (count: number): string => `${points(count)} ${count === 1 ? "ist" : "sind"}`;
const were = (count: number): string => `${points(count)} ${count === 1 ? "wurde" : "wurden"}`;
/** Nominative or accusative. */
const order = (name: Name): string => (name === null ? "die Bestellung" : `Bestellung ${name}`);
const orderDative = (name: Name): string => (name === null ? "der Bestellung" : `Bestellung ${name}`);
const reward = (name: Name): string => (name === null ? "die Prämie" : `die Prämie „${name}“`);
const months = (count: number): string => (count === 1 ? "1 Monat" : `${count} Monate`);

export const german: ExplanationTexts = {
  ...numbers,
  points,
  rate: (count, per) => `${points(count)} je ${per}`,
  sentences: {
    earned: (name, count, from) =>
      `${capital(order(name))} hat ${points(count)} gebracht${from ? `: ${from.amount}, ${from.rate}` : ""}.`,
    earnedMore: (name, count, { now, before }) =>
      `${capital(order(name))} ist jetzt ${points(now)} wert statt ${number(before)}: ${points(count)} mehr.`,
    usableFrom: (count, date) => `${are(count)} ab dem ${date} verfügbar.`,
    usableNow: (count) => `${are(count)} jetzt verfügbar.`,
    takenBack: (count, why) => `${were(count)} abgezogen: ${capital(why)}.`,
    worthNow: ({ now, before }) => `Sie ist jetzt ${points(now)} wert statt ${number(before)}.`,
    owed: (count) => `${are(count)} noch offen: Neue Punkte decken ${count === 1 ? "ihn" : "sie"} zuerst.`,
    forgiven: (count) =>
      count === 1
        ? `${points(count)} war nicht mehr da und wird nicht nachgefordert.`
        : `${points(count)} waren nicht mehr da und werden nicht nachgefordert.`,
    lapsed: (count) => `${points(count)} dieser Bestellung ${count === 1 ? "war" : "waren"} bereits verfallen.`,
    repaid: (count) => `${points(count)} ${count === 1 ? "hat" : "haben"} gedeckt, was noch offen war.`,
    matured: (name, count) =>
      `${are(count)} nicht mehr unterwegs: ${name === null ? "Die Wartezeit" : `Die Rückgabefrist von ${orderDative(name)}`} ist vorbei.`,
    expired: (count, why) => `${are(count)} verfallen: ${capital(why)}.`,
    held: (name, count) =>
      `${are(count)} für ${reward(name)} reserviert. ${count === 1 ? "Er kommt" : "Sie kommen"} zurück, wenn der Code nicht genutzt wird.`,
    chosen: (name, count) =>
      `${are(count)} für ${reward(name)} reserviert. ${count === 1 ? "Er kommt" : "Sie kommen"} zurück, wenn daraus nichts wird.`,
    donated: (name, count) => `${were(count)} ${name === null ? "" : `für „${name}“ `}gespendet.`,
    used: (name, used, count) =>
      `${capital(reward(name))} wurde mit ${orderDative(used)} genutzt: Die Reservierung von ${pointsDative(count)} ist verbraucht.`,
    donationMade: (name, count) =>
      `Die Spende${name === null ? "" : ` „${name}“`} ist erfolgt: Die Reservierung von ${pointsDative(count)} ist verbraucht.`,
    received: (name, count) =>
      `${capital(reward(name))} ist eingelöst: Die Reservierung von ${pointsDative(count)} ist verbraucht.`,
    notReceived: (reason, name, count) => {
      const end = {
        cancelled: "wurde storniert",
        expired: "wurde nicht rechtzeitig eingelöst",
        refused: "konnte nicht gewährt werden",
        other: "gilt nicht mehr",
      };
      return `${are(count)} zurück: ${capital(reward(name))} ${end[reason]}.`;
    },
    released: (reason, name, count) => {
      const end = {
        cancelled: "wurde storniert",
        expired: "wurde nicht rechtzeitig genutzt",
        refused: "konnte nicht erstellt werden",
        other: "gilt nicht mehr",
      };
      return `${are(count)} zurück: Der Code für ${reward(name)} ${end[reason]}.`;
    },
    usedAfterRelease: (name, used, count) =>
      `${were(count)} erneut abgezogen: Der Code für ${reward(name)} wurde mit ${orderDative(used)} genutzt, nachdem die Punkte zurückgegeben waren.`,
    refundUndone: (name, used, count) =>
      `${were(count)} erneut abgezogen: Von ${orderDative(used)} ist weniger erstattet als zuvor, daher gelten die Punkte für ${reward(name)} wieder als ausgegeben.`,
    returned: (reason, name, used, count) => {
      const end = { cancelled: "wurde storniert", deleted: "wurde gelöscht", refunded: "wurde erstattet" };
      return `${are(count)} zurückgekommen: ${capital(order(used))}, mit der ${reward(name)} genutzt wurde, ${end[reason]}.`;
    },
    added: (count, reason) =>
      `Der Shop hat ${points(count)} gutgeschrieben: ${reason === null ? "Ein Grund wurde nicht genannt" : `„${reason}“`}.`,
    removed: (count, reason) =>
      `Der Shop hat ${points(count)} abgezogen: ${reason === null ? "Ein Grund wurde nicht genannt" : `„${reason}“`}.`,
    opened: (count) => `${were(count)} aus einem früheren Programm übernommen.`,
    gift: (tier, count) =>
      `${points(count)} als Willkommensgeschenk: ${tier === null ? "Eine neue Stufe ist erreicht" : `Die Stufe „${tier}“ ist erreicht`}.`,
    mergedIn: "Zwei Kundenkonten wurden eines: Die Punkte des anderen Kontos kamen hierher.",
    mergedOut: "Zwei Kundenkonten wurden eines: Die Punkte gingen auf das andere Konto über.",
    losses: {
      earned: (name) => `${order(name)} ist nach einer Erstattung oder Änderung weniger wert`,
      "nothing-left": (name) => `${order(name)} bringt nach einer Erstattung oder Änderung keine Punkte mehr`,
      deleted: (name) => `${order(name)} wurde gelöscht`,
      cancelled: (name) => `${order(name)} wurde storniert`,
      "test-order": (name) => `${order(name)} ist eine Testbestellung`,
      "not-paid": (name) => `${order(name)} ist nicht bezahlt`,
      "other-currency": (name) => `${order(name)} hat eine andere Währung als der Shop`,
      "order-moved": (name) => `${order(name)} gehört jetzt zu einem anderen Kundenkonto`,
    },
    expiries: {
      "after-available": (count) => `Punkte verfallen frühestens ${months(count)}, nachdem sie verfügbar wurden`,
      "after-inactivity": (count) =>
        `Punkte verfallen frühestens ${months(count)} nach der letzten Bestellung oder Prämie`,
      ownDate: "sie hatten ein eigenes Ablaufdatum",
      unknown: "ihre Gültigkeit war abgelaufen",
    },
  },
  steps: {
    order: (name) => `Bestellung ${name}`,
    line: (amount, count) =>
      amount === null ? `Position: ${points(count)}` : `Position über ${amount}: ${points(count)}`,
    otherLines: (amount) => `Weitere Positionen und Rundungen: ${amount}`,
    together: (amount, withTax) =>
      `Zusammen ${amount}: Artikel nach Rabatten und Erstattungen, ${withTax ? "inklusive Steuer und ohne Versand" : "ohne Steuer und Versand"}`,
    kept: (left, of) =>
      `Über die Positionen hinaus wurde Geld erstattet: Von ${of} sind ${left} übrig, und jede Position zählt in diesem Verhältnis`,
    paid: (paid, of) => `Bisher bezahlt: ${paid} von ${of}, und die Bestellung zählt in diesem Verhältnis`,
    notCounted: {
      collection: (title) => `Zählt nicht: Produkte aus der Kategorie „${title}“`,
      tag: (title) => `Zählt nicht: Produkte mit dem Tag „${title}“`,
    },
    rule: (rate) => `Regel: ${rate}`,
    multiplier: (times) => `Multiplikator der Stufe: × ${times}`,
    orderVersion: (version) => `Programmversion ${version}, gültig bei Aufgabe der Bestellung`,
    rewardVersion: (version) => `Programmversion ${version}, gültig bei Wahl der Prämie`,
    giftVersion: (version) => `Programmversion ${version}, gültig, als das Geschenk gegeben wurde`,
    noVersion: "Damals galt noch kein Programm",
    worth: (sum) => `Wert: ${sum}`,
    roundedDown: (exact, count) => `${exact}, abgerundet auf ${points(count)}`,
    reward: (name) => `Prämie: „${name}“`,
    price: (count) => `Preis: ${points(count)}`,
    refunded: (part, of) => `Vom Rabatt der Prämie, ${of}, gehörten ${part} zu dem, was erstattet wurde`,
    allBack: "Von der Bestellung ist nichts übrig, daher kommt der ganze Preis zurück",
    back: (sum) => `Kommt zurück: ${sum}`,
    pots: {
      pending: (change) => `Unterwegs: ${change}`,
      available: (change) => `Verfügbar: ${change}`,
      held: (change) => `Reserviert: ${change}`,
      owed: (change) => `Noch offen: ${change}`,
    },
    pendingUntil: (change, date) => `Unterwegs: ${change}, bis zum ${date}`,
  },
  terms: {
    pending: "unterwegs",
    available: "verfügbar",
    held: "reserviert",
    owed: "noch offen",
    worthNow: "jetzt wert",
    before: "zuvor gezählt",
    forgivenBefore: "früher nicht abgezogen",
    lapsedNow: "bereits verfallen",
    forgivenNow: "jetzt erlassen",
    backNow: "kommt jetzt zurück",
    backBefore: "war schon zurück",
    price: "Preis",
  },
};
