/** The Admin operations of the worker as they stand in its code, and the files that are made from them. */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Generated, generate, type Operation } from "./operation-types.ts";
import { adminSchema } from "./schema.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "worker/shopify");

/** Where each file that is made belongs. */
const madeFiles: Readonly<Record<keyof Generated, string>> = {
  types: "worker/shopify/operations.ts",
  inputs: "worker/shopify/operation-inputs.ts",
  shapes: "worker/shopify/operation-shapes.ts",
};

/** Every operation that a file of worker/shopify/ exports, and no other file of the worker may have one. */
export async function workerOperations(): Promise<Operation[]> {
  const files = globSync("*.ts", { cwd: folder }).filter((file) => !file.endsWith(".test.ts"));
  const operations: Operation[] = [];
  for (const file of files.sort()) {
    if (!isAsking(readFileSync(join(folder, file), "utf8"))) continue;
    const exported = (await import(join(folder, file))) as Readonly<Record<string, unknown>>;
    for (const [constant, text] of Object.entries(exported).sort(([one], [other]) => (one < other ? -1 : 1)))
      if (typeof text === "string" && isAsking(text))
        operations.push({ module: basename(file, ".ts"), constant, text });
  }
  return operations;
}

/** Whether a text holds an operation: the worker's are all named Lojal…. */
export function isAsking(text: string): boolean {
  return /\b(query|mutation|subscription) Lojal\w+\b/.test(text);
}

/** The files as they should be, by their paths. */
export async function makeFiles(): Promise<ReadonlyMap<string, string>> {
  const { types, inputs, shapes } = generate(adminSchema().schema, await workerOperations());
  const texts = [
    [madeFiles.types, types],
    [madeFiles.inputs, inputs],
    [madeFiles.shapes, shapes],
  ] as const;
  return new Map(texts.map(([path, text]) => [path, formatted(text, path)]));
}

function formatted(text: string, path: string): string {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  // Imports in order, too.
  const args = [biome, "check", "--write", `--stdin-file-path=${path}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, input: text, encoding: "utf8" });
  if (status !== 0) throw new Error(`The file could not be formatted: ${stderr}`);
  return stdout;
}
