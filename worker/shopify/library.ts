/** Shopify's own library, for what it does well: session tokens, and the two grants of a token. */
import "@shopify/shopify-api/adapters/cf-worker";
import { ApiVersion, shopifyApi } from "@shopify/shopify-api";

/** The one place that pins the API version. */
export const API_VERSION = ApiVersion.October26;

export interface AppCredentials {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** Making one costs more than using it, and there are one or two secrets. */
const made = new Map<string, ReturnType<typeof shopifyApi>>();

/** The library with these credentials. It logs nothing: its messages hold tokens. */
export function libraryWith({ apiKey, apiSecret }: AppCredentials): ReturnType<typeof shopifyApi> {
  const name = `${apiKey} ${apiSecret}`;
  const known = made.get(name);
  if (known) return known;
  const library = shopifyApi({
    apiKey,
    apiSecretKey: apiSecret,
    apiVersion: API_VERSION,
    isEmbeddedApp: true,
    hostName: "lojal.invalid", // Only OAuth redirects use it; managed installation has none.
    logger: { log: () => undefined },
  });
  made.set(name, library);
  return library;
}
