import pytest

from tests.mappers.payloads import (
    ADDRESS,
    DATES,
    EARLY,
    LATE,
    PURCHASE,
    SENT_EARLY,
    SENT_LATE,
    SENT_NOW,
    accepted,
    bodies,
    cart,
    left_out,
    picked,
    problems,
    without,
)

NAMES = ("first_name", "last_name", "name", "phone", "company")
MINA = {
    "first_name": "Mina",
    "last_name": "Okabe",
    "name": "Mina Okabe",
    "phone": "0190 5550",
    "company": "Okabe & Co",
}


def test_a_complete_customer():
    assert cart({"billing_address": ADDRESS, "user_id": 8})["customer"] == {
        "id": "8",
        **DATES,
        "email": "mina@example.com",
        **MINA,
    }


def test_a_guest_without_a_name():
    assert cart()["customer"] == {"id": "mina@example.com", **DATES, "email": "mina@example.com"}


@pytest.mark.parametrize(
    ("order", "original", "customer_id"),
    [
        ({"user_id": 2, "customer": {"id": 3}}, {"user_id": 1}, "1"),
        ({"user_id": 2, "customer": {"id": 3}}, {"user_id": None}, "2"),
        ({"user_id": 2, "customer": {"id": 3}}, None, "2"),
        ({"user_id": None, "customer": {"id": "c-3"}}, {}, "c-3"),
        ({"user_id": "", "customer": {"id": None}}, {"user_id": ""}, "mina@example.com"),
        ({"customer": None}, None, "mina@example.com"),
        ({"user_id": "0", "customer": {"id": 0}}, {"user_id": 0}, "mina@example.com"),
    ],
)
def test_the_buyer_id_is_the_originals_user_then_the_orders_then_its_customers(
    order, original, customer_id
):
    for mapped in (cart(order, original=original), accepted(order, original=original)):
        assert mapped["customer"]["id"] == customer_id


@pytest.mark.parametrize(
    ("order", "original"),
    [
        ({"email": " Mina@Example.COM "}, {"email": "other@example.com"}),
        ({"email": None}, {"email": "MINA@example.com"}),
        ({"email": ""}, {"email": "mina@example.com\n"}),
    ],
)
def test_a_guest_is_identified_by_the_trimmed_lower_case_email(order, original):
    assert cart(order, original=original)["customer"]["id"] == "mina@example.com"


@pytest.mark.parametrize("email", [None, "", "  "])
def test_a_guest_without_an_email_is_identified_by_the_order_number(email):
    assert cart({"email": email})["customer"] == {"id": "guest-R77", **DATES}


@pytest.mark.parametrize(
    ("order", "original", "email"),
    [
        ({"email": "a@example.com"}, {"email": "b@example.com"}, "a@example.com"),
        ({"email": None}, {"email": "b@example.com"}, "b@example.com"),
        ({"email": None}, {"email": None}, None),
        ({"email": None}, None, None),
    ],
)
def test_the_email_is_the_orders_then_the_originals(order, original, email):
    assert cart(order, original=original)["customer"].get("email") == email


ELSE = {"first_name": "Otto", "last_name": "Lind", "phone": "7"}
OTTO = {"first_name": "Otto", "last_name": "Lind", "name": "Otto Lind", "phone": "7"}


@pytest.mark.parametrize(
    ("addresses", "names"),
    [
        ({"billing_address": ADDRESS, "shipping_address": ELSE}, MINA),
        ({"billing_address": ELSE, "shipping_address": without(ADDRESS, "company")}, OTTO),
        ({"billing_address": None, "shipping_address": ADDRESS}, MINA),
        ({"billing_address": {}, "shipping_address": ELSE}, OTTO),
        ({"shipping_address": ELSE}, OTTO),
        ({"billing_address": None, "shipping_address": None}, {}),
        ({"billing_address": {"firstname": None, "phone": ""}}, {}),
        ({"billing_address": {"firstname": "Mina"}}, {"first_name": "Mina", "name": "Mina"}),
        ({}, {}),
    ],
)
def test_names_and_phone_are_from_the_billing_or_else_the_shipping_address(addresses, names):
    assert picked(cart(addresses)["customer"], *NAMES) == names


@pytest.mark.parametrize("key", ["order", "original"])
def test_missing_email_and_names_of_an_order_are_filled_from_its_customer(key):
    customer = {"email": "Zoe@example.com", "firstname": "Zoe", "lastname": "Ek", "phone": "7"}
    payload = {"order": without(PURCHASE, "email"), "original": {}}
    payload[key] = {**payload[key], "customer": customer}
    found = bodies("order", "order:updated", payload)[0]["customer"]

    assert picked(found, "id", "email", "name", "phone") == {
        "id": "zoe@example.com",
        "email": "Zoe@example.com",
        "name": "Zoe Ek",
        "phone": "7",
    }


def test_the_buyer_has_the_dates_of_the_cart_or_order():
    dates = {"created_at": "2014-01-01T00:00:00Z", "updated_at": "2014-01-02T00:00:00Z"}
    for mapped in (cart(dates), accepted(dates)):
        assert picked(mapped["customer"], *DATES) == picked(mapped, *DATES)


