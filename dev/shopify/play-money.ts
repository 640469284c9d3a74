/** Store credit and gift cards in the Admin API: what makes them, how they are found, and what Shopify refuses. */
import { formatMoney } from "../../worker/domain/money.ts";
import { accessDenied, notPlayed } from "./admin-errors.ts";
import { type Args, listConnection } from "./connection.ts";
import { graphqlDecimal, parseMinor } from "./money.ts";
import type { LocalCredit, LocalGiftCard } from "./money-book.ts";
import { isGranted } from "./play-access.ts";
import type { LocalShop } from "./shop-state.ts";

interface MoneyInput {
  readonly amount: string;
  readonly currencyCode: string;
}

/** So much store credit a customer can have, and so much a gift card can hold, in minor units of the shop's currency. */
const MOST_MINOR = 1_500_000;

/** The fields of `Mutation` that concern money kept for customers. */
export function moneyMutations(shop: LocalShop) {
  return {
    storeCreditAccountCredit: (args: Args) => creditAccount(shop, args),
    giftCardCreate: (args: Args) => createGiftCard(shop, args),
  };
}

/** The fields of `QueryRoot` that concern them. */
export function moneyQueries(shop: LocalShop) {
  return {
    giftCards: (args: Args) => {
      const wanted = String(args["query"] ?? "").toLowerCase();
      if (/[\s:]/.test(wanted)) throw notPlayed("giftCards with anything but a code");
      const found = shop.money.giftCards.filter(({ code }) => wanted === "" || code === wanted);
      return listConnection(
        found.map((card) => giftCardView(card)),
        args,
      );
    },
  };
}

function creditAccount(shop: LocalShop, args: Args) {
  const { creditAmount, expiresAt } = args["creditInput"] as { creditAmount: MoneyInput; expiresAt?: string | null };
  const refuse = (code: string, message: string, ...field: string[]) => ({
    storeCreditAccountTransaction: null,
    userErrors: [{ code, message, field }],
  });
  const [, type = "", customerId = ""] = /^gid:\/\/shopify\/(\w+)\/(\d+)$/.exec(String(args["id"])) ?? [];
  if (type !== "Customer") throw notPlayed("store credit by anything but the customer's id");
  if (shop.deletedCustomers.has(customerId)) return refuse("OWNER_NOT_FOUND", "Owner does not exist", "id");
  if (creditAmount.currencyCode !== shop.currency)
    return refuse("UNSUPPORTED_CURRENCY", "Currency is not supported", "creditInput", "creditAmount", "currencyCode");
  const minor = parseMinor(creditAmount.amount, shop.currency) ?? 0;
  if (minor <= 0) {
    const message = "A positive amount must be used to credit a store credit account";
    return refuse("NEGATIVE_OR_ZERO_AMOUNT", message, "creditInput", "creditAmount", "amount");
  }
  const expires = expiresAt ? new Date(expiresAt) : null;
  if (expires && expires <= shop.clock())
    return refuse("EXPIRES_AT_IN_PAST", "The expiry date must be in the future", "creditInput", "expiresAt");
  const balance = shop.money.credits
    .filter((one) => one.customerId === customerId)
    .reduce((sum, one) => sum + one.minor, 0);
  if (balance + minor > MOST_MINOR)
    return refuse(
      "CREDIT_LIMIT_EXCEEDED",
      "The credit limit would be exceeded",
      "creditInput",
      "creditAmount",
      "amount",
    );
  shop.adoptCustomer(customerId);
  const made = shop.money.credit({ customerId, currency: shop.currency, minor, expiresAt: expires });
  return { storeCreditAccountTransaction: creditView(made), userErrors: [] };
}

