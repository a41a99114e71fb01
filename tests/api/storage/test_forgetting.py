"""A customer who asks to be forgotten: the events of others, and all amounts, stay."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, select

import jirafe_api
from config import load
from database.errors import DatabaseUnavailableError
from database.migrations import prepare
from database.transactions import Database
from jirafe_api.contract.kinds import STORED
from jirafe_api.contract.validation import check
from jirafe_api.storage.events import EventFilter, storable
from jirafe_api.storage.personal_data import (
    IMPERSONAL,
    PERSONAL,
    PURCHASES,
    Person,
    without_person,
)
from jirafe_api.storage.sites import Sites
from jirafe_api.storage.store import Store, append, rows_of
from jirafe_api.storage.tables import EVENTS, PEOPLE, TRACKER_BYTES
from jirafe_api.web.trackers.stored_bytes import TrackerBytes
from tests.api import v1_events as v1
from tests.api.events import (
    ACCEPTED,
    CANCELLED,
    CART,
    CART_ITEM,
    CATEGORY,
    CUSTOMER,
    DATES,
    EMPLOYEE,
    ORDER_ITEM,
    PLACED,
    PRODUCT,
    TickingClock,
)

SITE = "123"
BOB = CUSTOMER | {"id": "c-8", "email": "bob@example.com", "first_name": "Bob"}
BOBS_VISIT = {"visit_id": "8", "visitor_id": "9", "pageview_id": "", "last_pageview_id": ""}
BOBS_CART = CART | {"id": "R8", "customer": BOB, "visit": BOBS_VISIT}
BOBS_ORDER = ACCEPTED | {"order_number": "R8", "customer": BOB}
PERSONAL_MEMBERS = {"customer", "visit", "cookies", "delivery_address", "payment_address"}


def many(count=20):
    """Return this many carts and customers, all of them Ann's."""
    return [
        event
        for place in range(count)
        for event in (
            ("cart", CART | {"total": place}),
            ("customer", CUSTOMER | {"last_name": str(place)}),
        )
    ]


def pageview(event_id, visit, visitor):
    return {"id": event_id, "site": SITE, "visit": {"id": visit, "visitor": visitor}}


@pytest.fixture
def store(database_url):
    store = Store(load(DATABASE_URL=database_url).database_url, TickingClock())
    yield store
    store.close()


@pytest.fixture
def run(api):
    def run(*words):
        result = api.test_cli_runner().invoke(args=["customers", "forget", *words])
        return result.exit_code, result.output

    return run


def kept(store):
    return [(stored.site, stored.kind, stored.event) for stored in store.events()]


def forget(store, **names):
    forgotten = store.forget(SITE, Person(**{name: {one} for name, one in names.items()}))
    return forgotten.anonymised, forgotten.deleted


def anonymous(event, pseudonym):
    left = {name: value for name, value in event.items() if name not in PERSONAL_MEMBERS}
    return left | {"customer": {"id": pseudonym, **DATES}} if "customer" in event else left


@pytest.mark.parametrize("names", [{"ids": "c-7"}, {"emails": "ann@example.com"}])
def test_forgetting_keeps_purchases_and_removes_the_buyer(store, names):
    others = [("cart", BOBS_CART), ("order", BOBS_ORDER), ("customer", BOB), ("product", PRODUCT)]
    others += [("category", CATEGORY), ("employee", EMPLOYEE)]
    others += [("pageview", pageview("3", "8", "9")), ("visit", pageview("4", "", ""))]
    theirs = [("cart", CART), ("order", PLACED), ("order", ACCEPTED), ("order", CANCELLED)]
    trails = [("customer", CUSTOMER), ("pageview", pageview("1", "1", "2"))]
    trails += [("pageview", pageview("2", "7", "2")), ("visit", pageview("1", "1", "5"))]
    store.add(SITE, others + trails + theirs)
    store.add("124", theirs + trails)

    assert forget(store, **names) == (3, 4)

    left = kept(store)
    pseudonym = left[len(others)][2]["customer"]["id"]
    assert pseudonym.startswith("forgotten-")
    assert left == [
        *((SITE, kind, event) for kind, event in others),
        *((SITE, kind, anonymous(event, pseudonym)) for kind, event in theirs),
        *(("124", kind, event) for kind, event in theirs + trails),
    ]
    assert [check(kind, event) for _, kind, event in left if kind in PURCHASES] == [{}] * 10
    assert forget(store, **names) == (0, 0)
    assert kept(store) == left


