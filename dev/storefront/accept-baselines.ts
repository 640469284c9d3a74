/** `npm run pictures:accept`: what the blocks look like now is what the browser tests compare with from now on. Look at what changed before it is committed. */
import { accept, acceptHand, blocks, openMainState, photograph, views } from "./baselines.ts";
import { ShopperBed } from "./shopper.fixture.ts";

const bed = await ShopperBed.open();
try {
  for (const view of views) {
    await openMainState(bed, view);
    await acceptHand(bed.page);
    for (const block of blocks) await accept(bed.page, block, view, await photograph(bed, block));
    await bed.leave();
    console.error(`${view.width} px, ${view.scheme}`);
  }
} finally {
  await bed.close();
}
process.exit(0);
