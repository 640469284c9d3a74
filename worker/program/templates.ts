/**
 * Programs to begin with: each shows one well-known way of working, is made for the shop's currency, and is a draft like any other. Some need products
 * that only the merchant can name: those are asked for.
 */
import type { Program } from "../domain/program.ts";
import type { TemplateAnswers, TemplateId, TemplateQuestion } from "./template-programs.ts";
import { TEMPLATES } from "./template-programs.ts";

export interface TemplateDraft {
  /** What becomes the draft: the whole program. While something is missing it cannot be published. */
  readonly content: Program;
  /** What is still to be asked; empty where it can be published as it is. */
  readonly missing: readonly TemplateQuestion[];
}

/** What a merchant chooses from. */
export interface TemplateCard {
  readonly id: TemplateId;
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  readonly shows: readonly string[];
  readonly questions: readonly TemplateQuestion[];
}

/** All templates, the simple one first, with what each asks in this currency. */
export function templateCards(currency: string): readonly TemplateCard[] {
  return TEMPLATES.map(({ id, name, description, shows, questions }) => ({
    id,
    name,
    description,
    shows,
    questions: questions(currency),
  }));
}

/** A template as a draft, with what the merchant has answered so far; null where there is no such template. */
export function fromTemplate(id: string, currency: string, answers: TemplateAnswers = {}): TemplateDraft | null {
  const template = TEMPLATES.find((one) => one.id === id);
  if (!template) return null;
  const questions = template.questions(currency);
  const given = new Map(
    questions.map((question) => {
      const answer = answers[question.id];
      const productIds = [...new Set(answer?.productIds ?? [])];
      return [question.id, { productIds, priceMinor: answer?.priceMinor ?? question.priceMinor ?? 0 }];
    }),
  );
  const content = template.program(currency, (question) => given.get(question) ?? { productIds: [], priceMinor: 0 });
  return { content, missing: questions.filter((question) => given.get(question.id)?.productIds.length === 0) };
}
