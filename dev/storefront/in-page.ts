/** Test helper: what is measured in a page. Written as text, because this project's types know no browser. */
import { readFileSync } from "node:fs";

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
  ${/function morph[\s\S]*?\n\}/.exec(readFileSync(`${import.meta.dirname}/theme/assets/drawer-horizon.js`, "utf8"))?.[0]}
  morph(old, fresh);
})`;

/** What of ours is cut off at a side, by the window or by what it is in: each part of the blocks that is seen, and how. */
export const cutParts = `(() => {
  const faults = [];
  for (const part of document.querySelectorAll("lojal-product-points, lojal-cart-rewards, .lojal-product, .lojal-launcher, [class*=lojal] *")) {
    if (!part.checkVisibility({ visibilityProperty: true }) || part.closest("svg, select")) continue;
    const { left, right, width } = part.getBoundingClientRect();
    const name = part.tagName + "." + part.className;
    if (width > 0 && (left < -0.5 || right > innerWidth + 0.5)) faults.push(name + " is from " + left + " to " + right);
    const isClipped = getComputedStyle(part).overflowX !== "visible";
    if (isClipped && part.scrollWidth > part.clientWidth + 1) faults.push(name + " hides " + (part.scrollWidth - part.clientWidth) + " px");
  }
  return faults;
})()`;

/** Why somebody would not see where the focus is; "" if they do, null if it is in none of our blocks. */
export const focusUnseen = `(() => {
  const part = document.activeElement;
  if (!part?.closest("[class*=lojal]")) return null;
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(part);
  const name = part.tagName + " " + part.textContent.trim().slice(0, 30) + ": ";
  if (outlineStyle === "none" || parseFloat(outlineWidth) < 1 || outlineColor === "rgba(0, 0, 0, 0)") return name + "no outline";
  const { left, right, top, bottom } = part.getBoundingClientRect();
  if (left < -0.5 || right > innerWidth + 0.5) return name + "off to a side";
  const [x, y] = [(left + right) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2];
  const over = document.elementFromPoint(x, y);
  return over && (part.contains(over) || over.contains(part)) ? "" : name + "behind " + (over?.className ?? "the window's edge");
})()`;
