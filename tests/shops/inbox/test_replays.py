"""Dead letters of a site that are replayed together, through the inbox."""

import pytest

from jirafe_endpoint.state import EXTENSION as STATE
from tests.endpoint.fixtures import SITE, TOKEN
from tests.faults.harness.hub import hub_message
from tests.shops.processes import each_once, sent
from tests.shops.service import Service
from tests.state.fixtures import finish, letter, migrated
from tests.upstream import accept_all


@pytest.fixture
def make(sqlite_url):
    made = []

    def make(**settings):
        made.append(Service(migrated(sqlite_url), settings=settings))
        return made[-1]

    yield make
    for service in made:
        service.close()


def store_letter(service, *numbers, **more):
    """Store a dead letter about each order."""
    for number in numbers:
        payload = hub_message("order:new", number, 1)["payload"] | more.pop("payload", {})
        dead = letter(f"m-{number}", payload, site=SITE, **more)
        finish(service.app.extensions[STATE], f"m-{number}", [], site=SITE, dead_letter=dead)


def replay_all(service, site=SITE):
    done = service.app.test_cli_runner().invoke(args=["dead-letters", "replay-all", "--site", site])
    return done.exit_code, done.stdout, done.stderr


def left(service):
    return [one.message_id for one in service.dead_letters if not one.replayed_at]


def test_a_replay_of_all_sends_each_dead_letter_once_and_keeps_refused_ones(make):
    service = make()
    numbers = [f"R{place}" for place in range(12)]
    store_letter(service, *numbers)
    store_letter(service, "BROKEN", payload={"order": {}})
    store_letter(service, "UNPROVEN", proven=False)

    assert replay_all(service) == (
        0,
        "13 dead letters are in the inbox.\n",
        "1 were left out: their tokens were never checked.\n",
    )
    assert service.work() == 13
    assert sent(service) == each_once(numbers)
    assert left(service) == ["m-UNPROVEN", "m-BROKEN"]

    assert replay_all(service)[1] == "1 dead letters are in the inbox.\n"
    assert service.work() == 1
    assert sent(service) == each_once(numbers)


def test_a_replay_is_retried_until_jirafe_accepts_it(make, upstream):
    service = make(JIRAFE_API_URL=upstream.url, JIRAFE_TIMEOUT="1", DELIVERY_DEADLINE="2")
    service.connect()
    store_letter(service, "R1")
    upstream.always(503, "{}")
    replay_all(service)
    assert service.work() == 1
    assert left(service) == ["m-R1"]

    upstream.answer = accept_all
    assert service.work(60) == 1
    assert (left(service), service.shops.inbox.depth().webhooks) == ([], 0)


def test_without_a_token_nothing_is_replayed(make, upstream):
    service = make(JIRAFE_API_URL=upstream.url)
    store_letter(service, "R1")

    assert replay_all(service) == (
        1,
        "",
        f"Error: There is no token of site {SITE} here: replay its dead letters one by one.\n",
    )
    assert TOKEN not in replay_all(service)[2]
