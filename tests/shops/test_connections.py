"""Connecting shops, and storing them."""

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore

import pytest

from config import SettingError, load
from database.engines import CONNECTIONS
from jirafe_endpoint.shops.connections import (
    ConnectedShop,
    SecretKeyError,
    ShopConnections,
    UnknownShopError,
    Vault,
)
from tests.serving import free_port
from tests.spree.fake_spree.server import serving_shop
from tests.spree.shops import KIND_OF, small_shop
from tests.state.fixtures import NOON

KEY, NEW_KEY = "an-old-key-of-some-length", "a-new-key-of-some-length"
SHOP = ConnectedShop(
    "my-shop",
    "https://shop.example.com",
    "t-0",
    "api-v1",
    {"token": "credential-1"},
    ("secret-1",),
    {"currency": "EUR"},
)


@pytest.fixture
def connections(state):
    return ShopConnections(state.database, Vault([KEY]), lambda: NOON)


@pytest.fixture
def run(make_app):
    """Return a function that runs a command and returns its status, output and errors."""

    def invoke(*words, asked="", **settings):
        app = make_app(**settings)
        result = app.test_cli_runner().invoke(args=words, input=asked)
        return result.exit_code, result.stdout, result.stderr

    return invoke


def test_a_connected_shop_is_stored_completely(connections):
    connections.connect(SHOP)

    (found,) = connections.all()
    assert (found, connections.get("my-shop")) == (found, found)
    assert found.created_at == "2026-03-02T12:00:00.000Z"
    assert {**vars(found), "created_at": None} == vars(SHOP)
    assert connections.get("other") is None


def test_connecting_again_replaces_everything_but_webhook_secrets(connections):
    connections.connect(SHOP)
    connections.connect(ConnectedShop("my-shop", "https://new.example.com", "t-1"))

    found = connections.get("my-shop")
    assert (found.url, found.token, found.kind, found.credential, found.parameters) == (
        "https://new.example.com",
        "t-1",
        "",
        {},
        {},
    )
    assert (found.webhook_secrets, found.created_at) == (("secret-1",), "2026-03-02T12:00:00.000Z")


def test_secrets_overlap_while_one_replaces_another(connections):
    connections.connect(SHOP)
    connections.add_secret("my-shop", "secret-2")
    connections.add_secret("my-shop", "secret-2")
    assert connections.get("my-shop").webhook_secrets == ("secret-1", "secret-2")

    assert connections.remove_secret("my-shop", 1)
    assert not connections.remove_secret("my-shop", 2)
    assert connections.get("my-shop").webhook_secrets == ("secret-2",)


def test_only_a_connected_shop_has_secrets(connections):
    with pytest.raises(UnknownShopError, match=r"No shop is connected for site my-shop\."):
        connections.add_secret("my-shop", "secret-1")
    assert not connections.disconnect("my-shop")


def test_a_key_can_be_replaced_but_not_guessed(connections, state):
    connections.connect(SHOP)

    def with_keys(*keys):
        return ShopConnections(state.database, Vault(keys), lambda: NOON)

    assert with_keys(NEW_KEY, KEY).get("my-shop").token == "t-0"
    with pytest.raises(SecretKeyError, match="SECRET_KEY is not the one"):
        with_keys(NEW_KEY).get("my-shop")
    with pytest.raises(SecretKeyError, match="SECRET_KEY is not set"):
        with_keys().get("my-shop")


def test_decrypting_secrets_holds_no_connection_to_the_database(connections, state):
    connections.connect(SHOP)
    begun, go_on = Semaphore(0), Event()

    class SlowVault(Vault):
        def decrypt(self, text):
            begun.release()
            assert go_on.wait(30)
            return super().decrypt(text)

    slow = ShopConnections(state.database, SlowVault([KEY]), lambda: NOON)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        found = [pool.submit(slow.get, "my-shop") for _ in range(CONNECTIONS)]
        try:
            assert all(begun.acquire(timeout=30) for _ in found)
            assert connections.get("my-shop").token == "t-0"
        finally:
            go_on.set()
        assert {one.result(30).token for one in found} == {"t-0"}


def test_no_secret_is_stored_or_shown_in_plain_text(tmp_path, run):
    with serving_shop(small_shop(), "5.6") as fake:
        asked = f"{KIND_OF['5.6'][1]['key']}\n"
        connected = run("shop", "connect", "my-shop", fake.url, "--categories", "5", asked=asked)
    added = run("shop", "secret", "add", "my-shop", asked="a-webhook-secret\n")
    listed = run("shop", "list")

    assert connected[:2] == (0, "Connected my-shop: admin-v3.\n")
    assert "orders: ok\nproducts: ok\ntaxons: ok\ncustomers: ok\n" in connected[2]
    assert added[:2] == (0, "Added a secret of my-shop.\n")
    site, url, kind, secrets, _ = listed[1].split("\t")
    assert (site, url, kind, secrets) == ("my-shop", fake.url, "admin-v3", "1")
    database = sqlite3.connect(tmp_path / "events.db")
    stored = "\n".join(map(str, database.execute("SELECT * FROM endpoint_shops").fetchall()))
    database.close()
    for secret in ("a-webhook-secret", KIND_OF["5.6"][1]["key"]):
        assert secret not in stored + str(connected) + str(added) + str(listed)


