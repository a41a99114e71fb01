"""Passwords, sessions, throttling, and requests forged by other websites."""

import pytest

from backoffice.web.access import LIFETIME, Passwords, Right, Throttle, is_forged

NOW = 1_800_000_000.0
PASSWORDS = Passwords(dashboard=("a-reader-of-sales",), operator=("an-operator-of-it", "the-next"))


@pytest.mark.parametrize(
    ("password", "right"),
    [
        ("a-reader-of-sales", Right.READ),
        ("an-operator-of-it", Right.OPERATE),
        ("the-next", Right.OPERATE),
        ("A-reader-of-sales", Right.NONE),
        ("", Right.NONE),
        ("pässword", Right.NONE),
    ],
)
def test_a_password_opens_a_session_of_twelve_hours_with_its_rights(password, right):
    session = {"left over": 1}

    assert PASSWORDS.sign_in(session, password, NOW) is right
    assert PASSWORDS.right_in(session, NOW) is right
    assert PASSWORDS.right_in(session, NOW + LIFETIME - 1) is right
    assert PASSWORDS.right_in(session, NOW + LIFETIME) is Right.NONE
    assert PASSWORDS.right_in(session, NOW - 60) is Right.NONE
    assert ("left over" in session) is (right is Right.NONE)


def test_a_session_does_not_hold_the_password_and_ends_when_it_changes():
    session = {}
    PASSWORDS.sign_in(session, "a-reader-of-sales", NOW)

    assert "a-reader-of-sales" not in str(session)
    changed = Passwords(dashboard=("another-password-now",), operator=PASSWORDS.operator)
    assert changed.right_in(session, NOW) is Right.NONE


@pytest.mark.parametrize(
    "session", [{}, {"proof": 5, "since": 5}, {"proof": "x", "since": NOW}, {"since": int(NOW)}]
)
def test_a_forged_session_gives_no_rights(session):
    assert PASSWORDS.right_in(session, NOW) is Right.NONE


def test_without_passwords_nobody_signs_in():
    assert not Passwords().are_set
    assert Passwords().sign_in({}, "", NOW) is Right.NONE


def test_all_processes_sign_cookies_alike_until_a_password_changes():
    same = Passwords(dashboard=PASSWORDS.dashboard, operator=PASSWORDS.operator)

    assert PASSWORDS.signing_key() == same.signing_key()
    assert PASSWORDS.signing_key() != Passwords(dashboard=("other",)).signing_key()
    assert Passwords().signing_key() != Passwords().signing_key()


def test_ten_wrong_passwords_block_one_client_for_five_minutes():
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    for _ in range(10):
        assert not throttle.is_blocked("1.2.3.4")
        throttle.record_failure("1.2.3.4")

    assert throttle.is_blocked("1.2.3.4")
    assert not throttle.is_blocked("1.2.3.5")
    now[0] = 301
    assert not throttle.is_blocked("1.2.3.4")


def test_a_shared_address_is_slowed_down_and_never_blocked():
    waited = []
    throttle = Throttle(lambda: 0.0, waited.append)
    for _ in range(30):
        assert not throttle.is_blocked("1.2.3.4", is_shared=True)
        throttle.record_failure("1.2.3.4")

    assert waited == [1.0] * 20


def test_a_flood_of_clients_does_not_grow_the_memory():
    throttle = Throttle(lambda: 0.0)
    for place in range(25_000):
        throttle.record_failure(str(place))
    for _ in range(10):
        throttle.record_failure("1.2.3.4")

    assert len(throttle._failures) == 10_000
    assert throttle.is_blocked("1.2.3.4")


@pytest.mark.parametrize(
    ("method", "headers", "forged"),
    [
        ("GET", {"Sec-Fetch-Site": "cross-site"}, False),
        ("POST", {"Sec-Fetch-Site": "same-origin"}, False),
        ("POST", {"Sec-Fetch-Site": "none"}, False),
        ("POST", {"Sec-Fetch-Site": "same-site"}, True),
        ("POST", {"Sec-Fetch-Site": "cross-site"}, True),
        ("POST", {"Origin": "https://shop.example"}, False),
        ("POST", {"Origin": "https://evil.example"}, True),
        ("POST", {"Origin": "null"}, True),
        ("POST", {}, False),
        ("DELETE", {"Sec-Fetch-Site": "cross-site"}, True),
    ],
)
def test_a_request_from_another_website_changes_nothing(method, headers, forged):
    assert is_forged(method, headers, "shop.example") is forged