def test_guests_are_identified_by_email_and_carts_by_the_order_number(store):
    guest = {"id": "ann@example.com", **DATES}
    nobody = {"id": "guest-R123", **DATES}
    store.add(SITE, [("cart", CART | {"customer": nobody, "visit": BOBS_VISIT})])
    order = PLACED | {"cart_id": "R123", "customer": guest | {"email": "Ann@Example.com"}}
    store.add(SITE, [("order", order)])
    store.add(SITE, [("pageview", pageview("1", "8", "x"))])
    store.add(SITE, [("cart", CART | {"id": "R9", "customer": guest})])
    store.add(SITE, [("cart", CART | {"id": "R10", "customer": nobody | {"id": "ann"}})])

    assert forget(store, emails="ann@example.com") == (3, 1)
    ids = [event["customer"]["id"] for _, _, event in kept(store)]
    assert ids == [ids[0]] * 3 + ["ann"]


def test_the_cart_of_a_customers_order_is_found_by_its_number(store):
    nobody = {"customer": {"id": "nobody", **DATES}}
    accepted = ACCEPTED | nobody | {"cart_id": "R9"}
    store.add(SITE, [("cart", CART | nobody | {"id": "R9"}), ("order", accepted)])
    store.add(SITE, [("order", PLACED)])
    assert forget(store, ids="c-7") == (3, 0)


def test_an_id_leads_to_the_email_and_to_guest_purchases_with_it(store):
    store.add(SITE, [("customer", CUSTOMER)])
    store.add(SITE, [("cart", CART | {"customer": {"id": "ann@example.com", **DATES}})])
    shared = BOBS_CART | {"customer": BOB | {"email": "ann@example.com"}}
    store.add(SITE, [("cart", shared)])
    assert forget(store, ids="c-7") == (1, 1)
    assert kept(store)[1:] == [(SITE, "cart", shared)]
    assert forget(store, emails="ann@example.com") == (1, 0)


@pytest.mark.parametrize("names", [{"ids": "u5"}, {"emails": "new@example.com"}])
def test_earlier_addresses_of_a_customer_lead_to_purchases_with_them(store, names):
    def bought(customer_id, email):
        customer = {"id": customer_id, "email": email, **DATES}
        return CART | {"id": f"cart of {customer_id}", "customer": customer}

    theirs = [bought("older@example.com", "oldest@example.com"), bought("oldest@example.com", "")]
    theirs += [bought("old@example.com", "Older@Example.com")]
    others = [BOBS_CART, bought("c-8", "old@example.com")]
    store.add(SITE, [("cart", cart) for cart in theirs + others])
    for email in ("Old@example.com", "new@example.com"):
        store.add(SITE, [("customer", CUSTOMER | {"id": "u5", "email": email})])
    assert forget(store, **names) == (3, 2)
    assert kept(store)[3:] == [(SITE, "cart", cart) for cart in others]


@pytest.mark.parametrize("names", [{"ids": "c-7"}, {"emails": "ann@example.com"}])
def test_a_customer_without_an_id_is_identified_by_the_address(store, names):
    def bought(**customer):
        return CART | {"id": f"cart of {sorted(customer.items())}", "customer": customer | DATES}

    theirs = [bought(id="", email="ANN@example.com"), bought(email="ann@Example.com")]
    others = [bought(id="", email="bob@example.com"), bought(id="", email=""), bought(id="")]
    store.add(SITE, [("cart", cart) for cart in theirs + others] + [("customer", CUSTOMER)])
    assert forget(store, **names) == (2, 1)
    assert kept(store)[2:] == [(SITE, "cart", cart) for cart in others]


