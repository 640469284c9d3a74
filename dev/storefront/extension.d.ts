/**
 * What the storefront's scripts are made of, and why; apart from them, because a shopper loads what is in them.
 *
 * lojal.js (before a touch): Liquid has painted everything, and a few listeners of the window are all there is: the first touch of a block, or the first news, makes the
 * rewards' element, whose class a browser does not even read before (what a page costs before a touch is the making of elements, not bytes). A touch or news fetches lojal-cart.js.
 * One thing is done at a time: what a touch woke comes before what a click wants, a second click while one is under way is dropped, and "One moment" is said at once, so
 * that what moves does so under the shopper's own finger. A guest has nothing to ask for. The window hears for the blocks that are on the page then: the product's block is
 * no element of its own, and one that a theme has dropped hears nothing. Of two that a theme puts into a page at once, the first is made, and tells, while the second is
 * none yet: it is told when it is.
 *
 * News: a theme tells that the cart changed (Shopify's standard events, Horizon's `cart:update` and `discount:update`, `cart:change` of several others, Dawn's publish and subscribe), another app that the
 * theme should paint it anew (`cart:refresh`), another tab that points did (`storage`: the key `lojal` gets a new random value after each act). It may be told before it is
 * done and in several ways: the promise in it is waited for, and then a moment, in which a theme paints. Then the block reads the cart and the codes again. Horizon's morph
 * leaves the block's inside alone (`data-skip-subtree-update`); where a theme replaces the element, the one that the shopper has used takes its place again, with all that
 * it knows and with the focus, and catches up. (What had the focus is written down a moment after each touch: some browsers say that the focus left what is just being
 * taken out, others do not.) A theme may also write the chosen variant into its form in a listener of its own, or when what it tells of is done (Horizon): the promise and a moment are
 * waited for there, too. Its form is the next around it: of a product, of a dialog that shows one quickly, of the section. A block outside all of
 * these says the general sentence, instead of what another product's form has chosen. Braces keep names out of
 * the page; a script that is there twice does everything once, because what is under way is not begun again.
 *
 * lojal-cart.js (at the first touch or news): words are Liquid's, put in as text. What was asked for is kept until it is answered, over a reload, too: a lost answer is asked for
 * again with the same id, never made twice. Signed out (401), too slow (408) and too often (429) say nothing of what came of an id: it stays. It is kept under the
 * customer's number that Liquid painted: whoever is signed in next in this tab asks for something of their own, and with that the other's is gone.
 */

/** What a shopper asked for. `answered`: its code is on the cart or in the list, though Liquid may not know it yet. */
interface Asked {
  readonly id: string;
  readonly reward: string;
  readonly points?: number | undefined;
  readonly answered?: boolean;
}

interface HistoryEntry {
  readonly points: number;
  readonly at: string;
  readonly explanation: string;
  readonly steps: readonly { readonly text: string }[];
}

interface ListedRedemption {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  /** Null where there is none, or none yet. */
  readonly code: string | null;
  readonly name: string;
  readonly ends_at: string;
}

/** An answer of the app's or the cart's; what is not in it is absent. */
interface Answer {
  /** Asked for sections alone, it has their HTML by their names. */
  readonly [section: string]: unknown;
  readonly http: number;
  readonly type?: string;
  readonly state?: string;
  readonly code?: string | null;
  readonly available?: number;
  readonly redemptions?: readonly ListedRedemption[];
  readonly item_count?: number;
  readonly total_discount?: number;
  /** Of a cart, always; what is no cart (asked for too often) has none, and nothing is put on it then: what reads them throws. */
  readonly discount_codes: readonly { readonly code: string; readonly applicable: boolean }[];
  readonly sections?: Readonly<Record<string, unknown>>;
  readonly entries?: readonly HistoryEntry[];
  readonly next?: string | null;
}

/** A part that is not there is one that nobody sees. */
type Find = (within: ParentNode, part: string) => HTMLElement;
/** Puts a sentence that Liquid has painted into the live region. */
type Say = (block: HTMLElement, sentence: string, code?: string | null, more?: string | null) => void;
/** True where nothing is left to ask for. */
type Act = (block: HTMLElement, button: HTMLButtonElement) => Promise<boolean>;
type CartCode = NonNullable<Answer["discount_codes"]>[number];
/** Below 500 is an answer; anything else leaves the outcome unknown, and throws. */
type Call = (url: string, body?: object) => Promise<Answer>;
/** Says why not: the problem's slug names the sentence, or what was used up meanwhile does. Whatever it was, the block then shows what is true. */
type Show = (block: HTMLElement, answer: Answer) => Promise<void>;
/** Of a pattern that Liquid has painted. */
type Copy = (block: HTMLElement, part: string) => HTMLElement;
/** Shows the balance and the codes as they are now, whatever another tab has done: rows come and go, and each reward is within reach, the next, or further.
 * Gift cards have numbers that are money: they are listed when they were just made or asked for, and stay as long as the page does. */
