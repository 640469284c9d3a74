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

  addEventListener("message", async ({ origin, data }) => {
    if (origin !== app || data?.lojal !== true) return;
    const answer = (value) => tell({ kind: "answer", id: data.id, value });
    if (data.kind === "id-token") {
      const response = await fetch(frame.dataset.token, { cache: "no-store" });
      answer(await response.text());
    }
    if (data.kind === "scopes") answer(await askForScopes(data.wanted));
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
