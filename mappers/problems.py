"""Problems of a message: errors that refuse it, and warnings in addition to its events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

MOST_PROBLEMS = 100
"""The number of problems of one message that are reported."""

MISSING = "Missing data for required field."


class MappingError(Exception):
    """A hub message that cannot be mapped, with its problems by hub field.

    `errors` is for example `{"order.line_items.0.price": ["Not a valid amount."]}`, with at most
    MOST_PROBLEMS entries. The texts never quote the message, which contains personal data.
    """

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = dict(islice(errors.items(), MOST_PROBLEMS))
        super().__init__(
            " ".join(f"{path}: {' '.join(words)}" for path, words in sorted(self.errors.items()))
        )


def missing(*paths: str) -> MappingError:
    """Return the error for a message that lacks required fields."""
    return MappingError({path: [MISSING] for path in paths})


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001
    """A problem that the merchant should know about, although the message was mapped.

    `path` is the hub field. The codes, with their details:

    - "left_out": a field could not be read. `reason` is a sentence.
    - "sums": the total is not the sum of its parts. The amounts compared, as texts: `subtotal`,
      `tax`, `included_tax`, `shipping`, `payment_cost`, `fees`, `discounts`, `credits`, `total`.
    - "items": the items do not add up to the subtotal. `subtotal` and `items`, as texts.
    - "future_date": a date more than a day ahead, read as now. No details.
    - "currency": no currency is known. `currency` is the one that was assumed.
    """

    code: str
    path: str
    details: Mapping[str, Any] = field(default_factory=dict)


def limited(warnings: Iterable[Warning]) -> list[Warning]:
    """Return the warnings without duplicates, at most MOST_PROBLEMS of them."""
    unique = {(warning.code, warning.path): warning for warning in warnings}
    return list(islice(unique.values(), MOST_PROBLEMS))
