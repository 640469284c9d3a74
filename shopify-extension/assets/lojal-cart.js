// Every word is Liquid's and is put in as text. The id of what is asked for is kept until Liquid lists it: a lost answer
// is asked for again, never made twice. Types: dev/storefront/extension.d.ts.

const proxy = "/apps/lojal/";

/** @type {Recall} */
const asked = () => JSON.parse(sessionStorage.lojal ?? "null");
/** @type {Remember} */
const remember = (request) => {
  sessionStorage.lojal = JSON.stringify(request);
};

/** @type {Find} */
const find = (within, part) => within.querySelector(`[data-lojal=${part}]`);
/** @type {Hide} */
const hide = (within, part, hidden) => {
  const place = find(within, part);
  if (place) place.hidden = hidden;
};
/** @type {Fill} */
const fill = (within, part, text) => {
  const place = find(within, part);
  if (place) place.textContent = text ?? "";
};
/** @type {Written} */
const written = (number, how) => number.toLocaleString(document.documentElement.lang || undefined, how);

/** @type {Call} below 500 is an answer; anything else leaves the outcome unknown, and throws */
const call = async (url, body) => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, body && { method: "POST", headers, body: JSON.stringify(body) });
  if (response.status > 499) throw response;
  return { ...(await response.json()), http: response.status };
};

/** @type {Say} */
const say = (block, sentence, code = "", more = "") => {
  const text = block.getAttribute(`data-${sentence}`) ?? block.dataset.error ?? "";
  fill(block, "status", `${text.replace("#", code)} ${more}`.trim());
};
/** @type {Show} the problem's slug names the sentence */
const refuse = (block, { http, type = "error" }) =>
  say(block, http === 401 ? "signed-out" : type.replace(/.*[:/]/, ""));

/** @type {Show} */
const showBalance = async (block, answer) => {
  const points = answer.available ?? (await call(`${proxy}member`)).available ?? 0;
  fill(block, "available", written(points));
  let isNext = true;
  for (const row of block.querySelectorAll("li")) {
    const cost = Number(row.dataset.cost);
    if (!cost) continue;
    const missing = cost - points;
    hide(row, "act", missing > 0);
    hide(row, "to-go", missing <= 0);
    hide(row, "bar", missing <= 0 || !isNext);
    isNext &&= missing <= 0;
    fill(row, "to-go", (row.parentElement?.dataset.toGo ?? "").replace("#", written(missing)));
    row.style.setProperty("--lojal-part", `${(100 * points) / cost}%`);
    for (const option of row.querySelectorAll("option")) option.disabled = Number(option.value) > points;
  }
};

/** @type {Copy} */
const copy = (block, part) => {
  const pattern = /** @type {HTMLTemplateElement} */ (find(block, part));
  return /** @type {HTMLElement} */ (pattern.content.firstElementChild?.cloneNode(true));
};

/** @type {Find} */
const listed = (block, id) => block.querySelector(`[data-id="${id}"]`);

/** @type {List} */
const list = (block, id, { code = "", name }, reward) => {
  const row = copy(block, "code");
  const text = /** @type {Element} */ (row.querySelector("code"));
  row.dataset.id = id;
  row.dataset.code = text.textContent = code;
  text.id += id;
  for (const button of row.querySelectorAll("button")) button.setAttribute("aria-describedby", text.id);
  fill(row, "name", name ?? (reward && find(reward, "name")?.textContent));
  fill(row, "condition", reward && find(reward, "condition")?.textContent);
  find(block, "list")?.prepend(row);
  hide(block, "codes", false);
  return row;
};

/** @type {Tell} the row of a code */
const show = async (block, request, answer) => {
  const { state, code } = answer;
  const reward = block.querySelector(`button[value="${request.reward}"]`)?.closest("li") ?? null;
  const given = reward?.dataset.given;
  if (state === "held") say(block, state);
  else if (state !== "issued" && !(given && state === "used")) {
    remember(null);
    refuse(block, answer);
  } else {
    remember(given ? null : { ...request, answered: true });
    const row = given ? null : (listed(block, request.id) ?? list(block, request.id, answer, reward));
    say(block, given ?? "ready", code ?? "");
    await showBalance(block, answer);
    return row;
  }
  return null;
};

/** @type {Act} */
const redeem = async (block, { value: reward, parentElement }) => {
  const points = Number(parentElement?.querySelector("select")?.value) || undefined;
  const before = asked();
  const isSame = before?.reward === reward && before.points === points && !before.answered;
  const request = { id: isSame ? before.id : crypto.randomUUID(), reward, points };
  remember(request);
  let answer = await call(`${proxy}redemptions`, { id: request.id, reward_id: reward, points });
  for (let seconds = 1; answer.state === "held" && seconds < 5; seconds *= 2) {
    say(block, "held");
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    answer = await call(`${proxy}redemptions/${request.id}`);
  }
  const row = await show(block, request, answer);
  if (row) await put(block, row, true);
  return answer.state !== "held";
};

