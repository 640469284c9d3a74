/** What a machine without a Shopify account uses in place of the deployment's secrets. Production has no default for any. */

export const apiKey = "lojal-dev-key";
export const apiSecret = "lojal-dev-secret";
export const shop = "lojal-dev.myshopify.com";

/** 32 bytes each, base64: they encrypt and derive like the real ones, and are worth nothing outside this machine. */
export const tokenKey = "bG9qYWwtZGV2LXRva2VuLWtleS0wMDAwMDAwMDAwMDA=";
export const codeKey = "bG9qYWwtZGV2LWNvZGUta2V5LTAwMDAwMDAwMDAwMDA=";

export const workerPort = 8787;
export const storePort = 8788;

export const databaseName = "lojal";
export const superuserPassword = "lojal-dev-superuser";
export const workerRole = "lojal_app";
export const workerPassword = "lojal-dev-worker";

/** The Neon driver asks `api.` + the database host less its first label, so both names belong to the local network. */
export const databaseHost = "pg.db.lojal.internal";
export const neonHost = "api.db.lojal.internal";

/** The connection string that the worker gets: its host exists on the local network alone. */
export function workerDatabaseUrl(database: string): string {
  return `postgres://${workerRole}:${workerPassword}@${databaseHost}/${database}`;
}

/** All that the worker needs from outside, for a database on this machine. */
export function localSettings(database: string) {
  return {
    DATABASE_URL: workerDatabaseUrl(database),
    SHOPIFY_API_KEY: apiKey,
    SHOPIFY_API_SECRET: apiSecret,
    TOKEN_KEY: tokenKey,
    CODE_KEY: codeKey,
  };
}
