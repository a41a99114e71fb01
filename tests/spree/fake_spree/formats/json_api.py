"""The shop as JSON:API: webhooks of 4.4 to 5.2, and the Platform API v2."""

from typing import Any

from tests.spree.fake_spree.formats.documents import Resource
from tests.spree.fake_spree.formats.json_api_catalog import Catalog
from tests.spree.fake_spree.records import (
    Line,
    Order,
    Priced,
    Shipment,
)
from tests.spree.fake_spree.values import amount, milliseconds


class Rendering(Catalog):
    """Everything that a JSON:API document may hold of a shop."""

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
                    ("Gift wrap", order.by_hand, None),
                ]
            )
            if value
        ]
        for address in (order.bill_address, order.ship_address):
            if address:
                self.add_address(address)
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


def _part_totals(part: Priced) -> dict[str, Any]:
    return {
        "adjustment_total": amount(part.adjustment_total),
        "promo_total": amount(part.promotion),
        "additional_tax_total": amount(part.added_tax),
        "included_tax_total": amount(part.included_tax),
    }
