// Why: extension.d.ts
{
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

  const define = () => {
    if (customElements.get("lojal-cart-rewards")) return;
    class CartRewards extends HTMLElement {
      connectedCallback() {
        const old = kept.get(this.id) ?? this;
        if (!old.isConnected) return this.replaceWith(old);
        if (!document.querySelector(":focus")) this.focused?.focus();
        if (kept.size) tell();
      }

      /** @param {Heard} event */
      async hear({ promise }) {
        if (this.busy) return;
        await Promise.allSettled([promise]);
        clearTimeout(this.told);
        this.told = setTimeout(() => {
          if (this.isConnected) this.start();
        }, 200);
      }

      /** @param {Heard} event */
      touch(event) {
        setTimeout(() => {
          if (this.isConnected) this.focused = this.querySelector(":focus");
        });
        if (!this.status) return;
        const button = event.type === "click" ? event.target.closest("button:not([name=member])") : null;
        if (button) {
          event.preventDefault();
          if (this.busy) return;
          kept.set(this.id, this);
          this.busy = true;
          this.ariaBusy = "true";
          this.status.textContent = this.dataset.working;
        } else if (this.awake) return;
        this.start(button);
      }

      /** @param {HTMLButtonElement?} [button] */
      start(button) {
        this.awake = true;
        this.turn = this.wake(button);
      }

      /** @type {Wake} */
      async wake(button) {
        await this.turn;
        try {
          const { act, resume } = await import(`${this.dataset.script}`);
          this.awake = await (button ? act(this, button) : resume(this, button));
        } catch {
          if (button && this.status) this.status.textContent = this.dataset.offline;
          this.awake = false;
        }
        if (!button) return;
        this.busy = false;
        this.ariaBusy = null;
        if (!this.querySelector(":focus")?.checkVisibility()) this.status?.focus();
      }

      get status() {
        return this.querySelector("[data-lojal=status]");
      }
    }
    customElements.define("lojal-cart-rewards", CartRewards);
  };

  listen(
    "lojal-cart-rewards",
    (block, event) => {
      if (!block.contains(event.target)) return;
      define();
      block.touch(event);
    },
    ["click", "focusin", "focusout", "pointerover"],
  );
  listen(
    "lojal-cart-rewards",
    (block, event) => {
      if ((event.key ?? "lojal") !== "lojal") return;
      define();
      block.hear?.(event);
    },
    [
      "shopify:cart:lines-update",
      "shopify:cart:discount-update",
      "cart:update",
      "cart:change",
      "cart:refresh",
      "discount:update",
      "storage",
      "lojal",
    ],
  );
  listen(
    "lojal-product-points",
    async (block, { promise }) => {
      await Promise.allSettled([promise]);
      setTimeout(() => {
        const json = block.querySelector("script")?.textContent;
        if (!json) return;
        const texts = JSON.parse(json);
        const scope = block.closest("product-info, dialog, .shopify-section");
        const field = scope?.querySelector('form[action*="/cart/add"] [name=id]');
        const text = texts[field?.value ?? ""] ?? texts[""];
        const place = block.querySelector("[data-lojal=text]");
        if (place.textContent !== text) place.textContent = text;
        block.hidden = !text;
      });
    },
    ["change", "variant:update", "shopify:product:select"],
  );
}
