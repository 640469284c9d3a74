// The price follows the chosen variant.
document.querySelector("#variant")?.addEventListener("change", (event) => {
  const price = document.querySelector("#price");
  const chosen = event.target.selectedOptions[0];
  if (price && chosen) price.textContent = chosen.dataset.price;
});
