// Shopify's standard action, set up by a theme: it changes the cart and tells of it by a standard event, after which the drawer is painted.
const tell = (type, promise) => document.dispatchEvent(Object.assign(new Event(type, { bubbles: true }), { promise }));

const updateCart = ({ discountCodes }) => {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ discount: discountCodes.join() });
  const promise = fetch("/cart/update.js", { method: "POST", headers, body });
  tell("shopify:cart:discount-update", promise);
  return promise;
};
updateCart.isDefault = () => false;
globalThis.Shopify = { actions: { updateCart } };

for (const type of ["shopify:cart:lines-update", "shopify:cart:discount-update"])
  document.addEventListener(type, async ({ promise }) => {
    await promise;
    const painted = await (await fetch("/cart?sections=cart-drawer")).json();
    const { body } = new DOMParser().parseFromString(painted["cart-drawer"], "text/html");
    document.querySelector(".drawer__inside").innerHTML = body.querySelector(".drawer__inside").innerHTML;
  });
