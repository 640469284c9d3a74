// Why: extension.d.ts

const lang = document.documentElement.lang || undefined;

/** @type {Find} */
const find = (within, part) => within.querySelector(`[data-lojal=${part}]`) ?? document.createElement("i");
const { customer = "" } = find(document, "status").dataset;
/** @type {Asked?} */
let asked = JSON.parse(sessionStorage.lojal ?? null)?.[customer];
/** @type {Remember} */
const remember = (request) => {
  asked = request;
  sessionStorage.lojal = JSON.stringify({ [customer]: request });
};

/** @type {Copy} */
const copy = (block, part) =>
  block.querySelector(`template[data-lojal=${part}]`).content.querySelector("li").cloneNode(true);

/** @type {Call} */
const call = async (url, body) => {
  const response = await fetch(
    url,
    body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
  );
  if (response.status > 499) throw response;
  return { ...(await response.json()), http: response.status };
};

/** @type {Say} */
const say = (block, sentence, code, more = "") => {
  const text = block.getAttribute(`data-${sentence}`) ?? block.dataset.error;
  find(block, "status").textContent = `${text.replace("#", code ?? "")} ${more}`.trim();
};
/** @type {Show} */
const refuse = async (block, { http, state, type = state === "used" ? state : "error" }) => {
  say(block, type.replace(/.*:/, ""));
  find(block, "sign-in").hidden = http !== 401;
  if (http !== 401) await catchUp(block);
};

/** @type {CatchUp} */
const catchUp = async (block, withCards) => {
  const answer = await call(`/apps/lojal/redemptions?locale=${lang}`);
  const { available: points = 0, redemptions } = answer;
  if (!redemptions) return answer;
  for (const { id, code, kind, name, state, ends_at } of redemptions) {
    const listed = block.querySelector(`[data-id="${id}"]`);
    const isGood = kind === "gift_card" ? listed || withCards : state === "issued" && new Date(ends_at) > new Date();
    if (!isGood) listed?.remove();
    else if (code && !listed) {
      const row = copy(block, "code");
      const text = find(row, "text");
      Object.assign(row.dataset, { id, kind, code });
      text.textContent = code;
      text.id += id;
      for (const button of row.querySelectorAll("button")) button.setAttribute("aria-describedby", text.id);
      find(row, "name").textContent = name;
      find(block, "list").prepend(row);
    }
  }
  find(block, "available").textContent = points.toLocaleString(lang);
  for (const row of block.querySelectorAll("li[data-cost]")) {
    const cost = Number(row.dataset.cost);
    const missing = cost - points;
    row.dataset.reach = missing > 0 ? "further" : "within";
    find(row, "to-go").textContent = block.dataset.toGo.replace("#", missing.toLocaleString(lang));
    row.style.setProperty("--lojal-part", `${(100 * points) / cost}%`);
    for (const option of row.querySelectorAll("option")) option.disabled = Number(option.value) > points;
  }
  return answer;
};

/** @type {Tell} */
const show = async (block, request, answer) => {
  const { http, state, code } = answer;
  const reward = block.querySelector(`button[value="${request.reward}"]`)?.closest("li");
  const given = reward?.dataset.given;
  if (state === "issued" || (given && state === "used")) {
    await catchUp(block, given === "card");
    say(block, given ?? (code ? "ready" : "arranged"), code);
    if (!given) return reward;
    remember(null);
  } else if (state === "held") say(block, state);
  else {
    if (![401, 408, 429].includes(http)) remember(null);
    await refuse(block, answer);
  }
  return null;
};

/** @type {Act} */
const redeem = async (block, { value: reward, parentElement }) => {
  const points = Number(parentElement?.querySelector("select")?.value) || undefined;
  const same = asked?.reward === reward && asked.points === points && !asked.answered && asked;
  const request = same || { id: crypto.randomUUID(), reward, points };
  remember(request);
  let answer = await call("/apps/lojal/redemptions", { id: request.id, reward_id: reward, points });
  for (let seconds = 1; answer.state === "held" && seconds < 5; seconds *= 2) {
    say(block, "held");
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    answer = await call(`/apps/lojal/redemptions/${request.id}`);
  }
  const row = await show(block, request, answer);
  if (row) {
    await put(block, row, answer.code ?? "");
    remember({ ...request, answered: true });
  }
  return answer.state !== "held";
};

/** @type {CodeOf} */
const codeOf = ({ discount_codes }, wanted = "") =>
  discount_codes.find((entry) => entry.code.toLowerCase() === wanted.toLowerCase());

