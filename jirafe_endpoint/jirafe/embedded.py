"""The Jirafe Events API of this process, called as a function."""

import logging
from collections.abc import Mapping

import orjson

from database.errors import DatabaseUnavailableError
from jirafe_api.api import Api
from jirafe_api.credentials import bearer
from jirafe_api.errors import BadJson, Refused
from jirafe_api.storage.sites import WRITE
from jirafe_api.strict_json import parse
from jirafe_endpoint.jirafe.responses import Answer, Failure

log = logging.getLogger(__name__)


class EmbeddedTransport:
    """Answers requests as the API does over HTTP, without the HTTP."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def post(
        self, path: str, headers: Mapping[str, str], body: bytes, _deadline: float
    ) -> Answer | Failure:
        """Return the answer to a POST; only the database's own time-outs bound it."""
        _, site, resource = path.split("/")
        try:
            self._api.sites.admit(bearer(headers["Authorization"]), site, WRITE)
            answer = self._accept(site, resource, body)
        except Refused as error:
            return Answer(error.status, orjson.dumps(error.answer()), None)
        except DatabaseUnavailableError as error:
            log.warning("The hosted API cannot store events: %s", error)
            return Answer(503, b"", None)
        except Exception:
            log.exception("The hosted API failed")
            return Answer(500, b"", None)
        return Answer(200, orjson.dumps(answer), None)

    def probe(self, _seconds: float) -> Answer | Failure:
        """Return that the API is there; whether its database is, other checks find out."""
        return Answer(200, b"", None)

    def _accept(self, site: str, resource: str, body: bytes) -> object:
        try:
            events = parse(body)
        except ValueError as error:
            raise BadJson from error
        if resource == "batch":
            return self._api.accept_batch(site, events)
        self._api.accept(site, resource, events)
        return {"success": True}
