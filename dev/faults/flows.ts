/** Every flow of the worker as a scene: what leads to it, what sets it going, and what happens again when nobody was answered. */
import { orderEditBody } from "../shopify/order-edits.ts";
import type { Bed } from "./bed.ts";
import type { Isolate } from "./isolate.ts";
import { giveBack, postAll, redeem } from "./outside.ts";
import type { Delivery, Store } from "./store.ts";

export interface Stage {
  readonly bed: Bed;
  /** A shop that other scenes were played in. */
  readonly store: Store;
  /** Good for all that leads up to the flow. */
  readonly isolate: Isolate;
  readonly random: () => number;
  newCustomer(): string;
}

export interface Play {
  /** Sets the flow going, in the worker that was started last. */
  act(isolate: Isolate): Promise<unknown>;
  /** What was not answered is asked again. */
  again(isolate: Isolate): Promise<unknown>;
}

export interface Scene {
  (stage: Stage): Promise<Play>;
  readonly pendingDays?: number;
}

const nothing = () => Promise.resolve();
const drained = (isolate: Isolate) => isolate.drain();

/** A customer with more than the reward costs. */
async function rich({ bed, store, isolate, newCustomer }: Stage): Promise<string> {
  const customer = newCustomer();
  await store.buy(customer, "80.00");
  await postAll(bed, store.take());
  await isolate.drain();
  return customer;
}

const accept: Scene = async ({ bed, store, newCustomer }) => {
  await store.buy(newCustomer(), "12.00");
  const deliveries = store.take();
  return {
    act: () => postEach(bed, deliveries),
    again: async (isolate) => {
      await postAll(bed, deliveries);
      await isolate.drain();
    },
  };
};

async function postEach(bed: Bed, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) await bed.post(delivery);
}

const settle: Scene = async ({ bed, store, random, newCustomer }) => {
  await store.trade(6, [newCustomer(), newCustomer(), newCustomer()], random);
  await postAll(bed, store.take());
  return { act: drained, again: drained };
};

const chooseReward =
  (isPatient: boolean): Scene =>
  async (stage) => {
    const { bed, store } = stage;
    const [customer, id] = [await rich(stage), crypto.randomUUID()];
    const asked = () => bed.ask(store, customer, "/redemptions", { id, reward_id: "off-500" });
    return { act: asked, again: isPatient ? () => redeem(bed, store, customer, id) : nothing };
  };

const cancel =
  (isPatient: boolean): Scene =>
  async (stage) => {
    const { bed, store } = stage;
    const [customer, id] = [await rich(stage), crypto.randomUUID()];
    await redeem(bed, store, customer, id);
    const asked = () => bed.ask(store, customer, `/redemptions/${id}/cancel`, {});
    return { act: asked, again: isPatient ? () => giveBack(bed, store, customer, id) : nothing };
  };

/** The code was asked for, and Shopify's answer was lost: `isMade` tells whether the code is there. */
const finish =
  (isMade: boolean): Scene =>
  async (stage) => {
    const { bed, store } = stage;
    const [customer, id] = [await rich(stage), crypto.randomUUID()];
    bed.admin.follow(() => ({ cut: isMade ? "after" : "before" }));
    await bed.ask(store, customer, "/redemptions", { id, reward_id: "off-500" });
    bed.admin.follow(null);
    return { act: drained, again: drained };
  };

/** The shopper never used the code, and its time is over. */
const expire: Scene = async (stage) => {
  const { bed, store } = stage;
  const [customer, id] = [await rich(stage), crypto.randomUUID()];
  await redeem(bed, store, customer, id);
  await stage.isolate.drain();
  await bed.look("update redemptions set ends_at = now() - interval '2 hours', due_at = now() where id = $1", [id]);
  return { act: swept, again: swept };
};

async function swept(isolate: Isolate): Promise<void> {
  await isolate.scheduled();
  await isolate.drain();
}

/** An order that was paid with a code is refunded: the points spent come back. */
const refundSpent: Scene = async (stage) => {
  const { bed, store } = stage;
  const [customer, id] = [await rich(stage), crypto.randomUUID()];
  await redeem(bed, store, customer, id);
  const [row] = await bed.look<{ code: string }>("select code from redemptions where id = $1", [id]);
  const order = await store.buy(customer, "30.00", [row?.code ?? ""]);
  await store.shopify.refund(store.shop, { order_id: order.gid.split("/").at(-1) ?? "", amount: "5.00" });
  await postAll(bed, store.take());
  return { act: drained, again: drained };
};

const merge: Scene = async (stage) => {
  const [kept, merged] = [await rich(stage), await rich(stage)];
  stage.store.merge(kept, merged);
  await postAll(stage.bed, stage.store.take());
  return { act: drained, again: drained };
};

const readOrder: Scene = async (stage) => {
  const { bed, store } = stage;
  const order = await store.buy(await rich(stage), "44.00");
  store.take();
  store.shopify.webhooks.emit(store.shop, "orders/edited", orderEditBody(store.shop, undefined, order));
  await postAll(bed, store.take());
  return { act: drained, again: drained };
};

/** The return window of an order passes. */
const bookDue: Scene = Object.assign(
  async (stage: Stage) => {
    const { bed, store } = stage;
    await rich(stage);
    await bed.look(
      `with passed as (
         update lots set available_at = now() - interval '1 minute'
         from shops where shops.id = lots.shop_id and shops.domain = $1 returning lots.shop_id, lots.member_id)
       update accounts set next_due_at = now() - interval '1 minute'
       from passed where (accounts.shop_id, accounts.member_id) = (passed.shop_id, passed.member_id)`,
      [store.domain],
    );
    return { act: swept, again: swept };
  },
  { pendingDays: 14 },
);

const paintProgram: Scene = async ({ bed, store }) => {
  await bed.look("update shops set painted_program_version = 0 where domain = $1", [store.domain]);
  return { act: swept, again: swept };
};

const leave: Scene = async (stage) => {
  const customer = await rich(stage);
  const asked = () => stage.bed.ask(stage.store, customer, "/membership", { member: false });
  return { act: asked, again: asked };
};

export const scenes: Readonly<Record<string, Scene>> = {
  "accept a delivery": accept,
  "settle a batch": settle,
  "redeem a reward": chooseReward(true),
  "redeem, and close the page": chooseReward(false),
  "cancel a redemption": cancel(true),
  "cancel, and close the page": cancel(false),
  "finish, with the code not made": finish(false),
  "finish, with the code made": finish(true),
  "give back what has expired": expire,
  "refund what was paid with a code": refundSpent,
  "merge two customers": merge,
  "read an order": readOrder,
  "book what is due": bookDue,
  "paint the program": paintProgram,
  "leave the program": leave,
};
