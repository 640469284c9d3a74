/** A template becomes the draft of a shop's program. What it asks of the merchant may be answered at once, or be filled in where the draft is edited. */
import type { Refusal } from "../domain/refusal.ts";
import type { TemplateAnswers, TemplateQuestion } from "../program/template-programs.ts";
import { fromTemplate } from "../program/templates.ts";
import type { Shop } from "../shops/shops.ts";
import { saveDraftAs } from "./edit-program.ts";
import type { Rooms } from "./rooms.ts";

export interface TemplateRequest {
  readonly templateId: string;
  readonly answers: TemplateAnswers;
  /** The draft's revision that was seen, and the newest version, as for any draft; 0 where there was none. */
  readonly revision: number;
  readonly basedOn: number;
}

export type TemplateAnswered =
  /** `missing` is what must still be answered before the draft can be published. */
  | { readonly kind: "saved"; readonly revision: number; readonly missing: readonly TemplateQuestion[] }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Puts a template in the place of the draft. Who has not seen the newest draft is refused: somebody may be working on it. */
export async function chooseTemplate(
  rooms: Rooms,
  shop: Shop,
  actor: string,
  { templateId, answers, revision, basedOn }: TemplateRequest,
): Promise<TemplateAnswered> {
  const made = fromTemplate(templateId, shop.currency, answers);
  if (made === null)
    return { kind: "refused", refusal: { code: "invalid-request", detail: "There is no such template." } };
  const saved = await saveDraftAs(rooms, shop, actor, { content: made.content, revision, basedOn });
  return saved.kind === "refused" ? saved : { ...saved, missing: made.missing };
}
