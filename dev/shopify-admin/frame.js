/** The page around the app: navigation, save bar, toasts, and the session token of whoever is signed in. */

(() => {
  const frame = document.querySelector("iframe");
  const app = new URL(frame.src).origin;
  const bar = document.getElementById("save-bar");
  const navigation = document.querySelector("nav ul");
  const toasts = document.getElementById("toasts");
  const tell = (message) => frame.contentWindow.postMessage({ lojal: true, ...message }, app);

  const drawLinks = (links, path) => {
    const items = links.map(({ href, name, isHome }) => {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = isHome ? "Lojal" : name;
      if (isHome ? path === "/" : path === href || path.startsWith(`${href}/`))
        link.setAttribute("aria-current", "page");
      link.addEventListener("click", (event) => {
        event.preventDefault();
        tell({ kind: "navigate", href });
      });
      const item = document.createElement("li");
      item.append(link);
      return item;
    });
    navigation.replaceChildren(...items);
  };

  /** The merchant is asked; what they grant, Shopify knows at once. */
  const askForScopes = async (wanted) => {
    const isGranted = wanted.length > 0 && confirm(`Lojal asks for more access: ${wanted.join(", ")}. Allow it?`);
    const response = await fetch(frame.dataset.scopes, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(isGranted ? wanted : []),
    });
    return { result: isGranted ? "granted-all" : "declined-all", detail: await response.json() };
  };

  const el = (tag, props = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), props);
    made.append(...children);
    return made;
  };

  /** One list at a time: what was chosen of it, or undefined where it was cancelled. Who may not see products is told nothing more than that it failed. */
  const pickFrom = async ({ type, action = "add", multiple = false, selectionIds = [] }) => {
    if (document.querySelector("dialog.picker")) throw new Error("ResourcePicker error");
    const response = await fetch(`${frame.dataset.resources}?type=${type}`);
    if (!response.ok) throw new Error("ResourcePicker error");
    const all = await response.json();
    const most = multiple === false ? 1 : multiple === true ? all.length : multiple;
    const heading = `${action === "select" ? "Select" : "Add"} ${type}s`;
    const boxes = all.map(({ id }) =>
      el("input", { type: "checkbox", value: id, checked: selectionIds.some((one) => one.id === id) }),
    );
    const mark = () => {
      const isFull = boxes.filter(({ checked }) => checked).length >= most;
      for (const box of boxes) box.disabled = isFull && !box.checked;
    };
    for (const box of boxes) box.addEventListener("change", mark);
    mark();
    const cancel = el("button", { type: "button", textContent: "Cancel" });
    const take = el("button", { type: "button", textContent: action === "select" ? "Select" : "Add" });
    const rows = all.map(({ title }, index) => el("label", {}, boxes[index], title));
    const dialog = el(
      "dialog",
      { className: "picker", ariaLabel: heading },
      el("h2", { textContent: heading }),
      ...rows,
      cancel,
      take,
    );
    document.body.append(dialog);
    return await new Promise((resolve) => {
      const end = (chosen) => {
        dialog.close();
        dialog.remove();
        resolve(chosen);
      };
      dialog.addEventListener("cancel", () => end(undefined));
      cancel.addEventListener("click", () => end(undefined));
      take.addEventListener("click", () => end(all.filter((_, index) => boxes[index].checked)));
      dialog.showModal();
    });
  };

  addEventListener("message", async ({ origin, data }) => {
    if (origin !== app || data?.lojal !== true) return;
    const answer = (value) => tell({ kind: "answer", id: data.id, value });
    if (data.kind === "id-token") {
      const response = await fetch(frame.dataset.token, { cache: "no-store" });
      answer(await response.text());
    }
    if (data.kind === "scopes") answer(await askForScopes(data.wanted));
    if (data.kind === "pick")
      await pickFrom(data.options).then(answer, ({ message }) => tell({ kind: "answer", id: data.id, fault: message }));
    if (data.kind === "leave") answer(confirm("Leave the page? What you changed is not saved."));
    if (data.kind === "save-bar") bar.hidden = !data.isShown;
    if (data.kind === "here") drawLinks(data.links, data.path);
    if (data.kind === "toast") {
      const toast = document.createElement("p");
      toast.textContent = data.text;
      toast.className = data.isError ? "toast error" : "toast";
      toasts.append(toast);
      setTimeout(() => toast.remove(), 5000);
    }
  });
  document.getElementById("save").addEventListener("click", () => tell({ kind: "save" }));
  document.getElementById("discard").addEventListener("click", () => tell({ kind: "discard" }));
})();
