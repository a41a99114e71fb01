"""A customer who asks to be forgotten, in the endpoint's state and the hosted API."""

import json

import pytest
from sqlalchemy import select

import analytics.rollup_tables  # noqa: F401 - part of the metadata
import jirafe_endpoint.shops.tables  # noqa: F401 - part of the metadata
from analytics.feed import StoredFeed
from analytics.refresh import refresh
from jirafe_endpoint.state import EXTENSION
from jirafe_endpoint.state.forgetting import Customer, forget
from jirafe_endpoint.state.results import Claim, Finished
from jirafe_endpoint.state.tables import DEAD_LETTERS, FACTS, MESSAGES, METADATA
from mappers import Key
from tests.endpoint.fixtures import SITE as DEMO
from tests.endpoint.fixtures import events_of, fixture
from tests.state.fixtures import NOON, SITE, claimed, fact, finish, letter, remembered

ANN = Customer(SITE, {"42", "ann@example.com"}, {"ann@example.com"}, {("order", "R1")})
NOTHING = dict.fromkeys((FACTS.name, DEAD_LETTERS.name, MESSAGES.name), 0)


def reply(description, summary=""):
    return {"notifications": [{"description": description}], "summary": summary}


def store_letter(state, name, payload, site=SITE, kind="order:new"):
    stored = letter(name, payload, site=site, type=kind)
    finish(state, name, [], reply=None, site=site, dead_letter=stored)


def rows(state, table, *columns):
    with state.database.reading() as connection:
        found = connection.execute(select(*(table.c[name] for name in columns)))
        return sorted(map(tuple, found))


def test_facts_about_a_customer_are_deleted_and_others_stay(state):
    order, cart = Key("order", "R1"), Key("cart", "R1")
    facts = [
        fact(order, value="ann's, without a name"),
        fact(Key("first-seen", "42"), people=["42"]),
        fact(Key("email", "ann@example.com"), value="42", people=["42", "ann@example.com"]),
        fact(cart, people=["43", "bob@example.com"]),
    ]
    for site in (SITE, "other"):
        finish(state, locks=[], site=site, facts=facts)
    before = rows(state, FACTS, "site", "kind")

    assert forget(state.database, ANN, dry_run=True) == NOTHING | {"endpoint_facts": 3}
    assert rows(state, FACTS, "site", "kind") == before
    assert forget(state.database, ANN) == NOTHING | {"endpoint_facts": 3}
    assert remembered(state, *(one.key for one in facts)) == {cart: facts[-1].value}
    assert len(remembered(state, *(one.key for one in facts), site="other")) == 4
    assert forget(state.database, ANN) == NOTHING


def test_an_address_leads_to_the_account_and_an_account_to_its_guest_orders(state):
    bought = {
        "R1": ("42", "ann@example.com"),
        "R2": ("42", "old@example.com"),
        "R3": ("ann@example.com",),
        "R4": ("old@example.com",),
        "R5": ("43", "old@example.com"),
        "R6": ("44", "bob@example.com"),
    }
    for number, people in bought.items():
        key = Key("order", number)
        finish(state, number, [key], facts=[fact(key, people=people)])
        finish(state, f"reply {number}", [], reply("", f"The order {number} was sent."))

    counts = forget(state.database, Customer(SITE, ["ann@example.com"], ["ann@example.com"]))

    assert counts == NOTHING | {"endpoint_facts": 4, "endpoint_messages": 4}
    assert rows(state, FACTS, "name") == [("R5",), ("R6",)]


def test_an_address_leads_to_dead_letters_of_the_account_without_the_hosted_api(state):
    finish(state, "m-1", [], facts=[fact(Key("order", "R1"), people=["42", "ann@example.com"])])
    store_letter(state, "m-2", {"order": {"number": "R9", "user_id": 42}})
    store_letter(state, "m-3", {"order": {"number": "R1"}})
    store_letter(state, "m-4", {"order": {"number": "R2", "user_id": 43}})

    counts = forget(state.database, Customer(SITE, ["ann@example.com"], ["ann@example.com"]))

    assert counts == NOTHING | {"endpoint_facts": 1, "endpoint_dead_letters": 2}
    assert rows(state, DEAD_LETTERS, "identity") == [("m-4",)]