def test_all_events_of_an_order_have_the_same_customer():
    order = {**PURCHASE, "billing_address": ADDRESS}
    mapped = [
        *bodies("cart", "order:new", {"order": order}),
        *bodies("order", "order:new", {"order": order}),
    ]
    assert [body["customer"] for body in mapped] == [
        {"id": "mina@example.com", **DATES, "email": "mina@example.com", **MINA}
    ] * 3


SENT_ADDRESS = {
    "address1": "3 Harbour Lane",
    "address2": "Attic",
    "city": "Whitby",
    "state": "North Yorkshire",
    "postalcode": "YO22 4AA",
    "country": "GB",
}


@pytest.mark.parametrize(
    ("key", "sent_key"),
    [("shipping_address", "delivery_address"), ("billing_address", "payment_address")],
)
@pytest.mark.parametrize(
    ("address", "sent"),
    [
        (ADDRESS, SENT_ADDRESS),
        ({**ADDRESS, "id": 5}, {"id": "5", **SENT_ADDRESS}),
        ({**ADDRESS, "state": None, "city": ""}, without(SENT_ADDRESS, "state", "city")),
        ({"state": {"name": "Ohio", "abbr": "OH"}}, {"state": "Ohio"}),
        ({"state": {"abbr": "OH"}, "country": {"iso": "US"}}, {"state": "OH", "country": "US"}),
        ({"country": {"iso": "US", "name": "United States"}}, {"country": "US"}),
        (None, None),
        ({}, None),
        ({"address1": None, "city": None}, None),
    ],
)
def test_known_addresses_are_sent_with_a_purchase(key, sent_key, address, sent):
    assert accepted({key: address}).get(sent_key) == sent


PERSON = {
    "id": 8,
    "email": " Mina@example.com",
    "firstname": "Mina",
    "lastname": "Okabe",
    "created_at": EARLY,
    "updated_at": LATE,
    "billing_address": without(ADDRESS, "firstname", "lastname"),
}


def mapped(payload, message="customer:new"):
    (body,) = bodies("customer", message, payload)
    return body


@pytest.mark.parametrize("message", ["customer:new", "customer:updated", "user:new"])
@pytest.mark.parametrize("payload", [{"customer": PERSON}, {"user": PERSON}, PERSON])
def test_a_customer_message_is_a_customer(message, payload):
    assert mapped(payload, message) == {"id": "8", **DATES, "email": "Mina@example.com", **MINA}


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"first_name": "Mina", "last_name": "Okabe"}, ("Mina", "Okabe", "Mina Okabe")),
        ({"ship_address": ADDRESS}, ("Mina", "Okabe", "Mina Okabe")),
        ({"firstname": "Mina", "ship_address": ADDRESS}, ("Mina", None, "Mina")),
        ({"name": "Mina Okabe"}, ("Mina", "Okabe", "Mina Okabe")),
        ({}, (None, None, None)),
    ],
)
def test_the_names_are_the_customers_own_or_those_of_an_address(given, names):
    body = mapped({"customer": {"id": 8, **given}})
    assert (body.get("first_name"), body.get("last_name"), body.get("name")) == names


def test_a_customer_without_an_id_is_identified_by_the_email_in_lower_case():
    assert mapped({"user": {"email": "Mina@Example.com "}})["id"] == "mina@example.com"


@pytest.mark.parametrize(
    ("given", "dates"),
    [
        ({"created_at": EARLY}, (SENT_EARLY, SENT_EARLY)),
        ({"updated_at": LATE}, (SENT_LATE, SENT_LATE)),
        ({"created_at": LATE, "updated_at": EARLY}, (SENT_EARLY, SENT_EARLY)),
        ({}, (SENT_NOW, SENT_NOW)),
    ],
)
def test_a_customers_dates_are_its_own_or_else_the_clocks(given, dates):
    body = mapped({"customer": {"id": 8, **given}})
    assert (body["create_date"], body["change_date"]) == dates


@pytest.mark.parametrize("nothing", [None, {}])
def test_the_customer_of_a_purchase_is_optional(nothing):
    assert mapped({"customer": nothing, "user": PERSON}) == mapped({"customer": PERSON})


def test_a_customer_with_id_0_is_identified_by_the_email():
    (found,) = bodies("customer", "customer:new", {"customer": {"id": 0, "email": "Ann@a.example"}})

    assert found["id"] == "ann@a.example"


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({}, "customer.id"),
        ({"customer": None}, "customer.id"),
        ({"user": {"firstname": "Mina"}}, "user.id"),
        ({"customer": {"id": " ", "email": None}}, "customer.id"),
    ],
)
def test_a_customer_with_neither_id_nor_email_is_refused(payload, path):
    assert problems("user:new", payload) == {path: ["Missing data for required field."]}


def test_an_invalid_field_of_a_customer_is_left_out_and_not_quoted():
    fields = {"user": {**PERSON, "email": ["SECRET"], "updated_at": "SECRET"}}
    assert left_out("user:new", fields) == {
        "user.email": "Not a valid string.",
        "user.updated_at": "Not a valid date.",
    }
