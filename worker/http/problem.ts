/** Every "no" as RFC 9457 problem details: status, type, what to do. docs/problems.md explains each type. */
import type { Context } from "hono";
import type { Refusal, UnreadGroups } from "../domain/refusal.ts";

/** Refusals of the rules, and what can be wrong before any rule is asked. */
export type ProblemCode =
  | Refusal["code"]
  | "bad-signature"
  | "bad-session"
  | "bad-api-key"
  | "stale-request"
  | "signed-out"
  | "missing-header"
  | "too-large"
  | "too-slow"
  | "rate-limited"
  | "unknown-shop"
  | "not-found"
  | "unavailable"
  | "internal-error";

interface ProblemKind {
  readonly status: 400 | 401 | 403 | 404 | 408 | 409 | 413 | 422 | 429 | 500 | 503;
  readonly title: string;
}

export const problems = {
  "invalid-request": { status: 400, title: "The request cannot be read" },
  "missing-header": { status: 400, title: "A header is missing" },
  "bad-signature": { status: 401, title: "Not signed by Shopify" },
  "bad-session": { status: 401, title: "The session token is not valid" },
  "bad-api-key": { status: 401, title: "The API key is not valid" },
  "stale-request": { status: 401, title: "The signature is too old" },
  "signed-out": { status: 401, title: "Nobody is signed in" },
  "unknown-shop": { status: 404, title: "This shop has no program here" },
  "unknown-reward": { status: 404, title: "No such reward" },
  "unknown-redemption": { status: 404, title: "No such redemption" },
  "not-found": { status: 404, title: "Nothing here" },
  "insufficient-points": { status: 409, title: "Not enough points" },
  "program-paused": { status: 409, title: "The program is paused" },
  "already-used": { status: 409, title: "The code has been used" },
  "too-slow": { status: 408, title: "The body took too long" },
  "too-large": { status: 413, title: "The body is too large" },
  "rate-limited": { status: 429, title: "Too many requests" },
  "different-request": { status: 422, title: "This id was used for another request" },
  "reward-refused": { status: 409, title: "Shopify did not accept the discount; the points are back" },
  "newer-version": { status: 409, title: "Somebody has published a newer version" },
  "newer-draft": { status: 409, title: "Somebody has changed the draft" },
  "begins-too-early": { status: 422, title: "A version cannot begin in the past" },
  "impossible-program": { status: 422, title: "This program cannot be published" },
  "unread-groups": { status: 409, title: "What earns nothing could not be read at Shopify" },
  "not-permitted": { status: 403, title: "You may not do this" },
  "budget-spent": { status: 409, title: "More than this month's budget has left" },
  "changed-meanwhile": { status: 409, title: "Somebody else has changed this" },
  "tier-required": { status: 409, title: "For members of another tier" },
  "reward-sold-out": { status: 409, title: "No more of this reward is left" },
  "reward-limit-reached": { status: 409, title: "This reward was chosen as often as it may be" },
  "reward-unavailable": { status: 409, title: "The shop cannot give this reward at the moment" },
  "credit-under-way": { status: 409, title: "An earlier store credit is still being confirmed" },
  "try-again": { status: 503, title: "Try again in a moment" },
  unavailable: { status: 503, title: "Not available at the moment" },
  "internal-error": { status: 500, title: "Something went wrong" },
} as const satisfies Record<ProblemCode, ProblemKind>;

/** A type is a name, not an address: it stays the same wherever the app is deployed. */
export function problemType(code: ProblemCode): string {
  return `urn:lojal:problem:${code}`;
}

/** The answer for a problem. `extra` holds what the caller may use (numbers, ids), never a fault's own words. */
export function problem(c: Context, code: ProblemCode, detail?: string, extra: Record<string, unknown> = {}): Response {
  const { status, title } = problems[code];
  const body = { type: problemType(code), title, status, ...(detail ? { detail } : {}), ...extra };
  const headers: Record<string, string> = { "Content-Type": "application/problem+json", "Cache-Control": "no-store" };
  if (status === 503) headers["Retry-After"] = "5";
  return c.body(JSON.stringify(body), status, headers);
}

/** The answer for a refusal of the rules. */
export function refused(c: Context, refusal: Refusal): Response {
  return problem(c, refusal.code, detailOf(refusal), factsOf(refusal));
}

