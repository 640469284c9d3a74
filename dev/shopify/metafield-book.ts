/** The metafields and their definitions of one shop. `$app` namespaces belong to the app that names them. */
import { createHash } from "node:crypto";
import type { Clock } from "./shop-state.ts";

export interface LocalMetafield {
  readonly gid: string;
  readonly owner: string;
  readonly namespace: string;
  readonly key: string;
  readonly type: string;
  readonly value: string;
  readonly compareDigest: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface MetafieldDefinition {
  readonly gid: string;
  readonly ownerType: string;
  readonly namespace: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly type: string;
  readonly storefrontAccess: string;
  readonly isAnalyticsQueryable: boolean;
}

export interface MetafieldWrite {
  readonly owner: string;
  readonly namespace: string;
  readonly key: string;
  readonly type: string;
  readonly value: string;
}

/** All metafields of a shop; namespaces may be given in the app's short form everywhere. */
export class MetafieldBook {
  readonly #fields = new Map<string, LocalMetafield>();
  readonly #definitions = new Map<string, MetafieldDefinition>();
  readonly #context: { readonly clock: Clock; readonly newId: () => string; readonly appId: string };

  constructor(context: { clock: Clock; newId: () => string; appId: string }) {
    this.#context = context;
  }

  /** `$app` and `$app:x` in full; absent means the app's own namespace; every other namespace is itself. */
  resolve(namespace: string | null | undefined): string {
    const own = `app--${this.#context.appId}`;
    if (namespace === null || namespace === undefined || namespace === "$app") return own;
    return namespace.startsWith("$app:") ? `${own}--${namespace.slice(5)}` : namespace;
  }

  find(owner: string, namespace: string | null | undefined, key: string): LocalMetafield | undefined {
    return this.#fields.get(address(owner, this.resolve(namespace), key));
  }

