// Redeeming, applying and undoing in the cart block. Every word comes from Liquid's data attributes, and only as text.
// The id of what is asked for is kept until Liquid lists it, so that a lost answer is asked for again, never made twice.

const proxy = "/apps/lojal/";
const memory = "lojal";

/** @typedef {{ id: string, reward: string, answered?: boolean }} Asked */
/**
 * @typedef {{
 *   http: number, type?: string, state?: string, code?: string, name?: string, available?: number,
 *   discount_codes?: { code: string, applicable: boolean }[], sections?: Record<string, string | null>
 * }} Answer
 */

/** @returns {Asked | null} */
const asked = () => JSON.parse(sessionStorage.getItem(memory) ?? "null");
/** @param {Asked | null} request */
const remember = (request) => sessionStorage.setItem(memory, JSON.stringify(request));

/** @param {Element} within @param {string} part @returns {HTMLElement | null} */
const find = (within, part) => within.querySelector(`[data-lojal=${part}]`);

/**
 * Below 500 is an answer; anything else leaves the outcome unknown, and throws.
 * @param {string} url @param {object} [body] makes it a POST @returns {Promise<Answer>}
 */
async function call(url, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, body && { method: "POST", headers, body: JSON.stringify(body) });
  if (response.status > 499) throw response;
  return { ...(await response.json()), http: response.status };
}

/** @param {HTMLElement} block @param {string} sentence @param {string} [code] */
function say(block, sentence, code = "") {
  const text = block.getAttribute(`data-${sentence}`) ?? block.dataset.error ?? "";
  const place = find(block, "status");
  if (place) place.textContent = text.replace("#", code);
}

/** @param {HTMLElement} block @param {Answer} answer its slug names the sentence */
const refuse = (block, answer) =>
  say(block, answer.http === 401 ? "signed-out" : (answer.type ?? "error").replace(/.*[:/]/, ""));

/** @param {HTMLElement} block @param {Answer} answer */
async function showBalance(block, answer) {
  const points = answer.available ?? (await call(`${proxy}member`)).available ?? 0;
  /** @param {number} number */
  const written = (number) => number.toLocaleString(document.documentElement.lang || undefined);
  const balance = find(block, "available");
  if (balance) balance.textContent = written(points);
  for (const row of block.querySelectorAll("[data-cost]")) {
    const cost = Number(row.getAttribute("data-cost"));
    const toGo = find(row, "to-go");
    const bar = find(row, "bar");
    const button = row.querySelector("button");
    if (!toGo || !bar || !button) continue;
    button.hidden = cost > points;
    toGo.hidden = bar.hidden = cost <= points;
    toGo.textContent = (row.parentElement?.dataset.toGo ?? "").replace("#", written(cost - points));
    bar.style.setProperty("--lojal-part", `${(100 * points) / cost}%`);
  }
}

/** @param {HTMLElement} block @param {string} id @param {Answer} answer @returns {HTMLElement} the row of the code */
function listed(block, id, { code = "", name = "" }) {
  const known = block.querySelector(`[data-id="${id}"]`);
  if (known) return /** @type {HTMLElement} */ (known);
  const pattern = /** @type {HTMLTemplateElement} */ (block.querySelector("template"));
  const row = /** @type {HTMLElement} */ (pattern.content.firstElementChild?.cloneNode(true));
  const text = /** @type {Element} */ (row.querySelector("code"));
  row.dataset.id = id;
  row.dataset.code = text.textContent = code;
  text.id += id;
  for (const button of row.querySelectorAll("button")) button.setAttribute("aria-describedby", text.id);
  const label = find(row, "name");
  if (label) label.textContent = name;
  const box = find(block, "codes");
  box?.querySelector("ul")?.prepend(row);
  if (box) box.hidden = false;
  return row;
}

/**
 * @param {HTMLElement} block @param {Asked} request @param {Answer} answer
 * @returns {Promise<HTMLElement | undefined>} the row of the code, if there is one now
 */
async function show(block, request, answer) {
  if (answer.state === "held") {
    say(block, "held");
    return;
  }
  if (answer.state !== "issued") {
    remember(null);
    refuse(block, answer);
    return;
  }
  remember({ ...request, answered: true });
  const reward = block.querySelector(`button[value="${request.reward}"]`)?.closest("li");
  const row = listed(block, request.id, { name: (reward && find(reward, "name")?.textContent) ?? "", ...answer });
  say(block, "ready", answer.code);
  await showBalance(block, answer);
  return row;
}

