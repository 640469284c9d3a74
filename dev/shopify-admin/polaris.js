/**
 * Stands in for Shopify's elements where Shopify's script cannot be had. MANIFEST comes before it: each tag with its attributes. What the
 * elements mean to a keyboard, a form and a screen reader is here; how they look is only near to it.
 */
/* global MANIFEST */

(() => {
  const GAPS = {
    none: "0",
    "small-300": "2px",
    "small-200": "4px",
    "small-100": "8px",
    small: "12px",
    base: "16px",
    large: "20px",
    "large-100": "24px",
    "large-200": "32px",
  };
  const TONES = {
    critical: "#8e1f0b",
    warning: "#5e4200",
    caution: "#5e4200",
    success: "#0c5132",
    info: "#003a5a",
    neutral: "#303030",
  };
  const BACKGROUNDS = {
    critical: "#fee8e4",
    warning: "#fff1cc",
    caution: "#fff1cc",
    success: "#d9f7e3",
    info: "#e3f1fb",
    neutral: "#ececec",
    auto: "#ececec",
  };
  const CSS = `
    :host { box-sizing: border-box; } :host([hidden]) { display: none !important; } *, *::before { box-sizing: border-box; }
    button, a.button { font: 500 13px/20px inherit; font-family: inherit; border-radius: 8px; padding: 6px 12px; min-height: 32px; border: 1px solid #b5b5b5; background: #fff;
      color: #303030; cursor: pointer; text-decoration: none; display: inline-block; text-align: center; white-space: nowrap; box-shadow: 0 1px 0 #0002; }
    button.primary, a.primary { background: #303030; color: #fff; border-color: #303030; } button.tertiary, a.tertiary { border-color: transparent; background: none; box-shadow: none; }
    .critical { color: #8e1f0b; } .primary.critical { background: #8e1f0b; color: #fff; border-color: #8e1f0b; }
    button:disabled { color: #616161; background: #ebebeb; border-color: #d0d0d0; cursor: default; }
    :focus-visible { outline: 2px solid #005bd3; outline-offset: 2px; }
    label, .label { display: block; font-size: 13px; margin-bottom: 4px; color: #303030; } .exclusive { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    input, select, textarea { font: inherit; font-size: 14px; width: 100%; padding: 6px 10px; min-height: 36px; border: 1px solid #8a8a8a; border-radius: 8px; background: #fff; color: #303030; }
    input[type=checkbox], input[type=radio] { width: 18px; min-height: 18px; height: 18px; margin: 0 8px 0 0; flex: none; } .check { display: flex; align-items: flex-start; margin: 2px 0; }
    .details { font-size: 12px; color: #616161; margin: 4px 0 0; } .error { font-size: 13px; color: #8e1f0b; margin: 4px 0 0; } input[aria-invalid=true], select[aria-invalid=true], textarea[aria-invalid=true] { border-color: #8e1f0b; background: #fff5f3; }
    .affixed { display: flex; align-items: center; gap: 6px; } .affixed input { flex: 1; min-width: 0; }`;
  let made = 0;

  const reflect = (element) => (name) => element.getAttribute(name);
  const is = (tag, ...names) => names.includes(tag);
  const el = (tag, props = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(props))
      if (value !== null && value !== undefined && value !== false)
        made.setAttribute(name, value === true ? "" : value);
    made.append(...children);
    return made;
  };
  const slot = (name) => el("slot", name ? { name } : {});
  const obey = (element) => {
    const target = document.getElementById(element.getAttribute("commandfor") || "");
    const command = element.getAttribute("command") || "--auto";
    if (target === null) return;
    if (command === "--hide") target.hideOverlay();
    else if (command === "--show") target.showOverlay();
    else target.toggleOverlay();
  };

  class Base extends HTMLElement {
    constructor() {
      super();
      this.shadow = this.attachShadow({
        mode: "open",
        delegatesFocus: this.constructor.isField || is(this.localName, "s-button", "s-link", "s-clickable"),
      });
      this.internals = this.attachInternals();
    }
    connectedCallback() {
      this.draw();
    }
    attributeChangedCallback() {
      if (this.isConnected) this.draw();
    }
    style(text) {
      const style = document.createElement("style");
      style.textContent = CSS + text;
      return style;
    }
    put(css, ...children) {
      this.shadow.replaceChildren(this.style(css), ...children);
    }
  }

  const draws = {
    "s-page"() {
      const has = (name) => this.querySelector(`:scope > [slot="${name}"]`) !== null;
      const top = el(
        "header",
        { class: "top" },
        slot("breadcrumb-actions"),
        el("h1", {}, this.getAttribute("heading") || ""),
        el("div", { class: "actions" }, slot("secondary-actions"), slot("primary-action")),
      );
      this.put(
        `:host { display: block; } main { max-width: 998px; margin: 0 auto; padding: 16px; } .top { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; margin-bottom: 16px; }
        h1 { font-size: 20px; line-height: 24px; margin: 0; font-weight: 650; flex: 1; overflow-wrap: anywhere; } .actions { display: flex; gap: 8px; flex-wrap: wrap; }
        .body { display: grid; gap: 16px; } @media (min-width: 800px) { .two { grid-template-columns: 2fr 1fr; align-items: start; } } .column { display: grid; gap: 16px; min-width: 0; }`,
        el(
          "main",
          {},
          top,
          el(
            "div",
            { class: has("aside") ? "body two" : "body" },
            el("div", { class: "column" }, slot()),
            has("aside") ? el("div", { class: "column" }, slot("aside")) : "",
          ),
        ),
      );
    },
    "s-section"() {
      const heading = this.getAttribute("heading");
      const label = heading || this.getAttribute("accessibilitylabel");
      const nested = this.parentElement?.closest("s-section") ? "h3" : "h2";
      const padding = this.getAttribute("padding") === "none" ? "0" : "16px";
      this.put(
        `:host { display: block; background: #fff; border-radius: 12px; box-shadow: 0 1px 2px #0003; min-width: 0; } section { padding: ${padding}; display: grid; gap: 12px; } section > * { min-width: 0; } h2, h3 { margin: 0; font-size: 14px; font-weight: 650; ${padding === "0" ? "padding: 16px 16px 0;" : ""} } .sub { color: #616161; margin: 0; }`,
        el(
          "section",
          { "aria-label": label },
          ...(heading ? [el(nested, {}, heading)] : []),
          ...(this.getAttribute("subheading") ? [el("p", { class: "sub" }, this.getAttribute("subheading"))] : []),
          slot("secondary-actions"),
          slot(),
          slot("primary-action"),
        ),
      );
    },
    "s-banner"() {
      const tone = this.getAttribute("tone") || "info";
      this.put(
        `:host { display: block; border-radius: 12px; background: ${BACKGROUNDS[tone] || BACKGROUNDS.info}; color: ${TONES[tone] || "#303030"}; } div { padding: 12px 16px; display: grid; gap: 6px; } strong { font-weight: 650; }`,
        el(
          "div",
          { role: tone === "critical" || tone === "warning" ? "alert" : "status" },
          el("strong", {}, this.getAttribute("heading") || ""),
          slot(),
          slot("secondary-actions"),
        ),
      );
    },
    "s-heading"() {
      this.put(":host { display: block; } h3 { margin: 0; font-size: 14px; font-weight: 650; }", el("h3", {}, slot()));
    },
    "s-paragraph"() {
      const subdued =
        this.getAttribute("color") === "subdued" ? "#616161" : TONES[this.getAttribute("tone")] || "inherit";
      this.put(
        `:host { display: block; } p { margin: 0; color: ${subdued}; overflow-wrap: anywhere; }`,
        el("p", {}, slot()),
      );
    },
    "s-text"() {
      const color =
        this.getAttribute("color") === "subdued" ? "#616161" : TONES[this.getAttribute("tone")] || "inherit";
      this.put(
        `:host { color: ${color}; ${this.getAttribute("type") === "strong" ? "font-weight: 650;" : ""} overflow-wrap: anywhere; }`,
        slot(),
      );
    },
    "s-badge"() {
      const tone = this.getAttribute("tone") || "auto";
      this.put(
        `:host { display: inline-block; border-radius: 8px; padding: 2px 8px; font-size: 12px; background: ${BACKGROUNDS[tone] || BACKGROUNDS.auto}; color: ${TONES[tone] || "#303030"}; }`,
        slot(),
      );
    },
    "s-stack"() {
      const inline = this.getAttribute("direction") === "inline";
      const gap = GAPS[this.getAttribute("gap")] || "0";
      const justify = this.getAttribute("justifycontent") || "normal";
      this.put(
        `:host { display: flex; flex-direction: ${inline ? "row; flex-wrap: wrap" : "column"}; gap: ${gap}; justify-content: ${justify}; align-items: ${this.getAttribute("alignitems") || (inline ? "center" : "stretch")}; padding: ${GAPS[this.getAttribute("padding")] || "0"}; min-width: 0; }`,
        slot(),
      );
    },
    "s-grid"() {
      const columns = (this.getAttribute("gridtemplatecolumns") || "none").replace(/[{}<>;]/g, "");
      this.put(
        `:host { display: grid; grid-template-columns: ${columns}; gap: ${GAPS[this.getAttribute("gap")] || "0"}; align-items: ${this.getAttribute("alignitems") || "normal"}; } ::slotted(*) { min-width: 0; }`,
        slot(),
      );
    },
    "s-box"() {
      const background = this.getAttribute("background") === "subdued" ? "#f7f7f7" : "transparent";
      this.put(
        `:host { display: block; padding: ${GAPS[this.getAttribute("padding")] || "0"}; background: ${background}; border-radius: ${this.hasAttribute("borderradius") ? "8px" : "0"}; }`,
        slot(),
      );
    },
    "s-divider"() {
      this.put(":host { display: block; } hr { border: 0; border-top: 1px solid #e3e3e3; margin: 0; }", el("hr"));
    },
    "s-spinner"() {
      this.put(
        ":host { display: inline-block; }",
        el("span", { role: "status" }, this.getAttribute("accessibilitylabel") || "Loading"),
      );
    },
    "s-drop-zone"() {
      const files = this.files;
      const input = el("input", {
        type: "file",
        accept: this.getAttribute("accept") || null,
        multiple: this.hasAttribute("multiple"),
        disabled: this.hasAttribute("disabled"),
      });
      if (files.length > 0) input.files = files;
      input.addEventListener("change", () => this.dispatchEvent(new Event("change", { bubbles: true })));
      this.inputId ??= `field-${++made}`;
      this.put(
        ":host { display: block; } .zone { border: 1px dashed #8a8a8a; border-radius: 8px; padding: 12px; } .zone input { border: 0; padding: 0; }",
        ...field(this, input),
      );
      this.shadow.querySelector("input").parentElement?.classList?.add("zone");
    },
    "s-progress"() {
      this.put(
        "progress { width: 100%; height: 12px; }",
        el("progress", {
          value: this.getAttribute("value"),
          max: this.getAttribute("max") || "1",
          "aria-label": this.getAttribute("accessibilitylabel") || "Progress",
        }),
      );
    },
    "s-link"() {
      const href = this.getAttribute("href");
      const link = el(
        "a",
        { href, target: this.getAttribute("target"), "aria-label": this.getAttribute("accessibilitylabel") },
        slot(),
      );
      this.put(`a { color: ${this.getAttribute("tone") === "critical" ? "#8e1f0b" : "#005bd3"}; }`, link);
    },
    "s-button"() {
      const variant = this.getAttribute("variant") || "secondary";
      const classes = `button ${variant} ${this.getAttribute("tone") === "critical" ? "critical" : ""}`;
      const href = this.getAttribute("href");
      const label = this.getAttribute("accessibilitylabel");
      if (href !== null)
        return this.put(
          ":host { display: inline-block; }",
          el("a", { class: classes, href, target: this.getAttribute("target"), "aria-label": label }, slot()),
        );
      const isBusy = this.hasAttribute("loading");
      const button = el(
        "button",
        {
          type: "button",
          class: classes,
          disabled: this.hasAttribute("disabled"),
          "aria-disabled": isBusy || null,
          "aria-busy": isBusy || null,
          "aria-label": label,
          "aria-haspopup": this.getAttribute("command") === "--show" ? "dialog" : null,
        },
        slot(),
      );
      button.addEventListener("click", (event) => {
        if (isBusy) return event.stopImmediatePropagation();
        if (this.hasAttribute("commandfor")) obey(this);
        const type = this.getAttribute("type");
        if (type === "submit") this.internals.form?.requestSubmit();
        if (type === "reset") this.internals.form?.reset();
      });
      const hadFocus = this.shadow.activeElement !== null;
      this.put(":host { display: inline-block; }", button);
      if (hadFocus) button.focus();
    },
    "s-modal"() {
      if (this.dialog) return;
      const id = `modal-${++made}`;
      this.dialog = el(
        "dialog",
        { "aria-labelledby": id },
        el("h2", { id }, this.getAttribute("heading") || ""),
        el("div", { class: "body" }, slot()),
        el("footer", {}, slot("secondary-actions"), slot("primary-action")),
      );
      this.dialog.addEventListener("close", () => {
        this.opener?.focus();
        this.dispatchEvent(new Event("afterhide"));
      });
      this.put(
        "dialog { border: 0; border-radius: 12px; padding: 0; width: min(520px, calc(100vw - 32px)); box-shadow: 0 8px 40px #0006; color: #303030; } dialog::backdrop { background: #0008; } h2 { font-size: 14px; margin: 0; padding: 16px; background: #f3f3f3; } .body { padding: 16px; } footer { display: flex; gap: 8px; justify-content: flex-end; padding: 12px 16px; border-top: 1px solid #e3e3e3; }",
        this.dialog,
      );
    },
    "s-table"() {
      this.setAttribute("role", "table");
      this.put(
        ":host { display: table; width: 100%; border-collapse: collapse; } @media (max-width: 600px) { :host { display: block; } }",
        slot(),
      );
    },
    "s-table-header-row"() {
      this.setAttribute("role", "row");
      this.put(
        ":host { display: table-row; background: #f7f7f7; } @media (max-width: 600px) { :host { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } }",
        slot(),
      );
    },
    "s-table-header"() {
      this.setAttribute("role", "columnheader");
      const end = is(this.getAttribute("format"), "numeric", "currency") ? "right" : "left";
      this.put(
        `:host { display: table-cell; padding: 8px 12px; font-size: 12px; font-weight: 550; color: #616161; text-align: ${end}; white-space: nowrap; }`,
        slot(),
      );
    },
    "s-table-body"() {
      this.setAttribute("role", "rowgroup");
      this.put(":host { display: table-row-group; } @media (max-width: 600px) { :host { display: block; } }", slot());
    },
    "s-table-row"() {
      this.setAttribute("role", "row");
      this.put(
        ":host { display: table-row; } @media (max-width: 600px) { :host { display: block; padding: 10px 12px; border-top: 1px solid #e3e3e3; } }",
        slot(),
      );
    },
    "s-table-cell"() {
      this.setAttribute("role", "cell");
      const index = [...(this.parentElement?.children ?? [])].indexOf(this);
      const header = this.closest("s-table")?.querySelectorAll("s-table-header")[index];
      const end = is(header?.getAttribute("format"), "numeric", "currency") ? "right" : "left";
      const label = header?.textContent?.trim() || "";
      this.put(
        `:host { display: table-cell; padding: 8px 12px; border-top: 1px solid #e3e3e3; text-align: ${end}; vertical-align: top; font-variant-numeric: tabular-nums; overflow-wrap: ${end === "right" ? "normal; white-space: nowrap" : "anywhere"}; } .label { display: none; }
        @media (max-width: 600px) { :host { display: flex; gap: 12px; justify-content: space-between; border: 0; padding: 2px 0; text-align: start; } .label { display: inline; margin: 0; color: #616161; font-size: 13px; overflow-wrap: normal; } .primary { display: none; } ::slotted(*) { text-align: end; } }`,
        el("span", { class: index === 0 ? "label primary" : "label", "aria-hidden": true }, label),
        slot(),
      );
    },
    "s-empty-state"() {
      this.put(
        ":host { display: block; padding: 24px; text-align: center; }",
        el("h2", {}, this.getAttribute("heading") || ""),
        slot("subheading"),
        slot("primary-action"),
        slot("secondary-actions"),
      );
    },
    "s-unordered-list"() {
      this.setAttribute("role", "list");
      this.put(":host { display: block; padding-inline-start: 18px; }", slot());
    },
    "s-ordered-list"() {
      this.setAttribute("role", "list");
      this.put(":host { display: block; padding-inline-start: 18px; counter-reset: item; }", slot());
    },
    "s-list-item"() {
      this.setAttribute("role", "listitem");
      this.put(":host { display: list-item; margin: 4px 0; }", slot());
    },
    "s-clickable"() {
      const href = this.getAttribute("href");
      const label = this.getAttribute("accessibilitylabel");
      const inner =
        href === null
          ? el("button", { type: "button", "aria-label": label }, slot())
          : el("a", { href, "aria-label": label }, slot());
      if (href === null)
        inner.addEventListener("click", () =>
          this.hasAttribute("commandfor")
            ? obey(this)
            : this.getAttribute("type") === "submit" && this.internals.form?.requestSubmit(),
        );
      this.put(":host { display: block; } a { color: inherit; text-decoration: none; display: block; }", inner);
    },
    "s-popover"() {
      this.setAttribute("popover", "auto");
      this.put(":host { border: 1px solid #ccc; border-radius: 12px; padding: 8px; }", slot());
    },
    "s-menu"() {
      this.setAttribute("popover", "auto");
      this.setAttribute("role", "group");
      this.put(":host { border: 1px solid #ccc; border-radius: 12px; padding: 8px; }", slot());
    },
    "s-option"() {},
    "s-option-group"() {},
    "s-choice"() {},
    "s-image"() {
      this.put(
        "img { max-width: 100%; }",
        el("img", { src: this.getAttribute("src"), alt: this.getAttribute("alt") || "" }),
      );
    },
    "s-icon"() {
      this.put("", el("span", { "aria-hidden": true }));
    },
  };

  /** What a field shows around its input: label, details, error, all tied together. */
  function field(element, input, { isCheck = false } = {}) {
    const get = reflect(element);
    const id = element.inputId;
    input.id = id;
    const label = get("label") || "";
    const described = [];
    const after = [];
    if (get("details")) {
      described.push(`${id}-details`);
      after.push(el("p", { class: "details", id: `${id}-details` }, get("details")));
    }
    if (get("error")) {
      described.push(`${id}-error`);
      after.push(el("p", { class: "error", id: `${id}-error` }, get("error")));
      input.setAttribute("aria-invalid", "true");
    }
    if (described.length > 0) input.setAttribute("aria-describedby", described.join(" "));
    if (element.hasAttribute("required")) input.setAttribute("aria-required", "true");
    if (element.hasAttribute("disabled")) input.disabled = true;
    if (get("accessibilitylabel")) input.setAttribute("aria-label", get("accessibilitylabel"));
    const name = el(
      "label",
      { for: id, class: get("labelaccessibilityvisibility") === "exclusive" ? "exclusive" : "label" },
      label,
    );
    if (isCheck) return [el("div", { class: "check" }, input, name), ...after];
    const affixed =
      get("prefix") || get("suffix")
        ? [el("div", { class: "affixed" }, get("prefix") || "", input, get("suffix") || "")]
        : [input];
    return [name, ...affixed, ...after];
  }

  class Field extends Base {
    static isField = true;
    static formAssociated = true;
    constructor() {
      super();
      this.inputId = `field-${++made}`;
      this.touched = false;
    }
    draw() {
      const { tag, type } = this.constructor;
      const isCheck = is(tag, "s-checkbox", "s-switch");
      const before = this.input;
      const value = this.touched && before ? before.value : (this.getAttribute("value") ?? "");
      if (tag === "s-choice-list") return this.drawChoices();
      const input =
        tag === "s-select"
          ? el("select")
          : tag === "s-text-area"
            ? el("textarea", { rows: this.getAttribute("rows") || "3" })
            : el("input", { type });
      this.input = input;
      if (tag === "s-select")
        for (const option of this.querySelectorAll("s-option"))
          input.append(
            el(
              "option",
              { value: option.getAttribute("value") || "", selected: option.hasAttribute("selected") },
              option.textContent,
            ),
          );
      if (isCheck) input.checked = this.touched && before ? before.checked : this.hasAttribute("checked");
      else if (tag !== "s-select" || value !== "") input.value = value;
      for (const name of ["placeholder", "min", "max", "step", "maxlength", "autocomplete", "inputmode"])
        if (!isCheck && this.hasAttribute(name)) input.setAttribute(name, this.getAttribute(name));
      if (this.hasAttribute("readonly")) input.readOnly = true;
      if (tag === "s-switch") input.setAttribute("role", "switch");
      input.addEventListener("input", () => {
        this.touched = true;
        this.tell();
        this.dispatchEvent(new Event("input", { bubbles: true }));
      });
      input.addEventListener("change", () => this.dispatchEvent(new Event("change", { bubbles: true })));
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && tag !== "s-text-area" && tag !== "s-select") this.internals.form?.requestSubmit();
      });
      const hadFocus = this.shadow.activeElement !== null;
      this.put(":host { display: block; }", ...field(this, input, { isCheck }));
      if (hadFocus) input.focus();
      this.tell();
    }
    drawChoices() {
      const isMany = this.hasAttribute("multiple");
      const boxes = [...this.querySelectorAll("s-choice")].map((choice) => {
        const id = `choice-${++made}`;
        const box = el("input", {
          type: isMany ? "checkbox" : "radio",
          name: this.inputId,
          id,
          value: choice.getAttribute("value") || "",
          disabled: choice.hasAttribute("disabled") || this.hasAttribute("disabled"),
        });
        box.checked = choice.hasAttribute("selected");
        box.addEventListener("change", () => {
          for (const one of this.querySelectorAll("s-choice"))
            one.toggleAttribute(
              "selected",
              [...this.shadow.querySelectorAll("input")].some(
                (input) => input.checked && input.value === one.getAttribute("value"),
              ),
            );
          this.tell();
          this.dispatchEvent(new Event("input", { bubbles: true }));
          this.dispatchEvent(new Event("change", { bubbles: true }));
        });
        return el("div", { class: "check" }, box, el("label", { for: id }, choice.textContent.trim()));
      });
      const legend = el(
        "legend",
        { class: this.getAttribute("labelaccessibilityvisibility") === "exclusive" ? "exclusive" : "label" },
        this.getAttribute("label") || "",
      );
      const after = ["details", "error"]
        .filter((name) => this.getAttribute(name))
        .map((name) => el("p", { class: name }, this.getAttribute(name)));
      this.put(
        ":host { display: block; } fieldset { border: 0; margin: 0; padding: 0; }",
        el("fieldset", {}, legend, ...boxes, ...after),
      );
      this.tell();
    }
    tell() {
      const name = this.getAttribute("name");
      if (name === null || this.hasAttribute("disabled")) return this.internals.setFormValue(null);
      const { tag } = this.constructor;
      if (tag === "s-choice-list") {
        const data = new FormData();
        for (const box of this.shadow.querySelectorAll("input:checked")) data.append(name, box.value);
        return this.internals.setFormValue(data);
      }
      if (is(tag, "s-checkbox", "s-switch"))
        return this.internals.setFormValue(this.input.checked ? this.getAttribute("value") || "on" : null);
      this.internals.setFormValue(this.input.value);
    }
    formResetCallback() {
      this.touched = false;
      this.draw();
    }
    get value() {
      return this.input?.value ?? this.getAttribute("value") ?? "";
    }
    set value(value) {
      this.touched = true;
      this.input.value = value;
      this.tell();
    }
    get name() {
      return this.getAttribute("name");
    }
  }

  const TYPES = {
    "s-search-field": "search",
    "s-email-field": "email",
    "s-url-field": "url",
    "s-password-field": "password",
    "s-date-field": "date",
    "s-color-field": "text",
    "s-checkbox": "checkbox",
    "s-switch": "checkbox",
  };
  const isField = (tag, attributes) =>
    attributes.includes("name") && !is(tag, "s-drop-zone", "s-date-picker", "s-color-picker");

  for (const [tag, attributes] of Object.entries(MANIFEST)) {
    const draw = draws[tag];
    const made = isField(tag, attributes)
      ? class extends Field {
          static tag = tag;
          static type = TYPES[tag] || "text";
          static observedAttributes = attributes.filter((name) => name !== "id");
        }
      : class extends Base {
          static formAssociated = is(tag, "s-button", "s-clickable");
          static observedAttributes = attributes.filter((name) => name !== "id" && name !== "hidden");
          draw() {
            if (draw) draw.call(this);
            else this.put(":host { display: block; }", slot());
          }
          get files() {
            return this.shadow.querySelector("input[type=file]")?.files ?? [];
          }
          showOverlay() {
            if (this.dialog) {
              const active = document.activeElement;
              this.opener = active;
              this.dialog.showModal();
            } else this.showPopover?.();
          }
          hideOverlay() {
            if (this.dialog) this.dialog.close();
            else this.hidePopover?.();
          }
          toggleOverlay() {
            if (this.dialog?.open) this.hideOverlay();
            else this.showOverlay();
          }
        };
    customElements.define(tag, made);
  }

  // Whoever parses table cells before their headings are there draws them again.
  addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("s-table-cell, s-select, s-choice-list, s-page, s-section"))
      element.draw();
  });
  new MutationObserver((changes) => {
    for (const { target } of changes)
      if (target instanceof Element) target.closest("s-select, s-choice-list")?.draw?.();
  }).observe(document, { childList: true, subtree: true });
})();
