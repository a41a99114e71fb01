"""The clock is set back."""

from datetime import UTC, datetime, timedelta

import pytest

from jirafe_endpoint.state import EXTENSION
from jirafe_endpoint.state.claims import Busy
from jirafe_endpoint.state.results import Claim
from mappers import Key
from tests.endpoint.fixtures import SITE, TOKEN
from tests.faults.harness.books import Books
from tests.faults.harness.hub import expected, hub_message

BACK = timedelta(hours=-1)


class Clock:
    """A clock that can be set."""

    def __init__(self):
        self.time = datetime(2026, 3, 2, 15, tzinfo=UTC)

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def books(upstream):
    books = Books()
    upstream.answer = books.answer
    return books


@pytest.fixture
def app(make_app, clock, upstream):
    return make_app(clock=clock, JIRAFE_API_URL=upstream.url)


def test_states_keep_their_order_when_the_clock_is_set_back(app, clock, books):
    first, second, late = (hub_message("order:updated", "R1", version) for version in (1, 3, 2))
    hub = app.test_client()

    before = hub.post("/", json=first)
    clock.time += BACK
    after = [hub.post("/", json=one) for one in (second, late, first)]

    assert [one.status_code for one in (before, *after)] == [200] * 4
    assert [one.json["notifications"][0]["subject"] for one in after] == [
        "Order accepted event sent to Jirafe",
        "Order accepted event not sent to Jirafe",
        "Order accepted event sent to Jirafe",
    ]
    assert books.accepted == [*expected(first), *expected(second)]


def test_a_lease_left_behind_locks_nothing_after_the_clock_is_set_back(app, clock, books):
    state = app.extensions[EXTENSION].claims
    assert isinstance(state.claim("demo-shop", "killed", [Key("order", "R1")]), Claim)

    clock.time += BACK
    answer = app.test_client().post("/", json=hub_message("order:updated", "R1", 1))

    assert answer.status_code == 200
    assert books.accepted == expected(hub_message("order:updated", "R1", 1))


@pytest.mark.parametrize("seconds", [0.001, 1])
def test_a_slightly_slow_clock_does_not_take_over_a_lease_in_use(app, clock, seconds):
    """Clocks of two machines differ, as do those of two threads that wait for each other."""
    state = app.extensions[EXTENSION].claims
    assert isinstance(state.claim("demo-shop", "1", [Key("order", "R1")]), Claim)

    clock.time -= timedelta(seconds=seconds)

    assert isinstance(state.claim("demo-shop", "1"), Busy)
    assert isinstance(state.claim("demo-shop", "2", [Key("order", "R1")]), Busy)


@pytest.mark.parametrize("deadline", ["11", "20", "22"])
def test_a_claim_outlasts_any_deadline_by_five_seconds(make_app, clock, upstream, deadline):
    app = make_app(clock=clock, JIRAFE_API_URL=upstream.url, DELIVERY_DEADLINE=deadline)
    state = app.extensions[EXTENSION].claims
    assert isinstance(state.claim("demo-shop", "1"), Claim)

    clock.time += timedelta(seconds=int(deadline) + 4.9)
    assert isinstance(state.claim("demo-shop", "1"), Busy)

    clock.time += timedelta(seconds=0.1)
    assert isinstance(state.claim("demo-shop", "1"), Claim)


UNDATED = [
    ("/add_product", "product", {"id": 7, "sku": "CUP"}),
    ("/add_taxon", "category", {"id": 7, "taxonomy_id": 1}),
    ("/add_customer", "customer", {"id": 7, "email": "june@example.org"}),
]


@pytest.mark.parametrize(("path", "kind", "thing"), UNDATED)
def test_an_object_without_a_date_is_the_newest_after_the_clock_was_set_back(
    make_app, clock, path, kind, thing
):
    app = make_app(clock=clock)
    subject = path.removeprefix("/add_")
    parameters = {"jirafe_site_id": SITE, "jirafe_access_token": TOKEN}
    parameters["jirafe_product_category_taxonomy"] = "1"

    def send(number, name):
        named = {"name": name} if kind != "customer" else {"firstname": name}
        sent = {"request_id": number, subject: thing | named, "parameters": parameters}
        answer = app.test_client().post(path, json=sent)
        assert answer.status_code == 200, answer.json

    send("1", "Cup")
    clock.time += BACK
    send("2", "Cup XL")

    (latest,) = (
        app.test_client()
        .get(f"/jirafe/v2/{SITE}/{kind}?latest=true", headers={"Authorization": f"Bearer {TOKEN}"})
        .json["events"]
    )
    assert latest["event"]["first_name" if kind == "customer" else "name"] == "Cup XL"
