/** What a merchant sees first: what is there, and what is missing. */
import { missingScopes } from "../shopify/access.ts";
import type { Shop } from "../shops/shops.ts";

export interface Home {
  readonly shop: string;
  /** Null until the first one is published. */
  readonly programVersion: number | null;
  /** Whether the storefront shows a program. */
  readonly isPainted: boolean;
  readonly missingScopes: readonly string[];
}

/** Of a shop that is installed and whose token works. */
export function readHome({ domain, newestProgramVersion, paintedProgramVersion, scopes }: Shop): Home {
  return {
    shop: domain,
    programVersion: newestProgramVersion === 0 ? null : newestProgramVersion,
    isPainted: paintedProgramVersion > 0,
    // Of a shop that was here before scopes were asked for, nothing is known.
    missingScopes: scopes === null ? [] : missingScopes(scopes),
  };
}
