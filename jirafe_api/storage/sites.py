"""Who may send and read events: the sites and their tokens, of environment and database."""

import logging
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

from jirafe_api.credentials import digest, loggable
from jirafe_api.errors import InvalidToken, NotAuthorized
from jirafe_api.storage.event_store import KnownSite, Store

logger = logging.getLogger(__name__)


class Sites:
    """The known sites; a site may have several tokens, so that they can be replaced in peace."""

    def __init__(self, pairs: Iterable[tuple[str, str]], store: Store) -> None:
        """Takes the (site, token) pairs of the environment, and where the others are kept."""
        self._store = store
        self._environment: dict[str, set[str]] = defaultdict(set)
        for site, token in pairs:
            self._environment[digest(token)].add(site)

    def admit(self, token: str | None, site: str) -> None:
        """Returns for a token of the site; else InvalidToken or NotAuthorized, and a log line.

        Only hashes are looked up, so the time that takes tells nothing about a token.
        """
        known = False
        for opened in self._opened_by(token):
            if opened == site:
                return
            known = True
        logger.warning(
            "Refused site %s: %s",
            loggable(site),
            "the token is another site's" if known else "the token is not known",
        )
        self.warn_if_none()
        raise NotAuthorized if known else InvalidToken

    def opens(self, token: str | None, site: str) -> bool:
        """Whether the token is one of the site's."""
        return site in self._opened_by(token)

    def add(self, site: str) -> str:
        """A new token of the site, in 40 hexadecimal digits: shown once and never stored."""
        token = secrets.token_hex(20)
        self._store.add_token(site, digest(token))
        return token

    def lend(self, site: str) -> AbstractContextManager[str]:
        """A token of the site that is valid within a block; KeyError for an unknown site."""
        if site not in {known.site for known in self.all()}:
            raise KeyError(site)
        return self._lent(site)

    @contextmanager
    def _lent(self, site: str) -> Iterator[str]:
        token = self.add(site)
        try:
            yield token
        finally:
            self._store.remove_token(digest(token))

    def remove(self, site: str) -> int:
        """How many tokens of the site were removed from the database."""
        return self._store.remove_tokens(site)

    def in_environment(self) -> set[str]:
        """The sites that the environment names."""
        return set().union(*self._environment.values())

    def all(self) -> list[KnownSite]:
        """Every site: those of the environment, then those of the database for each token."""
        named = sorted(self.in_environment())
        return [*(KnownSite(site, None) for site in named), *self._store.sites()]

    def warn_if_none(self) -> None:
        """Logs how to add a site where there is none."""
        if not self._environment and not self._store.sites():
            logger.warning(
                "No site is known, so nobody can send events. "
                "Add one by `flask sites add SITE` or in JIRAFE_API_SITES."
            )

    def _opened_by(self, token: str | None) -> Iterator[str]:
        """Yields the sites of a token, and asks the database last."""
        if token:
            token_hash = digest(token)
            yield from self._environment.get(token_hash, ())
            if site := self._store.site_of(token_hash):
                yield site
