/**
 * Thrown where the real network would break off: the caller gets no answer at all, and cannot know whether the
 * request had its effect. Whoever carries requests to the local Shopify turns it into a closed connection.
 */
export class DropConnection extends Error {
  override readonly name = "DropConnection";
}
