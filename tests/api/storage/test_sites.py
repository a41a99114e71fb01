"""Sites and their tokens: scopes, labels, rotation and revocation."""

import pytest

from config import SettingError
from jirafe_api.errors import InvalidToken, NotAuthorized
from jirafe_api.storage.sites import READ, SCOPES, WRITE, Sites, Token
from jirafe_api.storage.store import Store
from tests.api.events import BEARER, CATEGORY, OK, TickingClock, get, post, refused


@pytest.fixture
def sites(sqlite_url):
    store = Store(sqlite_url, TickingClock())
    yield Sites([("fixed", "token-of-the-environment")], store)
    store.close()


def test_a_token_has_an_id_a_label_and_scopes(sites):
    sites.add("shop", label="hub", scopes=[WRITE])
    sites.add("shop")

    assert sites.all() == [
        Token(None, "fixed", "", SCOPES, None),
        Token(1, "shop", "hub", frozenset([WRITE]), "2026-01-01T12:00:00.000Z"),
        Token(2, "shop", "", SCOPES, "2026-01-01T12:00:01.000Z"),
    ]


@pytest.mark.parametrize(
    ("scopes", "may_read", "may_write"),
    [([READ], True, False), ([WRITE], False, True), ([READ, WRITE], True, True)],
)
def test_a_token_opens_its_site_for_its_scopes_only(sites, scopes, may_read, may_write):
    token = sites.add("shop", scopes=scopes)
    for scope, may in ((READ, may_read), (WRITE, may_write)):
        if may:
            sites.admit(token, "shop", scope)
        else:
            with pytest.raises(NotAuthorized):
                sites.admit(token, "shop", scope)
        with pytest.raises(NotAuthorized):
            sites.admit(token, "other", scope)


def test_a_token_of_the_environment_may_read_and_write(sites):
    for scope in SCOPES:
        sites.admit("token-of-the-environment", "fixed", scope)


def test_a_rotated_token_keeps_id_label_and_scopes_and_replaces_the_old_one(sites):
    old = sites.add("shop", label="hub", scopes=[WRITE])
    new = sites.rotate(1)

    sites.admit(new, "shop", WRITE)
    with pytest.raises(InvalidToken):
        sites.admit(old, "shop", WRITE)
    assert sites.all()[1:] == [
        Token(1, "shop", "hub", frozenset([WRITE]), "2026-01-01T12:00:01.000Z")
    ]
    assert sites.rotate(99) is None


def test_a_revoked_token_is_invalid_and_the_others_stay_valid(sites):
    tokens = [sites.add("shop") for _ in range(2)]

    assert [sites.revoke(1), sites.revoke(1)] == [True, False]
    with pytest.raises(InvalidToken):
        sites.admit(tokens[0], "shop", READ)
    sites.admit(tokens[1], "shop", READ)


def test_the_id_of_a_token_is_never_reused(sites):
    sites.add("shop")
    sites.revoke(1)
    sites.add("shop")

    assert [token.id for token in sites.all()] == [None, 2]


def test_removing_a_site_revokes_all_of_its_tokens_and_no_other(sites):
    for site in ("shop", "shop", "other"):
        sites.add(site)

    assert [sites.remove("shop"), sites.remove("shop")] == [2, 0]
    assert [token.site for token in sites.all()] == ["fixed", "other"]


def test_a_lent_token_is_valid_only_within_its_block(sites):
    sites.add("shop")
    with sites.lend("shop") as token:
        sites.admit(token, "shop", WRITE)
    with pytest.raises(InvalidToken):
        sites.admit(token, "shop", WRITE)
    with pytest.raises(KeyError):
        sites.lend("unknown")


def test_a_token_for_writing_cannot_list_events(api):
    sites = api.extensions["jirafe_api"].sites
    client = api.test_client()
    writer = {"Authorization": f"Bearer {sites.add('123', scopes=[WRITE])}"}
    reader = {"Authorization": f"Bearer {sites.add('123', scopes=[READ])}"}

    assert post(client, "123/category", CATEGORY, writer) == (200, OK)
    assert post(client, "123/category", CATEGORY, reader) == (403, refused("authorization"))
    for path in ("123/category", "123/category/t-9"):
        assert get(client, path, writer) == (403, refused("authorization"))
        assert get(client, path, reader)[0] == get(client, path, BEARER)[0] == 200


def test_an_origin_for_an_unknown_site_is_an_error_at_start_up(make_api, sqlite_url):
    origins = {"JIRAFE_TRACKER_ORIGINS": "my-shop:https://shop.example"}
    with pytest.raises(SettingError) as error:
        make_api(sqlite_url, **origins)
    assert str(error.value) == (
        "JIRAFE_TRACKER_ORIGINS: names the unknown site my-shop. Correct the name, or "
        "run `flask sites add` for it first"
    )

    make_api(sqlite_url).extensions["jirafe_api"].sites.add("my-shop")
    make_api(sqlite_url, **origins)
