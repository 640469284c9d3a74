/** Explanations in Swedish. */
import { capital, numbersIn } from "./numbers.ts";
import type { ExplanationTexts, Name } from "./texts.ts";

const numbers = numbersIn({
  group: "\u00a0",
  decimal: ",",
  date: ({ year, mm, dd }) => `${year}-${mm}-${dd}`,
});
const { number } = numbers;
const points = (count: number): string => `${number(count)} poäng`;
const order = (name: Name): string => (name === null ? "beställningen" : `beställning ${name}`);
const reward = (name: Name): string => (name === null ? "belöningen" : `belöningen ”${name}”`);
const months = (count: number): string => (count === 1 ? "1 månad" : `${count} månader`);

export const swedish: ExplanationTexts = {
  ...numbers,
  points,
  rate: (count, per) => `${points(count)} per ${per}`,
  sentences: {
    earned: (name, count, from) =>
      `${capital(order(name))} gav ${points(count)}${from ? `: ${from.amount} med ${from.rate}` : ""}.`,
    earnedMore: (name, count, { now, before }) =>
      `${capital(order(name))} är nu värd ${points(now)} i stället för ${number(before)}: ${points(count)} till.`,
    usableFrom: (count, date) => `${points(count)} kan användas från och med ${date}.`,
    usableNow: (count) => `${points(count)} kan användas nu.`,
    takenBack: (count, why) => `${points(count)} drogs tillbaka: ${why}.`,
    worthNow: ({ now, before }) => `Den är nu värd ${points(now)} i stället för ${number(before)}.`,
    owed: (count) =>
      count === 1
        ? `${points(count)} är ännu inte täckt: nya poäng täcker det först.`
        : `${points(count)} är ännu inte täckta: nya poäng täcker dem först.`,
    forgiven: (count) => `${points(count)} fanns inte kvar och behöver inte täckas.`,
    lapsed: (count) => `${points(count)} från den här beställningen hade redan gått ut.`,
    repaid: (count) => `${points(count)} täckte det som saknades sedan tidigare.`,
    matured: (name, count) =>
      `${points(count)} är inte längre på väg: ${name === null ? "väntetiden" : `returtiden för ${order(name)}`} är över.`,
    expired: (count, why) => `${points(count)} gick ut: ${why}.`,
    held: (name, count) =>
      count === 1
        ? `${points(count)} är reserverat för ${reward(name)}. Det kommer tillbaka om koden inte används.`
        : `${points(count)} är reserverade för ${reward(name)}. De kommer tillbaka om koden inte används.`,
    chosen: (name, count) =>
      count === 1
        ? `${points(count)} är reserverat för ${reward(name)}. Det kommer tillbaka om den inte blir av.`
        : `${points(count)} är reserverade för ${reward(name)}. De kommer tillbaka om den inte blir av.`,
    donated: (name, count) => `${points(count)} skänktes${name === null ? " bort" : ` till ”${name}”`}.`,
    used: (name, used, count) =>
      `${capital(reward(name))} användes med ${order(used)}: reservationen på ${points(count)} är förbrukad.`,
    donationMade: (name, count) =>
      `Gåvan${name === null ? "" : ` ”${name}”`} är genomförd: reservationen på ${points(count)} är förbrukad.`,
    received: (name, count) =>
      `${capital(reward(name))} har lämnats ut: reservationen på ${points(count)} är förbrukad.`,
    notReceived: (reason, name, count) => {
      const end = {
        cancelled: "annullerades",
        expired: "lämnades inte ut i tid",
        refused: "kunde inte ges",
        other: "gäller inte längre",
      };
      return `${points(count)} är tillbaka: ${reward(name)} ${end[reason]}.`;
    },
    released: (reason, name, count) => {
      const end = {
        cancelled: "annullerades",
        expired: "användes inte i tid",
        refused: "kunde inte skapas",
        other: "gäller inte längre",
      };
      return `${points(count)} är tillbaka: koden för ${reward(name)} ${end[reason]}.`;
    },
    usedAfterRelease: (name, used, count) =>
      `${points(count)} togs på nytt: koden för ${reward(name)} användes med ${order(used)} efter att poängen hade lämnats tillbaka.`,
    refundUndone: (name, used, count) =>
      `${points(count)} togs på nytt: en mindre del av ${order(used)} är återbetald än tidigare, så poängen för ${reward(name)} räknas som använda igen.`,
    returned: (reason, name, used, count) => {
      const end = { cancelled: "annullerades", deleted: "raderades", refunded: "återbetalades" };
      return `${points(count)} kom tillbaka: ${order(used)}, där ${reward(name)} användes, ${end[reason]}.`;
    },
    added: (count, reason) =>
      `Butiken lade till ${points(count)}: ${reason === null ? "inget skäl angavs" : `”${reason}”`}.`,
    removed: (count, reason) =>
      `Butiken drog av ${points(count)}: ${reason === null ? "inget skäl angavs" : `”${reason}”`}.`,
    opened: (count) => `${points(count)} följde med från ett tidigare program.`,
    gift: (tier, count) =>
      `${points(count)} i välkomstgåva: ${tier === null ? "en ny nivå är nådd" : `nivån ”${tier}” är nådd`}.`,
    mergedIn: "Två kundkonton blev ett: det andra kontots poäng flyttades hit.",
    mergedOut: "Två kundkonton blev ett: poängen flyttades till det andra kontot.",
    losses: {
      earned: (name) => `${order(name)} är värd mindre efter en återbetalning eller ändring`,
      "nothing-left": (name) => `${order(name)} ger inga poäng längre efter en återbetalning eller ändring`,
      deleted: (name) => `${order(name)} raderades`,
      cancelled: (name) => `${order(name)} annullerades`,
      "test-order": (name) => `${order(name)} är en testbeställning`,
      "not-paid": (name) => `${order(name)} är inte betald`,
      "other-currency": (name) => `${order(name)} är i en annan valuta än butikens`,
      "order-moved": (name) => `${order(name)} hör nu till en annan kund`,
    },
    expiries: {
      "after-available": (count) => `poäng går ut tidigast ${months(count)} efter att de blev tillgängliga`,
      "after-inactivity": (count) =>
        `poäng går ut tidigast ${months(count)} efter den senaste beställningen eller belöningen`,
      ownDate: "de hade ett eget slutdatum",
      unknown: "deras giltighetstid var slut",
    },
  },
  steps: {
    order: (name) => `Beställning ${name}`,
    line: (amount, count) => (amount === null ? `Rad: ${points(count)}` : `Rad på ${amount}: ${points(count)}`),
    otherLines: (amount) => `Övriga rader och avrundningar: ${amount}`,
    together: (amount, withTax) =>
      `Tillsammans ${amount}: varor efter rabatter och återbetalningar, ${withTax ? "med skatt och utan frakt" : "utan skatt och frakt"}`,
    kept: (left, of) =>
      `Pengar återbetalades utöver raderna: ${left} av ${of} är kvar, och varje rad räknas i den proportionen`,
    paid: (paid, of) => `Betalt hittills: ${paid} av ${of}, och beställningen räknas i den proportionen`,
    notCounted: {
      collection: (title) => `Räknas inte: produkter i produktserien ”${title}”`,
      tag: (title) => `Räknas inte: produkter med taggen ”${title}”`,
    },
    rule: (rate) => `Regel: ${rate}`,
    multiplier: (times) => `Nivåns multiplikator: × ${times}`,
    orderVersion: (version) => `Programmets version ${version}, som gällde när beställningen lades`,
    rewardVersion: (version) => `Programmets version ${version}, som gällde när belöningen valdes`,
    giftVersion: (version) => `Programmets version ${version}, som gällde när gåvan gavs`,
    noVersion: "Inget program gällde då",
    worth: (sum) => `Värde: ${sum}`,
    roundedDown: (exact, count) => `${exact}, avrundat nedåt till ${points(count)}`,
    reward: (name) => `Belöning: ”${name}”`,
    price: (count) => `Pris: ${points(count)}`,
    refunded: (part, of) => `Av belöningens rabatt på ${of} hörde ${part} till det som återbetalades`,
    allBack: "Inget är kvar av beställningen, så hela priset ska tillbaka",
    back: (sum) => `Ska tillbaka: ${sum}`,
    pots: {
      pending: (change) => `På väg: ${change}`,
      available: (change) => `Tillgängliga: ${change}`,
      held: (change) => `Reserverade: ${change}`,
      owed: (change) => `Ännu inte täckta: ${change}`,
    },
    pendingUntil: (change, date) => `På väg: ${change}, till ${date}`,
  },
  terms: {
    pending: "på väg",
    available: "tillgängliga",
    held: "reserverade",
    owed: "ännu inte täckta",
    worthNow: "värd nu",
    before: "räknat tidigare",
    forgivenBefore: "inte tillbakadraget tidigare",
    lapsedNow: "redan utgånget",
    forgivenNow: "efterskänkt nu",
    backNow: "ska tillbaka nu",
    backBefore: "var tillbaka tidigare",
    price: "pris",
  },
};
