-- Each new row under these two locked the row of its shop: docs/decisions/0009-no-order-touches-its-shop.md.
alter table order_states drop constraint order_states_shop_fkey;
--> statement-breakpoint
alter table members drop constraint members_shop_fkey;
