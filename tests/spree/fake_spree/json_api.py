"""The shop as JSON:API: webhooks of 4.4 to 5.2, and the Platform API v2."""

from typing import Any

from tests.spree.fake_spree.documents import Documents, Resource
from tests.spree.fake_spree.records import (
    Address,
    Customer,
    Line,
    Order,
    Priced,
    Product,
    Shipment,
    ShopData,
    Taxon,
    Variant,
)
from tests.spree.fake_spree.values import amount, milliseconds, picture


class Rendering(Documents):
    """Everything that a JSON:API document may hold of a shop.

    In webhooks prices of products are null, as the serializer gets no currency there.
    """

    def __init__(self, data: ShopData, *, is_webhook: bool, is_5_2: bool = False) -> None:
        super().__init__(".5.2" if is_5_2 else "")
        self._is_webhook = is_webhook
        for taxon in data.taxons:
            self._taxon(taxon, data.taxons)
        for product in data.products:
            self._product(product)
        for customer in data.customers:
            self._customer(customer)

    def order(self, order: Order, *, hides_cancellation: bool = False) -> Resource:
        """Render an order and all that belongs to it."""
        for line in order.lines:
            self._line(line, order)
        for shipment in order.shipments:
            self._shipment(shipment, order)
        own = [
            self._adjustment(order.id * 100 + place, label, value, kind, ("order", order.id))
            for place, (label, value, kind) in enumerate(
                [
                    ("Promotion (Spring ten)", order.promotion, "Spree::PromotionAction"),
                    ("Goodwill", order.by_hand, None),
                ]
            )
            if value
        ]
        for address in (order.bill_address, order.ship_address):
            if address:
                self._address(address)
        canceled_at = None if hides_cancellation else order.canceled_at
        return self.add(
            "order",
            order.id,
            {
                "number": order.number,
                "email": order.email,
                "state": order.state,
                "currency": order.currency,
                "item_total": amount(order.item_total),
                "total": amount(order.total),
                "adjustment_total": amount(order.adjustment_total),
                "shipment_total": amount(order.shipment_total),
                "promo_total": amount(order.promo_total),
                "additional_tax_total": amount(order.added_tax),
                "included_tax_total": amount(order.included_tax),
                "payment_total": amount(order.payment_total),
                "payment_state": order.payment_state,
                "shipment_state": order.shipment_state,
                "item_count": sum(line.quantity for line in order.lines),
                "created_at": milliseconds(order.created_at),
                "updated_at": milliseconds(order.updated_at),
                "completed_at": milliseconds(order.completed_at),
                "canceled_at": milliseconds(canceled_at),
            },
            user=("user", order.customer.id) if order.customer else None,
            bill_address=("address", order.bill_address.id) if order.bill_address else None,
            ship_address=("address", order.ship_address.id) if order.ship_address else None,
            line_items=[("line_item", line.id) for line in order.lines],
            shipments=[("shipment", shipment.id) for shipment in order.shipments],
            adjustments=own,
            all_adjustments=own + [one for part in order.parts for one in self._of_part(part)],
            payments=[],
            state_changes=[],
            return_authorizations=[],
            reimbursements=[],
            order_promotions=[],
        )

    def _line(self, line: Line, order: Order) -> None:
        assert line.variant
        self.add(
            "line_item",
            line.id,
            {
                "quantity": line.quantity,
                "price": amount(line.price),
                "currency": order.currency,
                "created_at": milliseconds(line.created_at),
                "updated_at": milliseconds(line.updated_at),
                **_part_totals(line),
            },
            order=("order", order.id),
            variant=("variant", line.variant.id),
            adjustments=self._of_part(line),
            tax_category=None,
            inventory_units=[],
            digital_links=[],
        )

    def _shipment(self, shipment: Shipment, order: Order) -> None:
        self.add(
            "shipment",
            shipment.id,
            {
                "number": shipment.number,
                "cost": amount(shipment.cost),
                "state": order.shipment_state,
                **_part_totals(shipment),
            },
            order=("order", order.id),
            adjustments=self._of_part(shipment),
        )

    def _of_part(self, part: Priced) -> list[tuple[str, int]]:
        assert isinstance(part, Line | Shipment)
        kind = "line_item" if isinstance(part, Line) else "shipment"
        rows = (
            ("Promotion (Wax week)", part.promotion, "Spree::PromotionAction"),
            ("Sales tax", part.added_tax, "Spree::TaxRate"),
            ("VAT (Included)", part.included_tax, "Spree::TaxRate"),
        )
        return [
            self._adjustment(part.id * 100 + place, label, value, source, (kind, part.id))
            for place, (label, value, source) in enumerate(rows)
            if value
        ]

    def _adjustment(
        self, identifier: int, label: str, value: Any, source: str | None, of: tuple[str, int]
    ) -> tuple[str, int]:
        self.add(
            "adjustment",
            identifier,
            {
                "label": label,
                "amount": amount(value),
                "source_type": source,
                "eligible": True,
                "included": "Included" in label,
                "state": "closed",
            },
            adjustable=of,
        )
        return "adjustment", identifier

    def _address(self, address: Address) -> None:
        country_id, state_id = address.id * 10, address.id * 10 + 1
        iso, name = address.country
        self.add("country", country_id, {"iso": iso, "name": name}, states=[])
        if address.state:
            state, abbr = address.state
            self.add("state", state_id, {"name": state, "abbr": abbr})
        self.add(
            "address",
            address.id,
            {
                "firstname": address.first_name,
                "lastname": address.last_name,
                "address1": address.street,
                "city": address.city,
                "zipcode": address.zipcode,
                "phone": address.phone,
                "company": address.company,
            },
            country=("country", country_id),
            state=("state", state_id) if address.state else None,
            user=None,
        )

    def _customer(self, customer: Customer) -> None:
        self._address(customer.address)
        self.add(
            "user",
            customer.id,
            {
                "email": customer.email,
                "first_name": customer.address.first_name,
                "last_name": customer.address.last_name,
                "created_at": milliseconds(customer.created_at),
                "updated_at": milliseconds(customer.updated_at),
            },
            bill_address=("address", customer.address.id),
            ship_address=("address", customer.address.id),
        )

    def _product(self, product: Product) -> None:
        self.add(
            "product",
            product.id,
            {
                "name": product.name,
                "slug": product.slug,
                "status": "active",
                "created_at": milliseconds(product.created_at),
                "updated_at": milliseconds(product.updated_at),
                "available_on": milliseconds(product.created_at),
                "price": None if self._is_webhook else amount(product.master.price),
            },
            primary_variant=("variant", product.master.id),
            default_variant=("variant", product.master.id),
            variants=[("variant", variant.id) for variant in product.variants],
            taxons=[("taxon", taxon.id) for taxon in product.taxons],
            images=[],
            option_types=[],
            product_properties=[],
            tax_category=None,
        )
        for variant in (product.master, *product.variants):
            self._variant(variant)

    def _variant(self, variant: Variant) -> None:
        for option in variant.options:
            self.add(
                "option_type",
                option.type_id,
                {"name": option.type_name, "presentation": option.type_label},
            )
            self.add(
                "option_value",
                option.id,
                {"name": option.name, "presentation": option.label},
                option_type=("option_type", option.type_id),
            )
        self.add("image", variant.id, {"original_url": picture(variant.id), "styles": []})
        self.add(
            "variant",
            variant.id,
            {
                "sku": variant.sku,
                "name": variant.name,
                "is_master": variant.is_master,
                "price": None if self._is_webhook else amount(variant.price),
            },
            product=("product", variant.product_id),
            option_values=[("option_value", option.id) for option in variant.options],
            images=[("image", variant.id)],
            tax_category=None,
            digitals=[],
            stock_items=[],
            stock_locations=[],
        )

    def _taxon(self, taxon: Taxon, taxons: list[Taxon]) -> None:
        self.add("taxonomy", taxon.taxonomy_id, {"name": taxon.permalink.partition("/")[0]})
        self.add(
            "taxon",
            taxon.id,
            {
                "name": taxon.name,
                "permalink": taxon.permalink,
                "created_at": milliseconds(taxon.updated_at),
                "updated_at": milliseconds(taxon.updated_at),
            },
            parent=("taxon", taxon.parent_id) if taxon.parent_id else None,
            taxonomy=("taxonomy", taxon.taxonomy_id),
            children=[("taxon", one.id) for one in taxons if one.parent_id == taxon.id],
            image=None,
        )


def _part_totals(part: Priced) -> dict[str, Any]:
    return {
        "adjustment_total": amount(part.adjustment_total),
        "promo_total": amount(part.promotion),
        "additional_tax_total": amount(part.added_tax),
        "included_tax_total": amount(part.included_tax),
    }
