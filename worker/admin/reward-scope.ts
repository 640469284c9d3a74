/** Kinds of rewards for which Shopify wants the merchant's permission: what is missing, and the button that asks for it. */
import { html } from "hono/html";
import type { RewardKind } from "../domain/rewards.ts";
import { scopesFor } from "../shopify/reward-scopes.ts";
import { banner, type Html } from "./page.ts";
import { KINDS } from "./reward-words.ts";

/** `mayAsk`: whoever may only look is told, and cannot ask. */
export function scopeBanner(kinds: readonly RewardKind[], mayAsk: boolean): Html | null {
  const all = kinds.map((kind) => {
    const name = KINDS[kind].name.toLowerCase();
    const ask = html`<s-button data-scopes="${scopesFor(kind).join(",")}" data-then="/admin/program/scopes">Ask Shopify for it</s-button>`;
    return banner(
      "warning",
      `Your shop has not allowed this app to give ${name}s yet`.replace("credits", "credit"),
      "You can set the reward up all the same. Nobody can choose it before the permission is there.",
      html`Missing: ${scopesFor(kind).join(", ")}.`,
      ...(mayAsk ? [ask] : []),
    );
  });
  return all.length === 0 ? null : html`${all}`;
}
