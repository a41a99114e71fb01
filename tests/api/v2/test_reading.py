"""What the API shows: events as they came, and the latest state of each id."""

from itertools import product
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jirafe_api.api import current_api
from jirafe_api.contract.kinds import STORED
from jirafe_api.storage.events import StoredEvent
from jirafe_api.storage.latest import order_state
from tests.api.events import (
    ACCEPTED,
    CANCELLED,
    CATEGORY,
    OK,
    ORDER_ITEM,
    PAGEVIEW,
    PLACED,
    get,
    invalid,
    post,
    refused,
)

V1_PRODUCT = {"id": "p-1", "sku": "TEA-1", "change_date": "2014-01-02T10:00:00"}


def send(client, kind, *events):
    assert post(client, "123/batch", {kind: list(events)}) == (200, {kind: [OK] * len(events)})


def add(api, kind, *events, version):
    with api.app_context():
        current_api().store.add("123", [(kind, event) for event in events], version)


def category(event_id, change_date="2014-01-02T10:00:00Z", **more):
    return CATEGORY | {"id": event_id, "change_date": change_date} | more


def walk(client, path):
    """Return the ids on each page, following the links."""
    pages = []
    while path:
        status, page = get(client, path.removeprefix("/v2/"))
        assert (status, len(pages) < 100) == (200, True)
        pages.append([entry["id"] for entry in page["events"]])
        path = page["next"]
    return pages


def entry(kind_event, version=2, received_at="2026-01-01T12:00:00.000Z", seq=1, **more):
    envelope = {"seq": seq, "received_at": received_at, "version": version}
    return {**envelope, **more, "event": kind_event}


def test_since_leaves_out_earlier_events(client):
    for event_id in "abc":
        send(client, "category", category(event_id))
    for since, ids in {
        "2026-01-01T12:00:01Z": ["c", "b"],
        "2026-01-01T12:00:01.000Z": ["c", "b"],
        "2026-01-01T12:00:01.001Z": ["c"],
        "2026-01-01T14:00:02%2B02:00": ["c"],
        "2026-01-01 12:00:02": ["c"],
        "2026-01-01": ["c", "b", "a"],
        "2026-01-02": [],
    }.items():
        assert walk(client, f"123/category?since={since}") == [ids], since


def test_next_pages_keep_every_filter(api):
    client = api.test_client()
    add(api, "product", V1_PRODUCT, version=1)
    send(client, "category", category("a"))
    for name in "abc":
        named = V1_PRODUCT | {"name": name}
        add(api, "product", named, named | {"id": "p-2"}, version=1)
        add(api, "product", named, version=2)
    path = "123/product?limit=2&since=2026-01-01T12:00:02Z&version=1"
    assert walk(client, path) == [["p-2", "p-1"], ["p-2", "p-1"], ["p-2", "p-1"]]
    assert walk(client, f"{path}&id=p-1") == [["p-1", "p-1"], ["p-1"]]
    assert walk(client, f"{path}&latest=true") == [["p-1", "p-2"]]
    assert walk(client, f"{path}&latest=true&limit=1".replace("limit=2&", "")) == [["p-1"], ["p-2"]]


def test_events_of_both_versions_are_read_together_or_separately(api):
    client = api.test_client()
    add(api, "product", V1_PRODUCT, version=1)
    add(api, "product", V1_PRODUCT | {"code": "TEA"}, version=2)
    first = entry(V1_PRODUCT, 1, id="p-1")
    second = entry(V1_PRODUCT | {"code": "TEA"}, 2, "2026-01-01T12:00:01.000Z", 2, id="p-1")
    assert get(client, "123/product")[1]["events"] == [second, first]
    assert get(client, "123/product?version=1")[1]["events"] == [first]
    assert get(client, "123/product?version=2")[1]["events"] == [second]
    assert get(client, "123/product?latest=true")[1]["events"] == [second]
    assert get(client, "123/product?latest=true&version=1")[1]["events"] == [first]
    assert get(client, "123/product/p-1?version=1") == (200, first)