/** @type {Put} */
const put = async (block, row, code = "", off = false) => {
  const before = await call(`${block.dataset.cart}.js`);
  const mine = codeOf(before, code);
  if (off && !mine) return;
  if (!off && !before.item_count) return say(block, "ready", code);
  const others = before.discount_codes.filter((entry) => entry !== mine);
  const answer = await look(block, others.map((entry) => entry.code).concat(off ? [] : code));
  if (off) return;
  const active = others.filter((entry) => entry.applicable);
  if (codeOf(answer, code)?.applicable)
    say(block, active.every((entry) => codeOf(answer, entry.code)?.applicable) ? "applied" : "swapped", code);
  else {
    const sentence = active.length || before.total_discount ? "not-combined" : "not-applicable";
    say(block, sentence, code, find(row, "condition").textContent);
  }
};

/** @type {Look} */
const look = async (block, wanted) => {
  const { cart, shows } = block.dataset;
  const update = wanted && window.Shopify?.actions?.updateCart;
  let codes = wanted;
  if (update?.isDefault() === false) {
    await update({ discountCodes: wanted });
    codes = undefined;
  }
  const sections = [...document.querySelectorAll(".shopify-section")]
    .filter((section) => section.contains(block) || (codes && section.querySelector(shows)))
    .map(({ id }) => id.slice(16))
    .slice(0, 5);
  const answer = codes
    ? await call(`${cart}/update.js`, { discount: codes.join(), sections, sections_url: location.pathname })
    : { ...(await call(`${cart}.js`)), sections: await call(`${location.pathname}?sections=${sections}`) };
  for (const name of sections) {
    const { body } = new DOMParser().parseFromString(`${answer.sections?.[name] ?? ""}`, "text/html");
    const twin = body.querySelector(`[id="${block.id}"]`);
    if (twin) find(block, "earns").replaceWith(find(twin, "earns"));
    if (codes && !block.closest("dialog, [role=dialog]"))
      for (const { id, childNodes } of body.children) document.getElementById(id)?.replaceChildren(...childNodes);
  }
  for (const row of block.querySelectorAll("li"))
    row.toggleAttribute("data-on", !!codeOf(answer, row.dataset.code)?.applicable);
  if (codes) {
    if (typeof PUB_SUB_EVENTS === "object") new Promise(() => publish(PUB_SUB_EVENTS.cartUpdate, { cartData: answer }));
    for (const type of ["discount:update", "cart:refresh"])
      document.body.dispatchEvent(new CustomEvent(type, { bubbles: true, detail: { data: answer } }));
  }
  return answer;
};

/** @type {Act} */
const history = async (block, button) => {
  const answer = await call(`/apps/lojal/history?locale=${lang}${button.dataset.after ?? ""}`);
  if (!answer.entries) await refuse(block, answer);
  else say(block, answer.entries.length ? "listed" : "no-history");
  for (const entry of answer.entries ?? []) {
    const row = copy(block, "entry");
    find(row, "points").textContent = entry.points.toLocaleString(lang, { signDisplay: "exceptZero" });
    find(row, "why").textContent = entry.explanation;
    find(row, "day").textContent = new Date(entry.at).toLocaleDateString(lang);
    find(row, "steps").textContent = entry.steps.map(({ text }) => text).join("\n");
    find(block, "history").append(row);
  }
  button.dataset.after = `&after=${answer.next}`;
  button.hidden = !answer.next;
  return true;
};

/** @type {Resume} */
export const resume = async (block, touch) => {
  const request = asked;
  const answer = block.querySelector("form") && (request || touch !== null) && (await catchUp(block));
  if (touch !== null) await look(block);
  if (!answer) return true;
  const mine = answer.redemptions?.find(({ id }) => id === request?.id);
  if (!answer.redemptions) await refuse(block, answer);
  else if (request?.answered) remember(null);
  else if (request && mine && (await show(block, request, { ...answer, ...mine })))
    remember({ ...request, answered: true });
  return mine?.state !== "held";
};

/** @type {Act} */
export const act = async (block, button) => {
  if (button.name === "cards") {
    const answer = await catchUp(block, true);
    if (answer.redemptions) say(block, block.querySelector("[data-kind=gift_card]") ? "cards" : "no-cards");
    else await refuse(block, answer);
    return true;
  }
  const row = button.closest("li");
  if (!row) return history(block, button);
  let isDone = true;
  if (button.name === "reward_id") isDone = await redeem(block, button);
  else {
    const { id, code } = row.dataset;
    const answer = button.name === "cancel" && (await call(`/apps/lojal/redemptions/${id}/cancel`, {}));
    if (answer && answer.state !== "released") await refuse(block, answer);
    else {
      if (answer) await catchUp(block);
      await put(block, row, code, !!answer);
      if (answer) say(block, "released");
    }
    if (asked?.id === id) remember(null);
  }
  try {
    localStorage.lojal = crypto.randomUUID();
  } catch {}
  return isDone;
};
