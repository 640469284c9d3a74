import { globSync, statSync } from "node:fs";
import { join } from "node:path";

/** Text that changes with each edit, move or end of a file in the folder. */
export function stateOf(root: string): string {
  const states = globSync("**/*", { cwd: root }).map((path) => {
    const { size, mtimeMs } = statSync(join(root, path));
    return `${path}:${size}:${mtimeMs}`;
  });
  return states.sort().join();
}
