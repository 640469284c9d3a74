/** Explanations in Finnish. */
import { capital, numbersIn } from "./numbers.ts";
import type { ExplanationTexts, Name } from "./texts.ts";

const numbers = numbersIn({
  group: "\u00a0",
  decimal: ",",
  date: ({ year, month, day }) => `${day}.${month}.${year}`,
});
const { number } = numbers;
const points = (count: number): string => `${number(count)} ${Math.abs(count) === 1 ? "piste" : "pistettä"}`;
/** As the object of a completed act: "1 pisteen", "2 pistettä". */
const pointsWhole = (count: number): string => (count === 1 ? `${number(count)} pisteen` : points(count));
/** "the reservation of 500 points". */
const reservation = (count: number): string => `${number(count)} pisteen varaus`;
const named = (word: string, name: Name): string => (name === null ? word : `${word} ${name}`);
const order = (name: Name): string => named("tilaus", name);
const orderOf = (name: Name): string => named("tilauksen", name);
/** The order a reward was used with, in brackets: a name takes no ending. */
const within = (name: Name): string => (name === null ? "" : ` (${order(name)})`);
const fromOrder = (name: Name): string => named("tilauksesta", name);
const reward = (name: Name): string => (name === null ? "palkinto" : `palkinto ”${name}”`);
const rewardOf = (name: Name): string => (name === null ? "palkinnon" : `palkinnon ”${name}”`);

