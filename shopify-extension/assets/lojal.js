// Why: dev/storefront/extension.d.ts
{
  const news = [
    "shopify:cart:lines-update",
    "shopify:cart:discount-update",
    "cart:update",
    "discount:update",
    "storage",
    "lojal",
  ];
  const tell = () => dispatchEvent(new Event("lojal"));
  if (typeof PUB_SUB_EVENTS === "object") subscribe(PUB_SUB_EVENTS.cartUpdate, tell);
  /** @type {Kept} */
  const kept = new Map();

  /** @type {Hearing} */
  const hears = (types) =>
    class extends HTMLElement {
      connectedCallback() {
        const old = kept.get(this.id) ?? this;
        if (!old.isConnected) return this.replaceWith(old);
        for (const type of types) addEventListener(type, this, true);
        if (kept.size) tell();
      }
      disconnectedCallback() {
        for (const type of types) removeEventListener(type, this, true);
      }
    };

  class ProductPoints extends hears(["change", "variant:update", "shopify:product:select"]) {
    handleEvent() {
      const texts = this.querySelector("script")?.textContent;
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

  class CartRewards extends hears(news) {
    #turn = Promise.resolve();
    #awake = false;
    #busy = false;
    #told = 0;

    constructor() {
      super();
      for (const type of ["click", "focusin", "pointerover"]) this.addEventListener(type, this, true);
    }

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
        if (!this.status) return;
        button = type === "click" ? target.closest("button") : null;
        if (button && button.name !== "member") {
          event.preventDefault();
          if (this.#busy) return;
          kept.set(this.id, this);
          this.#busy = true;
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
      if (!this.querySelector(":focus")?.checkVisibility()) this.status?.focus();
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
