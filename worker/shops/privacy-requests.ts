/** What the privacy laws ask of a shop: requests and their answers, a person's number in what was set aside, and what is kept too long. */
import { sql } from "drizzle-orm";
import { type Database, runFor } from "../db/client.ts";
import type { Shop } from "./shops.ts";

/** How long an answer lies there for the merchant. */
const ANSWER_DAYS = 30;

/** A delivery that was set aside and names the person. */
export interface AsideMention {
  readonly topic: string;
  readonly reason: string;
  readonly at: string;
}

/** A pattern for the places in a job's text that name one of these customers. Ids are digits: nothing in them needs escaping. */
function namesAnyOf(customerIds: readonly string[], fields: string): string {
  return `"(${fields})":"(${customerIds.filter((id) => /^\d+$/.test(id)).join("|") || "none"})"`;
}

const ANY_FIELD = "customerId|keptCustomerId|mergedCustomerId";

/** What was set aside that names one of these customers, newest first. */
export function readMentions(db: Database, shop: Shop, customerIds: readonly string[]): Promise<AsideMention[]> {
  return runFor<AsideMention>(
    db,
    { domains: [shop.domain] },
    sql`
      select topic, reason, to_json(recorded_at) #>> '{}' as at from set_aside
      where shop_domain = ${shop.domain} and job::text ~ ${namesAnyOf(customerIds, ANY_FIELD)}
      order by id desc
    `,
  );
}

/** Keeps the answer to a request. Asked again, the first answer stays. */
export async function keepAnswer(
  db: Database,
  shop: Shop,
  { requestId, customerId, answer }: { requestId: string; customerId: string | null; answer: string },
): Promise<void> {
  await runFor(
    db,
    { shops: [shop.id] },
    sql`
      insert into privacy_requests (shop_id, id, kind, customer_id, done_at, answer, expires_at)
      values (${shop.id}, ${requestId}, 'data-request', ${customerId}, now(), ${answer}::json, now() + make_interval(days => ${ANSWER_DAYS}))
      on conflict do nothing
    `,
  );
}

/** Takes a forgotten person's numbers out of requests and of what was set aside. */
export async function scrubCustomer(db: Database, shop: Shop, customerIds: readonly string[]): Promise<void> {
  await runFor(
    db,
    { shops: [shop.id] },
    sql`
      update privacy_requests set customer_id = null, answer = null
      where shop_id = ${shop.id} and customer_id in (select json_array_elements_text(${JSON.stringify(customerIds)}::json))
    `,
  );
  // An order's news is as good without its customer. What is about the person alone has nothing left to say.
  const orders = namesAnyOf(customerIds, "customerId");
  await runFor(
    db,
    { domains: [shop.domain] },
    sql`
      update set_aside
      set job = case job ->> 'kind' when 'order' then regexp_replace(job::text, ${orders}, '"customerId":null')::json end,
          replay_due_at = case job ->> 'kind' when 'order' then replay_due_at end
      where shop_domain = ${shop.domain} and job::text ~ ${namesAnyOf(customerIds, ANY_FIELD)}
    `,
  );
}

/** Writes down that somebody was forgotten: when, and not who. */
export async function recordForgotten(db: Database, shop: Shop, requestId: string): Promise<void> {
  await runFor(
    db,
    { shops: [shop.id] },
    sql`
      insert into privacy_requests (shop_id, id, kind, done_at) values (${shop.id}, ${requestId}, 'forget', now())
      on conflict do nothing
    `,
  );
}

/** Deletes, for all shops, what was kept long enough; returns how many rows it found, at most this many of a kind. */
export async function clearOutlived(db: Database, most: number): Promise<number> {
  const [row] = await runFor<{ cleared: number }>(db, {}, sql`select lojal_clear_outlived(${most}) as cleared`);
  return row?.cleared ?? 0;
}
