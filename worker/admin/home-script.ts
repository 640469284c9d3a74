/** What runs in the page: it asks how things are and says so. App Bridge puts the session token on the request. Texts only, never markup. */
export const HOME_SCRIPT = `"use strict";
(() => {
  const TRIES = 4;
  const PAUSE_MS = 2000;

  const say = (id, text) => {
    document.getElementById(id).textContent = text;
  };

  const wait = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

  const ask = async () => {
    for (let left = TRIES; ; left--) {
      const answer = await fetch("/admin/home", { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer !== null && answer.status !== 503) return answer;
      if (left === 1) return null;
      await wait();
    }
  };

  const show = async () => {
    const answer = await ask();
    if (answer === null) return say("installation", "The shop cannot be reached at the moment. Open this page again in a minute.");
    if (answer.status === 401) return say("installation", "Open this app from the admin of your shop, under Apps.");
    if (!answer.ok) return say("installation", "Something went wrong. Open this page again in a minute.");
    const home = await answer.json();
    say("installation", home.shop + " is connected.");
    say(
      "program",
      home.program_version === null
        ? "No program is published yet: orders earn no points."
        : "Version " + home.program_version + " of your program is published" + (home.painted ? "." : "; your storefront shows it within a minute."),
    );
    say(
      "scopes",
      home.missing_scopes.length === 0
        ? ""
        : "Your shop has not granted all that the app needs. Missing: " + home.missing_scopes.join(", ") + ".",
    );
  };

  void show();
})();
`;
