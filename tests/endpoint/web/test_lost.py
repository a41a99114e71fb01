"""What a browser sees at addresses for programs, and at unknown ones."""

import re

import pytest

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def links(page):
    return {one for one in re.findall('<a [^>]*href="([^"]+)"', page.text) if one[0] != "#"}


@pytest.mark.parametrize("path", ["/docs", "/not/at/all", "/favicon.ico"])
def test_an_unknown_address_gives_browsers_a_page_with_links(hub, path):
    page = hub.get(path, headers=BROWSER)

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "<h1>There is no page here</h1>" in page.text
    assert links(page) == {"/", "/dashboard", "/jirafe/docs", "/endpoint.json"}
    assert {link: hub.get(link, headers=BROWSER).status_code for link in links(page)} == (
        dict.fromkeys(links(page), 200)
    )


def test_the_address_of_a_service_explains_itself(hub):
    page = hub.get("/import_order", headers=BROWSER)

    assert (page.status_code, page.mimetype) == (405, "text/html")
    assert set(page.allow) == {"POST", "OPTIONS"}
    assert "<h1>Messages arrive here</h1>" in page.text


@pytest.mark.parametrize("path", ["/jirafe/", "/jirafe", "/jirafe/v2", "/jirafe/v3/shop/order"])
def test_a_browser_at_the_hosted_api_is_shown_links_to_its_documentation(hub, path):
    page = hub.get(path, headers=BROWSER)

    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert links(page) == {"/jirafe/docs", "/jirafe/openapi.json", "/"}
    assert {link: hub.get(link).status_code for link in links(page)} == (
        dict.fromkeys(links(page), 200)
    )
    (style,) = re.findall('stylesheet" href="([^"]+)"', page.text)
    assert hub.get(style).mimetype == "text/css"


@pytest.mark.parametrize("path", ["/docs", "/x/y", "/import_order", "/jirafe/", "/jirafe/v2"])
@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_programs_get_json(hub, path, accept):
    answers = [hub.get(path, headers={"Accept": accept}), hub.post(path, headers=BROWSER)]

    assert [answer.mimetype for answer in answers] == ["application/json"] * 2


def test_pages_link_only_to_addresses_that_are_served(make_app):
    elsewhere = make_app(JIRAFE_API_URL="https://jirafe.example.com/v2").test_client()

    assert links(elsewhere.get("/docs", headers=BROWSER)) == {"/", "/endpoint.json"}
