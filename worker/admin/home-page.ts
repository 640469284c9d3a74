/** What a merchant sees first: what needs doing, how the program does, whether all is well. */
import { html } from "hono/html";
import { readHome } from "../flows/read-home.ts";
import { banner, type Page, pageFrame } from "./page.ts";

export const homePage: Page = {
  path: "/",
  name: "Home",
  show: async (c) => {
    const { shop, programVersion, isPainted, missingScopes } = readHome(c.var.shop);
    return pageFrame(
      { heading: "Lojal" },
      missingScopes.length === 0
        ? null
        : banner(
            "warning",
            "Your shop has not granted all that the app needs",
            `Missing: ${missingScopes.join(", ")}.`,
          ),
      html`<s-section heading="Your loyalty program">
<s-paragraph>${shop} is connected.</s-paragraph>
<s-paragraph>${
        programVersion === null
          ? "No program is published yet: orders earn no points."
          : `Version ${programVersion} of your program is published${isPainted ? "." : "; your storefront shows it within a minute."}`
      }</s-paragraph>
</s-section>`,
    );
  },
};
