-- A pilot of those whom the merchant gave a tag at Shopify: which tag, and when it was last read whole. Who has it is kept in the members' accounts, with
-- when it was seen to come and to go.
alter table shop_settings
  add column pilot_tag text,
  add column pilot_tag_read_at timestamptz,
  add column pilot_tag_members integer;
