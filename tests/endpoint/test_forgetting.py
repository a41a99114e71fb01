"""A customer who asks to be forgotten: what the endpoint remembers, and the API that it hosts."""

import json

import pytest
from sqlalchemy import select

from jirafe_endpoint.state import EXTENSION
from jirafe_endpoint.state.claims import Claim, DeadLetter, Finished, Key, Snapshot
from jirafe_endpoint.state.forgetting import Customer, forget
from jirafe_endpoint.state.tables import CUSTOMERS, DEAD_LETTERS, MESSAGES, SNAPSHOTS
from tests.endpoint.fixtures import SITE as DEMO
from tests.endpoint.fixtures import events_of, fixture
from tests.state.fixtures import DATE, NOON, SITE, claimed, settle

ANN = Customer(SITE, {"42", "ann@example.com"}, {"ann@example.com"}, {("order", "R1")})
NOTHING = dict.fromkeys((table.name for table in (CUSTOMERS, SNAPSHOTS, DEAD_LETTERS, MESSAGES)), 0)


def finish(store, message_id, description, site=SITE, **more):
    reply = {"notifications": [{"description": description}], "summary": ""}
    settle(store.state, claimed(store.state, message_id, [], site=site), reply=reply, **more)


def bury(store, message_id, payload, site=SITE, kind="order:new"):
    letter = DeadLetter(site, message_id, kind, payload, [])
    claim = claimed(store.state, message_id, [], site=site)
    settle(store.state, claim, reply=None, dead_letter=letter)


def rows(store, table, *columns):
    with store.database.reading() as connection:
        found = connection.execute(select(*(table.c[name] for name in columns)))
        return sorted(map(tuple, found))


def test_what_is_remembered_of_a_customer_goes_and_that_of_others_stays(store):
    for site in (SITE, "other"):
        keys = {Key("order", "R1"): Snapshot(DATE, []), Key("cart", "R1"): Snapshot(DATE, [])}
        people = {"42": DATE, "Ann@example.com": DATE, "ann@example.com": DATE}
        claim = claimed(store.state, "first", list(keys), site=site)
        settle(store.state, claim, snapshots=keys, customers=people)
    forgotten = {table: rows(store, table, "site") for table in (CUSTOMERS, SNAPSHOTS)}

    assert forget(store.database, ANN, only_tell=True) == NOTHING | {
        "endpoint_customers": 2,
        "endpoint_snapshots": 1,
    }
    assert {table: rows(store, table, "site") for table in forgotten} == forgotten
    assert forget(store.database, ANN) == NOTHING | {
        "endpoint_customers": 2,
        "endpoint_snapshots": 1,
    }
    assert rows(store, CUSTOMERS, "site", "customer_id") == [
        *(("other", one) for one in ("42", "Ann@example.com", "ann@example.com")),
        (SITE, "Ann@example.com"),
    ]
    assert rows(store, SNAPSHOTS, "site", "kind") == [
        ("other", "cart"),
        ("other", "order"),
        (SITE, "cart"),
    ]
    assert forget(store.database, ANN) == NOTHING


def test_an_answer_that_names_them_stays_an_answer_without_its_words(store):
    finish(store, "m-1", "An order event for R1 was sent.", sent=["a"])
    finish(store, "m-2", "'Ann@Example.com' is not a number")
    finish(store, "m-3", "An order event for R12 was sent; joann@example.com.")
    finish(store, "m-1", "An order event for R1 was sent.", site="other")
    summed_up = {"notifications": [], "summary": "The order R1 was sent to Jirafe."}
    settle(store.state, claimed(store.state, "m-4", []), reply=summed_up)
    unfinished = claimed(store.state, "m-5", [])
    settle(store.state, unfinished, reply=None, sent=["a"])

    assert forget(store.database, ANN) == NOTHING | {"endpoint_messages": 3}
    ends = [store.state.claim(SITE, f"m-{number}", [], []) for number in (1, 2, 4, 3, 5)]
    assert ends[:3] == [Finished({"notifications": [], "summary": ""})] * 3
    assert "R12" in ends[3].reply["notifications"][0]["description"]
    assert isinstance(ends[4], Claim)
    assert ends[4].sent == {"a"}
    assert forget(store.database, ANN) == NOTHING


@pytest.mark.parametrize(
    "payload",
    [
        {"order": {"number": "R1"}},
        {"order": {"email": "ANN@example.com"}},
        {"order": {}, "original": {"user_id": 42}},
        {"cart": {"customer": {"id": "42"}}},
        {"order": [{"a": [{"customer_id": "42"}]}]},
        {"order": {"id": "R1"}},
        {"order": {}, "original": {"number": " R1 "}},
        {"original": {"number": "R1"}},
        {"order": {"email": " Ann@Example.com "}},
        {"user": {"id": 42}},
        {"customer": {"id": " 42"}},
    ],
)
def test_a_dead_letter_about_them_is_dropped(store, payload):
    bury(store, "m-1", payload)
    bury(store, "m-1", payload, site="other")
    assert forget(store.database, ANN) == NOTHING | {"endpoint_dead_letters": 1}
    assert rows(store, DEAD_LETTERS, "site") == [("other",)]


@pytest.mark.parametrize("kind", ["customer:updated", "user:new"])
def test_a_dead_letter_that_is_the_customer_is_dropped(store, kind):
    bury(store, "m-1", {"id": 42, "firstname": "Ann"}, kind=kind)
    bury(store, "m-2", {"id": 43, "firstname": "Bob"}, kind=kind)

    assert forget(store.database, ANN) == NOTHING | {"endpoint_dead_letters": 1}


