"""The key that the endpoint shares with the hub."""

import hmac

import pytest

from tests.endpoint.fixtures import fixture

OLD, NEW = "an-old-key-of-the-hub", "a-new-key-of-the-hub!"


@pytest.fixture
def ask(make_app):
    """Return a function that sends a message with headers and returns the status."""
    hub = make_app(ENDPOINT_KEY=f"{OLD}, {NEW}").test_client()
    return lambda **headers: (
        hub.post(
            "/",
            json=fixture("cart_new"),
            headers={name.replace("_", "-"): given for name, given in headers.items()},
        ).status_code
    )


@pytest.mark.parametrize("key", [OLD, NEW])
@pytest.mark.parametrize("header", ["X_Hub_Token", "X_Augury_Token"])
def test_each_key_is_accepted_while_keys_are_replaced(ask, header, key):
    assert ask(**{header: key}) == 200


@pytest.mark.parametrize("key", ["", OLD[:-1], f"{OLD}, {NEW}", f"{OLD},{NEW}", OLD.upper(), "kéy"])
def test_no_other_key_is_accepted(ask, key):
    assert ask(X_Hub_Token=key, X_Augury_Token=key) == 401


def test_a_valid_key_in_either_header_is_enough(ask):
    assert ask(X_Hub_Token="wrong", X_Augury_Token=NEW) == 200


@pytest.mark.parametrize("key", [OLD, NEW, "wrong", OLD[:-1]])
def test_every_key_is_compared_in_full(ask, key, monkeypatch):
    compared = []
    digest = hmac.compare_digest
    monkeypatch.setattr(
        hmac, "compare_digest", lambda one, other: compared.append(other) or digest(one, other)
    )

    ask(X_Hub_Token=key)

    assert compared == [OLD.encode(), NEW.encode()] * 2
