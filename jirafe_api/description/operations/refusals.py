"""Which refusals the description knows, and which of them go together."""

from jirafe_api.errors import (
    BadEncoding,
    BadJson,
    Invalid,
    InvalidToken,
    InvalidType,
    Missing,
    NotAuthorized,
    NotFound,
    Refused,
    TooLarge,
)

REFUSALS: tuple[Refused, ...] = (
    BadJson(),
    InvalidType(),
    Invalid({"": "'id' is a required property"}),
    InvalidToken(),
    NotAuthorized(),
    Missing(),
    NotFound(),
    TooLarge(),
    BadEncoding(),
)
"""One of each error type, as an example."""

TOKEN: tuple[Refused, ...] = (InvalidToken(), NotAuthorized())
"""Of what wants a token of the site."""

BODY: tuple[Refused, ...] = (BadJson(), TooLarge(), BadEncoding())
"""Of what takes a body."""