@pytest.mark.parametrize("version", ["4.4", "5.3", "5.6"])
def test_the_kind_of_a_shop_is_detected(run, version):
    kind, credential = KIND_OF[version]
    asked = "".join(f"{value}\n" for value in credential.values())
    options = ["--kind", kind] if version == "4.4" else []
    with serving_shop(small_shop(), version) as fake:
        connected = run("shop", "connect", "my-shop", fake.url, *options, asked=asked)

    assert connected[:2] == (0, f"Connected my-shop: {kind}.\n")


def test_a_shop_is_not_connected_with_a_wrong_credential(run):
    with serving_shop(small_shop(), "5.6") as fake:
        status, _, said = run("shop", "connect", "my-shop", fake.url, asked="wrong\n")

    assert status == 1
    assert said.endswith(
        "Error: The shop's orders cannot be read: the credential does not allow reading this.\n"
    )
    assert run("shop", "list") == (0, "", "")


def test_a_shop_without_an_api_sends_webhooks_only(run):
    with serving_shop(small_shop(), "5.4") as fake:
        refused = run("shop", "connect", "my-shop", fake.url)
        connected = run("shop", "connect", "my-shop", fake.url, "--webhooks-only")

    assert (refused[0], "The shop has no supported API" in refused[2]) == (1, True)
    assert connected[:2] == (0, "Connected my-shop: webhooks only.\n")


def test_a_shop_that_does_not_answer_is_reported(run):
    status, _, said = run("shop", "connect", "my-shop", f"http://127.0.0.1:{free_port()}")

    assert (status, "no answer (ConnectionError)" in said) == (1, True)


def test_a_generated_secret_is_part_of_the_address(run):
    run("shop", "connect", "my-shop", "https://shop.example.com", "--webhooks-only")
    status, said, _ = run("shop", "secret", "add", "my-shop", "--generate")

    assert status == 0
    assert re.fullmatch(r"address\t/spree/my-shop/[0-9a-f]{40}\n", said)
    assert run("shop", "secret", "remove", "my-shop", "1")[0] == 0
    assert run("shop", "secret", "remove", "my-shop", "1")[0] == 1


def test_disconnecting_a_shop_revokes_its_token(run):
    run("shop", "connect", "my-shop", "https://shop.example.com", "--webhooks-only")
    assert "my-shop\twrite\t" in run("sites", "list")[1]
    run("shop", "connect", "my-shop", "https://shop.example.com", "--webhooks-only")
    assert run("sites", "list")[1].count("my-shop") == 1  # the token is used on

    assert run("shop", "disconnect", "my-shop", "--yes")[:2] == (0, "Disconnected my-shop.\n")
    assert "my-shop" not in run("sites", "list")[1]
    assert run("shop", "disconnect", "my-shop", "--yes")[0] == 1


def test_production_connects_no_shop_without_a_key(run):
    words = ("shop", "connect", "my-shop", "https://shop.example.com", "--webhooks-only")
    production = {"APP_ENV": "production", "ENDPOINT_KEY": KEY, "JIRAFE_API_SITES": ""}
    status, _, said = run(*words, **production)

    assert (status, "SECRET_KEY is not set" in said) == (1, True)
    assert run(*words, **production, SECRET_KEY=KEY)[0] == 0
    with pytest.raises(SettingError, match="SECRET_KEY: has a key of fewer than 16 characters"):
        load(APP_ENV="production", SECRET_KEY="short")


def test_a_credential_of_the_environment_is_used_and_not_stored(connections, state):
    connections.connect(SHOP)
    given = {"my-shop": {"token": "credential-2"}}
    with_given = ShopConnections(state.database, Vault([KEY]), lambda: NOON, given)
    assert with_given.get("my-shop").credential == {"token": "credential-2"}

    with_given.connect(with_given.get("my-shop"))
    assert connections.get("my-shop").credential == {}
    assert with_given.get("my-shop").credential == {"token": "credential-2"}


def test_a_shop_is_connected_by_a_credential_of_the_environment(run):
    with serving_shop(small_shop(), "5.6") as fake:
        key = KIND_OF["5.6"][1]["key"]
        status, said, _ = run(
            "shop", "connect", "my-shop", fake.url, SHOP_CREDENTIALS=f"my-shop:key={key}"
        )

    assert (status, said) == (0, "Connected my-shop: admin-v3.\n")


@pytest.mark.parametrize("text", ["my-shop", "my-shop:key", "my-shop:=v", "my shop:key=v", "s:k="])
def test_a_malformed_credential_is_refused_and_not_shown(text):
    with pytest.raises(SettingError, match=r"^SHOP_CREDENTIALS: word 1 is not of the form"):
        load(SHOP_CREDENTIALS=text)
