"""The connected shops: their addresses and credentials, and the sites that their events go to.

Credentials, webhook secrets and tokens are stored encrypted.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, Row, delete, insert, select, update

from database.transactions import Database
from jirafe_endpoint.shops.tables import IMPORTS, INBOX, SHOPS
from jirafe_endpoint.state.columns import timestamp

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


class SecretKeyError(Exception):
    """SECRET_KEY is missing, or not the one that something was encrypted with."""


class Vault:
    """Encrypts with the first key and decrypts with any, so that a key can be replaced."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = tuple(keys)

    def encrypt(self, value: Any) -> str:
        """Return a JSON value as encrypted text. Raise SecretKeyError without a key."""
        fernet, _ = _fernet(self._keys)
        return fernet.encrypt(orjson.dumps(value)).decode()

    def decrypt(self, text: str) -> Any:
        """Return the value of an encrypted text. Raise SecretKeyError without the right key."""
        fernet, error = _fernet(self._keys)
        try:
            return orjson.loads(fernet.decrypt(text))
        except error:
            raise SecretKeyError(
                "SECRET_KEY is not the one that the shop was connected with."
            ) from None


@cache
def _fernet(keys: tuple[str, ...]) -> tuple["MultiFernet", type[Exception]]:
    """Return what encrypts with the keys, and the error of a text that has another one.

    Raise SecretKeyError without a key.
    """
    if not keys:
        raise SecretKeyError(
            "SECRET_KEY is not set, so a shop's credentials cannot be stored. Set it, for "
            "example to the output of `openssl rand -hex 32`."
        )
    # Imported here, because it is large and most processes have no shops.
    from cryptography.fernet import Fernet, InvalidToken, MultiFernet

    # A plain hash is enough: in production the key is random, and not a password.
    digests = (hashlib.sha256(key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in digests]), InvalidToken


class UnknownShopError(Exception):
    """No shop is connected under this site."""


@dataclass(frozen=True)
class ConnectedShop:
    """A shop whose events are sent to `site` with `token`.

    `kind` is one of spree.api.kinds.KINDS and `credential` its credential; both are empty if the
    shop's API is not used. Webhooks can be signed with any of `webhook_secrets`. `parameters` are
    those of the mapping, without the prefix of their names. `created_at` is None until the shop
    is stored.
    """

    site: str
    url: str
    token: str = field(repr=False)
    kind: str = ""
    credential: Mapping[str, str] = field(default_factory=dict, repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)
    created_at: str | None = None

    def with_token(self, token: str) -> "ConnectedShop":
        """Return the shop with another token."""
        return replace(self, token=token)


