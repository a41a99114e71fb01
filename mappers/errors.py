"""What a mapper raises."""

from collections.abc import Mapping


class MappingError(Exception):
    """A hub message that cannot be mapped, with every problem by its hub field.

    `errors` is `{"order.line_items.0.price": ["Not a valid amount."]}`. The texts never quote
    the message, which holds personal data.
    """

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        """Keep the problems; `str()` names them all in one line."""
        super().__init__(
            " ".join(f"{path}: {' '.join(texts)}" for path, texts in sorted(errors.items()))
        )
        self.errors = dict(errors)


class MissingFieldError(MappingError):
    """A hub message without a field that every event of it needs."""

    def __init__(self, path: str) -> None:
        """Name the hub field that is missing."""
        super().__init__({path: ["Missing data for required field."]})


class OutOfRangeError(MappingError):
    """A hub message with an amount that Jirafe's number range does not hold."""

    def __init__(self, path: str) -> None:
        """Name the hub field that the amount comes from."""
        super().__init__({path: ["Must be between -9007199254740992 and 9007199254740992."]})
