// A drawer that hears of the cart by events, takes its HTML from them or asks for it, and morphs what it shows.
function morph(from, to) {
  if (from.nodeName !== to.nodeName) return from.replaceWith(to.cloneNode(true));
  if (from.nodeType !== 1) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  // What is open stays open.
  for (const { name } of [...from.attributes])
    if (name !== "open" && !to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  if (from.hasAttribute("data-skip-subtree-update") && to.hasAttribute("data-skip-subtree-update")) return;
  const wanted = [...to.childNodes];
  while (from.childNodes.length > wanted.length) from.lastChild.remove();
  wanted.forEach((node, at) => {
    if (from.childNodes[at]) morph(from.childNodes[at], node);
    else from.append(node.cloneNode(true));
  });
}

for (const type of ["cart:update", "discount:update"])
  document.addEventListener(type, async ({ detail }) => {
    const html =
      detail.data.sections?.["cart-drawer"] ??
      (await (await fetch("/cart?sections=cart-drawer")).json())["cart-drawer"];
    const { body } = new DOMParser().parseFromString(html, "text/html");
    morph(document.querySelector("#drawer"), body.querySelector("#drawer"));
  });
