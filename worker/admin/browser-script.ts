import { PICKER_SCRIPT } from "./browser-picker.ts";
import { WORK_SCRIPT } from "./browser-work.ts";

/**
 * What runs in every admin page: it asks for what the page shows and sends its forms, both with the session token that App Bridge hands out. Links
 * and forms are what they are everywhere in HTML; there is nothing here of any single page.
 *
 * - `<form method="post">` goes where its action says. The answer is `{toast, to}`, or a problem, which is shown in the form and at its fields.
 * - `<form method="get">` is a link with parameters.
 * - `<form method="post" data-shows="id">` shows what is answered, HTML, in that element; what was asked stands in no address. Where nothing is
 *   answered the element stays as it is, or with `data-forgets` is empty: what an earlier question found is no answer to this one.
 * - `data-submits="form-id"` on a button outside of a form sends that form.
 * - `data-refresh="/admin/…" data-seconds="2"` on an element asks for its replacement, again and again while that says so.
 * - `data-download="/admin/…" data-file="name"` on a button saves what is there.
 * - `data-scopes="one,other" data-then="/admin/…"` on a button asks Shopify's merchant for these scopes, and then posts.
 * - `data-picks="product" data-into="name"` on a button opens Shopify's list of products, for that field (browser-picker.ts).
 *
 * A form that has seen an older draft (its `revision`) is refused: whoever sent it may look at the newer one, or send it once more on top of it.
 */
