// Liquid has painted everything; these elements answer a touch, and fetch what redeems at the first one. Braces keep the
// names out of the page: this is a plain deferred script.
{
  class ProductPoints extends HTMLElement {
    connectedCallback() {
      document.addEventListener("change", this);
    }
    disconnectedCallback() {
      document.removeEventListener("change", this);
    }
    handleEvent() {
      const texts = this.querySelector("script")?.textContent;
      // A theme may write the chosen variant into its form in a listener of its own, after this one.
      if (texts) setTimeout(() => this.#show(JSON.parse(texts)));
    }
    /** @param {Record<string, string>} texts by variant; "" for one that Liquid did not list */
    #show(texts) {
      const scope = this.closest(".shopify-section") ?? document;
      const field = /** @type {HTMLInputElement?} */ (scope.querySelector('form[action*="/cart/add"] [name=id]'));
      const text = texts[field?.value ?? ""] ?? texts[""] ?? "";
      const place = this.querySelector("[data-lojal=text]");
      if (place && place.textContent !== text) place.textContent = text;
      this.hidden = !text;
    }
  }

  class CartRewards extends HTMLElement {
    /** One thing at a time: what a touch woke comes before what a click wants. */
    #turn = Promise.resolve();
    #awake = false;

    connectedCallback() {
      for (const touch of ["click", "focusin", "pointerover"]) this.addEventListener(touch, this);
    }

    /** @param {Event} event */
    handleEvent(event) {
      const { status } = this;
      if (!status) return; // a guest has nothing to ask for
      const touched = /** @type {Element} */ (event.target);
      const button = event.type === "click" && touched.closest("button");
      if (button && button.name !== "member") {
        event.preventDefault();
        if (this.hasAttribute("aria-busy")) return;
        this.setAttribute("aria-busy", "true");
        // At once, so that what moves does so under the shopper's own finger.
        status.textContent = this.dataset.working ?? "";
      } else if (button || this.#awake) return;
      this.#awake = true;
      this.#turn = this.#wake(button);
    }

    /** @param {HTMLButtonElement | false | null} button */
    async #wake(button) {
      await this.#turn;
      try {
        const { act, resume } = await import(`${this.dataset.script}`);
        this.#awake = await (button ? act(this, button) : resume(this));
      } catch {
        this.status.textContent = this.dataset.offline ?? "";
        this.#awake = false;
      }
      if (!button) return;
      this.removeAttribute("aria-busy");
      const focused = document.activeElement;
      if (!focused || !this.contains(focused) || !focused.checkVisibility()) this.status.focus();
    }

    get status() {
      return /** @type {HTMLElement} */ (this.querySelector("[data-lojal=status]"));
    }
  }

  if (!customElements.get("lojal-cart-rewards")) {
    customElements.define("lojal-product-points", ProductPoints);
    customElements.define("lojal-cart-rewards", CartRewards);
  }
}
