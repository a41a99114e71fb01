"""The sites that may send and read events, and their tokens from the environment and database."""

import logging
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, update

from jirafe_api.credentials import digest, loggable
from jirafe_api.errors import InvalidToken, NotAuthorized
from jirafe_api.storage.store import Store
from jirafe_api.storage.tables import TOKENS
from jirafe_api.times import stamp

READ, WRITE = "read", "write"
SCOPES = frozenset((READ, WRITE))

logger = logging.getLogger(__name__)


class Token(NamedTuple):
    """A token without its text; those from the environment have neither id nor date."""

    id: int | None
    site: str
    label: str
    scopes: frozenset[str]
    created_at: str | None


class Sites:
    """The known sites and their tokens, which are stored and looked up as hashes.

    A site may have several tokens, so that each sender has its own and one can be replaced
    without an outage.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], store: Store) -> None:
        """Take the (site, token) pairs from the environment, and the store with the others."""
        self._store = store
        self._environment: dict[str, set[str]] = defaultdict(set)
        for site, token in pairs:
            self._environment[digest(token)].add(site)

    def admit(self, token: str | None, site: str, scope: str) -> None:
        """Return if the token gives access to the site for this scope; otherwise log and raise.

        Raise InvalidToken if the token is unknown, and NotAuthorized if it is not enough.
        """
        known = []
        for entry in self._opened_by(token):
            if entry.site == site and scope in entry.scopes:
                return
            known.append(entry)
        reason = "the token is not known"
        if any(entry.site == site for entry in known):
            reason = f"the token may not {scope}"
        elif known:
            reason = "the token is another site's"
        logger.warning("Refused site %s: %s", loggable(site), reason)
        self.warn_if_none()
        raise NotAuthorized if known else InvalidToken

    def opens(self, token: str | None, site: str) -> bool:
        """Return whether the token is one of the site's."""
        return any(one.site == site for one in self._opened_by(token))

    def add(
        self, site: str, label: str = "", scopes: Collection[str] = SCOPES, token: str = ""
    ) -> str:
        """Store a token of the site and return it; by default, 40 random hexadecimal digits."""
        token = token or secrets.token_hex(20)
        columns = {
            "token_hash": digest(token),
            "site": site,
            "label": label,
            "scopes": " ".join(sorted(scopes)),
            "created_at": stamp(self._store.now()),
        }
        with self._store.database.writing() as connection:
            connection.execute(insert(TOKENS), columns)
        return token

    def rotate(self, token_id: int) -> str | None:
        """Replace a token by a new one with the same id, label and scopes; None if not found."""
        token = secrets.token_hex(20)
        columns = {"token_hash": digest(token), "created_at": stamp(self._store.now())}
        changed = update(TOKENS).where(TOKENS.c.id == token_id).values(columns)
        with self._store.database.writing() as connection:
            return token if connection.execute(changed).rowcount else None

    def revoke(self, token_id: int) -> bool:
        """Make one token invalid; return False if there is none with this id."""
        with self._store.database.writing() as connection:
            return connection.execute(delete(TOKENS).where(TOKENS.c.id == token_id)).rowcount > 0

    def remove(self, site: str) -> int:
        """Make all stored tokens of a site invalid; return how many. Its events stay."""
        with self._store.database.writing() as connection:
            return connection.execute(delete(TOKENS).where(TOKENS.c.site == site)).rowcount

    def lend(self, site: str) -> AbstractContextManager[str]:
        """Return a token of the site that is valid within a block. Raise KeyError if unknown."""
        if site not in {known.site for known in self.all()}:
            raise KeyError(site)
        return self._lent(site)

    @contextmanager
    def _lent(self, site: str) -> Iterator[str]:
        token = self.add(site, label="temporary")
        try:
            yield token
        finally:
            with self._store.database.writing() as connection:
                connection.execute(delete(TOKENS).where(TOKENS.c.token_hash == digest(token)))

    def in_environment(self) -> set[str]:
        """Return the sites in the environment."""
        return set().union(*self._environment.values())

    def all(self) -> list[Token]:
        """Return every token: one for each site in the environment, then those stored."""
        named = sorted(self.in_environment())
        query = select(TOKENS).order_by(TOKENS.c.site, TOKENS.c.created_at, TOKENS.c.id)
        with self._store.database.reading() as connection:
            stored = [_token(row) for row in connection.execute(query)]
        return [*(_in_environment(site) for site in named), *stored]

    def warn_if_none(self) -> None:
        """Log how to add a site if there is none."""
        if not self._environment and not self.all():
            logger.warning(
                "There are no sites, so no events can be sent. "
                "Add one with `flask sites add SITE` or in JIRAFE_API_SITES."
            )

    def _opened_by(self, token: str | None) -> Iterator[Token]:
        """Yield the entries of a token, those in the database last.

        Only hashes are compared, so timing reveals nothing about a token.
        """
        if not token:
            return
        token_hash = digest(token)
        yield from map(_in_environment, self._environment.get(token_hash, ()))
        with self._store.database.reading() as connection:
            query = select(TOKENS).where(TOKENS.c.token_hash == token_hash)
            yield from [_token(row) for row in connection.execute(query)]


def _in_environment(site: str) -> Token:
    return Token(None, site, "", SCOPES, None)


def _token(row: Any) -> Token:
    return Token(row.id, row.site, row.label, frozenset(row.scopes.split()), row.created_at)
