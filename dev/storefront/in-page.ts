/** Test helper: what is measured in a page. Written as text, because this project's types know no browser. */

/** How many pixels the page is wider than what is seen of it. */
export const tooWide = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

/** How far things moved while the page loaded (CLS). */
export const layoutShift = `new Promise((resolve) => {
  let sum = 0;
  const add = (list) => { for (const entry of list.getEntries()) sum += entry.value; };
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 300);
})`;

/** What of ours moved while the page came in, and from where to where. Runs before the first script of the page. */
export const watchOurMoves = `globalThis.ourMoves = [];
  const lines = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
  const add = (list) => {
    for (const { sources } of list.getEntries())
      for (const { node, previousRect, currentRect } of sources) {
        const element = node?.nodeType === 1 ? node : node?.parentElement;
        const block = element?.closest("[class*=lojal]");
        if (block) ourMoves.push(block.className + ": " + lines(previousRect) + " to " + lines(currentRect));
      }
  };
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });`;

/** The section of the cart's block, as Liquid paints it now. */
const painted = `fetch("/cart?sections=cart-footer").then((answer) => answer.json()).then((all) => {
  const { body } = new DOMParser().parseFromString(all["cart-footer"], "text/html");
  return [document.getElementById("shopify-section-cart-footer"), body.firstElementChild];
})`;

/** A theme that puts the new HTML in place of the old: every element in it is another one then. */
export const replaceSection = `${painted}.then(([old, fresh]) => { old.innerHTML = fresh.innerHTML; })`;

/** A theme that turns the old nodes into the new ones, one by one, but for those that ask to be left alone. */
export const morphSection = `${painted}.then(([old, fresh]) => {
  const morph = (from, to) => {
    if (from.nodeName !== to.nodeName) return from.replaceWith(to.cloneNode(true));
    if (from.nodeType !== 1) { if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue; return; }
    for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
    for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
    if (from.hasAttribute("data-skip-subtree-update") && to.hasAttribute("data-skip-subtree-update")) return;
    const wanted = [...to.childNodes];
    while (from.childNodes.length > wanted.length) from.lastChild.remove();
    wanted.forEach((node, at) => from.childNodes[at] ? morph(from.childNodes[at], node) : from.append(node.cloneNode(true)));
  };
  morph(old, fresh);
})`;
