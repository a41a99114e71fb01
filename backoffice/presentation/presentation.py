"""Prepare a report's cards, funnel and statements, and the notes on its figures."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from analytics.figures.figure import Unit
from analytics.figures.figures import CATALOG_FUNNEL, FIGURES, FUNNEL, Measured
from backoffice import charts
from backoffice.formats import UNKNOWN
from backoffice.presentation.charted import ChartedMeasures
from backoffice.presentation.measures import decimal
from backoffice.presentation.parts import Card, Line, Step

_MEANINGS = (
    "came to the shop",
    "saw a second page",
    "looked at a product",
    "put an item in the cart",
    "completed an order",
)
_CATALOG_MEANINGS = ("saw its page", "put it in the cart", "bought it")


class Presentation(ChartedMeasures):
    """The report in one shop's formats."""

    def cards(self, names: Sequence[str], chosen: str) -> list[Card]:
        """Return the figures as cards; the link of each selects it for the chart."""
        return [self._card(name, is_chosen=name == chosen) for name in names]

    def baseline(self, name: str) -> str:
        """Return what a figure was before, and whether the change is better if a rise is not."""
        before = self.report.figures[name].before
        is_rate = FIGURES[name].unit is Unit.RATE
        if self.delta(name) is None or before is None or not (before or is_rate):
            return ""
        words = f"from {self.show(name, before, short=True)}", self.verdict(name)
        return ", ".join(filter(None, words))

    def verdict(self, name: str) -> str:
        """Return better or worse for a change of a figure that ought to fall, "" for others."""
        delta = self.delta(name)
        if delta is None or FIGURES[name].better != "down":
            return ""
        return {"good": "better", "bad": "worse"}.get(delta.tone, "")

    def funnel(self) -> list[Step]:
        """Return the steps of the purchase funnel, or of that of a product or category."""
        is_whole = FUNNEL[1] in self.report.figures
        steps, meanings = (FUNNEL, _MEANINGS) if is_whole else (CATALOG_FUNNEL, _CATALOG_MEANINGS)
        counts = [int(self.report.figures[name].value or 0) for name in steps]
        names = [
            "All visits" if is_whole else "Visits",
            *(FIGURES[name].title for name in steps[1:]),
        ]
        return [
            Step(
                name,
                meaning,
                charts.share(count, counts[0]),
                self.form.count(count),
                self._share(count, counts[0]),
                self._share(count, counts[place - 1]) if place else "",
            )
            for place, (name, meaning, count) in enumerate(
                zip(names, meanings, counts, strict=True)
            )
        ]

    def line(self, name: str, title: str = "", sign: str = "", look: str = "") -> Line:
        """Return a figure as a line of a statement."""
        measured = self.report.figures[name]
        return Line(
            title or FIGURES[name].title,
            self.show(name, measured.value),
            self.show(name, measured.before) if self.is_compared else "",
            self.delta(name),
            sign,
            look,
        )

    def became_orders(self) -> Line:
        """Return the carts that became orders: all but the abandoned and the open ones."""
        figures = self.report.figures

        def count(which: str) -> str:
            parts = [
                getattr(figures[name], which) for name in ("carts", "abandoned_carts", "open_carts")
            ]
            known = [int(part) for part in parts if part is not None]
            return self.form.count(known[0] - known[1] - known[2] if len(known) == 3 else None)

        then = count("before") if self.is_compared else ""
        return Line("Became an order", count("value"), then, look="full")

    def cart_parts(self) -> list[tuple[str, str, str]]:
        """Return the parts of the carts' bar: look, and start and width in percent."""
        figures = self.report.figures
        total = int(figures["carts"].value or 0)
        left, still_open = (int(figures[n].value or 0) for n in ("abandoned_carts", "open_carts"))
        counts = (("soft", left), ("full", total - left - still_open), ("grey", still_open))
        parts, begins = [], 0.0
        for look, count in counts:
            width = max(0.0, float(charts.share(count, total)))
            if width:
                parts.append((look, f"{begins:.1f}", f"{max(0.2, width - 0.4):.1f}"))
            begins += width
        return parts

    def notes(self) -> list[tuple[str, str, str, str]]:
        """Return the notes on the figures: emphasis, text, address and link."""
        figures, notes = self.report.figures, []
        if self.asked.cut is not None and self.has_data:
            until = self.form.time(self.asked.now.astimezone(self.asked.site.zone))
            notes.append(("", f"Today is compared up to {until}.", "", ""))
        for currency, count in self.report.other_currencies.items():
            url = self.address.url(currency=currency)
            notes.append(
                (
                    f"{self._orders(count)} in {currency}",
                    "not in these figures.",
                    url,
                    f"Show {currency}",
                )
            )
        if without := _count(figures, "orders_without_visit"):
            text = "without a known visit, not counted for conversion and revenue per visit."
            notes.append((self._orders(without), text, "", ""))
        if waiting := _count(figures, "waiting_orders"):
            notes.append((self._orders(waiting), "not yet accepted.", "", ""))
        return notes

    def _orders(self, count: int) -> str:
        return f"{self.form.count(count)} {'order' if count == 1 else 'orders'}"

    def _card(self, name: str, *, is_chosen: bool) -> Card:
        measured = self.report.figures[name]
        return Card(
            FIGURES[name].title,
            UNKNOWN if self.is_new else self.show(name, measured.value, short=True),
            None if self.is_new else self.delta(name),
            "No data yet" if self.is_new else self.baseline(name),
            self._spark(name, measured) if self.has_data and len(measured.series) > 1 else None,
            self.address.url(metric=name, anchor="chart"),
            is_chosen,
        )

    def _spark(self, name: str, measured: Measured) -> charts.Sparkline:
        values = [decimal(value) for _, value in measured.series]
        today = self.asked.now.astimezone(self.asked.site.zone).date()
        is_sum = FIGURES[name].unit is not Unit.RATE
        if is_sum and self.asked.days.last == today:
            values = values[:-1]  # today is not over
        return charts.sparkline(values, [decimal(value) for _, value in measured.series_before])

    def _share(self, part: int, whole: int) -> str:
        share = Decimal(part) / whole if whole else None
        digits = 1 if share is not None and share < Decimal("0.1") else 0
        return self.form.percent(share, digits)


def _count(figures: Mapping[str, Measured], name: str) -> int:
    return int(figures[name].value or 0) if name in figures else 0