export const BROWSER_SCRIPT = `"use strict";
(() => {
  const TRIES = 4;
  const PAUSE_MS = 2000;
  const SHOPIFYS = ["shop", "host", "embedded", "hmac", "id_token", "locale", "session", "timestamp", "link_source"];
  const page = document.getElementById("page");
  const given = new URLSearchParams(location.search);
  let visit = 0;

  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  /** One request with a fresh token; another one where the first was not taken. Reads are repeated while the worker asks for it. */
  const ask = async (path, { contentType, isRepeatable, ...init } = {}) => {
    let hadNewToken = false;
    for (let left = TRIES; ; left--) {
      const token = await shopify.idToken();
      const headers = { Accept: "text/html, application/json", Authorization: "Bearer " + token };
      if (contentType) headers["Content-Type"] = contentType;
      const answer = await fetch(path, { ...init, headers }).catch(() => null);
      if (answer !== null && answer.status === 401 && !hadNewToken) {
        hadNewToken = true;
        continue;
      }
      const isBusy = answer === null || answer.status === 503;
      if (!isBusy || (init.method === "POST" && !isRepeatable) || left === 1) return answer;
      await wait(PAUSE_MS);
    }
  };

  const problemOf = async (answer) => {
    if (answer === null) return { title: "No answer", detail: "Look at your connection, then try again." };
    if (answer.status === 401) return { title: "Open the app again", detail: "Your session has ended. Open this app from the admin of your shop, under Apps." };
    return await answer.json().catch(() => ({ title: "Something went wrong", detail: "Try again in a minute." }));
  };

  const bannerOf = ({ title, detail }, tone = "critical") => {
    const banner = document.createElement("s-banner");
    banner.setAttribute("tone", tone);
    banner.setAttribute("heading", title);
    banner.dataset.problem = "";
    const text = document.createElement("s-paragraph");
    text.textContent = detail || "";
    banner.append(text);
    return banner;
  };

  const buttonOf = (text, act) => {
    const button = document.createElement("s-button");
    button.textContent = text;
    button.addEventListener("click", act);
    return button;
  };

  /** What somebody else did meanwhile, and what can be done about it. */
  const addWaysOn = (banner, form, { type, revision, differences = [] }) => {
    if (!["urn:lojal:problem:newer-draft", "urn:lojal:problem:newer-version"].includes(type)) return;
    if (differences.length > 0) {
      const list = document.createElement("s-unordered-list");
      for (const difference of differences) {
        const item = document.createElement("s-list-item");
        item.textContent = difference;
        list.append(item);
      }
      banner.append(list);
    }
    const ways = document.createElement("s-stack");
    ways.setAttribute("direction", "inline");
    ways.setAttribute("gap", "base");
    ways.append(buttonOf("Show it as it is now", () => void show({ focus: true })));
    const seen = form.querySelector('[name="revision"]');
    if (form.hasAttribute("data-again") && seen !== null && Number.isInteger(revision))
      ways.append(buttonOf("Save mine on top", () => {
        seen.value = revision;
        form.requestSubmit();
      }));
    banner.append(ways);
  };

  const showProblem = (problem) => {
    const frame = document.createElement("s-page");
    frame.setAttribute("heading", "Lojal");
    frame.append(bannerOf(problem), buttonOf("Try again", () => void show()));
    page.replaceChildren(frame);
  };

  const contentsUrl = () => {
    const query = new URLSearchParams(location.search);
    for (const name of SHOPIFYS) query.delete(name);
    const path = location.pathname === "/" ? "/admin/home" : "/admin" + location.pathname;
    return query.size === 0 ? path : path + "?" + query;
  };

  const show = async (options = {}) => {
    const mine = ++visit;
    page.setAttribute("aria-busy", "true");
    const answer = await ask(contentsUrl());
    const isPage = answer !== null && answer.ok;
    const content = isPage ? await answer.text() : await problemOf(answer);
    if (mine !== visit) return;
    const held = document.activeElement?.id;
    if (isPage) page.innerHTML = content;
    else showProblem(content);
    showPickers();
    page.setAttribute("aria-busy", "false");
    const heading = page.querySelector("s-page")?.getAttribute("heading") || "Lojal";
    document.title = heading;
    if (options.focus) {
      scrollTo(0, 0);
      page.setAttribute("aria-label", heading);
      page.focus({ preventScroll: true });
    } else if (held && document.activeElement?.id !== held) {
      const same = document.getElementById(held);
      (same === null || same.hasAttribute("disabled") ? page : same).focus({ preventScroll: true });
    }
    for (const region of page.querySelectorAll("[data-refresh]")) void refresh(region, mine);
  };

  const refresh = async (region, mine) => {
    await wait(Number(region.dataset.seconds) * 1000);
    if (mine !== visit || !region.isConnected) return;
    const answer = await ask(region.dataset.refresh);
    if (mine !== visit || !region.isConnected) return;
    if (answer === null || !answer.ok) return void refresh(region, mine);
    const held = document.createElement("template");
    held.innerHTML = await answer.text();
    const next = held.content.firstElementChild;
    if (next === null) return;
    region.replaceWith(next);
    if (next.dataset.refresh) void refresh(next, mine);
    else if ("done" in next.dataset) void show();
  };

  /** The shop stays in the address: whoever loads it again is still framed by their own shop alone. */
  const addressOf = (href) => {
    const url = new URL(href, location.href);
    for (const name of ["shop", "host"]) if (given.get(name)) url.searchParams.set(name, given.get(name));
    return url;
  };

  const go = async (href) => {
    const url = addressOf(href);
    await shopify.saveBar?.leaveConfirmation?.();
    if (url.href !== location.href) history.pushState(null, "", url);
    await show({ focus: true });
  };

  const isOurs = (href) => href !== null && href.startsWith("/") && !href.startsWith("//");

  const elementWith = (event, name) => event.composedPath().find((one) => one instanceof Element && one.hasAttribute(name)) || null;

  const lockOf = (form) => {
    const buttons = [...form.querySelectorAll("s-button[type=submit]"), ...document.querySelectorAll('[data-submits="' + form.id + '"]')];
    return (isLocked) => {
      for (const button of buttons) button.toggleAttribute("loading", isLocked);
      form.toggleAttribute("data-busy", isLocked);
    };
  };

  const showInForm = (form, problem) => {
    const banner = bannerOf(problem);
    addWaysOn(banner, form, problem);
    form.prepend(banner);
    let first = null;
    for (const [name, text] of Object.entries(problem.fields || {})) {
      const field = form.querySelector('[name="' + CSS.escape(name) + '"]');
      if (field === null) continue;
      field.setAttribute("error", text);
      first ??= field;
    }
    (first || form.querySelector("[data-problem]"))?.scrollIntoView?.({ block: "center" });
    first?.focus?.();
  };

  const send = async (form) => {
    if (form.hasAttribute("data-busy")) return;
    const lock = lockOf(form);
    for (const banner of form.querySelectorAll("[data-problem]")) banner.remove();
    for (const field of form.querySelectorAll("[error]")) field.removeAttribute("error");
    lock(true);
    try {
      if (form.dataset.file) return await sendFile(form);
      const answer = await ask(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const place = form.dataset.shows ? document.getElementById(form.dataset.shows) : null;
      if (form.hasAttribute("data-forgets")) place?.replaceChildren();
      if (answer === null || !answer.ok) return showInForm(form, await problemOf(answer));
      if (place !== null) return void (place.innerHTML = await answer.text());
      const done = await answer.json();
      form.closest("s-modal")?.hideOverlay?.();
      if (done.toast) shopify.toast.show(done.toast);
      if (done.work) void carryOut(done.work);
      const before = location.href;
      if (done.to) history.pushState(null, "", addressOf(done.to));
      await show({ focus: location.href !== before });
    } finally {
      lock(false);
    }
  };

  /** Saves what an answer holds; what breaks off on the way is no file. */
  const saveAs = async (name, answer) => {
    const isWhole = answer !== null && answer.ok;
    const content = isWhole ? await answer.blob().catch(() => null) : null;
    if (content === null) return shopify.toast.show((await problemOf(isWhole ? null : answer)).title, { isError: true });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  const download = async (button) => {
    button.toggleAttribute("loading", true);
    await saveAs(button.dataset.file, await ask(button.dataset.download));
    button.toggleAttribute("loading", false);
  };
${WORK_SCRIPT}${PICKER_SCRIPT}
  const askForScopes = async (button) => {
    const { result } = await shopify.scopes.request(button.dataset.scopes.split(","));
    if (result !== "granted-all") return shopify.toast.show("Nothing was granted.", { isError: true });
    button.toggleAttribute("loading", true);
    const answer = await ask(button.dataset.then, { method: "POST" });
    button.toggleAttribute("loading", false);
    if (answer === null || !answer.ok) return shopify.toast.show((await problemOf(answer)).title, { isError: true });
    shopify.toast.show((await answer.json()).toast);
    await show({ focus: true });
  };

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const submits = elementWith(event, "data-submits");
    if (submits !== null) return document.getElementById(submits.dataset.submits).requestSubmit();
    const saves = elementWith(event, "data-download");
    if (saves !== null) return void download(saves);
    const turns = elementWith(event, "data-report");
    if (turns !== null) return void showReport(Number(turns.dataset.report));
    const reports = elementWith(event, "data-report-file");
    if (reports !== null) return void saveReport(reports);
    const scopes = elementWith(event, "data-scopes");
    if (scopes !== null) return void askForScopes(scopes);
    const picks = elementWith(event, "data-picks");
    if (picks !== null) return void pick(picks);
    const link = elementWith(event, "href");
    if (link === null || !isOurs(link.getAttribute("href")) || link.hasAttribute("target")) return;
    event.preventDefault();
    void go(link.getAttribute("href"));
  });

  // What the merchant chooses in Shopify's own navigation.
  document.addEventListener("shopify:navigate", (event) => {
    const href = event.target.getAttribute("href");
    if (!isOurs(href)) return;
    event.preventDefault();
    void go(href);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    event.preventDefault();
    if (form.method === "post") return void send(form);
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    void go(form.getAttribute("action") + (query.size === 0 ? "" : "?" + query));
  });

  addEventListener("popstate", () => void show({ focus: true }));

  if (typeof shopify === "undefined") showProblem({ title: "Shopify's script did not load", detail: "Reload the page. This app works within the admin of your shop." });
  else void show();
})();
`;
