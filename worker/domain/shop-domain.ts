/** What a shop is called everywhere: its myshopify.com domain, whole. Whatever is asked in a shop's name goes to this host. */
export const SHOP_DOMAIN = /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/;
