"""A shop's records in the form of hub messages, which is that of Spree's API v1.

Each module reads one of Spree's formats and returns plain dictionaries with these keys. Keys that
the format lacks are missing. Amounts and dates stay the texts that the shop sent; ids are integers
as text.

- order: number, state, email, currency, user_id, created_at, updated_at, completed_at,
  canceled_at, item_total, total, tax_total, included_tax_total, additional_tax_total, ship_total,
  promo_total, adjustment_total, adjustments (the order's own), shipments [cost, adjustments],
  bill_address, ship_address, cart_id (Spree 6), visit_id, visitor_id, pageview_id and
  last_pageview_id (from the order's metadata), line_items [id, quantity, price, variant_id, name,
  created_at, updated_at, adjustments, variant]
- adjustment: label, amount, eligible, included, source_type
- variant: id, sku, name, slug, is_master, product_id, option_values, images, product
- product: id, sku, name, slug, has_variants, taxons, images, master, variants, created_at,
  updated_at, available_on
- taxon: id, name, permalink, parent_id, taxonomy_id, created_at, updated_at
- customer: id, email, first_name, last_name, phone, created_at, updated_at, bill_address,
  ship_address
- address: id, firstname, lastname, name, company, phone, address1, address2, city, zipcode,
  state {name, abbr}, state_name, country {iso, name}

Nothing else is passed on: no payment sources, tokens, IP addresses or staff notes.
"""
