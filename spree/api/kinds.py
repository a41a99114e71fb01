"""The supported kinds of shops, and the credential that each needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spree.api.admin_v3 import AdminV3
from spree.api.connection import Connection
from spree.api.errors import CredentialError, ShopError, ShopUnavailableError
from spree.api.platform_v2 import PlatformV2
from spree.api.shop import Shop
from spree.api.v1 import open_solidus, open_v1


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of shop: its versions, the parts of its credential, the paths of its orders."""

    versions: str
    credential: tuple[str, ...]
    paths: tuple[str, ...]
    open: Callable[..., Shop]


KINDS: dict[str, Kind] = {
    "api-v1": Kind("Spree up to 4.4", ("token",), ("/api/v1/orders", "/api/orders"), open_v1),
    "platform-v2": Kind(
        "Spree 4.4 to 5.3, later ones with spree_legacy_api_v2",
        ("client_id", "client_secret"),
        ("/api/v2/platform/orders",),
        PlatformV2,
    ),
    "admin-v3": Kind("Spree 5.5 and later", ("key",), ("/api/v3/admin/orders",), AdminV3),
    "solidus": Kind("Solidus", ("token",), ("/api/orders",), open_solidus),
}


def open_shop(kind: str, connection: Connection, credential: Mapping[str, str]) -> Shop:
    """Return the shop. Raise ShopError if the kind is unknown or the credential does not fit."""
    if kind not in KINDS:
        raise ShopError(f"Unknown kind of shop; known are {', '.join(KINDS)}.")
    wanted = KINDS[kind].credential
    if set(credential) != set(wanted) or not all(map(_is_header_safe, credential.values())):
        raise ShopError(f"A shop of kind {kind} is opened with: {', '.join(wanted)}.")
    return KINDS[kind].open(connection, **credential)


def offered_kinds(connection: Connection) -> list[str]:
    """Return the kinds that a shop may be, detected without a credential.

    Solidus and Spree up to 3.0 cannot be distinguished. Raise ShopUnavailableError if the shop
    does not answer.
    """
    return [
        name for name, kind in KINDS.items() if any(_is_there(connection, p) for p in kind.paths)
    ]


def _is_there(connection: Connection, path: str) -> bool:
    try:
        return connection.get(path, {}) is not None
    except CredentialError:
        return True
    except ShopUnavailableError:
        raise
    except ShopError:  # a redirect, or a page of the storefront
        return False


def _is_header_safe(value: str) -> bool:
    return bool(value) and all("!" <= character <= "~" for character in value)