/** The numbers and ids of a refusal, in the words of the JSON contract. */
function factsOf(refusal: Refusal): Record<string, unknown> {
  switch (refusal.code) {
    case "insufficient-points":
      return { needed: refusal.needed, available: refusal.available };
    case "unknown-reward":
      return { reward_id: refusal.rewardId };
    case "different-request":
      return { redemption_id: refusal.id };
    case "unknown-redemption":
    case "already-used":
    case "reward-refused":
      return { redemption_id: refusal.redemptionId };
    case "newer-version": {
      const { version, publishedBy, publishedAtMs, differences } = refusal;
      return { version, published_by: publishedBy, published_at: new Date(publishedAtMs).toISOString(), differences };
    }
    case "newer-draft":
      return { revision: refusal.revision, saved_by: refusal.savedBy };
    case "begins-too-early":
      return { earliest: new Date(refusal.earliestMs).toISOString() };
    case "impossible-program":
      return { reasons: refusal.reasons };
    case "unread-groups":
      return { why: refusal.why, groups: refusal.groups };
    case "budget-spent":
      return { budget: refusal.budget, given: refusal.given };
    case "tier-required":
      return { reward_id: refusal.rewardId, tiers: refusal.tiers };
    case "reward-limit-reached":
      return { reward_id: refusal.rewardId, times: refusal.times, days: refusal.days };
    case "reward-sold-out":
    case "reward-unavailable":
    case "credit-under-way":
      return { reward_id: refusal.rewardId };
    case "program-paused":
    case "not-permitted":
    case "changed-meanwhile":
    case "invalid-request":
    case "try-again":
      return {};
  }
}

function byWhom(actor: string | null): string {
  return actor === null ? "Somebody" : actor.replace(/^staff:/, "Staff ").replace(/^operator$/, "The operator");
}

function unreadInWords({ why, groups }: UnreadGroups): string {
  const names = groups.map((key) => key.replace(":", " ")).join(", ");
  switch (why) {
    case "denied":
      return `To leave out collections or tags the app must see your products: allow it on the page Program. This is about ${names}.`;
    case "away":
      return `Shopify does not answer at the moment, so that nobody knows what is in ${names}. Nothing was published: try again in a few minutes.`;
    case "gone":
      return `Shopify knows no ${names}. Take it out, or choose it again.`;
    case "under-way":
      return `There is much in ${names}: it is being read. Try again in a few minutes.`;
    case "too-large":
      return `Shopify lets nobody page through all of ${names}: more than 25000 products. Name smaller collections or tags, or leave products out by their vendor. If it has become smaller, have it read again on the page Program.`;
  }
}

function detailOf(refusal: Refusal): string {
  switch (refusal.code) {
    case "insufficient-points":
      return `${refusal.needed} points are needed; ${refusal.available} can be used.`;
    case "unknown-reward":
      return "The program in force offers no reward of this id: list the rewards again.";
    case "different-request":
      return "Make a new id for a new request.";
    case "unknown-redemption":
      return "No redemption of this id belongs to this shopper.";
    case "already-used":
      return "This redemption is used: its points are spent.";
    case "reward-refused":
      return "Make a new request later, or choose another reward.";
    case "newer-version":
      return `Version ${refusal.version} was published meanwhile by ${byWhom(refusal.publishedBy).toLowerCase()}: look at what it changes, and save your draft once more.`;
    case "newer-draft":
      return `${byWhom(refusal.savedBy)} has saved, published or discarded it since you opened this page. What you entered is still here, and nothing of theirs is overwritten.`;
    case "begins-too-early":
      return "Choose now or a later moment.";
    case "impossible-program":
      return refusal.reasons.map(({ text }) => text).join(" ");
    case "unread-groups":
      return unreadInWords(refusal);
    case "program-paused":
      return "Points stay, and rewards can be chosen when the program goes on.";
    case "not-permitted":
      return "Only some of your shop's staff may. Ask one of those whom the app's settings name.";
    case "budget-spent":
      return `Staff may give ${refusal.budget} points in a month, and have given ${refusal.given} of them. Nothing was given now.`;
    case "changed-meanwhile":
      return "Load the page again, and make your change once more.";
    case "tier-required":
      return "This reward is for members of certain tiers.";
    case "reward-sold-out":
      return "What others give back can be had again: list the rewards again later.";
    case "reward-limit-reached":
      return refusal.days === null
        ? `Each member can have this reward ${refusal.times} times.`
        : `Each member can have this reward ${refusal.times} times within ${refusal.days} days.`;
    case "reward-unavailable":
      return "The shop has not allowed the app to give this kind of reward.";
    case "credit-under-way":
      return "Ask again once the earlier one is confirmed or its points are back.";
    case "invalid-request":
    case "try-again":
      return refusal.detail;
  }
}
