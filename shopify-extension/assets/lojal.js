// Why: extension.d.ts
if (!customElements.get("lojal-cart-rewards")) {
  /** @type {Listen} */
  const listen = (blocks, hear, types) => {
    for (const type of types)
      addEventListener(
        type,
        (event) => {
          for (const block of document.querySelectorAll(blocks)) hear(block, event);
        },
        true,
      );
  };
  const tell = () => dispatchEvent(new Event("lojal"));
  if (typeof PUB_SUB_EVENTS === "object") subscribe(PUB_SUB_EVENTS.cartUpdate, tell);
  /** @type {Kept} */
  const kept = new Map();

  class CartRewards extends HTMLElement {
    #turn = Promise.resolve();
    #awake = false;
    #busy = false;
    #told = 0;

    connectedCallback() {
      const old = kept.get(this.id) ?? this;
      if (!old.isConnected) return this.replaceWith(old);
      for (const type of ["click", "focusin", "focusout", "pointerover"]) this.addEventListener(type, this, true);
      this.focused?.focus();
      if (kept.size) tell();
    }

    /** @type {Hear} */
    handleEvent = async (event) => {
      const { type, target, currentTarget, key = "lojal", promise } = event;
      let button;
      if (currentTarget !== this) {
        if (this.#busy || key !== "lojal") return;
        await Promise.allSettled([promise]);
        clearTimeout(this.#told);
        await new Promise((resolve) => {
          this.#told = setTimeout(resolve, 200);
        });
        if (!this.isConnected) return;
      } else {
        setTimeout(() => {
          if (this.isConnected) this.focused = this.querySelector(":focus");
        });
        if (!this.status) return;
        button = type === "click" ? target.closest("button:not([name=member])") : null;
        if (button) {
          event.preventDefault();
          if (this.#busy) return;
          kept.set(this.id, this);
          this.#busy = true;
          this.ariaBusy = "true";
          this.status.textContent = this.dataset.working;
        } else if (this.#awake) return;
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
        if (button && this.status) this.status.textContent = this.dataset.offline;
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
  customElements.define("lojal-cart-rewards", CartRewards);

  listen("lojal-cart-rewards", (block, event) => block.handleEvent(event), [
    "shopify:cart:lines-update",
    "shopify:cart:discount-update",
    "cart:update",
    "cart:refresh",
    "discount:update",
    "storage",
    "lojal",
  ]);
  listen(
    "lojal-product-points",
    (block) => {
      const json = block.querySelector("script")?.textContent;
      if (json)
        setTimeout(() => {
          const texts = JSON.parse(json);
          const scope = block.closest(".shopify-section") ?? document;
          const field = scope.querySelector('form[action*="/cart/add"] [name=id]');
          const text = texts[field?.value ?? ""] ?? texts[""] ?? "";
          const place = block.querySelector("[data-lojal=text]");
          if (place.textContent !== text) place.textContent = text;
          block.hidden = !text;
        });
    },
    ["change", "variant:update", "shopify:product:select"],
  );
}
