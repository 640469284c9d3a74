/** What was entered becomes a program, or a list of what is wrong with it. */
import type { Program } from "../domain/program.ts";
import type { ProgramFault } from "../domain/refusal.ts";
import { programSchema } from "./program-schema.ts";

/** So many faults are told at once. */
const MOST_FAULTS = 20;

/** Reads what staff entered, whatever it is. Faults name the place, never the value. */
export function readProgram(
  content: unknown,
): { readonly program: Program } | { readonly faults: readonly ProgramFault[] } {
  const parsed = programSchema.safeParse(content);
  if (parsed.success) return { program: parsed.data };
  return {
    faults: parsed.error.issues.slice(0, MOST_FAULTS).map((issue) => {
      const place = issue.path.map(String).join(".");
      return {
        code: place === "" ? "program" : place,
        text: `${place === "" ? "The program" : place}: ${issue.message.replace(/\.$/, "")}.`,
      };
    }),
  };
}
