/**
 * JSON in which big integers keep every digit. Shopify's ids can exceed 2^53, and a stand-in that rounds them would
 * hide the very fault it is there to show.
 */

export type Json = string | number | boolean | null | ExactNumber | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

/** An integer beyond 2^53, kept as its source text; `JSON.stringify` writes it back digit by digit. */
export interface ExactNumber {
  readonly rawJSON: string;
}

interface ExactJSON {
  parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): Json;
  rawJSON(text: string): ExactNumber;
  isRawJSON(value: unknown): value is ExactNumber;
}
// TypeScript's library does not know these two parts of the language yet.
const exactJSON = JSON as unknown as ExactJSON;

/** Parses JSON; integers that a double cannot hold become `ExactNumber`. Throws SyntaxError as JSON.parse does. */
export function parseExact(text: string): Json {
  return exactJSON.parse(text, (_name, value, { source }) =>
    typeof value === "number" && source !== undefined && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
      ? exactJSON.rawJSON(source)
      : value,
  );
}

/** Whether it is a JSON object: no list, and no exact number, which is an object only to JavaScript. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !exactJSON.isRawJSON(value);
}

/** The objects in a list; none when it is no list. */
export function objectsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The text, when it is one. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The digits of an id, whether it came as number, big number or text. */
export function idText(value: Json | undefined): string | undefined {
  if (typeof value === "string") return /^\d+$/.test(value) ? value : undefined;
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  return exactJSON.isRawJSON(value) ? value.rawJSON : undefined;
}

/** Whose an order body is. The global id is the exact one: numeric ids have been rounded on their way through other programs. */
export function customerIdOf(body: JsonObject): string | undefined {
  const { customer } = body;
  if (!isObject(customer)) return undefined;
  const gid = textOf(customer["admin_graphql_api_id"]) ?? "";
  return /^gid:\/\/shopify\/Customer\/(\d+)$/.exec(gid)?.[1] ?? idText(customer["id"]);
}

/** An id for a body: a number where a double holds it, else exact. */
export function idNumber(digits: string): number | ExactNumber {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : exactJSON.rawJSON(digits);
}

/**
 * The source text of one member of a JSON object, character by character as it was sent. The text must be valid JSON;
 * of a repeated name the last counts, as in JSON.parse.
 */
export function memberSource(text: string, name: string): string | undefined {
  let at = skipSpace(text, 0);
  if (text[at] !== "{") return undefined;
  at = skipSpace(text, at + 1);
  let found: string | undefined;
  while (text[at] === '"') {
    const afterName = skipString(text, at);
    const memberName: unknown = JSON.parse(text.slice(at, afterName));
    const start = skipSpace(text, skipSpace(text, afterName) + 1);
    const end = skipValue(text, start);
    if (memberName === name) found = text.slice(start, end);
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return found;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (" \t\r\n".includes(text[at] ?? "x")) at += 1;
  return at;
}

function skipString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function skipValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (depth === 0 && (character === "," || character === "}" || character === "]"))
      return text.slice(0, at).trimEnd().length;
    if (character === '"') at = skipString(text, at) - 1;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
  }
  return text.trimEnd().length;
}
