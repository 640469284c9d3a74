-- Whether staff see customers' names, asked of Shopify while they look. No name is ever a row of any table.
alter table shop_settings add column shows_names boolean not null default false;