def test_a_stored_reply_that_names_a_forgotten_customer_loses_its_words(state):
    finish(state, "m-1", [], reply("An order event for R1 was sent."), sent=["a"])
    finish(state, "m-2", [], reply("'Ann@Example.com' is not a number"))
    finish(state, "m-3", [], reply("An order event for R12 was sent; joann@example.com."))
    finish(state, "m-1", [], reply("An order event for R1 was sent."), site="other")
    finish(state, "m-4", [], {"notifications": [], "summary": "The order R1 was sent to Jirafe."})
    finish(state, "m-5", [], None, sent=["a"])

    assert forget(state.database, ANN) == NOTHING | {"endpoint_messages": 3}
    ends = [state.claims.claim(SITE, f"m-{number}") for number in (1, 2, 4, 3, 5)]
    assert ends[:3] == [Finished({"notifications": [], "summary": ""})] * 3
    assert "R12" in ends[3].reply["notifications"][0]["description"]
    assert isinstance(ends[4], Claim)
    assert ends[4].sent == {"a"}
    assert forget(state.database, ANN) == NOTHING


PERSONAL = {
    "endpoint_facts.value": "deleted by the people it is about",
    "endpoint_facts.name": "a digest, except of numbers; deleted with the value",
    "endpoint_people.person": "a digest; deleted with the fact",
    "endpoint_people.name": "as in endpoint_facts",
    "endpoint_messages.reply": "cleared if it names them or a purchase of theirs",
    "endpoint_dead_letters.letter": "deleted if it is about them or a purchase of theirs",
    "endpoint_leases.name": "a digest, except of numbers; deleted after seconds",
    "jirafe_events.body": "made anonymous if it is a purchase of theirs, else deleted",
    "jirafe_events.event_id": "as the body",
    "jirafe_events.fingerprint": "of the whole body; as the body",
    "jirafe_event_people.name": "a digest; deleted with what it says",
    "endpoint_inbox.body": "deleted once processed; until then the command asks to be run again",
    "endpoint_inbox.subject": "as the body",
    "endpoint_inbox.headers": "as the body",
    "analytics_orders.customer": "a keyed hash, replaced by a random name",
    "analytics_carts.customer": "as in analytics_orders",
    "analytics_customers.customer": "as in analytics_orders",
    "analytics_visits.visitor": "a digest, replaced by a random name",
    **dict.fromkeys(
        (
            "analytics_visits.visit_id",
            "analytics_orders.visit_id",
            "analytics_carts.visit_id",
            "analytics_visit_products.visit_id",
            "analytics_searches.visit_id",
        ),
        "a digest, replaced by a random name",
    ),
}
IMPERSONAL = {
    *(f"endpoint_leases.{name}" for name in ("site", "kind", "owner", "until")),
    *(f"endpoint_facts.{name}" for name in ("site", "kind", "version", "stored_at")),
    *(f"endpoint_people.{name}" for name in ("site", "kind")),
    *(f"endpoint_messages.{name}" for name in ("site", "identity", "sent", "stored_at")),
    *(f"endpoint_dead_letters.{name}" for name in ("id", "site", "identity", "proven", "bytes")),
    *(f"endpoint_dead_letters.{name}" for name in ("created_at", "replayed_at")),
    *(f"jirafe_events.{name}" for name in ("seq", "site", "version", "kind", "status")),
    *(f"jirafe_events.{name}" for name in ("received_at", "changed_at")),
    *(f"jirafe_event_people.{name}" for name in ("site", "seq")),
    *(f"jirafe_tokens.{name}" for name in ("id", "token_hash", "site", "label", "scopes")),
    "jirafe_tokens.created_at",
    *(f"jirafe_tracker_bytes.{name}" for name in ("site", "day", "bytes")),
    *(f"endpoint_inbox.{name}" for name in ("id", "site", "attempts", "received_at", "due_at")),
    *(f"endpoint_inbox.{name}" for name in ("bytes", "owner", "leased_until")),
    *(f"endpoint_shops.{name}" for name in ("site", "kind", "url", "secrets", "parameters")),
    *(f"endpoint_shops.{name}" for name in ("created_at", "reader", "read_at")),
    *(f"endpoint_shop_imports.{name}" for name in ("site", "list", "since", "cursor", "report")),
    *(f"endpoint_shop_imports.{name}" for name in ("started_at", "finished_at")),
}


def test_every_column_that_can_hold_a_person_has_a_rule():
    columns = {f"{one.table.name}.{one.name}" for t in METADATA.tables.values() for one in t.c}

    facts = {name for name in columns if name.startswith("analytics_")}
    people = {name for name in facts if name.endswith((".customer", ".visitor", ".visit_id"))}
    assert columns - facts | people == {*PERSONAL, *IMPERSONAL}