def test_events_of_version_1_are_forgotten_too(store):
    store.add(
        SITE,
        [
            ("cart", {"id": "5", "customer_id": "c-7", "total": 9.5, "note": "for Ann"}),
            ("order", {"id": "6", "cart_id": "4", "customer": {"id": "c-7", "name": "Ann"}}),
            ("cart", {"id": "4", "items": [{"id": "1"}], "cookies": {"a": "b"}}),
            ("cart", {"id": "6", "customer_id": ["c-7"]}),
            ("add_to_cart", {"visit": {"id": "1", "visitor": "2"}, "customer": {"id": "c-7"}}),
            ("order_success", {"visit": {"id": "1", "visitor": "3"}}),
            ("funnel", {"visit": {"id": "4", "visitor": "4"}}),
            ("funnel", {"visit": {"id": ["1"], "visitor": None}}),
        ],
        version=1,
    )
    assert forget(store, ids="c-7") == (3, 2)
    events = [event for _, _, event in kept(store)]
    pseudonym = events[0]["customer_id"]
    assert events == [
        {"id": "5", "customer_id": pseudonym, "total": 9.5},
        {"id": "6", "cart_id": "4", "customer": {"id": pseudonym}},
        {"id": "4", "items": [{"id": "1"}]},
        {"id": "6", "customer_id": ["c-7"]},
        {"visit": {"id": "4", "visitor": "4"}},
        {"visit": {"id": ["1"], "visitor": None}},
    ]


def engraved(value):
    """Return the same JSON with a member that no schema mentions in each object."""
    if isinstance(value, list):
        return [engraved(one) for one in value]
    if isinstance(value, dict):
        fields = {name: engraved(member) for name, member in value.items()}
        return fields | {"engraving": [{"text": "for Ann, ann@example.com"}]}
    return value


def test_items_keep_only_the_fields_of_the_schemas(store):
    items = {"items": [CART_ITEM], "previous_items": [CART_ITEM, CART_ITEM]}
    lines = {"items": [ORDER_ITEM], "previous_items": [ORDER_ITEM]}
    theirs = [("cart", CART | items), ("order", ACCEPTED | lines)]
    store.add(
        SITE, [(kind, engraved(event) | {"promo": {"code": "Ann"}}) for kind, event in theirs]
    )
    assert forget(store, ids="c-7") == (2, 0)
    left = kept(store)
    pseudonym = left[0][2]["customer"]["id"]
    assert left == [(SITE, kind, anonymous(event, pseudonym)) for kind, event in theirs]


def test_items_of_version_1_keep_only_the_fields_of_its_schemas(store):
    theirs = [("cart", v1.CART), ("order", v1.ORDER)]
    store.add(SITE, [(kind, engraved(event)) for kind, event in theirs], version=1)
    assert forget(store, ids="c-4") == (2, 0)
    (_, _, cart), (_, _, order) = kept(store)
    pseudonym = cart["customer_id"]
    assert cart == v1.CART | {"customer_id": pseudonym}
    assert order == v1.ORDER | {"customer": {"id": pseudonym}}


def test_the_customers_address_is_replaced_by_the_new_id_everywhere(store):
    def cart_of(address):
        product = v1.PRODUCT | {"attributes": [{"id": "1", "name": "for", "value": f"<{address}>"}]}
        cart = v1.CART | {"id": f"{address}-1", "promo": v1.PROMO | {"code": address}}
        return cart | {"customer_id": address, "items": [product]}

    ann, joan = "Ann@example.com", "joan@example.com"
    order = v1.ORDER | {"cart_id": f"{ann}-1", "customer": {"id": "ann@example.com"}}
    store.add(SITE, [("cart", cart_of(ann)), ("cart", cart_of(joan)), ("order", order)], version=1)
    assert forget(store, emails="ann@example.com") == (2, 0)
    (_, _, cart), (_, _, other), (_, _, order) = kept(store)
    pseudonym = cart["customer_id"]
    assert (cart, other) == (cart_of(pseudonym), cart_of(joan))
    assert order["cart_id"] == cart["id"]
    assert [
        one.event for one in store.page(EventFilter(id=cart["id"]), limit=9, before=9).events
    ] == [cart]


