import { globSync, statSync } from "node:fs";
import { join } from "node:path";

/** Text that changes with each edit, move or end of a file in the folder. */
export function stateOf(root: string): string {
  return globSync("**/*", { cwd: root })
    .map((path) => ({ path, ...sizeAndTime(join(root, path)) }))
    .map(({ path, size, mtimeMs }) => `${path}:${size}:${mtimeMs}`)
    .sort()
    .join();
}

function sizeAndTime(path: string): { readonly size: number; readonly mtimeMs: number } {
  const { size, mtimeMs } = statSync(path);
  return { size, mtimeMs };
}
