/** `npm run types:shopify`: makes the types and shapes of the worker's Admin operations anew. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFiles } from "./shopify/worker-operations.ts";

for (const [path, text] of await makeFiles()) {
  writeFileSync(join(import.meta.dirname, "..", path), text);
  console.log(`${path} is made.`);
}