/** @type {Use} */
const undo = async (block, row) => {
  const answer = await call(`${proxy}redemptions/${row.dataset.id}/cancel`, {});
  if (answer.state !== "released") return refuse(block, answer);
  row.remove();
  hide(block, "codes", !find(block, "list")?.childElementCount);
  if (asked()?.id === row.dataset.id) remember(null);
  await showBalance(block, answer);
  await put(block, row, false);
  say(block, "released");
};

/** @type {Use} the other codes stay */
const put = async (block, row, on) => {
  const { code = "" } = row.dataset;
  const { cart } = block.dataset;
  const before = await call(`${cart}.js`);
  /** @type {CodeOf} */
  const codeOf = ({ discount_codes }, wanted) =>
    discount_codes?.find((entry) => entry.code.toLowerCase() === wanted.toLowerCase());
  const mine = codeOf(before, code);
  if (on && !before.item_count) return say(block, "ready", code);
  if (!on && !mine) return;
  const others = before.discount_codes?.filter((entry) => entry !== mine) ?? [];
  const sections = [...document.querySelectorAll(".shopify-section")]
    .filter((section) => section.contains(block) || section.querySelector(`form[action="${cart}"]`))
    .slice(0, 5);
  const name = (/** @type {Element} */ section) => section.id.replace("shopify-section-", "");
  const answer = await call(`${cart}/update.js`, {
    discount: [...others.map((entry) => entry.code), on ? code : []].join(),
    sections: sections.map(name),
    sections_url: location.pathname,
  });
  if (on) {
    const active = others.filter((entry) => entry.applicable);
    if (!codeOf(answer, code)?.applicable) {
      const sentence = active.length || before.total_discount ? "not-combined" : "not-applicable";
      return say(block, sentence, code, find(row, "condition")?.textContent);
    }
    const isAlone = active.some((entry) => !codeOf(answer, entry.code)?.applicable);
    say(block, isAlone ? "swapped" : "applied", code);
    hide(row, "applied", false);
    hide(row, "apply", true);
  }
  if (!answer.sections) return location.reload();
  for (const section of sections) repaint(block, section, answer.sections[name(section)]);
};

/** @type {Repaint} this block stays: it knows what the member's summary does not yet say */
const repaint = (block, section, html) => {
  if (!html) return;
  const focused = /** @type {HTMLElement?} */ (document.activeElement);
  const { body } = new DOMParser().parseFromString(html, "text/html");
  section.replaceChildren(...(body.firstElementChild?.id === section.id ? body.firstElementChild : body).childNodes);
  const twin = section.querySelector(`[id="${block.id}"]`);
  if (!twin) return;
  const earns = find(twin, "earns");
  if (earns) find(block, "earns")?.replaceWith(earns);
  twin.replaceWith(block);
  if (focused && block.contains(focused)) focused.focus({ preventScroll: true });
};

/** @type {Act} */
const history = async (block, button) => {
  const { lang } = document.documentElement;
  const page = await call(`${proxy}history?locale=${lang}${button.dataset.after ?? ""}`);
  if (!page.entries) refuse(block, page);
  else say(block, page.entries.length ? "listed" : "no-history");
  for (const entry of page.entries ?? []) {
    const row = copy(block, "entry");
    fill(row, "points", written(entry.points, { signDisplay: "exceptZero" }));
    fill(row, "why", entry.explanation);
    fill(row, "day", new Date(entry.at).toLocaleDateString(lang || undefined));
    fill(row, "steps", entry.steps.map(({ text }) => text).join("\n"));
    find(block, "history")?.append(row);
  }
  button.dataset.after = `&after=${page.next}`;
  button.hidden = !page.next;
  return true;
};

/** @type {Resume} what was asked before this page was painted */
export const resume = async (block) => {
  const request = asked();
  if (!request) return true;
  const answer = listed(block, request.id) ? { http: 404 } : await call(`${proxy}redemptions/${request.id}`);
  // Spent meanwhile, another customer's, or never arrived: old news.
  if (answer.http > 399 || (request.answered && answer.state !== "issued")) remember(null);
  else await show(block, request, answer);
  return answer.state !== "held";
};

/** @type {Act} */
export const act = async (block, button) => {
  const row = button.closest("li");
  if (button.name === "reward_id") return redeem(block, button);
  if (!row) return history(block, button);
  await (button.name === "cancel" ? undo : put)(block, row, true);
  return true;
};
