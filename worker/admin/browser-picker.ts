import { BETWEEN_ITEMS, SHOPIFY_NUMBER } from "./entered.ts";

/**
 * The part of the pages' script that opens Shopify's own list of products or collections and writes what was chosen there into a field. It stands
 * within browser-script.ts and uses what is there.
 *
 * - `data-picks="product"` (or `collection`) on a hidden button of a form: it is shown where the list can be opened. What is chosen goes, as Shopify's
 *   numbers, one a line, into the field that `data-into` names, at most `data-most` of them. `data-needs` is the scope that Shopify wants for it, and
 *   `data-then` is posted when a merchant has granted it.
 * - What the list said goes into `[data-picked]` of that field: the names of what was chosen, for as long as the page is shown, or what went wrong.
 *
 * The list may never answer: Shopify's does not where whoever looks may not see products. So the form is not locked while it is open: what is
 * typed meanwhile stays.
 */
export const PICKER_SCRIPT = `
  const GIDS = { product: "gid://shopify/Product/", collection: "gid://shopify/Collection/" };
  const canPick = () => typeof shopify.resourcePicker === "function";

  const showPickers = () => {
    for (const button of page.querySelectorAll("[data-picks]")) button.hidden = !canPick();
  };

  /** The number at the end of what was typed or told: a number, an address, an id. Null where there is none. */
  const numberOf = (text) => (${SHOPIFY_NUMBER}.exec(text) || [])[1] || null;
  const itemsIn = (field) => field.value.split(${BETWEEN_ITEMS}).filter((item) => item !== "");

  /** As many as somebody listens to. */
  const TOLD = 10;
  const listed = (all) => all.slice(0, TOLD).join("; ") + (all.length > TOLD ? "; …" : ".");

  const sayPicked = (form, name, text, tone) => {
    const line = document.createElement("s-paragraph");
    line.setAttribute(...(tone ? ["tone", tone] : ["color", "subdued"]));
    line.textContent = text;
    form.querySelector('[data-picked="' + CSS.escape(name) + '"]').replaceChildren(line);
  };

  /** Whether Shopify lets this app see products: the merchant is asked where they have not said so before. */
  const mayPick = async ({ needs, then }) => {
    const { granted } = await shopify.scopes.query();
    if (granted.includes(needs)) return true;
    const { result } = await shopify.scopes.request([needs]);
    if (result !== "granted-all") return false;
    // Shopify tells the worker, too: whatever is answered here, it will know.
    await ask(then, { method: "POST" });
    return true;
  };

  /**
   * Puts into the field what was chosen, and says it. What was typed stays as it was typed, also what came while the list was open; "asked" are the
   * numbers that were there before, and of them what is no longer chosen is taken out. Where nothing of them comes back, the list may never have
   * shown them as chosen: then they stay.
   */
  const takeOver = (form, field, asked, chosen) => {
    const numbers = chosen.map(({ id }) => numberOf(id));
    const areUnseen = asked.length > 0 && numbers.length > 0 && !asked.some((number) => numbers.includes(number));
    const out = areUnseen ? [] : asked.filter((number) => !numbers.includes(number));
    const typed = itemsIn(field);
    const stays = typed.filter((item) => !out.includes(numberOf(item)));
    const gone = typed.filter((item) => !stays.includes(item));
    const there = typed.map(numberOf);
    field.value = [...stays, ...numbers.filter((number) => !there.includes(number))].join("\\n");
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
    const said = [numbers.length === 0 ? "Nothing is chosen." : numbers.length + " chosen: " + listed(chosen.map(({ title }) => title))];
    if (areUnseen) said.push("What was there before stays; delete it by hand.");
    if (gone.length > 0) said.push("Taken out: " + listed(gone));
    sayPicked(form, field.getAttribute("name"), said.join(" "), areUnseen || gone.length > 0 ? "warning" : undefined);
  };

  /** The button whose list is open: while it is on the page no other opens, since Shopify shows one at a time. */
  let picking = null;

  const pick = async (button) => {
    if (picking !== null && picking.isConnected) return;
    picking = button;
    const { picks: type, into, most } = button.dataset;
    const form = button.closest("form");
    const field = form.querySelector('[name="' + CSS.escape(into) + '"]');
    const instead = " Type numbers or addresses into the field instead.";
    try {
      if (!(await mayPick(button.dataset))) return sayPicked(form, into, "Lojal was not allowed to see your products." + instead);
      const asked = [...new Set(itemsIn(field).map(numberOf).filter((number) => number !== null))];
      const chosen = await shopify.resourcePicker({
        type,
        action: "select",
        multiple: Number(most),
        selectionIds: asked.map((number) => ({ id: GIDS[type] + number })),
        ...(type === "product" ? { filter: { variants: false } } : {}),
      });
      if (chosen !== undefined && field.isConnected) takeOver(form, field, asked, chosen);
    } catch {
      sayPicked(form, into, "Shopify’s list did not open." + instead, "critical");
    } finally {
      if (picking === button) picking = null;
    }
  };
`;