function createGiftCard(shop: LocalShop, args: Args) {
  const input = args["input"] as {
    readonly code?: string | null;
    readonly initialAmount?: MoneyInput | null;
    readonly initialValue?: unknown;
    readonly customerId?: string | null;
    readonly note?: string | null;
    readonly expiresOn?: string | null;
    readonly recipientAttributes?: unknown;
  };
  if (input.initialValue != null) throw notPlayed("initialValue, which is deprecated: use initialAmount");
  if (input.recipientAttributes != null) throw notPlayed("recipients of gift cards");
  const code = (input.code ?? "").toLowerCase();
  if (input.code == null) throw notPlayed("gift cards of a code that Shopify draws");
  const errors: { code: string; message: string; field: string[] }[] = [];
  const say = (errorCode: string, message: string, field: string) =>
    errors.push({ code: errorCode, message, field: ["input", field] });
  if (code.length < 8) say("TOO_SHORT", "Code is too short (minimum is 8 characters)", "code");
  if (code.length > 20) say("TOO_LONG", "Code is too long (maximum is 20 characters)", "code");
  if (!/^[a-z0-9]*$/.test(code)) say("INVALID", "Code can only contain letters and numbers", "code");
  if (shop.money.giftCards.some((card) => card.code === code)) say("TAKEN", "Code has already been taken", "code");
  const minor = parseMinor(input.initialAmount?.amount ?? "", shop.currency) ?? 0;
  if (!input.initialAmount) say("MISSING_ARGUMENT", "Initial amount must be given", "initialAmount");
  else if (input.initialAmount.currencyCode !== shop.currency) say("INVALID", "Currency is invalid", "initialAmount");
  else if (minor <= 0) say("GREATER_THAN", "Initial value must be greater than 0", "initialAmount");
  else if (minor > MOST_MINOR)
    say("GIFT_CARD_LIMIT_EXCEEDED", "The gift card's value exceeds the limit", "initialAmount");
  const customerId = /^gid:\/\/shopify\/Customer\/(\d+)$/.exec(input.customerId ?? "")?.[1] ?? null;
  if (input.customerId != null) {
    if (!isGranted(shop.scopes, "write_customers")) throw accessDenied("customerId", "`write_customers` access scope.");
    if (customerId === null || shop.deletedCustomers.has(customerId))
      say("CUSTOMER_NOT_FOUND", "The customer could not be found.", "customerId");
  }
  if (errors.length > 0) return { giftCard: null, giftCardCode: null, userErrors: errors };
  if (customerId !== null) shop.adoptCustomer(customerId);
  const { note = null, expiresOn = null } = input;
  const made = shop.money.make({ code, customerId, currency: shop.currency, minor, note, expiresOn });
  return { giftCard: giftCardView(made), giftCardCode: code, userErrors: [] };
}

/** `Customer.storeCreditAccounts`: one for each currency that was ever credited. */
export function creditAccounts(shop: LocalShop, customerId: string, args: Args): unknown {
  const own = shop.money.credits.filter((credit) => credit.customerId === customerId);
  const accounts = [...Map.groupBy(own, ({ currency }) => currency)].map(([currency, credits]) => ({
    __typename: "StoreCreditAccount",
    id: shop.money.accountGid(customerId, currency),
    balance: moneyView(
      credits.reduce((sum, { minor }) => sum + minor, 0),
      currency,
    ),
    transactions: (page: Args) => {
      if (page["sortKey"] !== undefined && page["sortKey"] !== "CREATED_AT")
        throw notPlayed(`transactions sorted by ${String(page["sortKey"])}`);
      return listConnection(credits.map(creditView), page);
    },
  }));
  return listConnection(accounts, args);
}

function creditView(credit: LocalCredit) {
  return {
    __typename: "StoreCreditAccountCreditTransaction",
    id: credit.gid,
    amount: moneyView(credit.minor, credit.currency),
    createdAt: credit.at.toISOString(),
    expiresAt: credit.expiresAt?.toISOString() ?? null,
    event: "ADJUSTMENT",
  };
}

function giftCardView(card: LocalGiftCard) {
  return {
    __typename: "GiftCard",
    id: card.gid,
    note: card.note,
    enabled: true,
    createdAt: card.at.toISOString(),
    expiresOn: card.expiresOn,
    lastCharacters: card.code.slice(-4),
    initialValue: moneyView(card.minor, card.currency),
    balance: moneyView(card.minor, card.currency),
  };
}

function moneyView(minor: number, currency: string) {
  return { __typename: "MoneyV2", amount: graphqlDecimal(formatMoney(minor, currency)), currencyCode: currency };
}
