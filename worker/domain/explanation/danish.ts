/** Explanations in Danish. */
import { capital, numbersIn } from "./numbers.ts";
import type { ExplanationTexts, Name } from "./texts.ts";

const numbers = numbersIn({
  group: ".",
  decimal: ",",
  date: ({ year, mm, dd }) => `${dd}.${mm}.${year}`,
});
const { number } = numbers;
const points = (count: number): string => `${number(count)} point`;
const order = (name: Name): string => (name === null ? "ordren" : `ordre ${name}`);
const reward = (name: Name): string => (name === null ? "belønningen" : `belønningen »${name}«`);
const months = (count: number): string => (count === 1 ? "1 måned" : `${count} måneder`);

export const danish: ExplanationTexts = {
  ...numbers,
  points,
  rate: (count, per) => `${points(count)} pr. ${per}`,
  sentences: {
    earned: (name, count, from) =>
      `${capital(order(name))} gav ${points(count)}${from ? `: ${from.amount} med ${from.rate}` : ""}.`,
    earnedMore: (name, count, { now, before }) =>
      `${capital(order(name))} er nu ${points(now)} værd i stedet for ${number(before)}: ${points(count)} mere.`,
    usableFrom: (count, date) => `${points(count)} kan bruges fra den ${date}.`,
    usableNow: (count) => `${points(count)} kan bruges nu.`,
    takenBack: (count, why) => `${points(count)} blev trukket tilbage: ${why}.`,
    worthNow: ({ now, before }) => `Den er nu ${points(now)} værd i stedet for ${number(before)}.`,
    owed: (count) => `${points(count)} er endnu ikke dækket: nye point dækker ${count === 1 ? "det" : "dem"} først.`,
    forgiven: (count) => `${points(count)} var der ikke længere og skal ikke dækkes.`,
    lapsed: (count) => `${points(count)} fra denne ordre var allerede udløbet.`,
    repaid: (count) => `${points(count)} dækkede det, der manglede i forvejen.`,
    matured: (name, count) =>
      `${points(count)} er ikke længere på vej: ${name === null ? "ventetiden" : `returfristen for ${order(name)}`} er forbi.`,
    expired: (count, why) => `${points(count)} udløb: ${why}.`,
    held: (name, count) =>
      `${points(count)} er reserveret til ${reward(name)}. ${count === 1 ? "Det" : "De"} kommer tilbage, hvis koden ikke bruges.`,
    chosen: (name, count) =>
      `${points(count)} er reserveret til ${reward(name)}. ${count === 1 ? "Det" : "De"} kommer tilbage, hvis den ikke bliver til noget.`,
    donated: (name, count) => `${points(count)} blev givet ${name === null ? "som gave" : `til »${name}«`}.`,
    used: (name, used, count) =>
      `${capital(reward(name))} blev brugt med ${order(used)}: reservationen på ${points(count)} er brugt.`,
    donationMade: (name, count) =>
      `Gaven${name === null ? "" : ` »${name}«`} er givet: reservationen på ${points(count)} er brugt.`,
    received: (name, count) => `${capital(reward(name))} er modtaget: reservationen på ${points(count)} er brugt.`,
    notReceived: (reason, name, count) => {
      const end = {
        cancelled: "blev annulleret",
        expired: "blev ikke modtaget i tide",
        refused: "kunne ikke gives",
        other: "gælder ikke længere",
      };
      return `${points(count)} er tilbage: ${reward(name)} ${end[reason]}.`;
    },
    released: (reason, name, count) => {
      const end = {
        cancelled: "blev annulleret",
        expired: "blev ikke brugt i tide",
        refused: "kunne ikke oprettes",
        other: "gælder ikke længere",
      };
      return `${points(count)} er tilbage: koden til ${reward(name)} ${end[reason]}.`;
    },
    usedAfterRelease: (name, used, count) =>
      `${points(count)} blev trukket igen: koden til ${reward(name)} blev brugt med ${order(used)}, efter at pointene var givet tilbage.`,
    refundUndone: (name, used, count) =>
      `${points(count)} blev trukket igen: en mindre del af ${order(used)} er refunderet end før, så pointene for ${reward(name)} regnes igen som brugt.`,
    returned: (reason, name, used, count) => {
      const end = { cancelled: "blev annulleret", deleted: "blev slettet", refunded: "blev refunderet" };
      return `${points(count)} kom tilbage: ${order(used)}, hvor ${reward(name)} blev brugt, ${end[reason]}.`;
    },
    added: (count, reason) =>
      `Butikken tilføjede ${points(count)}: ${reason === null ? "der blev ikke angivet en grund" : `»${reason}«`}.`,
    removed: (count, reason) =>
      `Butikken fratrak ${points(count)}: ${reason === null ? "der blev ikke angivet en grund" : `»${reason}«`}.`,
    opened: (count) => `${points(count)} fulgte med fra et tidligere program.`,
    gift: (tier, count) =>
      `${points(count)} i velkomstgave: ${tier === null ? "et nyt niveau er nået" : `niveauet »${tier}« er nået`}.`,
    mergedIn: "To kundekonti blev til én: pointene fra den anden konto blev flyttet hertil.",
    mergedOut: "To kundekonti blev til én: pointene blev flyttet til den anden konto.",
    losses: {
      earned: (name) => `${order(name)} er mindre værd efter en refusion eller ændring`,
      "nothing-left": (name) => `${order(name)} giver ikke længere point efter en refusion eller ændring`,
      deleted: (name) => `${order(name)} blev slettet`,
      cancelled: (name) => `${order(name)} blev annulleret`,
      "test-order": (name) => `${order(name)} er en testordre`,
      "not-paid": (name) => `${order(name)} er ikke betalt`,
      "other-currency": (name) => `${order(name)} er i en anden valuta end butikkens`,
      "order-moved": (name) => `${order(name)} tilhører nu en anden kunde`,
    },
    expiries: {
      "after-available": (count) => `point udløber tidligst ${months(count)} efter, at de blev tilgængelige`,
      "after-inactivity": (count) => `point udløber tidligst ${months(count)} efter den seneste ordre eller belønning`,
      ownDate: "de havde deres egen udløbsdato",
      unknown: "deres gyldighed var udløbet",
    },
  },
  steps: {
    order: (name) => `Ordre ${name}`,
    line: (amount, count) => (amount === null ? `Linje: ${points(count)}` : `Linje på ${amount}: ${points(count)}`),
    otherLines: (amount) => `Andre linjer og afrundinger: ${amount}`,
    together: (amount, withTax) =>
      `Tilsammen ${amount}: varer efter rabatter og refusioner, ${withTax ? "med moms og uden fragt" : "uden moms og fragt"}`,
    kept: (left, of) =>
      `Der blev refunderet penge ud over linjerne: ${left} af ${of} er tilbage, og hver linje regnes i samme forhold`,
    paid: (paid, of) => `Betalt indtil nu: ${paid} af ${of}, og ordren regnes i samme forhold`,
    notCounted: {
      collection: (title) => `Tæller ikke med: varer fra kollektionen »${title}«`,
      tag: (title) => `Tæller ikke med: varer med tagget »${title}«`,
    },
    rule: (rate) => `Regel: ${rate}`,
    multiplier: (times) => `Niveauets multiplikator: × ${times}`,
    orderVersion: (version) => `Programmets version ${version}, som gjaldt, da ordren blev afgivet`,
    rewardVersion: (version) => `Programmets version ${version}, som gjaldt, da belønningen blev valgt`,
    giftVersion: (version) => `Programmets version ${version}, som gjaldt, da gaven blev givet`,
    noVersion: "Der gjaldt ikke noget program dengang",
    worth: (sum) => `Værdi: ${sum}`,
    roundedDown: (exact, count) => `${exact}, rundet ned til ${points(count)}`,
    reward: (name) => `Belønning: »${name}«`,
    price: (count) => `Pris: ${points(count)}`,
    refunded: (part, of) => `Af belønningens rabat på ${of} hørte ${part} til det, der blev refunderet`,
    allBack: "Der er intet tilbage af ordren, så hele prisen skal tilbage",
    back: (sum) => `Skal tilbage: ${sum}`,
    pots: {
      pending: (change) => `På vej: ${change}`,
      available: (change) => `Tilgængelige: ${change}`,
      held: (change) => `Reserveret: ${change}`,
      owed: (change) => `Endnu ikke dækket: ${change}`,
    },
    pendingUntil: (change, date) => `På vej: ${change}, til den ${date}`,
  },
  terms: {
    pending: "på vej",
    available: "tilgængelige",
    held: "reserveret",
    owed: "endnu ikke dækket",
    worthNow: "værd nu",
    before: "regnet før",
    forgivenBefore: "ikke trukket tilbage tidligere",
    lapsedNow: "allerede udløbet",
    forgivenNow: "eftergivet nu",
    backNow: "skal tilbage nu",
    backBefore: "var tilbage før",
    price: "pris",
  },
};
