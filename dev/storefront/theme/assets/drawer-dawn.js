// A drawer that hears of the cart by publish and subscribe, and puts new HTML in place of its inside.
const PUB_SUB_EVENTS = { cartUpdate: "cart-update" };
const subscribers = {};
globalThis.subscribe = (event, heard) => {
  subscribers[event] ??= [];
  subscribers[event].push(heard);
};
globalThis.publish = (event, news) => {
  for (const heard of subscribers[event] ?? []) heard(news);
};

globalThis.subscribe(PUB_SUB_EVENTS.cartUpdate, async () => {
  const painted = await (await fetch("/cart?sections=cart-drawer")).json();
  const { body } = new DOMParser().parseFromString(painted["cart-drawer"], "text/html");
  document.querySelector(".drawer__inside").innerHTML = body.querySelector(".drawer__inside").innerHTML;
});