/** @param {HTMLElement} block @param {string} reward @returns {Promise<boolean>} whether nothing is left to ask for */
async function redeem(block, reward) {
  const before = asked();
  const id = before?.reward === reward && !before.answered ? before.id : crypto.randomUUID();
  remember({ id, reward });
  let answer = await call(`${proxy}redemptions`, { id, reward_id: reward });
  for (let seconds = 1; answer.state === "held" && seconds < 5; seconds *= 2) {
    say(block, "held");
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    answer = await call(`${proxy}redemptions/${id}`);
  }
  const row = await show(block, { id, reward }, answer);
  if (row) await put(block, row, true);
  return answer.state !== "held";
}

/** @param {HTMLElement} block @param {HTMLElement} row */
async function undo(block, row) {
  const answer = await call(`${proxy}redemptions/${row.dataset.id}/cancel`, {});
  if (answer.state !== "released") return refuse(block, answer);
  row.remove();
  const box = find(block, "codes");
  if (box) box.hidden = !box.querySelector("li");
  if (asked()?.id === row.dataset.id) remember(null);
  await showBalance(block, answer);
  await put(block, row, false);
  say(block, "released");
}

/**
 * Puts the row's code on the cart or takes it off; the other codes stay.
 * @param {HTMLElement} block @param {HTMLElement} row @param {boolean} on
 */
async function put(block, row, on) {
  const { code = "" } = row.dataset;
  const cart = block.dataset.cart;
  const mine = (/** @type {{ code: string }} */ entry) => entry.code.toLowerCase() === code.toLowerCase();
  const before = (await call(`${cart}.js`)).discount_codes ?? [];
  if (!on && !before.some(mine)) return;
  const codes = before.filter((entry) => !mine(entry)).map((entry) => entry.code);
  const sections = [...document.querySelectorAll(".shopify-section")]
    .filter((section) => section.contains(block) || section.querySelector(`form[action="${cart}"]`))
    .slice(0, 5); // as many as one request may name
  const name = (/** @type {Element} */ section) => section.id.replace("shopify-section-", "");
  const answer = await call(`${cart}/update.js`, {
    discount: (on ? [...codes, code] : codes).join(),
    sections: sections.map(name),
    sections_url: location.pathname,
  });
  if (on) {
    const fits = answer.discount_codes?.some((entry) => mine(entry) && entry.applicable);
    say(block, fits ? "applied" : "not-applicable", code);
    if (!fits) return;
    const [applied, button] = [
      find(row, "applied"),
      /** @type {HTMLElement?} */ (row.querySelector("[name=redirect]")),
    ];
    if (applied) applied.hidden = false;
    if (button) button.hidden = true;
  }
  if (!answer.sections) return location.reload();
  for (const section of sections) repaint(block, section, answer.sections[name(section)]);
}

/**
 * Takes over what Liquid painted anew, but keeps this block: it knows what the member's summary does not yet say.
 * @param {HTMLElement} block @param {Element} section @param {string | null | undefined} html
 */
function repaint(block, section, html) {
  if (!html) return;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const { body } = new DOMParser().parseFromString(html, "text/html");
  section.replaceChildren(...(body.firstElementChild?.id === section.id ? body.firstElementChild : body).childNodes);
  const twin = section.querySelector(`[id="${block.id}"]`);
  if (!twin) return;
  const earns = find(twin, "earns");
  if (earns) find(block, "earns")?.replaceWith(earns);
  twin.replaceWith(block);
  if (focused && block.contains(focused)) focused.focus({ preventScroll: true });
}

/**
 * Asks for what was asked before this page was painted and is not in its list.
 * @param {HTMLElement} block @returns {Promise<boolean>} whether nothing is left to ask for
 */
export async function resume(block) {
  const request = asked();
  if (!request) return true;
  const isListed = block.querySelector(`[data-id="${request.id}"]`);
  const answer = isListed ? { http: 404, state: "" } : await call(`${proxy}redemptions/${request.id}`);
  // Spent meanwhile, another customer's, or never arrived: old news, which nobody asked for now.
  if (answer.http > 399 || (request.answered && answer.state !== "issued")) remember(null);
  else await show(block, request, answer);
  return answer.state !== "held";
}

/** @param {HTMLElement} block @param {HTMLButtonElement} button @returns {Promise<boolean>} */
export async function act(block, button) {
  if (button.name === "reward_id") return redeem(block, button.value);
  const row = button.closest("li");
  if (row) await (button.name === "cancel" ? undo(block, row) : put(block, row, true));
  return true;
}
