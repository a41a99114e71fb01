"""What is wrong with a message: errors that refuse it, warnings beside its events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

MOST_PROBLEMS = 100
"""How many problems of one message are reported."""

MISSING = "Missing data for required field."


class MappingError(Exception):
    """A hub message that cannot be mapped, with its problems by hub field.

    `errors` is `{"order.line_items.0.price": ["Not a valid amount."]}`, at most MOST_PROBLEMS of
    them. The texts never quote the message, which holds personal data.
    """

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = dict(islice(errors.items(), MOST_PROBLEMS))
        super().__init__(
            " ".join(f"{path}: {' '.join(words)}" for path, words in sorted(self.errors.items()))
        )


def missing(*paths: str) -> MappingError:
    """Return the error for a message without fields that its events need."""
    return MappingError({path: [MISSING] for path in paths})


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001
    """Something that the merchant should know of a message that was mapped all the same.

    `path` is the hub field. The codes, with their details:

    - "left_out": a field of a form that cannot be read. `reason`, in words.
    - "sums": the total is not the sum of its parts. The amounts that were compared, as texts:
      `subtotal`, `tax`, `included_tax`, `shipping`, `payment_cost`, `fees`, `discounts`,
      `credits`, `total`.
    - "items": the items are not worth the subtotal. `subtotal` and `items`, as texts.
    - "future_date": a date more than a day ahead, read as now. No details.
    - "currency": no currency is known. `currency`, the one that was assumed.
    """

    code: str
    path: str
    details: Mapping[str, Any] = field(default_factory=dict)


def limited(warnings: Iterable[Warning]) -> list[Warning]:
    """Return the warnings, each once and at most MOST_PROBLEMS of them."""
    unique = {(warning.code, warning.path): warning for warning in warnings}
    return list(islice(unique.values(), MOST_PROBLEMS))