def test_cart_numbers_with_two_addresses_of_a_customer_stay_distinct(store):
    first, second = "ann@example.com", "ann@work.example"
    customers = [CUSTOMER | {"email": first}, CUSTOMER | {"email": second}]
    store.add(SITE, [("customer", one) for one in customers])
    carts = [CART | {"id": f"{address}-1"} for address in (first, second, f"jo{first}")]
    store.add(SITE, [("cart", cart) for cart in carts])
    assert forget(store, ids="c-7") == (3, 2)
    numbers = [event["id"] for _, _, event in kept(store)]
    assert len(set(numbers)) == 3
    assert numbers[2] == f"jo{first}-1"
    assert all(number.startswith("forgotten-") for number in numbers[:2])


@pytest.mark.parametrize("names", [{"ids": "c-9"}, {"emails": "eve@example.com"}])
def test_tracker_events_never_cause_another_person_to_be_forgotten(store, names):
    fields = {"id": "c-9", "email": "eve@example.com"}
    claims = [fields | {"id": "c-7"}, fields | {"email": "ann@example.com"}]
    store.add(SITE, [("pageview", pageview("1", "", "") | {"customer": one}) for one in claims])
    store.add(
        SITE, [("pageview", pageview("1", "", "") | {"customer": fields, "customer_id": "c-7"})]
    )
    store.add(SITE, [("order", PLACED), ("customer", CUSTOMER)])
    forget(store, **names)
    assert kept(store)[-2:] == [(SITE, "order", PLACED), (SITE, "customer", CUSTOMER)]


def test_an_invalid_address_matches_no_other_person(store):
    names = ({"id": "c-7", "email": "-"}, {"id": "", "email": "-"}, {"id": "-"})
    orders = [
        ACCEPTED | {"order_number": f"R{place}", "cart_id": f"R{place}", "customer": DATES | given}
        for place, given in enumerate(names)
    ]
    store.add(SITE, [("order", order) for order in orders])
    assert forget(store, ids="c-7") == (1, 0)
    assert [event for _, _, event in kept(store)[1:]] == orders[1:]


def test_a_placeholder_is_not_replaced_as_an_address(store):
    store.add(SITE, [("cart", CART | {"customer": CUSTOMER | {"id": "0", "email": "-"}})])
    assert forget(store, ids="0") == (1, 0)
    ((_, _, left),) = kept(store)
    assert left == anonymous(CART, left["customer"]["id"])


def test_a_pageview_with_their_order_leads_to_the_whole_visit_and_visitor(store):
    def success(order, visit="8", visitor="9"):
        fields = {"page_type": "order_success", "order": order}
        return pageview("", visit, visitor) | {"pageview": fields}

    trails = [pageview("1", "1", "2"), success({"num": "R123"}, "1", "2")]
    trails += [pageview("2", "1", "5"), pageview("3", "7", "2")]
    others = [success({"num": "R8"}), success({"num": "r123"}), success({"num": ["R123"]})]
    others += [success("R123"), pageview("R123", "8", "9") | {"pageview": ["R123"]}]
    store.add(SITE, [("order", {**PLACED, "visit": {}}), ("order", BOBS_ORDER)])
    store.add(SITE, [("pageview", view) for view in trails + others])
    assert forget(store, ids="c-7") == (1, 4)
    assert kept(store)[2:] == [(SITE, "pageview", view) for view in others]


