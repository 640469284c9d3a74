/** Explanations in French. Before a colon stands a space that does not break. */
import { capital, numbersIn } from "./numbers.ts";
import type { ExplanationTexts, Name } from "./texts.ts";

const numbers = numbersIn({
  group: "\u202f",
  decimal: ",",
  date: ({ year, mm, dd }) => `${dd}/${mm}/${year}`,
});
const { number } = numbers;
const COLON = "\u00a0: ";
const isOne = (count: number): boolean => Math.abs(count) < 2;
const points = (count: number): string => `${number(count)} ${isOne(count) ? "point" : "points"}`;
const have = (count: number): string => `${points(count)} ${isOne(count) ? "a" : "ont"}`;
/** "1 point a été repris", "2 points ont été repris": the participle ends in s already. */
const takenAgain = (count: number): string => `${have(count)} été repris`;
const quoted = (text: string): string => `«\u00a0${text}\u00a0»`;
const order = (name: Name): string => (name === null ? "la commande" : `la commande ${name}`);
const reward = (name: Name): string => (name === null ? "la récompense" : `la récompense ${quoted(name)}`);

export const french: ExplanationTexts = {
  ...numbers,
  points,
  rate: (count, per) => `${points(count)} pour ${per}`,
  sentences: {
    earned: (name, count, from) =>
      `${capital(order(name))} a rapporté ${points(count)}${from ? `${COLON}${from.amount} à raison de ${from.rate}` : ""}.`,
    earnedMore: (name, count, { now, before }) =>
      `${capital(order(name))} vaut maintenant ${points(now)} au lieu de ${number(before)}${COLON}${points(count)} de plus.`,
    usableFrom: (count, date) =>
      isOne(count)
        ? `${points(count)} est disponible à partir du ${date}.`
        : `${points(count)} sont disponibles à partir du ${date}.`,
    usableNow: (count) =>
      isOne(count) ? `${points(count)} est maintenant disponible.` : `${points(count)} sont maintenant disponibles.`,
    takenBack: (count, why) => `${takenAgain(count)}${COLON}${why}.`,
    worthNow: ({ now, before }) => `Elle vaut maintenant ${points(now)} au lieu de ${number(before)}.`,
    owed: (count) =>
      isOne(count)
        ? `${points(count)} reste à couvrir${COLON}les prochains points le couvriront d’abord.`
        : `${points(count)} restent à couvrir${COLON}les prochains points les couvriront d’abord.`,
    forgiven: (count) =>
      isOne(count)
        ? `${points(count)} n’était plus là et ne sera pas réclamé.`
        : `${points(count)} n’étaient plus là et ne seront pas réclamés.`,
    lapsed: (count) => `${points(count)} de cette commande ${isOne(count) ? "avait" : "avaient"} déjà expiré.`,
    repaid: (count) => `${have(count)} couvert ce qui restait à couvrir.`,
    matured: (name, count) =>
      `${points(count)} ${isOne(count) ? "n’est" : "ne sont"} plus en attente${COLON}${
        name === null ? "le délai d’attente" : `le délai de retour de ${order(name)}`
      } est passé.`,
    expired: (count, why) => `${have(count)} expiré${COLON}${why}.`,
    held: (name, count) =>
      isOne(count)
        ? `${points(count)} est réservé pour ${reward(name)}. Il revient si le code n’est pas utilisé.`
        : `${points(count)} sont réservés pour ${reward(name)}. Ils reviennent si le code n’est pas utilisé.`,
    chosen: (name, count) =>
      isOne(count)
        ? `${points(count)} est réservé pour ${reward(name)}. Il revient si elle n’est pas accordée.`
        : `${points(count)} sont réservés pour ${reward(name)}. Ils reviennent si elle n’est pas accordée.`,
    donated: (name, count) =>
      `${have(count)} été ${isOne(count) ? "donné" : "donnés"}${name === null ? "" : ` pour ${quoted(name)}`}.`,
    used: (name, used, count) =>
      `${capital(reward(name))} a été utilisée avec ${order(used)}${COLON}la réservation de ${points(count)} est dépensée.`,
    donationMade: (name, count) =>
      `Le don${name === null ? "" : ` ${quoted(name)}`} est fait${COLON}la réservation de ${points(count)} est dépensée.`,
    received: (name, count) =>
      `${capital(reward(name))} a été accordée${COLON}la réservation de ${points(count)} est dépensée.`,
    notReceived: (reason, name, count) => {
      const end = {
        cancelled: "a été annulée",
        expired: "n’a pas été accordée à temps",
        refused: "n’a pas pu être accordée",
        other: "n’est plus valable",
      };
      const back = isOne(count) ? "est revenu" : "sont revenus";
      return `${points(count)} ${back}${COLON}${reward(name)} ${end[reason]}.`;
    },
    released: (reason, name, count) => {
      const end = {
        cancelled: "a été annulé",
        expired: "n’a pas été utilisé à temps",
        refused: "n’a pas pu être créé",
        other: "n’est plus valable",
      };
      const back = isOne(count) ? "est revenu" : "sont revenus";
      return `${points(count)} ${back}${COLON}le code pour ${reward(name)} ${end[reason]}.`;
    },
    usedAfterRelease: (name, used, count) =>
      `${takenAgain(count)}${COLON}le code pour ${reward(name)} a été utilisé avec ${order(used)} alors que ses points avaient été rendus.`,
    refundUndone: (name, used, count) =>
      `${takenAgain(count)}${COLON}${order(used)} est moins remboursée qu’avant, et les points pour ${reward(name)} comptent de nouveau comme dépensés.`,
    returned: (reason, name, used, count) => {
      const end = { cancelled: "a été annulée", deleted: "a été supprimée", refunded: "a été remboursée" };
      const back = isOne(count) ? "est revenu" : "sont revenus";
      return `${points(count)} ${back}${COLON}${order(used)}, avec laquelle ${reward(name)} a été utilisée, ${end[reason]}.`;
    },
    added: (count, reason) =>
      `La boutique a ajouté ${points(count)}${COLON}${reason === null ? "aucune raison n’a été donnée" : quoted(reason)}.`,
    removed: (count, reason) =>
      `La boutique a retiré ${points(count)}${COLON}${reason === null ? "aucune raison n’a été donnée" : quoted(reason)}.`,
    opened: (count) => `${points(count)} ${isOne(count) ? "vient" : "viennent"} d’un programme précédent.`,
    gift: (tier, count) =>
      `${points(count)} en cadeau de bienvenue${COLON}${tier === null ? "un nouveau niveau est atteint" : `le niveau ${quoted(tier)} est atteint`}.`,
    mergedIn: `Deux comptes client n’en font plus qu’un${COLON}les points de l’autre compte sont arrivés ici.`,
    mergedOut: `Deux comptes client n’en font plus qu’un${COLON}les points sont passés sur l’autre compte.`,
    losses: {
      earned: (name) => `${order(name)} vaut moins après un remboursement ou une modification`,
      "nothing-left": (name) => `${order(name)} ne rapporte plus de points après un remboursement ou une modification`,
      deleted: (name) => `${order(name)} a été supprimée`,
      cancelled: (name) => `${order(name)} a été annulée`,
      "test-order": (name) => `${order(name)} est une commande de test`,
      "not-paid": (name) => `${order(name)} n’est pas payée`,
      "other-currency": (name) => `${order(name)} est dans une autre devise que celle de la boutique`,
      "order-moved": (name) => `${order(name)} appartient maintenant à un autre client`,
    },
    expiries: {
      "after-available": (count) => `les points expirent au plus tôt ${count} mois après être devenus disponibles`,
      "after-inactivity": (count) =>
        `les points expirent au plus tôt ${count} mois après la dernière commande ou récompense`,
      ownDate: "une date d’expiration particulière leur avait été fixée",
      unknown: "leur durée de validité était écoulée",
    },
  },
  steps: {
    order: (name) => `Commande ${name}`,
    line: (amount, count) =>
      amount === null ? `Ligne${COLON}${points(count)}` : `Ligne de ${amount}${COLON}${points(count)}`,
    otherLines: (amount) => `Autres lignes et arrondis${COLON}${amount}`,
    together: (amount, withTax) =>
      `Au total ${amount}${COLON}articles après remises et remboursements, ${withTax ? "taxes comprises et hors livraison" : "hors taxes et livraison"}`,
    kept: (left, of) =>
      `De l’argent a été remboursé en plus des lignes${COLON}il reste ${left} sur ${of}, et chaque ligne compte dans cette proportion`,
    paid: (paid, of) => `Payé à ce jour${COLON}${paid} sur ${of}, et la commande compte dans cette proportion`,
    notCounted: {
      collection: (title) => `Non compté${COLON}les produits de la collection ${quoted(title)}`,
      tag: (title) => `Non compté${COLON}les produits avec la balise ${quoted(title)}`,
    },
    rule: (rate) => `Règle${COLON}${rate}`,
    multiplier: (times) => `Multiplicateur du niveau${COLON}× ${times}`,
    orderVersion: (version) => `Version ${version} du programme, en vigueur au moment de la commande`,
    rewardVersion: (version) => `Version ${version} du programme, en vigueur au choix de la récompense`,
    giftVersion: (version) => `Version ${version} du programme, en vigueur lors du cadeau`,
    noVersion: "Aucun programme n’était alors en vigueur",
    worth: (sum) => `Valeur${COLON}${sum}`,
    roundedDown: (exact, count) => `${exact}, arrondi à l’entier inférieur, soit ${points(count)}`,
    reward: (name) => `Récompense${COLON}${quoted(name)}`,
    price: (count) => `Prix${COLON}${points(count)}`,
    refunded: (part, of) => `Sur la remise de ${of} de la récompense, ${part} concernaient ce qui a été remboursé`,
    allBack: "Il ne reste rien de la commande, donc tout le prix revient",
    back: (sum) => `À rendre${COLON}${sum}`,
    pots: {
      pending: (change) => `En attente${COLON}${change}`,
      available: (change) => `Disponibles${COLON}${change}`,
      held: (change) => `Réservés${COLON}${change}`,
      owed: (change) => `Restant à couvrir${COLON}${change}`,
    },
    pendingUntil: (change, date) => `En attente${COLON}${change}, jusqu’au ${date}`,
  },
  terms: {
    pending: "en attente",
    available: "disponibles",
    held: "réservés",
    owed: "restant à couvrir",
    worthNow: "valeur actuelle",
    before: "déjà compté",
    forgivenBefore: "non repris auparavant",
    lapsedNow: "déjà expiré",
    forgivenNow: "remis maintenant",
    backNow: "à rendre maintenant",
    backBefore: "déjà rendu",
    price: "prix",
  },
};
