/** Part of `npm run pictures`: those of docs/merchant-guide.md: what a merchant sees on the way from nothing to figures. */
import "../bench/outside.ts";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { withBed } from "../bench/bed.ts";
import { SHOPS, type Showcase, withShowcase } from "../bench/showcase.ts";
import type { FramedAdmin } from "./shopify-admin/framed-admin.fixture.ts";

const WIDTHS = { wide: 1_080, narrow: 360 } as const;
const TALLEST = 1_400;
/** For a form whose last field is to be seen. */
const WHOLE = 2_400;

const FILE = `customer_id,points
7021,500
7022,"1,000"
7023,250
7021,10
`;

/** Makes all of them in a folder. */
export async function photographAdmin(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await withBed((bed) => withShowcase(bed, (showcase) => photograph(showcase, folder)));
}

async function photograph(showcase: Showcase, folder: string): Promise<void> {
  const take = async (name: string, admin: FramedAdmin, tallest = TALLEST) => {
    const height = await admin.app
      .locator("s-page")
      .first()
      .evaluate("scrollTo(0, 0); document.querySelector('s-page').getBoundingClientRect().bottom");
    const width = admin.page.viewportSize()?.width ?? WIDTHS.wide;
    await admin.page.setViewportSize({
      width,
      height: Math.min(tallest, Math.max(400, Math.ceil(Number(height)) + 60)),
    });
    // The frame draws what has come into view.
    await admin.app
      .locator("s-page")
      .first()
      .evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn, 300))))",
      );
    await admin.page.screenshot({ path: join(folder, `${name}.png`) });
  };
  const shot = async (
    name: string,
    path: string,
    { tallest, ...options }: { shop?: string; width?: number; tallest?: number } = {},
  ) => {
    const admin = await showcase.open({ path, width: WIDTHS.wide, ...options });
    await take(name, admin, tallest);
    await admin.close();
  };
  await shot("admin-start", "/", { shop: SHOPS.fresh });
  await shot("admin-program", "/program", { shop: SHOPS.fresh, tallest: WHOLE });
  await shot("admin-home", "/");
  await shot("admin-members", "/members");
  await shot("admin-member", "/members/7002");
  await shot("admin-member-narrow", "/members/7002", { width: WIDTHS.narrow });
  await shot("admin-rewards", "/rewards");
  await shot("admin-tiers", "/tiers");
  await shot("admin-health", "/health");
  await shot("admin-figures", "/figures");
  const admin = await showcase.open({ path: "/import", width: WIDTHS.wide });
  const file = { name: "balances.csv", mimeType: "text/csv", buffer: Buffer.from(FILE) };
  await admin.app.getByLabel("File").setInputFiles(file);
  await admin.app.getByRole("button", { name: "Check the file" }).click();
  await admin.app.getByRole("button", { name: /^Import \d+ points$/ }).waitFor();
  await take("admin-import", admin);
  await admin.close();
  await shot("admin-acts", "/acts");
  await shot("admin-settings", "/settings", { tallest: WHOLE });
}

if (process.argv[1] === import.meta.filename) {
  await photographAdmin(process.argv[2] ?? join(import.meta.dirname, "../docs/pictures"));
  process.exit(0);
}
