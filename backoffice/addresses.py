"""The URLs of pages: the query determines everything that a page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from analytics.queries.asked import SEGMENTS

PATHS = {
    "overview": "/dashboard",
    "sales": "/dashboard/sales",
    "marketing": "/dashboard/marketing",
    "merchandising": "/dashboard/merchandising",
    "customers": "/dashboard/customers",
    "carts": "/dashboard/carts",
}
"""The path of each report."""

_SEGMENTS_OF = {
    "overview": SEGMENTS,
    "sales": ("channel",),
    "marketing": ("channel",),
    "merchandising": ("product", "category"),
    "customers": (),
    "carts": ("channel",),
}
"""What each report can be limited to."""

_KEPT_BETWEEN_PAGES = ("site", "period", "from", "to", "compare", "currency")

Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Address:
    """A report with its parameters."""

    report: str
    parameters: Parameters

    def url(
        self, report: str = "", anchor: str = "", table: str = "", **changes: str | None
    ) -> str:
        """Return the address with some parameters changed, or removed if None.

        The address of another `report` has only shop, period, comparison, currency, and the
        segment if that report has it. `table` gives the address of a table as CSV.
        """
        report = report or self.report
        kept = self.parameters
        if report != self.report:
            names = (*_KEPT_BETWEEN_PAGES, *_SEGMENTS_OF[report])
            kept = {name: kept[name] for name in names if name in kept}
        values = {name: list(some) for name, some in kept.items() if name not in changes}
        values |= {name: [one] for name, one in changes.items() if one is not None}
        query = urlencode(values, doseq=True)
        path = PATHS[report] + (f"/{table}.csv" if table else "")
        return path + (f"?{query}" if query else "") + (f"#{anchor}" if anchor else "")

    def as_json(self) -> str:
        """Return the address of the report as JSON."""
        query = urlencode(self.parameters, doseq=True)
        return f"/dashboard/{self.report}.json" + (f"?{query}" if query else "")

    def deeper(self, report: str, segment: str, *levels: str) -> str:
        """Return the address of a report narrowed down to a channel, product or category."""
        bare = {k: v for k, v in self.parameters.items() if k in _KEPT_BETWEEN_PAGES}
        query = urlencode({**bare, segment: list(levels)}, doseq=True)
        return f"{PATHS[report]}?{query}"

    def without_segment(self) -> str:
        """Return the address without a segment, and without a figure that only segments have."""
        dropped = ("metric", *SEGMENTS)
        kept = {name: some for name, some in self.parameters.items() if name not in dropped}
        return Address(self.report, kept).url()
