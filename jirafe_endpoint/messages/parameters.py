"""The parameters that the merchant gives the hub for this endpoint."""

from dataclasses import dataclass

_EVERY = ("cart", "order", "taxon", "product", "customer", "user")
_SHOP = ("cart", "order", "product")


@dataclass(frozen=True)
class Parameter:
    """One parameter; `name` is without prefix.

    `required_by` and `used_by` are subjects of messages, such as "order". `allowed` is a pattern
    for the whole value, or "" if every value is allowed.
    """

    name: str
    description: str
    required_by: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()
    allowed: str = ""


PARAMETERS = (
    Parameter(
        "site_id",
        "The site at the Jirafe Events API.",
        required_by=_EVERY,
        allowed=r"[A-Za-z0-9_-]{1,64}",
    ),
    Parameter(
        "access_token",
        "The site's access token at the Jirafe Events API.",
        required_by=_EVERY,
        allowed=r"[!-~]{1,512}",
    ),
    Parameter(
        "product_category_taxonomy",
        "The id of the taxonomy with the shop's categories.",
        required_by=("taxon",),
        used_by=_SHOP,
    ),
    Parameter(
        "brand_category_taxonomy",
        "The id of the taxonomy with the brands.",
        used_by=_SHOP,
    ),
    Parameter(
        "store_url",
        "The shop's URL, for the links of products and images.",
        used_by=_SHOP,
    ),
    Parameter(
        "currency",
        "The currency of carts and orders that have none, such as EUR.",
        used_by=("cart", "order"),
    ),
)

MAPPING = [one for one in PARAMETERS if one.used_by]
"""The parameters that the events of a message depend on."""


def required_by(subject: str) -> list[str]:
    """Return the names of the parameters that messages about a subject need to be mapped."""
    return [one.name for one in MAPPING if subject in one.required_by]