def test_nothing_of_a_customer_is_left_in_any_table(state):
    people = ["4711", "ann@example.com"]
    keys = [Key(kind, name) for kind in ("customer", "email", "order") for name in people]
    facts = [fact(key, value={"email": "ann@example.com"}, people=people) for key in keys]
    finish(state, "m-1", keys, reply("Ann@example.com: odd"), facts=facts)
    store_letter(state, "m-2", {"order": {"number": "R7", "email": "ann@example.com"}})
    claimed(state, "killed", [Key("customer", name) for name in people])

    forget(state.database, Customer(SITE, ["4711"], ()))

    with state.database.reading() as connection:
        left = [
            str(tuple(row))
            for table in METADATA.tables.values()
            for row in connection.execute(select(table))
        ]
    assert [row for row in left if "ann@" in row.lower() or "'4711'" in row] == []


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
def test_a_dead_letter_about_a_forgotten_customer_is_dropped(state, payload):
    store_letter(state, "m-1", payload)
    store_letter(state, "m-1", payload, site="other")
    assert forget(state.database, ANN) == NOTHING | {"endpoint_dead_letters": 1}
    assert rows(state, DEAD_LETTERS, "site") == [("other",)]


@pytest.mark.parametrize("kind", ["customer:updated", "user:new"])
def test_a_dead_letter_of_a_forgotten_customers_message_is_dropped(state, kind):
    store_letter(state, "m-1", {"id": 42, "firstname": "Ann"}, kind=kind)
    store_letter(state, "m-2", {"id": 43, "firstname": "Bob"}, kind=kind)

    assert forget(state.database, ANN) == NOTHING | {"endpoint_dead_letters": 1}


def test_an_order_is_found_by_its_number_even_if_that_is_not_a_string(state):
    store_letter(state, "m-1", {"order": {"number": 88}})
    buyer = Customer(SITE, {"42"}, set(), {("order", "88")})

    assert forget(state.database, buyer) == NOTHING | {"endpoint_dead_letters": 1}


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
def test_a_dead_letter_about_others_stays(state, payload):
    store_letter(state, "m-1", payload)
    assert forget(state.database, ANN) == NOTHING
    assert len(rows(state, DEAD_LETTERS, "id")) == 1


def test_strange_names_are_found_and_match_nothing_else(state):
    strange = ["'", '"', "%", "é", "\0", "\ud800", "x" * 9000, "(", "\\"]
    facts = [fact(Key("cart", name), people=[f"of {name}"]) for name in strange]
    finish(state, "first", [], facts=facts)
    for name in strange:
        store_letter(
            state,
            f"m{len(name)}{name.encode('utf-8', 'replace')[:9]}",
            {"order": {"user_id": f"of {name}"}},
        )
        customer = Customer(SITE, {f"of {name}"}, set())
        assert forget(state.database, customer) == NOTHING | {
            "endpoint_facts": 1,
            "endpoint_dead_letters": 1,
        }


def figures_of(app):
    """The figures of the customers' page over ten years."""
    query = "from=2017-01-01&to=2026-11-01"
    answer = app.test_client().get(
        f"/dashboard/customers?{query}", headers={"Accept": "application/json"}
    )
    return {name: one["value"] for name, one in answer.json["figures"].items()}


def test_one_command_forgets_in_the_endpoint_and_in_the_hosted_api(make_app):
    app = make_app()
    message = fixture("order_new")
    assert app.test_client().post("/import_new_order", json=message).status_code == 200
    before = events_of(app.test_client())
    email = before["customer"][0]["email"]
    figures = figures_of(app)
    assert (figures["customers"], figures["new_customers"]) == (1, 1)

    def run(*words):
        result = app.test_cli_runner().invoke(
            args=["customers", "forget", "--site", DEMO, "--email", email.upper(), *words]
        )
        return result.exit_code, result.stdout.splitlines(), result.stderr

    fields = {
        "jirafe_events made anonymous": "3",
        "jirafe_events deleted": "1",
        "analytics_orders": "1",
        "analytics_carts": "1",
        "analytics_visits": "0",
        "endpoint_facts": "5",
        "endpoint_dead_letters": "0",
        "endpoint_messages": "1",
    }
    counts = [f"{what}\t{count}" for what, count in fields.items()]
    nothing = "Error: Nothing is known about this customer at site demo-shop.\n"
    assert run("--dry-run") == (0, counts, "")
    assert run() == (0, counts, "")
    assert run() == (1, [f"{what}\t0" for what in fields], nothing)
    after = events_of(app.test_client())
    assert "customer" not in after
    assert [order.get("total") for order in after["order"]] == [
        order.get("total") for order in before["order"]
    ]
    assert email not in json.dumps(after)
    assert figures_of(app) == figures

    again = app.test_client().post("/import_new_order", json=message)
    assert again.get_json() == {"message_id": message["message_id"], "notifications": []}
    assert events_of(app.test_client()) == after