def test_there_is_one_latest_state_per_id(client):
    newest = [category(name, "2014-01-05T10:00:00Z", name=name) for name in "ba"]
    send(client, "category", category("a"), category("b"), *newest, category("a"), category("b"))
    noon = {"received_at": "2026-01-01T12:00:00.000Z", "version": 2}
    assert get(client, "123/category?latest=true") == (
        200,
        {
            "events": [
                {"seq": 4} | noon | {"id": "a", "event": newest[1]},
                {"seq": 3} | noon | {"id": "b", "event": newest[0]},
            ],
            "next": None,
        },
    )
    assert get(client, "123/category/a") == (
        200,
        {"seq": 4} | noon | {"id": "a", "event": newest[1]},
    )
    assert get(client, "123/category/c") == (404, refused("not_found"))
    assert get(client, "123/product/a") == (404, refused("not_found"))


@pytest.mark.parametrize(
    ("first", "second", "latest"),
    [
        ("2014-01-02T10:00:00Z", "2014-01-02T09:59:59.999Z", 0),
        ("2014-01-02T10:00:00Z", "2014-01-02T10:00:00Z", 1),
        ("2014-01-02T10:00:00Z", "2014-01-02T12:00:00+02:30", 0),
        ("2014-01-02T10:00:00Z", "2014-01-02T10:00:00.0001", 1),
        ("2014-01-02T10:00:00Z", "2013-07-30T20 =>08 =>39Z", 0),
        ("2013-07-30T20 =>08 =>39Z", "2013-07-30T20 =>08 =>40Z", 1),
        ("2014-01-02T10:00:00Z", "yesterday", 0),
        ("", "2014-01-02", 1),
        ("2014-01-02T10:00:00Z", "2013-07-30T20:08:39Z\ufffd", 0),
        ("0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", 1),
        ("9999-12-31", "2014-01-02", 1),
        ("2014-01-02", "9999-12-31", 0),
        ("2026-01-02T11:00:00Z", "2026-01-01", 0),
        ("2026-01-02T12:00:01Z", "2014-01-01", 1),
    ],
)
def test_the_latest_state_has_the_latest_credible_date_or_arrived_last(
    client, first, second, latest
):
    events = [category("a", date) for date in (first, second)]
    send(client, "category", *events)
    assert get(client, "123/category/a")[1]["event"] == events[latest]


def test_pages_of_latest_states_show_each_id_once(client):
    ids = [" ", "a/b", "/a", "é" * 99, "x" * 200, "'\"%_", "A", "a", "b\x7f", "~~", "~~a"]
    send(client, "category", *(category(name, name=f"{n}") for n in "12" for name in ids))
    pages = walk(client, "123/category?latest=true&limit=3")
    assert [len(page) for page in pages] == [3, 3, 3, 2]
    assert sorted(name for page in pages for name in page) == sorted(ids)
    for name in ids:
        assert walk(client, f"123/category?latest=true&id={quote(name, safe='')}") == [[name]]
        path = f"123/category/{quote(name, safe='')}"
        assert get(client, path)[1]["id"] == name


def test_events_without_an_id_are_not_states_of_one_object(client, api):
    send(client, "category", category("", name="a"), category("", name="b"), category("c"))
    add(api, "cart", *({"total": total} for total in (1, 2, 3)), version=1)
    path = "123/category?latest=true"
    assert sorted(name for page in walk(client, path) for name in page) == ["", "", "c"]
    assert walk(client, f"{path}&limit=1")[0] != walk(client, f"{path}&limit=1")[2]
    assert walk(client, "123/category?id=") == [["", ""]]
    carts = get(client, "123/cart?latest=true")[1]["events"]
    assert sorted(cart["event"]["total"] for cart in carts) == [1, 2, 3]


def test_pageviews_of_version_1_are_not_states_of_their_visit(client, api):
    views = [{"visit": {"id": "v"}, "pageview": {"page_type": page}} for page in ("home", "cart")]
    add(api, "pageview", *views, version=1)
    shown = get(client, "123/pageview?latest=true")[1]["events"]
    assert sorted(entry["event"]["pageview"]["page_type"] for entry in shown) == ["cart", "home"]


def test_a_tracker_event_cannot_be_overwritten_by_the_tracker(client, api):
    views = [PAGEVIEW, PAGEVIEW | {"timestamp": "2030-01-01T00:00:00Z", "pageview": {}}]
    for view in views:
        add(api, "pageview", view, version=2)
    assert get(client, "123/pageview/pv-2")[1]["event"] == PAGEVIEW
    shown = get(client, "123/pageview?latest=true")[1]["events"]
    assert [entry["event"] for entry in shown] == [PAGEVIEW]


