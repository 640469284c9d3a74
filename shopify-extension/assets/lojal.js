// Why: dev/storefront/extension.d.ts. Braces keep names out of the page.
{
  const touches = ["click", "focusin", "pointerover"];
  const news = ["shopify:cart:lines-update", "shopify:cart:discount-update", "cart:update", "storage", "lojal"];
  const tell = () => dispatchEvent(new Event("lojal"));
  if (typeof PUB_SUB_EVENTS === "object") subscribe(PUB_SUB_EVENTS.cartUpdate, tell);
  let isUsed = false;

  /** @type {Hearing} */
  const hears = (types) =>
    class extends HTMLElement {
      connectedCallback() {
        for (const type of types) addEventListener(type, this, true);
        if (isUsed) tell();
      }
      disconnectedCallback() {
        for (const type of types) removeEventListener(type, this, true);
      }
    };

  class ProductPoints extends hears(["change", "variant:update", "shopify:product:select"]) {
    handleEvent() {
      const texts = this.querySelector("script")?.textContent;
      // A theme may write the chosen variant into its form in a listener of its own, after this one.
      if (texts) setTimeout(() => this.#show(JSON.parse(texts)));
    }
    /** @type {Chosen} */
    #show = (texts) => {
      const scope = this.closest(".shopify-section") ?? document;
      const field = scope.querySelector('form[action*="/cart/add"] [name=id]');
      const text = texts[field?.value ?? ""] ?? texts[""] ?? "";
      const place = this.querySelector("[data-lojal=text]");
      if (place && place.textContent !== text) place.textContent = text;
      this.hidden = !text;
    };
  }

  class CartRewards extends hears([...touches, ...news]) {
    #turn = Promise.resolve();
    #awake = false;
    #busy = false;
    #told = 0;

    /** @type {Hear} */
    handleEvent = async (event) => {
      const { type, target, key = "lojal", promise } = event;
      let button;
      if (news.includes(type)) {
        if (this.#busy || key !== "lojal") return;
        const told = ++this.#told;
        await Promise.allSettled([promise]);
        await new Promise((resolve) => setTimeout(resolve, 200));
        if (told < this.#told || !this.isConnected) return;
      } else {
        if (!this.status || !this.contains(target)) return;
        button = type === "click" ? target.closest("button") : null;
        if (button && button.name !== "member") {
          event.preventDefault();
          if (this.#busy) return;
          isUsed = this.#busy = true;
          this.ariaBusy = "true";
          this.status.textContent = this.dataset.working ?? "";
        } else if (button || this.#awake) return;
      }
      this.#awake = true;
      this.#turn = this.#wake(button);
    };

    /** @type {Wake} */
    #wake = async (button) => {
      await this.#turn;
      try {
        const { act, resume } = await import(`${this.dataset.script}`);
        this.#awake = await (button ? act(this, button) : resume(this, button));
      } catch {
        if (button && this.status) this.status.textContent = this.dataset.offline ?? "";
        this.#awake = false;
      }
      if (!button) return;
      this.#busy = false;
      this.ariaBusy = null;
      const focused = document.activeElement;
      if (!focused || !this.contains(focused) || !focused.checkVisibility()) this.status?.focus();
      if (!this.isConnected) tell();
    };

    get status() {
      return this.querySelector("[data-lojal=status]");
    }
  }

  if (!customElements.get("lojal-cart-rewards")) {
    customElements.define("lojal-product-points", ProductPoints);
    customElements.define("lojal-cart-rewards", CartRewards);
  }
}
