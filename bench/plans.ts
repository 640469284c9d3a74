/** `npm run bench -- plans`: how Postgres reads for each hot statement in a world of full size; a scan of a whole table is a fault. */
import { writeFileSync } from "node:fs";
import pg from "pg";
import { orderBody } from "../dev/test-orders.ts";
import type { Bed } from "./bed.ts";
import { type BigWorld, customerIdOf } from "./big-world.ts";
import { hotStatements } from "./hot-statements.ts";
import type { Run } from "./options.ts";
import { plansOf, planText, tablesOfIndexes, tellPlans, wideScans } from "./plan-recorder.ts";

const BATCH = 100;
/** Of fewer the planner is right to read all: their plans are shown and prove nothing. */
const ENOUGH_CUSTOMERS = 100_000;

export async function plans(bed: Bed, run: Run): Promise<string[]> {
  const world = await run.worlds.of(run.customers);
  const found = await plansIn(world);
  const parts = found.map(({ name, text }) => `## ${name}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  const page = `# Plans at ${run.customers} customers\n\n${parts.join("\n")}`;
  bed.result(page);
  if (run.out !== null) writeFileSync(run.out, page);
  bed.result(`plans ${found.length} statements, ${found.flatMap(({ wide }) => wide).length} that read a whole table`);
  if (run.customers < ENOUGH_CUSTOMERS) return [];
  return found.flatMap(({ name, wide }) => wide.map((scan) => `${name}: ${scan}`));
}

async function plansIn(world: BigWorld) {
  const members = Array.from({ length: BATCH }, (_, index) => 1 + Math.floor((index * world.customers) / BATCH));
  const statements = await hotStatements({
    rooms: world.rooms,
    shop: world.shop,
    rewardId: "off-1",
    customerIds: members.map(customerIdOf),
    memberIds: members.map(String),
    order: (name, customerId, codes) => orderBody({ name, customerId, codes }),
  });
  const owner = new pg.Client({ connectionString: world.database.superuserUrl });
  await owner.connect();
  try {
    await tellPlans(owner);
    const tables = await tablesOfIndexes(owner);
    const found: { name: string; text: string; wide: string[] }[] = [];
    for (const { name, request } of statements) {
      const plans = await plansOf(owner, request);
      const text = plans.map((plan) => planText(plan)).join("\n\n");
      found.push({ name, text, wide: plans.flatMap((plan) => wideScans(plan, tables)) });
    }
    return found;
  } finally {
    await owner.end();
  }
}
