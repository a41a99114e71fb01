"""The Jirafe Events API of this process, called as functions."""

import logging
from collections.abc import Sequence
from datetime import datetime

from database.errors import DatabaseUnavailableError
from database.group_commit import PendingWrite
from jirafe_api.api import Api
from jirafe_api.errors import Refused
from jirafe_api.storage.sites import WRITE
from jirafe_api.storage.store import append
from jirafe_endpoint.jirafe import responses
from jirafe_endpoint.jirafe.encoding import Event
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result

log = logging.getLogger(__name__)


class EmbeddedApi:
    """Checks events as the API does, and leaves it to the caller to store the accepted ones.

    They are stored in the transaction that ends their message. No network is involved, so only the
    timeouts of the database limit a call.
    """

    def __init__(self, api: Api) -> None:
        self._api = api

    def send(self, site: str, token: str, events: Sequence[Event], deadline: float) -> list[Result]:
        """Return the result of each event. The caller stores accepted ones with `storing`."""
        proof = self.prove(site, token, deadline)
        if proof.outcome is not Outcome.ACCEPTED:
            return [proof] * len(events)
        now = self._api.store.now()
        return [self._checked(site, event, now) for event in events]

    def prove(self, site: str, token: str, _deadline: float) -> Result:
        """Return ACCEPTED if the token is the site's, otherwise a result with the reason."""
        try:
            self._api.sites.admit(token, site, WRITE)
        except Refused as error:
            return responses.of_event(error.answer())
        except DatabaseUnavailableError as error:
            log.warning("The hosted API cannot check a token: %s", error)
            return _failed(503)
        return ACCEPTED

    def problem(self, _seconds: float) -> str | None:
        """Return None: other checks cover the API's database."""

    def problem_of(self, site: str, token: str) -> str | None:
        """Return why the API would not accept events of the site, or None."""
        proof = self.prove(site, token, 0)
        return responses.without_retry(proof.reason) or None

    def _checked(self, site: str, event: Event, now: datetime) -> Result:
        try:
            rows = self._api.rows(site, event.kind, event.body, now)
        except Refused as error:
            return responses.of_event(error.answer())
        except Exception:
            log.exception("The hosted API failed")
            return _failed(500)
        return Result(Outcome.ACCEPTED, storing=PendingWrite(append, rows))


def _failed(status: int) -> Result:
    return Result(Outcome.UNAVAILABLE, reason=f"Jirafe answered with status {status}.")