def test_since_also_applies_to_a_single_id(client):
    send(client, "category", category("a"))
    for path in ("123/category?latest=true&since=2026-01-01", "123/category?since=2026-01-01"):
        assert walk(client, f"{path}&id=a") == [["a"]]
    assert walk(client, "123/category?latest=true&id=a&since=2030-01-01") == [[]]


def test_since_and_latest_show_the_state_of_everything_changed_since_then(client):
    send(client, "category", category("a", "2014-01-05"), category("b"))
    send(client, "category", category("c"))
    send(client, "category", category("a", "2014-01-04"))
    path = "123/category?latest=true&limit=1&since=2026-01-01T12:00:01Z"
    assert walk(client, path) == [["a"], ["c"]]
    page = get(client, path)[1]
    assert page["events"][0]["event"]["change_date"] == "2014-01-05"


def test_the_latest_state_of_an_order_combines_its_events(client):
    send(client, "order", CANCELLED, PLACED)
    expected = entry({**PLACED, **CANCELLED}, seq=2, id="R123", status="cancelled")
    assert get(client, "123/order/R123") == (200, expected)
    send(client, "order", ACCEPTED)
    expected = entry(
        {**PLACED, **ACCEPTED, **CANCELLED},
        received_at="2026-01-01T12:00:01.000Z",
        seq=3,
        id="R123",
        status="cancelled",
    )
    assert get(client, "123/order/R123") == (200, expected)
    assert get(client, "123/order?latest=true") == (200, {"events": [expected], "next": None})
    assert expected["event"]["items"]
    assert expected["event"]["visit"]


def test_a_cancelled_order_is_accepted_again_only_with_a_newer_date(client):
    send(client, "order", CANCELLED, ACCEPTED | {"change_date": "2014-01-03T09:00:00Z"})
    assert get(client, "123/order/R123")[1]["status"] == "cancelled"
    late = ACCEPTED | {"change_date": "2014-01-09T10:00:00Z"}
    send(client, "order", late)
    shown = get(client, "123/order/R123")[1]
    assert (shown["status"], shown["event"]) == ("accepted", late)


def accepted(hour, **more):
    return ACCEPTED | {"change_date": f"2014-01-03T{hour}:00:00Z"} | more


def cancelled(hour, **more):
    return CANCELLED | {"cancel_date": f"2014-01-03T{hour}:00:00Z"} | more


def test_a_repeated_cancellation_does_not_change_an_order_accepted_since(client):
    send(client, "order", accepted(10), cancelled(11), accepted(12))
    before = get(client, "123/order/R123")
    send(client, "order", cancelled(11))
    assert get(client, "123/order/R123") == before
    assert (before[1]["status"], before[1]["event"]) == ("accepted", accepted(12))


def test_a_repeated_cancellation_does_not_change_a_cancelled_order(client):
    send(client, "order", accepted(10), cancelled(11))
    before = get(client, "123/order/R123")
    send(client, "order", cancelled(11))
    assert get(client, "123/order/R123") == before
    assert before[1]["event"] == accepted(10) | cancelled(11)


def test_a_later_acceptance_counts_if_it_arrived_before_the_cancellation(client):
    send(client, "order", accepted(13), cancelled(11))
    assert get(client, "123/order/R123")[1]["status"] == "accepted"


def test_the_last_of_several_states_with_the_same_date_counts(client):
    send(client, "order", cancelled(11), accepted(11))
    assert get(client, "123/order/R123")[1]["status"] == "accepted"
    send(client, "order", cancelled(11, note="again"))
    assert get(client, "123/order/R123")[1]["status"] == "cancelled"


def test_an_acceptance_without_items_does_not_revive_an_order(client):
    nothing_left = [ORDER_ITEM | {"status": "cancelled"}]
    send(client, "order", cancelled(11), accepted(12, items=nothing_left), accepted(13, items=[]))
    assert get(client, "123/order/R123")[1]["status"] == "cancelled"
    send(client, "order", accepted(12, items=[*nothing_left, ORDER_ITEM]))
    assert get(client, "123/order/R123")[1]["status"] == "accepted"


def test_a_placed_event_that_comes_late_overwrites_nothing(client):
    send(client, "order", accepted(10), PLACED | {"order_date": "2014-01-09T10:00:00Z"})
    shown = get(client, "123/order/R123")[1]
    assert (shown["status"], shown["event"]["total"]) == ("accepted", ACCEPTED["total"])


STEP = [("accepted", 10), ("accepted", 12), ("cancelled", 10), ("cancelled", 11)]


