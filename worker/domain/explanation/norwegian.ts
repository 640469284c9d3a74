/** Explanations in Norwegian (bokmål). */
import { capital, numbersIn } from "./numbers.ts";
import type { ExplanationTexts, Name } from "./texts.ts";

const numbers = numbersIn({
  group: "\u00a0",
  decimal: ",",
  date: ({ year, mm, dd }) => `${dd}.${mm}.${year}`,
});
const { number } = numbers;
const points = (count: number): string => `${number(count)} poeng`;
const order = (name: Name): string => (name === null ? "bestillingen" : `bestilling ${name}`);
const reward = (name: Name): string => (name === null ? "belønningen" : `belønningen «${name}»`);
const months = (count: number): string => (count === 1 ? "1 måned" : `${count} måneder`);

export const norwegian: ExplanationTexts = {
  ...numbers,
  points,
  rate: (count, per) => `${points(count)} per ${per}`,
  sentences: {
    earned: (name, count, from) =>
      `${capital(order(name))} ga ${points(count)}${from ? `: ${from.amount} med ${from.rate}` : ""}.`,
    earnedMore: (name, count, { now, before }) =>
      `${capital(order(name))} er nå verdt ${points(now)} i stedet for ${number(before)}: ${points(count)} til.`,
    usableFrom: (count, date) => `${points(count)} kan brukes fra og med ${date}.`,
    usableNow: (count) => `${points(count)} kan brukes nå.`,
    takenBack: (count, why) => `${points(count)} ble trukket tilbake: ${why}.`,
    worthNow: ({ now, before }) => `Den er nå verdt ${points(now)} i stedet for ${number(before)}.`,
    owed: (count) => `${points(count)} er ennå ikke dekket: nye poeng dekker ${count === 1 ? "det" : "dem"} først.`,
    forgiven: (count) => `${points(count)} var ikke lenger der og trenger ikke å dekkes.`,
    lapsed: (count) => `${points(count)} fra denne bestillingen hadde allerede utløpt.`,
    repaid: (count) => `${points(count)} dekket det som manglet fra før.`,
    matured: (name, count) =>
      `${points(count)} er ikke lenger på vei: ${name === null ? "ventetiden" : `returfristen for ${order(name)}`} er over.`,
    expired: (count, why) => `${points(count)} utløp: ${why}.`,
    held: (name, count) =>
      `${points(count)} er reservert for ${reward(name)}. ${count === 1 ? "Det" : "De"} kommer tilbake hvis koden ikke brukes.`,
    chosen: (name, count) =>
      `${points(count)} er reservert for ${reward(name)}. ${count === 1 ? "Det" : "De"} kommer tilbake hvis det ikke blir noe av den.`,
    donated: (name, count) => `${points(count)} ble gitt ${name === null ? "som gave" : `til «${name}»`}.`,
    used: (name, used, count) =>
      `${capital(reward(name))} ble brukt med ${order(used)}: reservasjonen på ${points(count)} er brukt opp.`,
    donationMade: (name, count) =>
      `Gaven${name === null ? "" : ` «${name}»`} er gitt: reservasjonen på ${points(count)} er brukt opp.`,
    received: (name, count) => `${capital(reward(name))} er mottatt: reservasjonen på ${points(count)} er brukt opp.`,
    notReceived: (reason, name, count) => {
      const end = {
        cancelled: "ble annullert",
        expired: "ble ikke mottatt i tide",
        refused: "kunne ikke gis",
        other: "gjelder ikke lenger",
      };
      return `${points(count)} er tilbake: ${reward(name)} ${end[reason]}.`;
    },
    released: (reason, name, count) => {
      const end = {
        cancelled: "ble annullert",
        expired: "ble ikke brukt i tide",
        refused: "kunne ikke lages",
        other: "gjelder ikke lenger",
      };
      return `${points(count)} er tilbake: koden for ${reward(name)} ${end[reason]}.`;
    },
    usedAfterRelease: (name, used, count) =>
      `${points(count)} ble trukket på nytt: koden for ${reward(name)} ble brukt med ${order(used)} etter at poengene var gitt tilbake.`,
    refundUndone: (name, used, count) =>
      `${points(count)} ble trukket på nytt: en mindre del av ${order(used)} er refundert enn før, så poengene for ${reward(name)} regnes som brukt igjen.`,
    returned: (reason, name, used, count) => {
      const end = { cancelled: "ble kansellert", deleted: "ble slettet", refunded: "ble refundert" };
      return `${points(count)} kom tilbake: ${order(used)}, der ${reward(name)} ble brukt, ${end[reason]}.`;
    },
    added: (count, reason) =>
      `Butikken la til ${points(count)}: ${reason === null ? "ingen grunn ble oppgitt" : `«${reason}»`}.`,
    removed: (count, reason) =>
      `Butikken trakk fra ${points(count)}: ${reason === null ? "ingen grunn ble oppgitt" : `«${reason}»`}.`,
    opened: (count) => `${points(count)} ble med fra et tidligere program.`,
    gift: (tier, count) =>
      `${points(count)} i velkomstgave: ${tier === null ? "et nytt nivå er nådd" : `nivået «${tier}» er nådd`}.`,
    mergedIn: "To kundekontoer ble til én: poengene fra den andre kontoen ble flyttet hit.",
    mergedOut: "To kundekontoer ble til én: poengene ble flyttet til den andre kontoen.",
    losses: {
      earned: (name) => `${order(name)} er verdt mindre etter en refusjon eller endring`,
      "nothing-left": (name) => `${order(name)} gir ikke lenger poeng etter en refusjon eller endring`,
      deleted: (name) => `${order(name)} ble slettet`,
      cancelled: (name) => `${order(name)} ble kansellert`,
      "test-order": (name) => `${order(name)} er en testbestilling`,
      "not-paid": (name) => `${order(name)} er ikke betalt`,
      "other-currency": (name) => `${order(name)} er i en annen valuta enn butikkens`,
      "order-moved": (name) => `${order(name)} tilhører nå en annen kunde`,
    },
    expiries: {
      "after-available": (count) => `poeng utløper tidligst ${months(count)} etter at de ble tilgjengelige`,
      "after-inactivity": (count) =>
        `poeng utløper tidligst ${months(count)} etter den siste bestillingen eller belønningen`,
      ownDate: "de hadde sin egen utløpsdato",
      unknown: "gyldighetstiden deres var over",
    },
  },
  steps: {
    order: (name) => `Bestilling ${name}`,
    line: (amount, count) => (amount === null ? `Linje: ${points(count)}` : `Linje på ${amount}: ${points(count)}`),
    otherLines: (amount) => `Andre linjer og avrundinger: ${amount}`,
    together: (amount, withTax) =>
      `Til sammen ${amount}: varer etter rabatter og refusjoner, ${withTax ? "med avgift og uten frakt" : "uten avgift og frakt"}`,
    kept: (left, of) =>
      `Penger ble refundert utover linjene: ${left} av ${of} er igjen, og hver linje regnes i samme forhold`,
    paid: (paid, of) => `Betalt hittil: ${paid} av ${of}, og bestillingen regnes i samme forhold`,
    notCounted: {
      collection: (title) => `Teller ikke med: varer i samlingen «${title}»`,
      tag: (title) => `Teller ikke med: varer med taggen «${title}»`,
    },
    rule: (rate) => `Regel: ${rate}`,
    multiplier: (times) => `Nivåets multiplikator: × ${times}`,
    orderVersion: (version) => `Programmets versjon ${version}, som gjaldt da bestillingen ble lagt inn`,
    rewardVersion: (version) => `Programmets versjon ${version}, som gjaldt da belønningen ble valgt`,
    giftVersion: (version) => `Programmets versjon ${version}, som gjaldt da gaven ble gitt`,
    noVersion: "Ikke noe program gjaldt da",
    worth: (sum) => `Verdi: ${sum}`,
    roundedDown: (exact, count) => `${exact}, rundet ned til ${points(count)}`,
    reward: (name) => `Belønning: «${name}»`,
    price: (count) => `Pris: ${points(count)}`,
    refunded: (part, of) => `Av belønningens rabatt på ${of} hørte ${part} til det som ble refundert`,
    allBack: "Ingenting er igjen av bestillingen, så hele prisen skal tilbake",
    back: (sum) => `Skal tilbake: ${sum}`,
    pots: {
      pending: (change) => `På vei: ${change}`,
      available: (change) => `Tilgjengelige: ${change}`,
      held: (change) => `Reservert: ${change}`,
      owed: (change) => `Ennå ikke dekket: ${change}`,
    },
    pendingUntil: (change, date) => `På vei: ${change}, til ${date}`,
  },
  terms: {
    pending: "på vei",
    available: "tilgjengelige",
    held: "reservert",
    owed: "ennå ikke dekket",
    worthNow: "verdt nå",
    before: "regnet før",
    forgivenBefore: "ikke trukket tilbake tidligere",
    lapsedNow: "allerede utløpt",
    forgivenNow: "ettergitt nå",
    backNow: "skal tilbake nå",
    backBefore: "var tilbake før",
    price: "pris",
  },
};
