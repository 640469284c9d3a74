// A drawer that paints itself anew when it is asked to, and puts new HTML in place of its inside.
document.documentElement.addEventListener("cart:refresh", async () => {
  const painted = await (await fetch("/cart?sections=cart-drawer")).json();
  const { body } = new DOMParser().parseFromString(painted["cart-drawer"], "text/html");
  document.querySelector(".drawer__inside").innerHTML = body.querySelector(".drawer__inside").innerHTML;
});
