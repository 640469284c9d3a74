-- Orders that earned nothing because they are in another currency than the shop's: a list for staff, newest first. Shopify's numbers of orders grow, and
-- are text: the longer one is the greater one. Nothing here is of `state`, which every change of an order writes: only one that changes `reason` writes
-- the order to its indexes anew. A deployment with many orders makes the index beforehand, `concurrently` and under this name
-- (docs/decisions/0013-migrations-widen-first.md).
create index if not exists order_states_other_currency on order_states (shop_id, length(order_id), order_id) where reason = 'other-currency';