@pytest.mark.parametrize(
    "trail",
    [
        ("order_success", {"order": {"id": "order-6"}}),
        ("order_success", {"cart": {"id": "cart-5"}}),
        ("add_to_cart", {"cart": {"id": "cart-4"}}),
    ],
)
def test_a_version_1_trail_with_their_order_or_cart_leads_to_its_visitor(store, trail):
    def of(visitor, kind, **fields):
        return kind, {"visit": {"id": f"of {visitor}", "visitor": visitor}, kind: fields}

    kind, fields = trail
    theirs = [of("5", kind, **fields), of("5", "funnel")]
    others = [of("6", kind, order={"id": "cart-5"}, cart={"id": "order-6"}), of("6", "funnel")]
    cart = v1.CART | {"id": "cart-4"}
    store.add(SITE, [*theirs, *others, ("order", v1.ORDER), ("cart", cart)], version=1)
    assert forget(store, ids="c-4") == (2, 2)
    assert kept(store)[:2] == [(SITE, *other) for other in others]


@pytest.mark.parametrize(
    "strange", ["", "'", '"', "%", "_/%", "é😀", "\0", "\ud800", "x" * 60_000, "\\", "null"]
)
def test_an_id_may_be_any_text_and_matches_only_itself(store, strange):
    others = [("cart", BOBS_CART), ("customer", BOB | {"id": f"{strange}x"})]
    theirs = CART | {"customer": {"id": strange, **DATES}}
    store.add(SITE, [*others, ("cart", theirs)])
    assert forget(store, ids=strange or "nobody") == ((1, 0) if strange else (0, 0))
    assert kept(store)[:2] == [(SITE, kind, storable(event)) for kind, event in others]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("ÉVA@example.com", "éva@example.com"),
        ("éva@EXAMPLE.com", "ÉVA@example.com"),
        ("\u212airk@example.com", "kirk@example.com"),
        ("\u0130da@example.com", "\u0130DA@example.com"),
        ("ДАША@ПОЧТА.РФ", "даша@почта.рф"),
        ("Ψ", "ψ"),
        ('a_%b\\"/@example.com', 'A_%B\\"/@example.com'),
        ("x" * 60_000 + "@example.com", "X" * 60_000 + "@EXAMPLE.com"),
    ],
)
def test_an_address_is_found_in_any_case_and_matches_nothing_else(store, written, asked):
    others = [("customer", BOB | {"email": f"{written}x"}), ("customer", BOB | {"email": "a-bb"})]
    others += [("customer", BOB | {"email": 'axyzb\\"/@example.com'}), ("cart", BOBS_CART)]
    store.add(SITE, [*others, ("cart", CART | {"customer": CUSTOMER | {"email": written}})])
    assert forget(store, emails=asked.lower()) == (1, 0)
    assert kept(store)[:4] == [(SITE, *other) for other in others]


def test_empty_visits_and_numbers_match_no_other_person(store):
    nothing = dict.fromkeys(["visit_id", "visitor_id", "pageview_id", "last_pageview_id"], "")
    theirs = CART | {"id": "", "visit": nothing, "customer": CUSTOMER | {"email": ""}}
    others = [("pageview", pageview("", "", "")), ("cart", BOBS_CART | {"id": ""})]
    others += [("customer", BOB | {"id": "", "email": ""})]
    store.add(SITE, [*others, ("cart", theirs)])
    assert forget(store, ids="c-7") == (1, 0)
    assert kept(store)[:3] == [(SITE, *other) for other in others]


def test_a_customer_with_very_many_events_is_forgotten_completely(store):
    carts = [
        CART | {"id": f"R{n}", "visit": CART["visit"] | {"visit_id": f"v{n}", "visitor_id": ""}}
        for n in range(700)
    ]
    views = [pageview(f"p{n}", f"v{n}", f"w{n}") for n in range(0, 700, 10)]
    store.add(SITE, [("cart", cart) for cart in carts] + [("pageview", view) for view in views])
    assert forget(store, ids="c-7") == (700, 70)
    assert len({event["customer"]["id"] for _, _, event in kept(store)}) == 1