type CatchUp = (block: HTMLElement, withCards?: boolean) => Promise<Answer>;
/** Puts a code on the cart or takes it off; the others stay. The row says what an order must be worth. */
type Put = (block: HTMLElement, row: Element, code?: string, off?: boolean) => Promise<void>;
/**
 * Reads the cart, and writes nothing: what listens for changes of the cart would otherwise hear of ours, and so on. With codes it gives the cart these instead of its own.
 *
 * A theme that has set up Shopify's standard action `updateCart` is asked to do that; it paints what shows its cart, and tells everybody. For any other, what shows the
 * cart is painted here, as many sections as one request may name (five): those with a form of the cart or a way to the checkout (`data-shows`), for totals may stand in a
 * section of their own; but for dialogs: a drawer that is painted from outside would be closed. These hear of it from
 * their theme's own wires: Dawn's publish and subscribe (in a promise: what fails in there is the theme's own), Horizon's `discount:update` (it takes the sections from it,
 * or asks for them), and `cart:refresh` of several others.
 *
 * The block stays: it knows what Liquid does not know yet, and takes over what this cart earns.
 */
type Look = (block: HTMLElement, codes?: readonly string[]) => Promise<Answer>;
/** After what woke the block: a touch (null) asks for what was asked before the page was painted, news (nothing) ask for everything. */
type Resume = (block: HTMLElement, touch?: null) => Promise<boolean>;
type CodeOf = (answer: Answer, code?: string) => CartCode | undefined;
/** Says what came of it; the reward's row, where it is a code. */
type Tell = (block: HTMLElement, request: Asked, answer: Answer) => Promise<HTMLElement | null | undefined>;
type Remember = (request: Asked | null) => void;
/** By their ids, the elements that were used. */
type Kept = Map<string, HTMLElement>;

/** Has the window hear these for the blocks that are on the page then. */
type Listen = (blocks: `lojal-${string}`, hear: (block: Block, event: Heard) => void, types: readonly string[]) => void;
declare function addEventListener(type: string, hear: (event: Heard) => void, capture: true): void;

interface Block extends HTMLElement {
  /** Of the rewards' element alone: news, and a touch of its own. An element that is not made yet hears none. */
  hear?(event: Heard): Promise<void>;
  touch(event: Heard): void;
}
/** What the elements hear: touches of their own, changes of a product's form, and news. */
interface Heard extends Event {
  readonly target: Touched;
  /** Of the storage. */
  readonly key?: string | null;
  /** Of a standard event: what it tells of is done. */
  readonly promise?: Promise<unknown>;
}
interface Touched extends Element {
  closest(button: "button:not([name=member])"): HTMLButtonElement | null;
}
/** Does what a button wants; null at a mere touch, nothing at news. */
type Wake = (button?: HTMLButtonElement | null) => Promise<void>;
/** Dawn's own wire, and themes like it. */
declare const PUB_SUB_EVENTS: { readonly cartUpdate: string } | undefined;
declare function subscribe(event: string, heard: () => void): void;
declare function publish(event: string, news: { readonly cartData: Answer }): void;

/** What Shopify puts on each page, and a theme may set up to be its own. */
interface UpdateCart {
  (change: { readonly discountCodes: readonly string[] | undefined }): Promise<unknown>;
  isDefault(): boolean;
}
interface Window {
  readonly Shopify?: { readonly actions?: { readonly updateCart?: UpdateCart } };
}

/** What Liquid paints beside each button that needs it. */
interface Pattern {
  readonly content: { querySelector(row: "li"): { cloneNode(deep: true): HTMLElement } };
}

/** The sentences that Liquid has painted on the element. */
interface DOMStringMap {
  readonly working: string;
  readonly offline: string;
  readonly error: string;
  readonly toGo: string;
  readonly shows: string;
}
interface ParentNode {
  /** Of a product's block. */
  querySelector(part: "[data-lojal=text]"): HTMLElement;
  querySelector(part: ":focus"): HTMLElement | null;
  querySelector(part: `[data-lojal=${string}]`): HTMLElement | null;
  querySelector(pattern: `template[data-lojal=${string}]`): Pattern;
  querySelector(field: 'form[action*="/cart/add"] [name=id]'): HTMLInputElement | null;
  querySelectorAll(blocks: `lojal-${string}`): NodeListOf<Block>;
  querySelectorAll(rows: "li[data-cost]"): NodeListOf<HTMLLIElement>;
}
