"""The hosted Jirafe Events API, answering with faults."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from tests.faults.harness.faults import FINE, Fault, Reply
from tests.upstream import Answer, Sent

_PASSED_ON = ("Authorization", "Content-Type", "Content-Encoding")


class FaultyApi:
    """Answers for an API in this process; `choose` gives each request of the endpoint its fault."""

    def __init__(self, api: Flask, choose: Callable[[Sent], Fault]) -> None:
        self._api, self._choose = api, choose

    def answer(self, sent: Sent) -> Reply:
        """Return the API's answer, or the fault's."""
        fault = FINE if "/tracker/" in sent.path else self._choose(sent)
        if not fault.takes:
            return fault.reply({})
        headers = {name: sent.headers[name] for name in _PASSED_ON if sent.headers[name]}
        answer = self._api.test_client().open(
            sent.path, method=sent.method, data=sent.body, headers=headers
        )
        kind = sent.path.rpartition("/")[2]
        results: Any = answer.json if kind == "batch" else {kind: [answer.json]}
        is_of_events = answer.status_code in (200, 400) and "error_type" not in answer.json
        if not is_of_events:
            return Answer(answer.status_code, answer.get_data(as_text=True))
        return fault.reply(results)


def latest(api: Flask, site: str, token: str, kind: str) -> list[dict[str, Any]]:
    """Return the latest event of each thing of a kind that the API holds of a site."""
    return _read(api, f"/v2/{site}/{kind}?latest=true&limit=500", token)


def received(api: Flask, site: str, token: str, kind: str) -> list[dict[str, Any]]:
    """Return every event of a kind that the API holds of a site, oldest first."""
    return _read(api, f"/v2/{site}/{kind}?limit=500", token)[::-1]


def _read(api: Flask, address: str, token: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    following: str | None = address
    while following:
        answer = api.test_client().get(following, headers={"Authorization": f"Bearer {token}"})
        events += [entry["event"] for entry in answer.json["events"]]
        assert following != answer.json["next"]
        following = answer.json["next"]
    return events