  /** All of one owner, by namespace and key. */
  of(owner: string, namespace?: string): LocalMetafield[] {
    const wanted = namespace === undefined ? undefined : this.resolve(namespace);
    return [...this.#fields.values()]
      .filter((field) => field.owner === owner && (wanted === undefined || field.namespace === wanted))
      .sort((a, b) => (a.namespace + a.key < b.namespace + b.key ? -1 : 1));
  }

  set(write: MetafieldWrite): LocalMetafield {
    const namespace = this.resolve(write.namespace);
    const known = this.#fields.get(address(write.owner, namespace, write.key));
    const now = this.#context.clock();
    const field: LocalMetafield = {
      ...write,
      namespace,
      gid: known?.gid ?? `gid://shopify/Metafield/${this.#context.newId()}`,
      compareDigest: createHash("sha256").update(`${write.type}\n${write.value}`).digest("hex"),
      createdAt: known?.createdAt ?? now,
      updatedAt: now,
    };
    this.#fields.set(address(write.owner, namespace, write.key), field);
    return field;
  }

  definition(ownerType: string, namespace: string | null | undefined, key: string): MetafieldDefinition | undefined {
    return this.#definitions.get(address(ownerType, this.resolve(namespace), key));
  }

  define(definition: Omit<MetafieldDefinition, "gid">): MetafieldDefinition {
    const namespace = this.resolve(definition.namespace);
    const gid = `gid://shopify/MetafieldDefinition/${this.#context.newId()}`;
    const defined = { ...definition, namespace, gid };
    this.#definitions.set(address(definition.ownerType, namespace, definition.key), defined);
    return defined;
  }

  /** Changes what may change of a definition. */
  redefine(definition: MetafieldDefinition): void {
    this.#definitions.set(address(definition.ownerType, definition.namespace, definition.key), definition);
  }

  /** How many definitions of this owner type are the app's own. */
  definitionsOf(ownerType: string): number {
    const all = [...this.#definitions.values()];
    return all.filter((one) => one.ownerType === ownerType && this.isOwn(one.namespace)).length;
  }

  /** Whether the namespace, in full, is this app's. */
  isOwn(namespace: string): boolean {
    const own = this.resolve("$app");
    return namespace === own || namespace.startsWith(`${own}--`);
  }

  /** Everybody's namespaces and the app's own; never another app's, nor Shopify's. */
  mayWrite(namespace: string): boolean {
    return this.isOwn(namespace) || !/^(app|shopify)--/.test(namespace);
  }

  /** Takes away all that the app has written: of one owner, or of all, as when its definitions are deleted with their values. */
  forgetValues(owner?: string): void {
    for (const [place, field] of this.#fields)
      if (this.isOwn(field.namespace) && (owner === undefined || field.owner === owner)) this.#fields.delete(place);
  }

  /**
   * What Liquid sees as `owner.metafields[namespace][key]`: `{type, value}` with the value parsed by its type. Fields
   * of the app stand under their full and their short namespace.
   */
  forLiquid(owner: string): Record<string, Record<string, { type: string; value: unknown }>> {
    const own = this.resolve("$app");
    const seen: Record<string, Record<string, { type: string; value: unknown }>> = {};
    for (const field of this.of(owner)) {
      const names = [field.namespace];
      if (field.namespace === own) names.push("$app");
      if (field.namespace.startsWith(`${own}--`)) names.push(`$app:${field.namespace.slice(own.length + 2)}`);
      for (const name of names) {
        const group = seen[name] ?? {};
        group[field.key] = { type: field.type, value: parsedValue(field) };
        seen[name] = group;
      }
    }
    return seen;
  }
}

function address(owner: string, namespace: string, key: string): string {
  return `${owner}\n${namespace}\n${key}`;
}

/** The value as its type means it: JSON, numbers and booleans parsed, all else text. */
export function parsedValue(field: LocalMetafield): unknown {
  if (field.type === "json" || field.type.startsWith("list.")) return JSON.parse(field.value);
  if (field.type === "number_integer" || field.type === "number_decimal") return Number(field.value);
  if (field.type === "boolean") return field.value === "true";
  return field.value;
}

const patterns: Record<string, RegExp> = {
  boolean: /^(true|false)$/,
  color: /^#[0-9A-Fa-f]{6}$/,
  date: /^\d{4}-\d{2}-\d{2}$/,
  date_time: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/,
  id: /^.+$/,
  multi_line_text_field: /./s,
  number_decimal: /^-?\d{1,13}(\.\d{1,9})?$/,
  number_integer: /^-?\d{1,16}$/,
  single_line_text_field: /^[^\n\r]+$/,
  url: /^(https?|mailto|sms|tel):.+$/,
};

/** Whether the local Shopify knows the type, and if so whether the value is one of it. */
export function checkMetafield(type: string, value: string): "unknown-type" | "bad-value" | "good" {
  if (type === "json" || type.startsWith("list.")) return checkJson(type, value);
  const pattern = patterns[type];
  if (pattern === undefined) return "unknown-type";
  return pattern.test(value) && isReal(type, value) ? "good" : "bad-value";
}

/** The 30th of February has the form of a date, and 9007199254740992 that of a number. */
function isReal(type: string, value: string): boolean {
  if (type === "number_integer") return Number.isSafeInteger(Number(value));
  if (type !== "date") return true;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
}

const KILOBYTE = 1_024;

/** How long a value may be: 128 KB for JSON, 2 KB for ids and addresses, 64 KB for all else. */
export function mostBytes(type: string): number {
  if (type === "json") return 128 * KILOBYTE;
  return (type === "id" || type === "url" ? 2 : 64) * KILOBYTE;
}

function checkJson(type: string, value: string): "unknown-type" | "bad-value" | "good" {
  if (type !== "json" && patterns[type.slice(5)] === undefined) return "unknown-type";
  try {
    const parsed: unknown = JSON.parse(value);
    return type === "json" || Array.isArray(parsed) ? "good" : "bad-value";
  } catch {
    return "bad-value";
  }
}