class ShopConnections:
    """The connected shops in the database.

    A site's credential in `given`, from the environment, is used instead of the stored one and is
    never stored. Every method raises DatabaseUnavailableError if the database fails, and
    SecretKeyError if the secrets cannot be encrypted or decrypted.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Callable[[], datetime],
        given: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._given = given or {}

    def given(self, site: str) -> Mapping[str, str]:
        """Return a site's credential from the environment, empty if there is none."""
        return self._given.get(site, {})

    def check_key(self) -> None:
        """Raise SecretKeyError unless secrets can be stored."""
        self._vault.encrypt(None)

    def get(self, site: str) -> ConnectedShop | None:
        """Return the shop connected under a site, or None."""
        with self._database.reading() as connection:
            row = _row(connection, site)
        return self._shop(row) if row else None

    def all(self) -> list[ConnectedShop]:
        """Return all connected shops by site."""
        with self._database.reading() as connection:
            rows = connection.execute(select(SHOPS).order_by(SHOPS.c.site)).all()
        return [self._shop(row) for row in rows]

    def readable(self, site: str) -> ConnectedShop | None:
        """Return what `get` returns, and None if another SECRET_KEY encrypted it."""
        try:
            return self.get(site)
        except SecretKeyError:
            return None

    def connect(self, shop: ConnectedShop) -> None:
        """Store a shop, or replace the stored one.

        Its webhook secrets stay valid, unless they were encrypted with another SECRET_KEY.
        """
        with self._changing(shop.site) as connection:
            known = self._find_readable(connection, shop.site)
            old = known.webhook_secrets if known else ()
            secrets = tuple(dict.fromkeys((*old, *shop.webhook_secrets)))
            columns = self._columns(replace(shop, webhook_secrets=secrets))
            replaced = update(SHOPS).where(SHOPS.c.site == shop.site).values(columns)
            if not connection.execute(replaced).rowcount:
                created = {"site": shop.site, "created_at": timestamp(self._clock())}
                connection.execute(insert(SHOPS), columns | created)

    def add_secret(self, site: str, secret: str) -> None:
        """Accept webhooks signed with this secret too. Raise UnknownShopError."""
        with self._changing(site) as connection:
            shop = self._known(connection, site)
            secrets = dict.fromkeys((*shop.webhook_secrets, secret))
            self._update(connection, replace(shop, webhook_secrets=tuple(secrets)))

    def remove_secret(self, site: str, number: int) -> bool:
        """Remove the webhook secret with this number, from 1; return False if there is none.

        Raise UnknownShopError.
        """
        with self._changing(site) as connection:
            shop = self._known(connection, site)
            left = list(shop.webhook_secrets)
            if not 1 <= number <= len(left):
                return False
            del left[number - 1]
            self._update(connection, replace(shop, webhook_secrets=tuple(left)))
            return True

    def disconnect(self, site: str) -> bool:
        """Delete a shop, its waiting webhooks and its imports; return False if there is none."""
        with self._database.writing() as connection:
            for table in (INBOX, IMPORTS):
                connection.execute(delete(table).where(table.c.site == site))
            return connection.execute(delete(SHOPS).where(SHOPS.c.site == site)).rowcount > 0

    @contextmanager
    def _changing(self, site: str) -> Iterator[Connection]:
        """Open a transaction during which no other changes the shop."""
        with self._database.writing() as connection:
            connection.execute(select(SHOPS.c.site).where(SHOPS.c.site == site).with_for_update())
            yield connection

    def _known(self, connection: Connection, site: str) -> ConnectedShop:
        shop = self._find(connection, site)
        if shop is None:
            raise UnknownShopError(f"No shop is connected for site {site}.")
        return shop

    def _find(self, connection: Connection, site: str) -> ConnectedShop | None:
        row = _row(connection, site)
        return self._shop(row) if row else None

    def _find_readable(self, connection: Connection, site: str) -> ConnectedShop | None:
        try:
            return self._find(connection, site)
        except SecretKeyError:
            return None

    def _update(self, connection: Connection, shop: ConnectedShop) -> None:
        columns = self._columns(shop)
        connection.execute(update(SHOPS).where(SHOPS.c.site == shop.site).values(columns))

    def _columns(self, shop: ConnectedShop) -> dict[str, str]:
        secrets = {
            "token": shop.token,
            "credential": {} if self.given(shop.site) else dict(shop.credential),
            "webhook_secrets": list(shop.webhook_secrets),
        }
        return {
            "kind": shop.kind,
            "url": shop.url,
            "secrets": self._vault.encrypt(secrets),
            "parameters": json.dumps(dict(shop.parameters)),
        }

    def _shop(self, row: Row[Any]) -> ConnectedShop:
        secrets = self._vault.decrypt(row.secrets)
        return ConnectedShop(
            site=row.site,
            url=row.url,
            token=secrets["token"],
            kind=row.kind,
            credential=(self.given(row.site) if row.kind else {}) or secrets["credential"],
            webhook_secrets=tuple(secrets["webhook_secrets"]),
            parameters=json.loads(row.parameters),
            created_at=row.created_at,
        )


def _row(connection: Connection, site: str) -> Row[Any] | None:
    return connection.execute(select(SHOPS).where(SHOPS.c.site == site)).first()
