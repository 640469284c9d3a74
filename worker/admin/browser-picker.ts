/**
 * The part of the pages' script that opens Shopify's own list of products or collections and writes what was chosen there into a field. It stands
 * within browser-script.ts and uses what is there.
 *
 * - `data-picks="product"` (or `collection`) on a hidden button of a form: it is shown where the list can be opened. What is chosen goes, as Shopify's
 *   numbers, one a line, into the field that `data-into` names, at most `data-most` of them. `data-needs` is the scope that Shopify wants for it, and
 *   `data-then` is posted when a merchant has granted it.
 * - What the list said goes into `[data-picked]` of that field: the names of what was chosen, for as long as the page is shown, or what went wrong.
 *
 * The list may never answer: Shopify's does not where whoever looks may not see products. So nothing is locked while it is open.
 */
export const PICKER_SCRIPT = `
  const GIDS = { product: "gid://shopify/Product/", collection: "gid://shopify/Collection/" };
  const canPick = () => typeof shopify.resourcePicker === "function";

  const showPickers = () => {
    for (const button of page.querySelectorAll("[data-picks]")) button.hidden = !canPick();
  };

  /** The number at the end of what was typed or told: a number, an address, an id. Null where there is none. */
  const numberOf = (text) => (/(?:^|\\/)(\\d{1,20})(?:[?#].*)?$/.exec(text) || [])[1] || null;

  const sayPicked = (form, name, text, tone) => {
    const line = document.createElement("s-paragraph");
    line.setAttribute(tone === undefined ? "color" : "tone", tone === undefined ? "subdued" : tone);
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

  const pick = async (button) => {
    const { picks: type, into, most } = button.dataset;
    const form = button.closest("form");
    const field = form.querySelector('[name="' + CSS.escape(into) + '"]');
    const instead = " Type numbers or addresses into the field instead.";
    try {
      if (!(await mayPick(button.dataset))) return sayPicked(form, into, "Lojal was not allowed to see your products." + instead);
      const typed = field.value.split(/[\\s,;]+/).filter((item) => item !== "");
      const known = typed.map(numberOf).filter((number) => number !== null);
      const chosen = await shopify.resourcePicker({
        type,
        action: "select",
        multiple: Number(most),
        selectionIds: [...new Set(known)].map((number) => ({ id: GIDS[type] + number })),
        ...(type === "product" ? { filter: { variants: false } } : {}),
      });
      if (chosen === undefined || !field.isConnected) return;
      const numbers = chosen.map(({ id }) => numberOf(id));
      // What was typed stays as it was typed, unless it was taken out in the list.
      const stays = typed.filter((item) => numberOf(item) === null || numbers.includes(numberOf(item)));
      const gone = typed.filter((item) => !stays.includes(item));
      field.value = [...stays, ...numbers.filter((number) => !known.includes(number))].join("\\n");
      for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
      const names = chosen.map(({ title }) => title).join(", ");
      sayPicked(form, into, (names === "" ? "Nothing is chosen." : "Chosen: " + names + ".") + (gone.length === 0 ? "" : " Taken out: " + gone.join(", ") + "."));
    } catch {
      sayPicked(form, into, "Shopify’s list did not open." + instead, "critical");
    }
  };
`;
