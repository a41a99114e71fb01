"""The hosted API as the endpoint's own: events are stored with the end of their message."""

import sqlite3
from contextlib import closing

import pytest

from tests.endpoint.fixtures import SITE, events_of, fixture, message
from tests.endpoint.operations.test_observation import counted

NO_EVENT = (
    "CREATE TRIGGER no_event BEFORE INSERT ON jirafe_events BEGIN SELECT RAISE(ABORT, ''); END"
)
NO_FACT = (
    "CREATE TRIGGER no_fact BEFORE INSERT ON endpoint_facts BEGIN SELECT RAISE(ABORT, ''); END"
)


@pytest.fixture
def execute(make_app, tmp_path):
    """Return a function that executes a statement in the application's database."""

    def execute(statement):
        (file,) = tmp_path.glob("*.db")
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            return database.execute(statement).fetchall()

    return execute


@pytest.mark.parametrize("broken", [NO_EVENT, NO_FACT])
def test_events_and_state_are_stored_together_or_not_at_all(hub, execute, broken):
    hub.get("/ready")
    execute(broken)
    failed = hub.post("/import_new_order", json=fixture("order_new"))
    stored = [execute(f"SELECT * FROM {t}") for t in ("jirafe_events", "endpoint_messages")]
    counts = {key: n for key, n in counted(hub).items() if key[0] in ("events_total",)}
    execute(f"DROP TRIGGER {broken.split()[2]}")
    again = hub.post("/import_new_order", json=fixture("order_new"))

    assert (failed.status_code, failed.headers["Retry-After"]) == (503, "5")
    assert stored == [[], []]
    assert {key[-1] for key in counts} == {"unavailable"}
    assert sum(counts.values()) == sum(map(len, fixture("order_new.events").values()))
    assert (again.status_code, again.json) == (200, fixture("order_new.reply"))
    assert events_of(hub) == fixture("order_new.events")


def test_a_token_that_was_revoked_sends_nothing_more(hub):
    sites = hub.application.extensions["jirafe_api"].sites
    parameters = {"jirafe.site_id": SITE, "jirafe.access_token": sites.add(SITE)}
    carts = [message("cart:new", {"cart": {"number": number}}) for number in ("R1", "R2")]
    for cart in carts:
        cart["payload"]["parameters"] = parameters
    accepted = hub.post("/import_cart", json=carts[0])
    sites.remove(SITE)
    before = events_of(hub)
    refused = hub.post("/import_cart", json=carts[1] | {"message_id": "m-2"})

    assert (accepted.status_code, refused.status_code) == (200, 500)
    assert "access_token" in refused.json["notifications"][-1]["description"]
    assert events_of(hub) == before


def test_a_message_that_starts_again_is_counted_as_it_ended(hub, execute, monkeypatch):
    newer, older = (
        message("cart:new", {"cart": {"number": "R1", "updated_at": date}}) | {"message_id": date}
        for date in ("2026-03-02T14:00:02Z", "2026-03-02T14:00:01Z")
    )
    claims = hub.application.extensions["jirafe_endpoint_state"].claims
    claim = claims.claim

    def claim_before_the_cart_is_forgotten(*args, **options):
        claimed = claim(*args, **options)
        execute("DELETE FROM endpoint_facts")
        return claimed

    first = hub.post("/import_cart", json=newer)
    monkeypatch.setattr(claims, "claim", claim_before_the_cart_is_forgotten)
    second = hub.post("/import_cart", json=older)

    assert [one.json["notifications"][0]["subject"] for one in (first, second)] == [
        "Cart event sent to Jirafe"
    ] * 2
    names = ("events_total", "messages_total")
    assert {key: n for key, n in counted(hub).items() if key[0] in names} == {
        ("messages_total", "sent", "cart:new"): 2,
        ("events_total", "cart", "accepted"): 2,
    }