def test_a_returning_customer_can_be_forgotten_again_without_changing_old_events(store):
    store.add(SITE, [("cart", CART)])
    assert forget(store, ids="c-7") == (1, 0)
    first = kept(store)[0]
    store.add(SITE, [("cart", CART)])
    assert forget(store, ids="c-7") == (1, 0)
    assert kept(store)[0] == first


def test_a_forgetting_that_fails_midway_changes_nothing(store, monkeypatch):
    store.add(SITE, many(600))
    before = kept(store)
    answers = iter(range(300))

    def failing(*purchase):
        if next(answers, None) is None:
            raise OSError("the disk is gone")
        return without_person(*purchase)

    monkeypatch.setattr("jirafe_api.storage.forgetting.without_person", failing)
    with pytest.raises(DatabaseUnavailableError):
        forget(store, ids="c-7")
    assert kept(store) == before


def test_every_field_of_a_purchase_is_either_kept_or_personal():
    folder = Path(jirafe_api.__file__).parent / "contract" / "schemas"
    names = ("cart", "order-placed", "order-accepted", "order-cancelled")
    schemas = [json.loads((folder / f"{name}.json").read_text()) for name in names]
    fields = {member for schema in schemas for member in schema["properties"]}
    assert fields - set(IMPERSONAL) == PERSONAL_MEMBERS


def test_every_kind_about_customers_can_be_forgotten():
    assert {"category", "product", "heartbeat", "inventory", "product.cost"} == (
        set(STORED) - set(PURCHASES) - set(PERSONAL)
    )


def test_the_command_says_how_much_was_done_and_a_dry_run_does_nothing(run, api):
    store = api.extensions["jirafe_api"].store
    store.add(SITE, [("cart", CART), ("customer", CUSTOMER)])
    counts = "jirafe_events made anonymous\t1\njirafe_events deleted\t1\n"
    unknown = "Error: Site 123 has no event about this customer.\n"
    before = kept(store)
    assert run("--site", SITE, "--email", "ANN@example.com", "--dry-run") == (0, counts)
    assert kept(store) == before
    assert run("--site", SITE, "--email", "ANN@example.com") == (0, counts)
    assert run("--site", SITE, "--email", "ANN@example.com") == (1, unknown)
    assert run("--site", SITE, "--id", "\udcff\0") == (1, unknown)


@pytest.mark.parametrize(
    "words",
    [
        ("--id", "1"),
        ("--site", "a b", "--id", "1"),
        ("--site", SITE),
        ("--site", SITE, "--id", ""),
        ("--site", SITE, "--id", "1", "--email", "a@b.c"),
    ],
)
def test_the_command_requires_a_site_and_either_id_or_email(run, words):
    assert run(*words)[0] == 2


def names_in(folder):
    """Return which of Ann's names are in the files of a database, which contain her teapot's."""
    content = b"".join(file.read_bytes() for file in Path(folder).iterdir())
    assert b"Teapots" in content
    return [name for name in (b"ann@example.com", b"Ann", b"c-7") if name in content]


def test_no_name_is_left_in_the_file(sqlite_url, tmp_path):
    store = Store(sqlite_url, TickingClock())
    store.add(SITE, many())
    assert forget(store, emails="ann@example.com") == (20, 20)
    store.close()
    assert names_in(tmp_path) == []


def test_no_name_is_left_in_the_files_of_a_running_service(make_api, sqlite_url, tmp_path):
    service = make_api(sqlite_url).extensions["jirafe_api"].store
    service.add(SITE, many())
    run = make_api(sqlite_url).test_cli_runner().invoke
    words = ["customers", "forget", "--site", SITE, "--id", "c-7"]
    assert run(args=[*words, "--dry-run"]).exit_code == 0
    assert names_in(tmp_path) != []
    assert run(args=words).exit_code == 0
    assert names_in(tmp_path) == []
    assert service.count(EventFilter()) == 20


