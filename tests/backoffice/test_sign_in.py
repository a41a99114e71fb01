"""Who sees the pages: signing in and out, sessions, and requests of other websites."""

import re
from datetime import timedelta
from http.cookies import SimpleCookie
from io import BytesIO

import pytest

from tests.backoffice.conftest import BROWSER, JSON, OPERATOR, PASSWORD

SIGN_IN = "/dashboard/sign-in"
PRODUCTION = {
    "APP_ENV": "production",
    "ENDPOINT_KEY": "a-key-of-more-than-32-characters-0123",
    "JIRAFE_API_SITES": "shop:a-token-of-more-than-32-characters-0123",
}


def sign_in(client, password=PASSWORD, query="", **options):
    return client.post(f"{SIGN_IN}{query}", data={"password": password}, **options)


def problem(answer):
    return re.search(r'id="problem">(.*?)</p>', answer.text)[1]


@pytest.fixture
def client(make_office):
    """A client of a service with passwords."""
    return make_office(DASHBOARD_PASSWORD=PASSWORD, OPERATOR_PASSWORD=OPERATOR).test_client()


@pytest.mark.parametrize("password", [PASSWORD, OPERATOR])
def test_a_merchant_is_asked_to_sign_in_and_lands_on_the_page_they_wanted(client, password):
    asked = client.get("/dashboard/sales?site=shop&period=today", headers=BROWSER)
    assert asked.status_code == 302
    form = client.get(asked.location, headers=BROWSER)
    assert (form.status_code, '<input type="password"' in form.text) == (200, True)

    answer = client.post(asked.location, data={"password": password})

    assert (answer.status_code, answer.location) == (302, "/dashboard/sales?site=shop&period=today")
    page = client.get(answer.location, headers=BROWSER)
    assert (page.status_code, "<h1>Sales</h1>" in page.text) == (200, True)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/sales", "/definitions", "/nothing", "/channels.csv", "/sales/ledger.csv"],
)
def test_without_signing_in_nothing_is_shown(client, path):
    page = client.get(f"/dashboard{path}", headers=BROWSER)
    answer = client.get(f"/dashboard{path}", headers=JSON)

    assert (page.status_code, page.location.partition("?")[0]) == (302, SIGN_IN)
    assert (answer.status_code, answer.json) == (401, {"error": "Sign in first."})


def test_a_wrong_password_is_refused_without_a_session(client):
    answer = sign_in(client, "a-reader-of-the-sale")

    assert answer.status_code == 401
    assert problem(answer) == "That password is not right. Check it and try again."
    assert "Set-Cookie" not in answer.headers
    assert "a-reader-of-the-sale" not in answer.text
    assert client.get("/dashboard", headers=BROWSER).status_code == 302


def test_a_form_of_more_than_64_kb_is_refused(client):
    for form in ({"password": "x" * 70_000}, {"file": (BytesIO(bytes(70_000)), "x")}):
        assert client.post(SIGN_IN, data=form, headers=JSON).status_code == 413