def test_an_order_is_found_by_its_number_also_where_that_is_no_text(store):
    bury(store, "m-1", {"order": {"number": 88}})
    buyer = Customer(SITE, {"42"}, set(), {("order", "88")})

    assert forget(store.database, buyer) == NOTHING | {"endpoint_dead_letters": 1}


@pytest.mark.parametrize(
    "payload",
    [
        {"id": 42, "order": {}},
        {"order": {"number": "2001", "id": "R1"}},
        {"order": {"number": "R2", "email": "bob@example.com", "user_id": 420}},
        {"order": {"id": 42, "email": 42, "user_id": None, "customer": "42"}},
        {"cart": {"number": "R1"}},
        {"order": ["R1", "42"]},
        {},
    ],
)
def test_a_dead_letter_about_others_stays(store, payload):
    bury(store, "m-1", payload)
    assert forget(store.database, ANN) == NOTHING
    assert len(rows(store, DEAD_LETTERS, "id")) == 1


def test_strange_names_are_found_and_match_nothing_else(store):
    strange = ["'", '"', "%", "é", "\0", "\ud800", "x" * 9000, "(", "\\"]
    claim = claimed(store.state, "first", [Key("cart", name) for name in strange])
    kept = {Key("cart", name): Snapshot(DATE, []) for name in strange}
    settle(store.state, claim, snapshots=kept, customers=dict.fromkeys(strange, DATE))
    for name in strange:
        bury(store, f"m{name}", {"order": {"user_id": name}})
        customer = Customer(SITE, {name}, set(), {("cart", name)})
        assert forget(store.database, customer) == NOTHING | {
            "endpoint_customers": 1,
            "endpoint_snapshots": 1,
            "endpoint_dead_letters": 1,
        }


def test_one_command_forgets_in_the_endpoint_and_in_the_api_that_it_hosts(make_app):
    app = make_app()
    message = fixture("order_new")
    assert app.test_client().post("/import_new_order", json=message).status_code == 200
    before = events_of(app.test_client())
    email = before["customer"][0]["email"]

    def run(*words):
        result = app.test_cli_runner().invoke(
            args=["customers", "forget", "--site", DEMO, "--email", email.upper(), *words]
        )
        assert result.exit_code == 0, result.output
        return dict(line.split("\t") for line in result.output.splitlines())

    told = {
        "jirafe_events made anonymous": "3",
        "jirafe_events deleted": "1",
        "endpoint_customers": "1",
        "endpoint_snapshots": "2",
        "endpoint_dead_letters": "0",
        "endpoint_messages": "1",
    }
    assert run("--dry-run") == told
    assert run() == told
    assert run() == dict.fromkeys(told, "0")
    after = events_of(app.test_client())
    assert "customer" not in after
    assert [order.get("total") for order in after["order"]] == [
        order.get("total") for order in before["order"]
    ]
    assert email not in json.dumps(after)

    again = app.test_client().post("/import_new_order", json=message)
    assert again.get_json() == {"message_id": message["message_id"], "notifications": []}
    assert events_of(app.test_client()) == after


@pytest.mark.parametrize("settings", [{}, {"JIRAFE_API_URL": "http://127.0.0.1:1/v2"}])
def test_no_name_is_left_in_the_files_of_an_endpoint_that_runs(make_app, tmp_path, settings):
    settings = settings | {"DELIVERY_DEADLINE": "2", "JIRAFE_TIMEOUT": "1"}
    app, service = make_app(**settings), make_app(**settings)
    database = service.extensions[EXTENSION].database
    for number in range(20):
        bury(service.extensions[EXTENSION], f"m-{number}", {"order": {"email": "ann@example.com"}})

    def run():
        words = ["customers", "forget", "--site", SITE, "--email", "ann@example.com"]
        result = app.test_cli_runner().invoke(args=words)
        content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        return result.exit_code, result.output.splitlines()[-1], b"ann@example.com" in content

    with database.reading() as reader:
        reader.execute(select(DEAD_LETTERS)).all()
        code, said, is_left = run()
    assert (code, is_left) == (1, True)
    assert said.startswith("Error: Deleted data is still in the log beside the database ")
    code, _, is_left = run()
    assert (code, is_left) == (0, False)


def test_an_endpoint_without_the_api_forgets_its_own(make_app):
    app = make_app(JIRAFE_API_URL="http://127.0.0.1:1/v2")
    run = app.test_cli_runner().invoke
    told = run(args=["customers", "forget", "--site", DEMO, "--id", "42"])
    assert told.output == "".join(f"{name}\t0\n" for name in NOTHING)
    assert run(args=["customers", "forget", "--site", DEMO]).exit_code == 2


def test_prune_deletes_old_events_of_the_hosted_api_too(make_app):
    now = [NOON]
    app = make_app(EVENTS_RETENTION_DAYS="30")
    store = app.extensions["jirafe_api"].store
    store.now = lambda: now[0]
    store.add(DEMO, [("pageview", {"page": {"page_id": "1"}})])
    run = app.test_cli_runner().invoke
    assert "jirafe_events from browsers\t0" in run(args=["prune"]).output.splitlines()
    now[0] = NOON.replace(year=2027)
    assert "jirafe_events from browsers\t1" in run(args=["prune"]).output.splitlines()


def test_the_commands_say_when_the_database_is_down(make_app):
    app = make_app(DATABASE_URL="postgres://ann:hidden@127.0.0.1:1/shop")
    for words in (["customers", "forget", "--site", DEMO, "--id", "1"], ["prune"]):
        result = app.test_cli_runner().invoke(args=words)
        assert (result.exit_code, "hidden" in result.output) == (1, False)
        assert result.output.startswith("Error: The database cannot be used: ")
