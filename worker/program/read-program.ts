/** What was entered becomes a program, or a list of what is wrong with it. */
import type { Program } from "../domain/program.ts";
import type { ProgramFault } from "../domain/refusal.ts";
import { programSchema } from "./program-schema.ts";

/** So many faults are told at once. */
const MOST_FAULTS = 20;

/** Reads what staff entered, whatever it is. Faults name the place, and what stands there by its own name. */
export function readProgram(
  content: unknown,
): { readonly program: Program } | { readonly faults: readonly ProgramFault[] } {
  const parsed = programSchema.safeParse(content);
  if (parsed.success) return { program: parsed.data };
  return {
    faults: parsed.error.issues.slice(0, MOST_FAULTS).map((issue) => {
      const place = issue.path.map(String).join(".");
      const text = `${placeInWords(content, issue.path)}: ${issue.message.replace(/\.$/, "")}.`;
      return { code: place === "" ? "program" : place, text };
    }),
  };
}

/** A reward or a tier by its name, anything else by its place. */
function placeInWords(content: unknown, path: readonly PropertyKey[]): string {
  const [first, second] = path;
  const [list, index] =
    first === "tiers" && second === "levels" ? [path.slice(0, 2), path[2]] : [path.slice(0, 1), second];
  const part = typeof index === "number" ? at(at(content, list), [index]) : undefined;
  const name = at(part, ["name"]);
  if (typeof name === "string" && first === "rewards") return `The reward “${name}”`;
  if (typeof name === "string" && first === "tiers") return `The tier “${name}”`;
  return path.length === 0 ? "The program" : path.map(String).join(".");
}

function at(of: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    of,
  );
}
