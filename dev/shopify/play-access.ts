/** Access scopes: which fields of the Admin API an app may touch. */
import type { ScopeRow } from "./schema.ts";

/** Whether a scope is granted; writing includes reading. */
export function isGranted(granted: ReadonlySet<string>, scope: string): boolean {
  return granted.has(scope) || (scope.startsWith("read_") && granted.has(scope.replace(/^read_/, "write_")));
}

/** The row of the scope table that forbids a field; undefined when the field is allowed. */
export function missingAccess(
  scopes: ReadonlyMap<string, ScopeRow>,
  granted: ReadonlySet<string>,
  names: readonly string[],
): ScopeRow | undefined {
  for (const name of names) {
    const row = scopes.get(name);
    if (row !== undefined && !row.anyOf.some((scope) => isGranted(granted, scope))) return row;
  }
  return undefined;
}
