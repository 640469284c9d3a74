/**
 * The part of the pages' script that does long work: a file is taken apart by the worker, held in this page's memory alone, and looked at some rows
 * at a time; what was found is handed over. It stands within browser-script.ts and uses what is there.
 *
 * - `<form method="post" data-file="name">` sends the file of the drop zone of that name as its body, and its other fields as parameters.
 * - An answer `{work: {path, after, carry, usesRows, rows, end}}` is carried out: `path` is asked, with the rows after `after` where it uses rows, until
 *   it says `done`, or there are no more rows. What each step gives to keep goes to `end` together, whose HTML is shown in `[data-result]`.
 * - One with `usesKept` hands over what was kept of the rows after `after`, some pages at a time, until it says `done`.
 * - `data-report="50"` on a button in that result asks for it again from there; `data-report-file="name"` saves it as a file.
 */
export const WORK_SCRIPT = `
  const MOST_ROWS = 250;
  const MOST_LETTERS = 120000;
  const MOST_PAGES = 10;
  let heldRows = [];
  let report = null;
  let working = 0;

  const postJson = (path, value) => ask(path, { method: "POST", body: JSON.stringify(value), contentType: "application/json", isRepeatable: true });

  const rowsAfter = (after) => {
    const taken = [];
    let letters = 0;
    let at = heldRows.findIndex(([row]) => row > after);
    for (; at >= 0 && at < heldRows.length && taken.length < MOST_ROWS && letters < MOST_LETTERS; at++) {
      taken.push(heldRows[at]);
      letters += heldRows[at][1].reduce((sum, cell) => sum + cell.length + 3, 20);
    }
    return taken;
  };

  const barIn = (place) => {
    if (place === null) return () => undefined;
    const bar = document.createElement("s-progress");
    bar.setAttribute("max", "100");
    bar.setAttribute("accessibilityLabel", "Rows checked");
    const text = document.createElement("s-paragraph");
    place.replaceChildren(bar, text);
    return (done, total) => {
      bar.setAttribute("value", String(total === 0 ? 100 : Math.floor((100 * done) / total)));
      text.textContent = done.toLocaleString() + " of " + total.toLocaleString() + " rows checked";
    };
  };

  /** Steps until the end; a problem ends it, and is returned. */
  const steps = async (work, kept, tell) => {
    let after = work.after || 0;
    let done = 0;
    for (;;) {
      const rows = work.usesRows ? rowsAfter(after) : [];
      const pages = work.usesKept ? report.kept.filter(({ through }) => through > after).slice(0, MOST_PAGES) : [];
      tell(done, heldRows.length);
      if (rows.length === 0 && pages.length === 0) return null;
      const answer = await postJson(work.path, work.usesKept ? { after, pages } : { carry: work.carry, after, rows });
      if (answer === null || !answer.ok) return await problemOf(answer);
      const step = await answer.json();
      if (step.keep) kept.push(step.keep);
      if (step.done) return null;
      if (step.waitSeconds) await wait(1000 * step.waitSeconds);
      else done += rows.length;
      after = step.after ?? (rows.length === 0 ? after : rows[rows.length - 1][0]);
    }
  };

  const carryOut = async (work, form = null) => {
    if (work.rows) heldRows = work.rows;
    const kept = [];
    working++;
    const bar = form === null ? null : form.querySelector("[data-bar]");
    const problem = await steps(work, kept, barIn(bar));
    working--;
    if (bar !== null) bar.replaceChildren();
    if (problem !== null) {
      if (form !== null) return showInForm(form, problem);
      page.prepend(bannerOf(problem));
      return scrollTo(0, 0);
    }
    if (work.end) {
      report = { path: work.end, carry: work.carry, kept };
      return await showReport(0);
    }
    if (work.toast) shopify.toast.show(work.toast);
    await show();
  };

  const showReport = async (from) => {
    const place = page.querySelector("[data-result]");
    const answer = await postJson(report.path, { ...report, from });
    if (place === null) return;
    if (answer === null || !answer.ok) return place.replaceChildren(bannerOf(await problemOf(answer)));
    place.innerHTML = await answer.text();
    place.focus();
    place.scrollIntoView({ block: "nearest" });
  };

  const saveReport = async (button) => {
    const answer = await postJson(report.path, { ...report, as: "csv" });
    await saveAs(button.dataset.reportFile, answer);
  };

  const sendFile = async (form) => {
    const zone = form.querySelector('[name="' + CSS.escape(form.dataset.file) + '"]');
    const file = zone.files && zone.files[0];
    if (!file) return showInForm(form, { title: "No file yet", detail: "Choose one.", fields: { [form.dataset.file]: "Choose a file." } });
    const fields = new URLSearchParams([...new FormData(form)].filter(([name, value]) => name !== form.dataset.file && typeof value === "string"));
    page.querySelector("[data-result]")?.replaceChildren();
    const answer = await ask(form.getAttribute("action") + "?" + fields, { method: "POST", body: file, contentType: "application/octet-stream", isRepeatable: true });
    if (answer === null || !answer.ok) return showInForm(form, await problemOf(answer));
    await carryOut((await answer.json()).work, form);
  };

  // What is held here ends with the page, until it is handed over as a whole; chosen again, the same file goes on where it was.
  addEventListener("beforeunload", (event) => {
    if (working > 0) event.preventDefault();
  });
`;