def test_the_command_says_when_a_reader_keeps_deleted_data_in_the_log(
    make_api, sqlite_url, tmp_path
):
    reading, forgetting = (make_api(sqlite_url) for _ in range(2))
    reading.extensions["jirafe_api"].store.add(SITE, many())
    forgetting.extensions["jirafe_api"].store.database = Database(sqlite_url, prepare, wait=0.1)
    events = reading.extensions["jirafe_api"].store.events()
    next(events)

    def run():
        words = ["customers", "forget", "--site", SITE, "--id", "c-7"]
        result = forgetting.test_cli_runner().invoke(args=words)
        return result.exit_code, result.output

    counts = "jirafe_events made anonymous\t20\njirafe_events deleted\t20\n"
    left = (
        "Error: Deleted data is still in the log beside the database (the file that ends in -wal), "
        "because another process is reading it. Run this again later.\n"
    )
    assert run() == (1, counts + left)
    events.close()
    forgetting.extensions["jirafe_api"].store.wipe_log()
    assert names_in(tmp_path) == []


def test_events_that_mention_a_person_are_deleted_too(store):
    search = {"page_type": "search", "search": {"term": "Ann@Example.com tea"}}
    landing = "https://shop.example/?a=1&email=ann%40example.com&utm_source=x"
    theirs = [
        ("employee", EMPLOYEE | {"email": "Ann@example.com"}),
        ("pageview", pageview("1", "8", "9") | {"pageview": search}),
        ("visit", pageview("2", "8", "9") | {"visit": {"id": "7", "landing_url": landing}}),
    ]
    others = [
        ("employee", EMPLOYEE),
        ("pageview", pageview("3", "8", "9")),
        ("visit", pageview("4", "8", "9")),
        ("category", CATEGORY | {"name": "ann@example.com"}),
        ("pageview", pageview("5", "6", "6") | {"pageview": {"term": "joann@example.com"}}),
    ]
    store.add(SITE, [*theirs, *others, ("customer", CUSTOMER)])
    assert forget(store, emails="ann@example.com") == (0, 4)
    assert kept(store) == [(SITE, *other) for other in others]


def test_the_address_of_a_forgotten_id_is_found_in_other_events(store):
    search = pageview("1", "8", "9") | {"pageview": {"search": {"term": "ann@example.com"}}}
    store.add(SITE, [("customer", CUSTOMER), ("pageview", search)])
    assert forget(store, ids="c-7") == (0, 2)


def test_forgetting_an_unknown_person_changes_nothing(store):
    store.add(SITE, [("customer", BOB)])
    assert not store.forget(SITE, Person(ids={"c-7"})).is_known
    assert store.forget(SITE, Person(ids={"c-8"})).is_known
    assert not store.forget(SITE, Person(ids={"c-8"})).is_known


def test_the_index_of_people_loses_the_forgotten_and_keeps_all_others(store):
    store.add(SITE, [("customer", BOB), ("cart", BOBS_CART)])

    def rows():
        with store.database.reading() as connection:
            return sorted(connection.execute(select(PEOPLE)).all())

    before = rows()
    store.add(SITE, [("customer", CUSTOMER), ("cart", CART), ("visit", pageview("1", "1", "2"))])
    assert len(rows()) > len(before)
    forget(store, ids="c-7")
    assert rows() == before


