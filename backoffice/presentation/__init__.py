"""Reports in the formats of a shop: cards, charts and statements, as templates show them."""
