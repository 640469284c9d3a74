/** What the worker needs from outside; every name but two is required, and all are checked before first use (see wrangler.toml). */
import * as z from "zod";

const base64Key = z.string().regex(/^[A-Za-z0-9+/]{43}=$/, "32 random bytes in base64: openssl rand -base64 32");

const settings = z.object({
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, "a Postgres connection string"),
  SHOPIFY_API_KEY: z.string().min(1),
  SHOPIFY_API_SECRET: z.string().min(1),
  /** The one before, while a rotation lasts; may be missing. */
  SHOPIFY_API_SECRET_PREVIOUS: z.string().min(1).optional(),
  TOKEN_KEY: base64Key,
  /** The one before, until every token is sealed under the present one; may be missing. */
  TOKEN_KEY_PREVIOUS: base64Key.optional(),
  CODE_KEY: base64Key,
});

export type Settings = z.infer<typeof settings>;

/** Names each setting that is missing or malformed, never a value: the one message that is logged. */
export class SettingsIncomplete extends Error {
  override readonly name = "SettingsIncomplete";
}

/** The bindings of wrangler.toml as the runtime hands them over. */
export interface Env extends Settings {
  readonly JOBS: Queue;
  readonly BULK: Queue;
  /** How often somebody may ask: worker/http/limits.ts. */
  readonly SHOPPER_READS: RateLimit;
  readonly SHOPPER_WRITES: RateLimit;
  readonly SHOP_REQUESTS: RateLimit;
  readonly HEALTH_CHECKS: RateLimit;
  readonly API_ADDRESSES: RateLimit;
  readonly API_KEYS: RateLimit;
}

/** What Shopify may have signed with: the app's secret, and for the hour of a rotation the one before it. */
export function signingSecrets(settings: Settings): readonly string[] {
  const { SHOPIFY_API_SECRET, SHOPIFY_API_SECRET_PREVIOUS } = settings;
  return SHOPIFY_API_SECRET_PREVIOUS === undefined
    ? [SHOPIFY_API_SECRET]
    : [SHOPIFY_API_SECRET, SHOPIFY_API_SECRET_PREVIOUS];
}

/** The keys that tokens may be sealed under: the one to seal with, and while keys are rotated the one before it. */
export function tokenKeys({ TOKEN_KEY, TOKEN_KEY_PREVIOUS }: Settings): readonly [string, ...string[]] {
  return TOKEN_KEY_PREVIOUS === undefined ? [TOKEN_KEY] : [TOKEN_KEY, TOKEN_KEY_PREVIOUS];
}

/**
 * The settings, or an Error that names each missing or malformed one (never its value).
 */
export function readSettings(env: Record<string, unknown>): Settings {
  const parsed = settings.safeParse(env);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new SettingsIncomplete(`The worker's settings are incomplete. ${faults.join("; ")}`);
}
