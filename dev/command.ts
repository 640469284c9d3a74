/** What the commands of this machine's operator share: how they refuse, and where the running local stack is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** An expected fault, told in one line. */
export class Refused extends Error {}

/** Runs a command; what was to be expected is one line on stderr and the exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (fault) {
    if (!(fault instanceof Refused || fault instanceof z.ZodError)) throw fault;
    console.error(`lojal: ${fault instanceof z.ZodError ? sentenceOf(fault) : fault.message}`);
    process.exitCode = 1;
  }
}

/** What is wrong with which options, in one line. */
export function sentenceOf(fault: z.ZodError): string {
  return fault.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
}

const stack = z.object({ database_url: z.string(), store_url: z.string() });

/** Where the running local stack is. Refused where none runs. */
export function runningStack(): { readonly databaseUrl: string; readonly storeUrl: string } {
  try {
    const text = readFileSync(join(import.meta.dirname, "../.lojal/local.json"), "utf8");
    const { database_url: databaseUrl, store_url: storeUrl } = stack.parse(JSON.parse(text));
    return { databaseUrl, storeUrl };
  } catch {
    throw new Refused("Nothing runs here: start it with `npm start` in another terminal, then run this again.");
  }
}
