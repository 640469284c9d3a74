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
