/** Shapes that the storefront's scripts exchange with the shop and the app; apart from them, because a shopper loads what is in them. */

/** What a shopper asked for, kept until it is known to be answered. */
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

/** An answer of the app's or the cart's; what is not in it is absent. */
interface Answer {
  readonly http: number;
  readonly type?: string;
  readonly state?: string;
  readonly code?: string;
  readonly name?: string;
  readonly available?: number;
  readonly item_count?: number;
  readonly total_discount?: number;
  readonly discount_codes?: readonly { readonly code: string; readonly applicable: boolean }[];
  readonly sections?: Readonly<Record<string, string | null>>;
  readonly entries?: readonly HistoryEntry[];
  readonly next?: string | null;
}

type Find = (within: ParentNode, part: string) => HTMLElement | null;
/** Puts a sentence that Liquid has painted into the live region. */
type Say = (block: HTMLElement, sentence: string, code?: string, more?: string | null) => void;
/** True where nothing is left to ask for. */
type Act = (block: HTMLElement, button: HTMLButtonElement) => Promise<boolean>;
type CartCode = NonNullable<Answer["discount_codes"]>[number];
type Hide = (within: ParentNode, part: string, hidden: boolean) => void;
type Fill = (within: ParentNode, part: string, text: string | null | undefined) => void;
type Written = (number: number, how?: Intl.NumberFormatOptions) => string;
type Call = (url: string, body?: object) => Promise<Answer>;
type Show = (block: HTMLElement, answer: Answer) => void | Promise<void>;
/** Of a pattern that Liquid has painted. */
type Copy = (block: HTMLElement, part: string) => HTMLElement;
/** A row for a code that Liquid has not listed yet; what its answer does not say is taken from the reward's row. */
type List = (block: HTMLElement, id: string, answer: Answer, reward: Element | null) => HTMLElement;
/** Puts the row's code on the cart or takes it off. */
type Use = (block: HTMLElement, row: HTMLElement, on: boolean) => Promise<void>;
/** Takes over what Liquid painted anew, as many sections as one request may name (five). */
type Repaint = (block: HTMLElement, section: Element, html: string | null | undefined) => void;
type Resume = (block: HTMLElement) => Promise<boolean>;
type CodeOf = (answer: Answer, code: string) => CartCode | undefined;
/** The row of a code, where one came of it. */
type Tell = (block: HTMLElement, request: Asked, answer: Answer) => Promise<HTMLElement | null>;
type Recall = () => Asked | null;
type Remember = (request: Asked | null) => void;
