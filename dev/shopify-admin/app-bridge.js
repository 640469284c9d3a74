/**
 * Stands in for App Bridge: it lives in the app's document and talks to the page around it (frame.js). It does of Shopify's script what the app
 * uses, under the same names.
 */

(() => {
  const OUTSIDE = document.currentScript.dataset.admin || "https://admin.shopify.com";
  const waiting = new Map();
  let asked = 0;
  const tell = (message) => parent.postMessage({ lojal: true, ...message }, OUTSIDE);
  const request = (message) =>
    new Promise((resolve, reject) => {
      asked += 1;
      waiting.set(asked, { resolve, reject });
      tell({ ...message, id: asked });
    });

  const dirty = new Set();
  const stored = new WeakMap();
  const valuesOf = (form) => JSON.stringify([...new FormData(form)]);
  const showSaveBar = () => tell({ kind: "save-bar", isShown: [...dirty].some((form) => form.isConnected) });
  const barredForm = () => [...dirty].find((form) => form.isConnected);

  /** What the list is asked for, held against Shopify's types; of what it can do, only what the app uses is played. */
  const pickerFault = (options) => {
    const { type, action = "add", filter = {}, multiple = false, selectionIds = [], ...others } = options ?? {};
    const gids = { product: "gid://shopify/Product/", collection: "gid://shopify/Collection/" };
    if (Object.keys(others).length > 0)
      return `resourcePicker has no ${Object.keys(others).join(", ")}, or it is not played`;
    if (!(type in gids)) return `resourcePicker of ${type} is none, or is not played`;
    if (!["add", "select"].includes(action)) return `resourcePicker has no action ${action}`;
    if (typeof multiple !== "boolean" && !(Number.isInteger(multiple) && multiple > 0))
      return "multiple is no number of items";
    if (Object.keys(filter).some((name) => !["hidden", "variants", "draft", "archived"].includes(name)))
      return "filter has something that is not played";
    // Of products alone, where a merchant would else choose variants.
    if ((type === "product") !== "variants" in filter || filter.variants === true) return "variants are not played";
    const isOfType = ({ id, ...more }) =>
      typeof id === "string" &&
      id.startsWith(gids[type]) &&
      /^\d+$/.test(id.slice(gids[type].length)) &&
      Object.keys(more).length === 0;
    return Array.isArray(selectionIds) && selectionIds.every(isOfType) ? null : "selectionIds are not of this type";
  };

  const known = {
    config: {
      apiKey: document.querySelector("meta[name=shopify-api-key]")?.content ?? "",
      shop: new URLSearchParams(location.search).get("shop") ?? "",
    },
    origin: OUTSIDE,
    ready: Promise.resolve(),
    idToken: () => request({ kind: "id-token" }),
    toast: {
      show: (text, options = {}) => {
        tell({ kind: "toast", text, isError: options.isError === true });
        return "toast";
      },
      hide: () => undefined,
    },
    saveBar: {
      show: async () => undefined,
      hide: async () => undefined,
      toggle: async () => undefined,
      leaveConfirmation: async () => {
        if (barredForm() && !(await request({ kind: "leave" }))) return await new Promise(() => undefined);
        dirty.clear();
        showSaveBar();
      },
    },
    scopes: {
      query: () => request({ kind: "scopes", wanted: [] }).then(({ detail }) => detail),
      request: (wanted) => request({ kind: "scopes", wanted }),
    },
    resourcePicker: async (options) => {
      const fault = pickerFault(options);
      if (fault !== null) throw new TypeError(fault);
      return await request({ kind: "pick", options });
    },
    loading: (isLoading) => tell({ kind: "loading", isLoading }),
  };
  window.shopify = new Proxy(known, {
    get(target, name) {
      if (name in target) return target[name];
      throw new Error(`The local App Bridge has no shopify.${String(name)}.`);
    },
  });

  addEventListener("message", ({ source, data }) => {
    if (source !== parent || data?.lojal !== true) return;
    if (data.kind === "answer") {
      const asker = waiting.get(data.id);
      if (data.fault === undefined) asker?.resolve(data.value);
      else asker?.reject(new Error(data.fault));
      waiting.delete(data.id);
    }
    if (data.kind === "save") barredForm()?.requestSubmit();
    if (data.kind === "discard") {
      const form = barredForm();
      form?.reset();
      dirty.delete(form);
      showSaveBar();
    }
    if (data.kind === "navigate") {
      const link = [...document.querySelectorAll("s-app-nav s-link, s-app-nav a")].find(
        (one) => one.getAttribute("href") === data.href,
      );
      const isLeft =
        link?.dispatchEvent(new CustomEvent("shopify:navigate", { bubbles: true, cancelable: true })) ?? true;
      if (isLeft) location.assign(data.href);
    }
  });

  // Forms with a save bar: what differs from what they were is unsaved.
  const look = (event) => {
    const form = event.target.closest?.("form[data-save-bar]");
    if (!form) return;
    if (stored.get(form) === valuesOf(form)) dirty.delete(form);
    else dirty.add(form);
    showSaveBar();
  };
  addEventListener("input", look);
  addEventListener("change", look);
  addEventListener("focusin", (event) => {
    const form = event.target.closest?.("form[data-save-bar]");
    if (form && !stored.has(form)) stored.set(form, valuesOf(form));
  });
  addEventListener("submit", ({ target }) => {
    if (dirty.delete(target)) stored.delete(target);
    showSaveBar();
  });

  const say = () => {
    const links = [...document.querySelectorAll("s-app-nav > *")].map((link) => ({
      href: link.getAttribute("href"),
      name: link.textContent,
      isHome: link.getAttribute("rel") === "home",
    }));
    tell({ kind: "here", links, path: location.pathname, title: document.title });
    document.querySelector("s-app-nav")?.setAttribute("hidden", "");
  };
  for (const name of ["pushState", "replaceState"]) {
    const original = history[name].bind(history);
    history[name] = (...given) => {
      original(...given);
      say();
    };
  }
  addEventListener("popstate", say);
  addEventListener("DOMContentLoaded", () => {
    say();
    new MutationObserver(() => showSaveBar()).observe(document.body, { childList: true, subtree: true });
  });
})();
