import json

import pytest

from tests.api.events import SHARED, post

RECORDINGS = SHARED / "jirafe" / "recordings.json"


def test_every_recorded_request_is_answered_as_jirafe_answered_it(client):
    if not RECORDINGS.exists():
        pytest.skip(f"the recordings are not at {RECORDINGS}")
    exchanges = json.loads(RECORDINGS.read_text())
    answers = [
        post(client, exchange["path"].removeprefix("/v2/"), exchange["request"])
        for exchange in exchanges
    ]
    assert answers == [(exchange["status"], exchange["response"]) for exchange in exchanges]