def is_accepted(history):
    """Whether the newest event of all, by hour and then arrival, is an acceptance."""
    first_arrivals = dict.fromkeys(history)  # repeats are not stored
    newest = max(enumerate(first_arrivals), key=lambda step: (step[1][1], step[0]))
    return newest[1][0] == "accepted"


def test_every_history_of_an_order_ends_in_the_state_of_the_rule(client):
    histories = [list(one) for length in (1, 2, 3, 4) for one in product(STEP, repeat=length)]
    step = {"accepted": accepted, "cancelled": cancelled}
    send(
        client,
        "order",
        *(
            step[status](hour, order_number=f"{place:03}")
            for place, history in enumerate(histories)
            for status, hour in history
        ),
    )
    path, shown = "123/order?latest=true&limit=500", []
    while path:
        _, page = get(client, path.removeprefix("/v2/"))
        shown += [entry["status"] for entry in page["events"]]
        path = page["next"]
        assert len(shown) <= len(histories)
    assert [status == "accepted" for status in shown] == [*map(is_accepted, histories)]


def test_an_order_of_version_1_is_shown_as_it_came(api):
    order = {"id": "R123", "total": 5, "change_date": "2014-01-04"}
    send(api.test_client(), "order", ACCEPTED)
    add(api, "order", order, version=1)
    assert get(api.test_client(), "123/order/R123")[1] == entry(
        order, 1, "2026-01-01T12:00:01.000Z", 2, id="R123", status=None
    )


STEPS = st.lists(
    st.tuples(st.sampled_from(["placed", "accepted", "cancelled"]), st.integers(1, 3)),
    min_size=1,
    max_size=3,
    unique_by=lambda step: step[0],
)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_the_combined_order_has_the_data_of_every_step(steps):
    stored = [
        StoredEvent(seq, "1", 2, "order", status, "", str(day), {"status": status, status: 1})
        for seq, (status, day) in enumerate(steps)
    ]
    shown = order_state(stored)
    assert {name for name in shown.event if name != "status"} >= {
        status for status, _ in steps if status != "cancelled"
    }
    assert shown.event["status"] == shown.status


TIME = "is not an ISO 8601 time such as 2026-01-31T12:00:00Z"


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("since=", {"since": f"'' {TIME}"}),
        ("since=soon", {"since": f"'soon' {TIME}"}),
        ("since=2026-01-01T00:00:00+02:00", {"since": f"'2026-01-01T00:00:00 02:00' {TIME}"}),
        ("since=2026-01-01T00:00:00Z%00", {"since": f"'2026-01-01T00:00:00Z\\x00' {TIME}"}),
        ("since=0001-01-01T00:00:00%2B23:00", {"since": f"'0001-01-01T00:00:00+23:00' {TIME}"}),
        (
            "versoin=2",
            {
                "versoin": "is not a parameter; the parameters are "
                "after, before, id, latest, limit, since, version"
            },
        ),
        ("version=3", {"version": "'3' is not one of 1, 2"}),
        ("latest=yes", {"latest": "'yes' is not one of true, false"}),
        ("after=a", {"after": "is for pages of latest states only"}),
        ("latest=false&after=a", {"after": "is for pages of latest states only"}),
        ("latest=true&before=5", {"before": "is for pages of events, not of latest states"}),
        ("latest=true&after=%00", {"after": "'\\x00' is not from the address of a next page"}),
        (
            "since=x&limit=0",
            {"since": f"'x' {TIME}", "limit": "'0' is not a whole number from 1 to 500"},
        ),
    ],
)
def test_an_invalid_filter_is_refused_by_name(client, query, errors):
    assert get(client, f"123/category?{query}") == (400, invalid(errors))


def test_a_request_for_one_id_is_refused_in_the_same_form(client):
    errors = invalid({"version": "'x' is not one of 1, 2"})
    assert get(client, "123/category/a?version=x") == (400, errors)
    assert get(client, "123/visitor/a") == (400, refused("invalid_type"))
    assert get(client, "123/category/a", {}) == (403, refused("invalid_token"))
    assert get(client, "124/category/a") == (403, refused("authorization"))


def test_every_kind_that_may_be_kept_is_listed(client):
    for kind in STORED:
        assert get(client, f"123/{kind}") == (200, {"events": [], "next": None})
        assert get(client, f"123/{kind}?latest=true") == (200, {"events": [], "next": None})
