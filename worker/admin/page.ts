/**
 * What an admin page is: a path, a name, and a function that shows it to a shop. Its document is everybody's; what it shows is asked for with a
 * session token, under `/admin` and the same path (`/admin/home` for `/`).
 */
import type { Context } from "hono";
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { RequestContext } from "../http/context.ts";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
export type AdminContext = Context<RequestContext>;

export interface Page {
  /** As the merchant's address bar has it; may have parameters. */
  readonly path: string;
  /** In the app's navigation; null for a page that is reached from others. */
  readonly name: string | null;
  /** All below the document's body, or an answer of another kind (a problem). */
  readonly show: (c: AdminContext) => Promise<Html | Response>;
}

export interface NavigationLink {
  readonly path: string;
  readonly name: string;
}

/** Where the contents of a page are asked for. */
export function contentsPath(path: string): string {
  return path === "/" ? "/admin/home" : `/admin${path}`;
}

/** A page: heading, a way back, actions at the top, sections. */
export function pageFrame(
  options: { readonly heading: string; readonly back?: NavigationLink; readonly actions?: Html },
  ...sections: readonly (Html | null)[]
): Html {
  const { heading, back, actions } = options;
  return html`<s-page heading="${heading}">
${back ? html`<s-link slot="breadcrumb-actions" href="${back.path}">${back.name}</s-link>` : ""}
${actions ?? ""}
${sections.filter((section) => section !== null)}
</s-page>`;
}

export type Tone = "info" | "success" | "warning" | "critical";

/** Something that is to be seen first. */
export function banner(tone: Tone, heading: string, ...text: readonly (Html | string)[]): Html {
  return html`<s-banner tone="${tone}" heading="${heading}">${text.map((line) => html`<s-paragraph>${line}</s-paragraph>`)}</s-banner>`;
}

/** What a list says where it has nothing. */
export function emptyState(heading: string, text: string, action?: Html): Html {
  return html`<s-stack gap="base" alignItems="center" padding="large">
<s-heading>${heading}</s-heading>
<s-paragraph color="subdued">${text}</s-paragraph>
${action ?? ""}
</s-stack>`;
}

export interface Column {
  readonly name: string;
  /** Numbers stand at the end of their column. */
  readonly isNumeric?: boolean;
}

/** A table with a name for those who do not see it. On a narrow screen Shopify's element shows it as a list, the first column as the heading. */
export function table(columns: readonly Column[], rows: readonly (readonly (Html | string)[])[]): Html {
  return html`<s-table>
<s-table-header-row>${columns.map(
    ({ name, isNumeric }, index) =>
      html`<s-table-header listSlot="${index === 0 ? "primary" : "labeled"}" format="${isNumeric ? "numeric" : "base"}">${name}</s-table-header>`,
  )}</s-table-header-row>
<s-table-body>${rows.map(
    (row) => html`<s-table-row>${row.map((cell) => html`<s-table-cell>${cell}</s-table-cell>`)}</s-table-row>
`,
  )}</s-table-body>
</s-table>`;
}

/** Figures side by side, each with its name; `note` defines it. */
export function figures(
  all: readonly { readonly name: string; readonly value: string; readonly note?: string }[],
): Html {
  return html`<s-grid gridTemplateColumns="repeat(auto-fit, minmax(140px, 1fr))" gap="base">${all.map(
    ({ name, value, note }) => html`<s-grid-item><s-stack gap="small-200">
<s-text color="subdued">${name}</s-text>
<span class="lojal-figure">${value}</span>
${note ? html`<s-text color="subdued">${note}</s-text>` : ""}
</s-stack></s-grid-item>`,
  )}</s-grid>`;
}

/** Names and values, a pair to a line. */
export function facts(all: readonly (readonly [name: string, value: Html | string])[]): Html {
  return html`<s-stack gap="small-200">${all.map(
    ([name, value]) =>
      html`<s-stack direction="inline" gap="small-200" justifyContent="space-between"><s-text color="subdued">${name}</s-text><s-text>${value}</s-text></s-stack>`,
  )}</s-stack>`;
}

/** A name that opens into what it means. */
export function defined(name: string, definition: Html | string): Html {
  return html`<details class="lojal-definition"><summary>${name}</summary><p>${definition}</p></details>`;
}

/** The way to the next page of a list; nothing at its end. */
export function morePages(next: string | null, name = "Older"): Html | null {
  return next === null
    ? null
    : html`<s-stack alignItems="center" padding="base"><s-button href="${next}">${name}</s-button></s-stack>`;
}

/**
 * What cannot be undone, or moves points, asks first: a button that opens a dialog, whose own button sends the form in it. `fields` may be hidden
 * ones and those that are to be filled in.
 */
export function confirmed(options: {
  readonly id: string;
  readonly button: string;
  /** What the button is called where several of a page read the same. */
  readonly buttonName?: string;
  readonly heading: string;
  readonly action: string;
  readonly submit: string;
  readonly isCritical?: boolean;
  readonly variant?: "primary" | "secondary" | "tertiary";
  readonly text?: string;
  readonly fields?: Html;
  /** For one of the actions at the top of a page. */
  readonly slot?: "primary-action" | "secondary-actions";
}): Html {
  const {
    id,
    button,
    buttonName,
    heading,
    action,
    submit,
    isCritical = false,
    variant = "secondary",
    text,
    fields,
    slot,
  } = options;
  const tone = isCritical ? "critical" : "auto";
  return html`<s-button ${slot === undefined ? "" : html`slot="${slot}"`} variant="${variant}" tone="${tone}" commandFor="${id}" command="--show" ${buttonName === undefined ? "" : html`accessibilityLabel="${buttonName}"`}>${button}</s-button>
<s-modal id="${id}" heading="${heading}">
<form id="${id}-form" method="post" action="${action}">
<s-stack gap="base">
${text ? html`<s-paragraph>${text}</s-paragraph>` : ""}
${fields ?? ""}
</s-stack>
</form>
<s-button slot="primary-action" variant="primary" tone="${tone}" data-submits="${id}-form">${submit}</s-button>
<s-button slot="secondary-actions" variant="secondary" commandFor="${id}" command="--hide">Cancel</s-button>
</s-modal>`;
}

/** A part of a page that asks for itself again, as long as what it gets says so: for work that goes on. */
export function refreshing(path: string, seconds: number, content: Html): Html {
  return html`<div data-refresh="${path}" data-seconds="${seconds}" aria-live="polite">${content}</div>`;
}