def test_a_client_has_to_wait_after_ten_wrong_passwords(client):
    answers = [sign_in(client, f"wrong {number}") for number in range(10)] + [sign_in(client)]

    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert problem(answers[-1]) == "Too many wrong passwords. Wait five minutes and try again."
    other = sign_in(client, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 302


def test_a_stranger_behind_the_same_proxy_does_not_lock_the_merchant_out(client):
    def tried(address, password):
        return sign_in(client, password, headers={"X-Forwarded-For": address}).status_code

    assert [tried("192.0.2.7", f"wrong {number}") for number in range(11)] == [401] * 11
    assert tried("192.0.2.8", PASSWORD) == 302


def test_behind_a_trusted_proxy_each_client_has_its_own_attempts(make_office):
    service = make_office(DASHBOARD_PASSWORD=PASSWORD, FORWARDED_ALLOW_IPS="127.0.0.1")
    client = service.test_client()

    def tried(addresses, password):
        return sign_in(client, password, headers={"X-Forwarded-For": addresses}).status_code

    # A client can make up all addresses but the last.
    wrong = [tried(f"10.0.0.{number}, 192.0.2.7", f"wrong {number}") for number in range(11)]
    assert wrong == [401] * 10 + [429]
    assert tried("192.0.2.7", PASSWORD) == 429
    assert tried("192.0.2.8", PASSWORD) == 302


def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_other_paths(client):
    cookie = SimpleCookie(sign_in(client).headers["Set-Cookie"])["jirafe_session"]

    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (
        True,
        "Lax",
        "/dashboard",
        "",
    )
    assert PASSWORD not in cookie.value


def test_in_production_the_cookie_needs_https(make_office):
    client = make_office(**PRODUCTION, DASHBOARD_PASSWORD=PASSWORD).test_client()

    cookie = SimpleCookie(sign_in(client, base_url="https://shop.example").headers["Set-Cookie"])

    assert cookie["jirafe_session"]["secure"] is True


def test_a_session_ends_after_twelve_hours(client, clock):
    sign_in(client)

    clock.now += timedelta(hours=11, minutes=59)
    assert client.get("/dashboard", headers=BROWSER).status_code == 200
    clock.now += timedelta(minutes=1)
    assert client.get("/dashboard", headers=BROWSER).status_code == 302


def test_a_session_ends_when_the_merchant_signs_out(client):
    sign_in(client)

    answer = client.post("/dashboard/sign-out")

    assert (answer.status_code, answer.location) == (302, SIGN_IN)
    assert client.get("/dashboard", headers=BROWSER).status_code == 302


def test_a_forged_or_foreign_cookie_gives_no_access(client, make_office, tmp_path):
    sign_in(client)
    value = client.get_cookie("jirafe_session", path="/dashboard").value

    for forged in (value[:-2], f"x{value}", ""):
        client.set_cookie("jirafe_session", forged, path="/dashboard")
        assert client.get("/dashboard", headers=BROWSER).status_code == 302
    other = make_office(DASHBOARD_PASSWORD="another-password-of-it").test_client()
    other.set_cookie("jirafe_session", value, path="/dashboard")
    assert other.get("/dashboard", headers=BROWSER).status_code == 302


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/dashboard",
        "//evil.example/dashboard",
        "/\\evil.example",
        "/dashboard\\@evil.example",
        "javascript:alert(1)",
        "/jirafe/docs",
        "",
    ],
)
def test_signing_in_leads_to_pages_of_this_service_only(client, wanted):
    answer = client.post(SIGN_IN, query_string={"next": wanted}, data={"password": PASSWORD})

    assert (answer.status_code, answer.location) == (302, "/dashboard")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_website_can_neither_sign_in_nor_out(client, headers):
    assert sign_in(client, headers=BROWSER | headers).status_code == 403
    sign_in(client)

    answer = client.post("/dashboard/sign-out", headers=BROWSER | headers)

    assert (answer.status_code, answer.mimetype) == (403, "text/html")
    assert client.get("/dashboard", headers=BROWSER).status_code == 200


@pytest.mark.parametrize(
    "path", ["", "/", "/sales", "/sign-in", "/static/backoffice.css", "/sales/ledger.csv"]
)
def test_production_has_no_pages_without_a_password(make_office, path):
    client = make_office(**PRODUCTION).test_client()

    answer = client.get(f"/dashboard{path}", headers=BROWSER)

    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert answer.text == client.get("/no-such-page", headers=BROWSER).text
    assert ("Nothing is served" in answer.text, "dashboard" in answer.text) == (True, False)
    assert "/dashboard" not in client.get("/", headers=BROWSER).text


def test_neither_password_nor_address_is_logged(client, caplog):
    caplog.set_level("DEBUG")
    sign_in(client, "a-wrong-one")
    sign_in(client)
    client.get("/dashboard", headers=BROWSER)

    assert [text for text in (PASSWORD, "a-wrong-one", "127.0.0.1") if text in caplog.text] == []
