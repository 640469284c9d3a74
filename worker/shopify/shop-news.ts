/**
 * What Shopify tells of a shop or of a person rather than of an order, reduced to what is acted on: no name, e-mail, phone or address passes
 * this file.
 */
import * as z from "zod";
import { id, moment } from "./webhook-fields.ts";

export type ShopNews =
  | { readonly kind: "uninstalled" }
  | { readonly kind: "scopes"; readonly scopes: string; readonly updatedAtMs: number }
  | {
      readonly kind: "details";
      readonly timeZone: string | null;
      readonly locale: string | null;
      readonly currency: string | null;
      readonly updatedAtMs: number;
    }
  /** A person wants to know what is held about them. */
  | { readonly kind: "data-request"; readonly requestId: string; readonly customerId: string }
  /** A person is to be forgotten. */
  | { readonly kind: "forget"; readonly customerId: string }
  /** The shop is to be erased. */
  | { readonly kind: "erase" };

/** A reader takes a body whose numbers are still their text. It throws where what it needs is not there. */
type ShopReader = (body: unknown, triggeredAtMs: number) => ShopNews;

const scopesUpdate = z.object({ current: z.array(z.string().regex(/^[a-z_]+$/)), updated_at: moment.nullish() });

const shopUpdate = z.object({
  iana_timezone: z
    .string()
    .regex(/^[A-Za-z0-9_+/-]{1,64}$/)
    .nullish(),
  primary_locale: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,35}$/)
    .nullish(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .nullish(),
  updated_at: moment.nullish(),
});

const dataRequest = z.object({ customer: z.object({ id }), data_request: z.object({ id }) });
const redaction = z.object({ customer: z.object({ id }) });

/** From each topic to its reader. */
export const SHOP_READERS: ReadonlyMap<string, ShopReader> = new Map<string, ShopReader>([
  ["app/uninstalled", () => ({ kind: "uninstalled" })],
  [
    "app/scopes_update",
    (body, triggeredAtMs) => {
      const { current, updated_at } = scopesUpdate.parse(body);
      const scopes = [...new Set(current)].sort().join(",");
      return { kind: "scopes", scopes, updatedAtMs: updated_at ?? triggeredAtMs };
    },
  ],
  [
    "shop/update",
    (body, triggeredAtMs) => {
      const raw = shopUpdate.parse(body);
      return {
        kind: "details",
        timeZone: raw.iana_timezone ?? null,
        locale: raw.primary_locale ?? null,
        currency: raw.currency ?? null,
        updatedAtMs: raw.updated_at ?? triggeredAtMs,
      };
    },
  ],
  [
    "customers/data_request",
    (body) => {
      const raw = dataRequest.parse(body);
      return { kind: "data-request", requestId: raw.data_request.id, customerId: raw.customer.id };
    },
  ],
  ["customers/redact", (body) => ({ kind: "forget", customerId: redaction.parse(body).customer.id })],
  ["shop/redact", () => ({ kind: "erase" })],
]);