def test_a_person_is_found_without_reading_the_events_of_others(sqlite_url):
    store, statements = Store(sqlite_url, TickingClock()), []
    store.add(SITE, [("cart", CART), ("visit", pageview("1", "1", "2")), ("order", ACCEPTED)])

    def note(_connection, _cursor, statement, parameters, _context, _many):
        statements.append((statement, parameters))

    event.listen(store.database._engine, "before_cursor_execute", note)
    assert store.forget(SITE, Person(emails={CUSTOMER["email"]}), dry_run=True).anonymised == 2
    event.remove(store.database._engine, "before_cursor_execute", note)
    with store.database.reading() as connection:
        steps = {
            row.detail
            for statement, parameters in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        }
    store.close()

    assert any("jirafe_event_people USING PRIMARY KEY" in step for step in steps), steps
    assert any("jirafe_events_by_id" in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN") or "listing" in step], steps


def test_a_repeat_has_no_rows_in_the_index_of_people(store):
    store.add(SITE, [("customer", CUSTOMER)] * 2)
    store.add(SITE, [("customer", CUSTOMER)])
    with store.database.reading() as connection:
        orphans = select(PEOPLE).where(PEOPLE.c.seq.not_in(select(EVENTS.c.seq)))
        assert connection.execute(orphans).all() == []


def test_events_that_arrive_while_a_person_is_forgotten_are_stored_afterwards(store, monkeypatch):
    """An event waits for the end, so that no earlier one is missed."""
    store.add(SITE, [("cart", CART)])
    arriving = CART | {"id": "R124"}
    is_found, started = threading.Event(), []

    def slowly(*purchase):
        if not started:
            started.append(pool.submit(store.add, SITE, [("cart", arriving)]))
            is_found.wait(0.3)
        return without_person(*purchase)

    monkeypatch.setattr("jirafe_api.storage.forgetting.without_person", slowly)
    with ThreadPoolExecutor(1) as pool:
        assert forget(store, ids="c-7") == (1, 0)
        started[0].result(20)
    left = [event for _, _, event in kept(store)]
    assert [event["id"] for event in left] == ["R123", "R124"]
    assert left[0]["customer"]["id"].startswith("forgotten-")
    assert left[1] == arriving


def test_an_event_that_is_not_yet_committed_is_forgotten_too(postgres_url):
    url = load(DATABASE_URL=postgres_url).database_url
    store, other = Store(url, TickingClock()), Store(url, TickingClock())
    store.add(SITE, [("cart", BOBS_CART)])
    is_numbered, commit = threading.Event(), threading.Event()

    def slow(connection, items):
        result = append(connection, items)
        is_numbered.set()
        assert commit.wait(20)
        return result

    with ThreadPoolExecutor(2) as pool:
        rows = rows_of(SITE, [("cart", CART)], other.now())
        storing = pool.submit(other.database.group_commit, slow, rows)
        assert is_numbered.wait(20)
        forgetting = pool.submit(forget, store, ids="c-7")
        with pytest.raises(TimeoutError):
            forgetting.result(0.5)
        commit.set()
        storing.result(20)
        assert forgetting.result(20) == (1, 0)
    for one in (store, other):
        one.close()


def test_the_export_of_a_person_has_all_events_about_them_and_no_others(store):
    theirs = [("cart", CART), ("customer", CUSTOMER), ("visit", pageview("1", "1", "2"))]
    store.add(SITE, [("customer", BOB), *theirs, ("cart", BOBS_CART)])
    about = store.events_about(SITE, Person(emails={"ann@example.com"}))
    assert [(stored.kind, stored.event) for stored in about] == theirs
    assert store.events_about(SITE, Person(ids={"nobody"})) == []


def test_all_data_of_a_site_can_be_deleted(store):
    sites = Sites([], store)
    sites.add(SITE)
    sites.add("124")
    store.add(SITE, [("cart", CART), *many(600)])
    store.add("124", [("cart", CART), ("customer", CUSTOMER)])
    browsers = TrackerBytes(store.database, store.now, 10_000)
    assert [browsers.seconds_to_wait(site, 100) for site in (SITE, "124")] == [0, 0]

    assert store.purge(SITE) == {
        "jirafe_tokens": 1,
        "jirafe_events": 1201,
        "jirafe_tracker_bytes": 1,
    }
    assert kept(store) == [("124", "cart", CART), ("124", "customer", CUSTOMER)]
    assert [token.site for token in sites.all()] == ["124"]
    assert store.events_about(SITE, Person(ids={"c-7"})) == []
    assert len(store.events_about("124", Person(ids={"c-7"}))) == 2
    with store.database.reading() as connection:
        for table in (PEOPLE, TRACKER_BYTES):
            assert set(connection.scalars(select(table.c.site))) == {"124"}
