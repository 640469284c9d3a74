/** What a shop keeps for its customers: store credit, account by account, and gift cards. */
import type { Clock } from "./shop-state.ts";

export interface LocalCredit {
  readonly gid: string;
  readonly customerId: string;
  readonly currency: string;
  readonly minor: number;
  readonly expiresAt: Date | null;
  readonly at: Date;
}

export interface LocalGiftCard {
  readonly gid: string;
  /** Lower case: Shopify does not tell them apart. */
  readonly code: string;
  readonly customerId: string | null;
  readonly currency: string;
  readonly minor: number;
  readonly note: string | null;
  readonly expiresOn: string | null;
  readonly at: Date;
}

/** The money of one shop that is its customers'. */
export class MoneyBook {
  readonly credits: LocalCredit[] = [];
  readonly giftCards: LocalGiftCard[] = [];
  readonly #accounts = new Map<string, string>();
  readonly #context: { readonly clock: Clock; readonly newId: () => string };

  constructor(context: { readonly clock: Clock; readonly newId: () => string }) {
    this.#context = context;
  }

  credit(credit: Omit<LocalCredit, "gid" | "at">): LocalCredit {
    const { clock, newId } = this.#context;
    const made = { ...credit, gid: `gid://shopify/StoreCreditAccountCreditTransaction/${newId()}`, at: clock() };
    this.credits.push(made);
    return made;
  }

  /** The id of a customer's account in a currency, the same from the first credit on. */
  accountGid(customerId: string, currency: string): string {
    const key = `${customerId}/${currency}`;
    const known = this.#accounts.get(key) ?? `gid://shopify/StoreCreditAccount/${this.#context.newId()}`;
    this.#accounts.set(key, known);
    return known;
  }

  make(card: Omit<LocalGiftCard, "gid" | "at">): LocalGiftCard {
    const { clock, newId } = this.#context;
    const made = { ...card, gid: `gid://shopify/GiftCard/${newId()}`, at: clock() };
    this.giftCards.push(made);
    return made;
  }
}