def test_a_purged_site_is_in_no_table_and_others_stay_in_all(make_app):
    app = make_app(JIRAFE_API_SITES="demo-shop:demo-token other:other-token")
    message = fixture("order_new")
    other = json.dumps(message).replace(DEMO, "other").replace("demo-token", "other-token")
    for body in (message, json.loads(other)):
        assert app.test_client().post("/import_new_order", json=body).status_code == 200
    store = app.extensions["jirafe_api"].store
    refresh(store.database, StoredFeed(store), store.now())

    def sites():
        with store.database.reading() as connection:
            return {
                table.name: set(connection.scalars(select(table.c.site)))
                for table in METADATA.sorted_tables
                if "site" in table.c
            }

    before = sites()
    purged = app.test_cli_runner().invoke(args=["sites", "purge", DEMO, "--yes"])

    in_both = {name for name, found in before.items() if found == {DEMO, "other"}}
    assert {"jirafe_events", "analytics_orders", "endpoint_messages", "endpoint_facts"} <= in_both
    assert sites() == {name: found - {DEMO} for name, found in before.items()}
    assert purged.exit_code == 0
    counts = dict(line.split("\t") for line in purged.stdout.splitlines())
    assert set(counts) == in_both - {"jirafe_event_people"}
    assert (counts["jirafe_events"], counts["analytics_orders"]) == ("6", "1")


REMOTE = {"JIRAFE_API_URL": "http://127.0.0.1:1/v2"}


@pytest.mark.parametrize("settings", [{}, REMOTE])
def test_no_name_is_left_in_the_files_of_a_running_endpoint(make_app, tmp_path, settings):
    settings = settings | {"DELIVERY_DEADLINE": "2", "JIRAFE_TIMEOUT": "1"}
    app, service = make_app(**settings), make_app(**settings)
    database = service.extensions[EXTENSION].database
    for number in range(20):
        store_letter(
            service.extensions[EXTENSION], f"m-{number}", {"order": {"email": "ann@example.com"}}
        )

    def run():
        words = ["customers", "forget", "--site", SITE, "--email", "ann@example.com"]
        result = app.test_cli_runner().invoke(args=words)
        content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        return result.exit_code, result.stderr, b"ann@example.com" in content

    with database.reading() as reader:
        reader.execute(select(DEAD_LETTERS)).all()
        code, said, is_left = run()
    assert (code, is_left) == (1, True)
    assert "Error: Deleted data is still in the log beside the database " in said
    _, _, is_left = run()
    assert not is_left


def test_an_endpoint_without_the_hosted_api_forgets_its_own_data(make_app):
    app = make_app(JIRAFE_API_URL="http://127.0.0.1:1/v2")
    run = app.test_cli_runner().invoke
    finish(app.extensions[EXTENSION], site=DEMO, facts=[fact(people=["42"])])
    done, unknown = (
        run(args=["customers", "forget", "--site", DEMO, "--id", name]) for name in ("42", "43")
    )
    not_here = (
        "The events at JIRAFE_API_URL were not changed: this service cannot reach them. "
        "Ask the operator of that API to forget the customer as well.\n"
    )
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "endpoint_facts\t1")
    assert done.stderr == not_here
    assert (unknown.exit_code, unknown.stderr) == (
        1,
        f"{not_here}Error: Nothing is known about this customer at site {DEMO}.\n",
    )
    assert run(args=["customers", "forget", "--site", DEMO]).exit_code == 2


def test_prune_deletes_old_events_of_the_hosted_api_too(make_app):
    now = [NOON]
    app = make_app(EVENTS_RETENTION_DAYS="30")
    store = app.extensions["jirafe_api"].store
    store.now = lambda: now[0]
    store.add(DEMO, [("category", {"id": "1", "change_date": "2026-01-01T00:00:00.000Z"})])
    run = app.test_cli_runner().invoke
    assert "jirafe_events superseded\t0" in run(args=["prune"]).output.splitlines()
    store.add(DEMO, [("category", {"id": "1", "change_date": "2026-01-02T00:00:00.000Z"})])
    now[0] = NOON.replace(year=2027)
    assert "jirafe_events superseded\t1" in run(args=["prune"]).output.splitlines()


def test_the_commands_say_when_the_database_is_down(make_app):
    app = make_app(DATABASE_URL="postgres://ann:hidden@127.0.0.1:1/shop")
    for words in (["customers", "forget", "--site", DEMO, "--id", "1"], ["prune"]):
        result = app.test_cli_runner().invoke(args=words)
        assert (result.exit_code, "hidden" in result.output) == (1, False)
        assert result.output.startswith("Error: The database cannot be used: ")