export const finnish: ExplanationTexts = {
  ...numbers,
  points,
  rate: (count, per) => `${points(count)} / ${per}`,
  sentences: {
    earned: (name, count, from) =>
      `${capital(fromOrder(name))} kertyi ${points(count)}${from ? `: ${from.amount}, ${from.rate}` : ""}.`,
    earnedMore: (name, count, { now, before }) =>
      `${capital(orderOf(name))} arvo on nyt ${points(now)}, aiemmin ${number(before)}: ${points(count)} lisää.`,
    usableFrom: (count, date) => `${points(count)} on käytettävissä ${date} alkaen.`,
    usableNow: (count) => `${points(count)} on nyt käytettävissä.`,
    takenBack: (count, why) => `${points(count)} peruttiin: ${why}.`,
    worthNow: ({ now, before }) => `Sen arvo on nyt ${points(now)}, aiemmin ${number(before)}.`,
    owed: (count) =>
      `${points(count)} on vielä kattamatta: uudet pisteet kattavat ${count === 1 ? "sen" : "ne"} ensin.`,
    forgiven: (count) =>
      `${points(count)} ei ollut enää jäljellä, eikä ${count === 1 ? "sitä" : "niitä"} tarvitse kattaa.`,
    lapsed: (count) => `${points(count)} tästä tilauksesta oli jo vanhentunut.`,
    repaid: (count) => `${points(count)} meni aiemmin kattamatta jääneen osuuden kattamiseen.`,
    matured: (name, count) =>
      `${points(count)} ei ole enää tulossa: ${name === null ? "odotusaika" : `${orderOf(name)} palautusaika`} on päättynyt.`,
    expired: (count, why) => `${points(count)} vanheni: ${why}.`,
    held: (name, count) =>
      `${points(count)} on varattu, kun ${reward(name)} valittiin. ${count === 1 ? "Se palautuu" : "Ne palautuvat"}, jos koodia ei käytetä.`,
    chosen: (name, count) =>
      `${points(count)} on varattu, kun ${reward(name)} valittiin. ${count === 1 ? "Se palautuu" : "Ne palautuvat"}, jos se ei toteudu.`,
    donated: (name, count) => `${points(count)} lahjoitettiin${name === null ? "" : `: ”${name}”`}.`,
    used: (name, used, count) =>
      `${capital(reward(name))} käytettiin${within(used)}: ${reservation(count)} on käytetty.`,
    donationMade: (name, count) =>
      `Lahjoitus${name === null ? "" : ` ”${name}”`} on tehty: ${reservation(count)} on käytetty.`,
    received: (name, count) => `${capital(reward(name))} on saatu: ${reservation(count)} on käytetty.`,
    notReceived: (reason, name, count) => {
      const end = {
        cancelled: "peruttiin",
        expired: "ei toteutunut ajoissa",
        refused: "ei voitu antaa",
        other: "ei ole enää voimassa",
      };
      return `${points(count)} palautettiin: ${reward(name)} ${end[reason]}.`;
    },
    released: (reason, name, count) => {
      const end = {
        cancelled: "koodi peruttiin",
        expired: "koodia ei käytetty ajoissa",
        refused: "koodia ei voitu luoda",
        other: "koodi ei ole enää voimassa",
      };
      return `${points(count)} palautettiin: ${rewardOf(name)} ${end[reason]}.`;
    },
    usedAfterRelease: (name, used, count) =>
      `${points(count)} otettiin uudelleen: ${rewardOf(name)} koodi käytettiin${within(used)} sen jälkeen, kun pisteet oli palautettu.`,
    refundUndone: (name, used, count) =>
      `${points(count)} otettiin uudelleen: ${fromOrder(used)} on hyvitetty aiempaa vähemmän, joten ${rewardOf(name)} pisteet ovat taas käytettyjä.`,
    returned: (reason, name, used, count) => {
      const end = { cancelled: "peruttiin", deleted: "poistettiin", refunded: "hyvitettiin" };
      return `${points(count)} palautui: ${order(used)}, jossa ${reward(name)} käytettiin, ${end[reason]}.`;
    },
    added: (count, reason) =>
      `Kauppa lisäsi ${pointsWhole(count)}: ${reason === null ? "syytä ei kerrottu" : `”${reason}”`}.`,
    removed: (count, reason) =>
      `Kauppa vähensi ${pointsWhole(count)}: ${reason === null ? "syytä ei kerrottu" : `”${reason}”`}.`,
    opened: (count) => `${points(count)} siirrettiin aiemmasta ohjelmasta.`,
    gift: (tier, count) =>
      `${points(count)} tervetuliaislahjana: ${tier === null ? "uusi taso saavutettiin" : `taso ”${tier}” saavutettiin`}.`,
    mergedIn: "Kaksi asiakastiliä yhdistettiin: toisen tilin pisteet siirrettiin tänne.",
    mergedOut: "Kaksi asiakastiliä yhdistettiin: pisteet siirrettiin toiselle tilille.",
    losses: {
      earned: (name) => `${orderOf(name)} arvo on hyvityksen tai muutoksen jälkeen pienempi`,
      "nothing-left": (name) => `${fromOrder(name)} ei hyvityksen tai muutoksen jälkeen enää kerry pisteitä`,
      deleted: (name) => `${order(name)} poistettiin`,
      cancelled: (name) => `${order(name)} peruttiin`,
      "test-order": (name) => `${order(name)} on testitilaus`,
      "not-paid": (name) => `${order(name)} on maksamatta`,
      "other-currency": (name) => `${order(name)} on eri valuutassa kuin kauppa`,
      "order-moved": (name) => `${order(name)} kuuluu nyt toiselle asiakkaalle`,
    },
    expiries: {
      "after-available": (count) =>
        `pisteet vanhenevat aikaisintaan ${count} kuukauden kuluttua siitä, kun ne tulivat käytettäviksi`,
      "after-inactivity": (count) =>
        `pisteet vanhenevat aikaisintaan ${count} kuukauden kuluttua viimeisestä tilauksesta tai palkinnosta`,
      ownDate: "niillä oli oma vanhenemispäivänsä",
      unknown: "niiden voimassaoloaika päättyi",
    },
  },
  steps: {
    order: (name) => `Tilaus ${name}`,
    line: (amount, count) => (amount === null ? `Rivi: ${points(count)}` : `Rivi ${amount}: ${points(count)}`),
    otherLines: (amount) => `Muut rivit ja pyöristykset: ${amount}`,
    together: (amount, withTax) =>
      `Yhteensä ${amount}: tuotteet alennusten ja hyvitysten jälkeen, ${withTax ? "verot mukaan lukien ja ilman toimitusta" : "ilman veroa ja toimitusta"}`,
    kept: (left, of) =>
      `Rahaa hyvitettiin myös rivien ulkopuolelta: summasta ${of} on jäljellä ${left}, ja jokainen rivi lasketaan samassa suhteessa`,
    paid: (paid, of) => `Maksettu tähän mennessä: summasta ${of} ${paid}, ja tilaus lasketaan samassa suhteessa`,
    notCounted: {
      collection: (title) => `Ei lasketa mukaan: tuotteet kokoelmasta ”${title}”`,
      tag: (title) => `Ei lasketa mukaan: tuotteet, joilla on tunniste ”${title}”`,
    },
    rule: (rate) => `Sääntö: ${rate}`,
    multiplier: (times) => `Tason kerroin: × ${times}`,
    orderVersion: (version) => `Ohjelman versio ${version}, voimassa kun tilaus tehtiin`,
    rewardVersion: (version) => `Ohjelman versio ${version}, voimassa kun palkinto valittiin`,
    giftVersion: (version) => `Ohjelman versio ${version}, voimassa lahjaa annettaessa`,
    noVersion: "Ohjelmaa ei ollut silloin voimassa",
    worth: (sum) => `Arvo: ${sum}`,
    roundedDown: (exact, count) => `${exact}, pyöristettynä alaspäin ${points(count)}`,
    reward: (name) => `Palkinto: ”${name}”`,
    price: (count) => `Hinta: ${points(count)}`,
    refunded: (part, of) => `Palkinnon alennuksesta ${of} hyvitettyihin tuotteisiin kuului ${part}`,
    allBack: "Tilauksesta ei ole mitään jäljellä, joten koko hinta palautuu",
    back: (sum) => `Palautettava: ${sum}`,
    pots: {
      pending: (change) => `Tulossa: ${change}`,
      available: (change) => `Käytettävissä: ${change}`,
      held: (change) => `Varattu: ${change}`,
      owed: (change) => `Vielä kattamatta: ${change}`,
    },
    pendingUntil: (change, date) => `Tulossa: ${change}, käytettävissä ${date}`,
  },
  terms: {
    pending: "tulossa",
    available: "käytettävissä",
    held: "varattu",
    owed: "vielä kattamatta",
    worthNow: "arvo nyt",
    before: "laskettu aiemmin",
    forgivenBefore: "aiemmin takaisin ottamatta",
    lapsedNow: "jo vanhentunut",
    forgivenNow: "nyt anteeksi annettu",
    backNow: "nyt palautettava",
    backBefore: "aiemmin palautettu",
    price: "hinta",
  },
};
