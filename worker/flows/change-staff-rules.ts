/** Who of a shop's staff may act on members, how many points they may give in a month, and whether they see customers' names. */
import type { Refusal } from "../domain/refusal.ts";
import type { Shop } from "../shops/shops.ts";
import type { StaffRules } from "../shops/staff.ts";
import { actAsStaff } from "./act-as-staff.ts";
import type { Rooms } from "./rooms.ts";

export type RulesAnswer = { readonly kind: "done" } | { readonly kind: "refused"; readonly refusal: Refusal };

/** Nobody locks themselves out, and nobody writes over what they have not seen. */
export function changeStaffRules(
  rooms: Rooms,
  shop: Shop,
  staffId: string,
  rules: Pick<StaffRules, "version" | "budgetPoints" | "staff" | "showsNames">,
): Promise<RulesAnswer> {
  const { version, budgetPoints, staff, showsNames } = rules;
  const detail = { budget: budgetPoints, staff: staff?.length ?? null, showsNames };
  return actAsStaff<RulesAnswer>(rooms, shop, { staffId, action: "settings-changed", detail }, async (note) => {
    if (staff !== null && !staff.includes(staffId))
      return {
        kind: "refused",
        refusal: {
          code: "invalid-request",
          detail: "Leave yourself on the list: nobody could change it back otherwise.",
        },
      };
    const isChanged = await rooms.staff.change(shop.id, version, { budgetPoints, staff, showsNames }, note());
    return isChanged ? { kind: "done" } : { kind: "refused", refusal: { code: "changed-meanwhile" } };
  });
}
