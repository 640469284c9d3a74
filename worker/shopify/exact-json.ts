/** JSON of which no digit is lost: what a runtime reads as a number has 53 bits, and Shopify's ids and decimals may have more. */

/** A whole string (to the text's end where nothing closes it), or a whole number that is not written where a name must be. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\[\s\S][^"\\]*)*"?|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\s*:)/g;

/** Escapes of what Postgres cannot hold as text: NUL, and halves of a surrogate pair. Raw bytes, once decoded, bring neither. */
const CANNOT_BE_HELD = /\\u(?:0000|d[89a-f])/i;

/**
 * Parses JSON with every number as the text it was, and strings that Postgres can hold: NUL goes, half a pair becomes U+FFFD. Throws SyntaxError
 * for exactly what `JSON.parse` throws for. The quotes are put around the numbers first: a reviver, which is called for every value, takes longer.
 */
export function parseExactly(text: string): unknown {
  const quoted = text.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') ? token : `"${token}"`));
  return JSON.parse(quoted, CANNOT_BE_HELD.test(text) ? mended : undefined);
}

function mended(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value;
}
