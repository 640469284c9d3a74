/** The switchboard as a page for people: plain forms over the same routes that tests use. */

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1d2327, #e6e8ea); --soft: light-dark(#5c6670, #9aa4ad);
  --paper: light-dark(#f6f5f2, #15181b); --card: light-dark(#fff, #1e2327); --line: light-dark(#dcdad4, #333a40);
  --accent: light-dark(#0b6b53, #5cc8a8); --on-accent: light-dark(#fff, #06231b); --bad: light-dark(#a4262c, #ff9a9a); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main { max-width: 1080px; margin: 0 auto; padding: 16px; }
header { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: end; justify-content: space-between; }
h1 { margin: 0; font-size: 1.35rem; } h2 { margin: 0 0 10px; font-size: 1rem; }
p { margin: 0; color: var(--soft); }
.forms { display: grid; gap: 14px; align-items: start; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px; min-width: 0; }
.list { margin-top: 14px; } .scroll { overflow-x: auto; }
form { display: grid; gap: 8px; }
label { display: grid; gap: 2px; font-size: .82rem; color: var(--soft); }
label.check { grid-template-columns: auto 1fr; gap: 8px; align-items: center; }
input, select, button { font: inherit; color: inherit; min-height: 38px; border-radius: 7px; border: 1px solid var(--line);
  background: var(--paper); padding: 5px 9px; width: 100%; min-width: 0; }
input[type=checkbox] { width: 20px; min-height: 20px; accent-color: var(--accent); }
button { background: var(--accent); border-color: transparent; color: var(--on-accent); font-weight: 600; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { text-align: start; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 500; } td { font-variant-numeric: tabular-nums; }
#outcome { min-height: 1.5em; margin-bottom: 10px; overflow-wrap: anywhere; } #outcome.bad { color: var(--bad); }
`;

const tradeForms = `
<section><h2>Buy</h2><form data-to="buy">
  <label>Customer id, empty for a guest <input name="customer_id" inputmode="numeric" pattern="[0-9]*"></label>
  <label>Total <input name="total" required value="120.00" inputmode="decimal"></label>
  <label>Discount code <input name="code" autocapitalize="characters" autocomplete="off"></label>
  <button>Buy</button></form></section>
<section><h2>Refund</h2><form data-to="refund">
  <label>Order id <input name="order_id" required inputmode="numeric" pattern="[0-9]+"></label>
  <label>Amount, or empty for one line <input name="amount" inputmode="decimal"></label>
  <label>Line, from 0 <input name="index" type="number" min="0" value="0"></label>
  <label>Quantity of the line <input name="quantity" type="number" min="1" value="1"></label>
  <button>Refund</button></form></section>
<section><h2>Cancel</h2><form data-to="cancel">
  <label>Order id <input name="order_id" required inputmode="numeric" pattern="[0-9]+"></label>
  <label class="check"><input type="checkbox" name="refund" checked> give the money back</label>
  <button>Cancel the order</button></form></section>
`;

const mischiefForms = `
<section><h2>Admin API faults</h2><form data-to="faults">
  <label>Coming calls; 0 ends all faults <input name="next" type="number" min="0" value="1" required></label>
  <label>What they suffer <select name="fault"><option>throttle</option><option>500</option><option>timeout-before</option>
    <option>timeout-after</option><option>lose-reply</option>
    <option>slow</option><option>402</option><option>403</option><option>423</option><option>429</option></select></label>
  <label>Only this operation <input name="operation" placeholder="discountCodeBasicCreate"></label>
  <button>Order the fault</button></form></section>
<section><h2>Webhooks</h2><form data-to="webhooks">
  <label class="check"><input type="checkbox" name="hold"> hold back</label>
  <label class="check"><input type="checkbox" name="shuffle"> let the held ones go in random order</label>
  <label>Extra copies of each <input name="duplicate" type="number" min="0" max="100" value="0"></label>
  <button>Set</button></form></section>
`;

const script = `
const shop = document.querySelector("#shop");
const outcome = document.querySelector("#outcome");
const get = async (path) => (await fetch("/switchboard/" + path)).json();
const inShop = (path) => path + "?shop=" + encodeURIComponent(shop.value);

function values(form) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") body[field.name] = field.checked;
    else if (field.value !== "") body[field.name] = field.type === "number" ? Number(field.value) : field.value.trim();
  }
  if (["buy", "refund", "cancel"].includes(form.dataset.to)) body.shop = shop.value;
  if (form.dataset.to === "webhooks" && !body.shuffle) delete body.shuffle;
  if (form.dataset.to === "refund") {
    if (!body.amount) body.lines = [{ index: body.index ?? 0, quantity: body.quantity ?? 1 }];
    delete body.index; delete body.quantity;
  }
  return body;
}

function table(id, rows, columns) {
  const place = document.querySelector(id);
  place.replaceChildren();
  if (rows.length === 0) { const none = document.createElement("p"); none.textContent = "None yet."; place.append(none); return; }
  const made = document.createElement("table");
  const head = made.createTHead().insertRow();
  for (const column of columns) { const cell = document.createElement("th"); cell.scope = "col"; cell.textContent = column.replaceAll("_", " "); head.append(cell); }
  const body = made.createTBody();
  for (const row of rows) { const line = body.insertRow(); for (const column of columns) line.insertCell().textContent = row[column] ?? "–"; }
  place.append(made);
}

async function refresh() {
  if (shop.value === "") return;
  const [orders, discounts, webhooks] = await Promise.all([get(inShop("orders")), get(inShop("discounts")), get(inShop("webhooks") + "&limit=50")]);
  table("#orders", orders.orders.slice(0, 50), ["order_id", "name", "customer_id", "total_price", "current_total_price", "financial_status", "updated_at"]);
  table("#discounts", discounts.discounts.slice(0, 50), ["code", "customer", "state", "uses", "value", "ends_at"]);
  table("#deliveries", webhooks.deliveries.reverse(), ["topic", "state", "attempts", "last_status", "id"]);
}

for (const form of document.forms) form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const response = await fetch("/switchboard/" + form.dataset.to, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(values(form)) });
  const body = await response.json();
  outcome.className = response.ok ? "" : "bad";
  outcome.textContent = body.error ?? (body.name ? body.name + ": " + body.financial_status + ", order " + body.order_id : JSON.stringify(body));
  await refresh();
});

const { shops } = await get("shops");
for (const { domain, currency } of shops) shop.add(new Option(domain + " (" + currency + ")", domain));
shop.addEventListener("change", refresh);
await refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 3000);
`;

/** The page at `GET /switchboard`. */
export function switchboardPage(): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Switchboard of the local store</title><style>${style}</style></head>
<body><header><div><h1>Switchboard of the local store</h1><p>Everything that a shopper, a merchant or bad luck would do.</p></div>
<label>Shop <select id="shop"></select></label></header>
<main><p id="outcome" role="status"></p><div class="forms">${tradeForms}${mischiefForms}</div>
<section class="list"><h2>Orders</h2><div class="scroll" id="orders"></div></section>
<section class="list"><h2>Discounts</h2><div class="scroll" id="discounts"></div></section>
<section class="list"><h2>Webhook deliveries</h2><div class="scroll" id="deliveries"></div></section></main>
<script type="module">${script}</script></body></html>`;
}
