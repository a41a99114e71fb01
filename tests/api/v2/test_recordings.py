import json

from tests.api.events import RECORDED, post


def test_recorded_requests_get_the_response_that_jirafe_gave(client):
    exchanges = json.loads((RECORDED / "exchanges.json").read_text())
    answers = [
        post(client, exchange["path"].removeprefix("/v2/"), exchange["request"])
        for exchange in exchanges
    ]
    assert answers == [(exchange["status"], exchange["response"]) for exchange in exchanges]
    assert len(exchanges) == 13
