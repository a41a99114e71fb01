"""The page to try the API."""

import re
import shutil
import subprocess

import pytest

from tests.api.described import described
from tests.api.events import SITE, TOKEN
from tests.serving import serving


@pytest.fixture
def api(make_api, sqlite_url):
    """Return an API on SQLite only, since the page does not depend on the database."""
    return make_api(sqlite_url)


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def test_the_page_may_load_nothing_from_elsewhere(client):
    answer = client.get("/docs")
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_and_what_it_loads_refer_to_no_other_host(client):
    page = client.get("/docs").text
    parts = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert parts == [
        "docs/favicon-32x32.png",
        "docs/swagger-ui.css",
        "docs/swagger-ui-bundle.js",
        "docs/start.js",
    ]
    served = {part: client.get(f"/{part}") for part in parts}
    assert {part: (answer.status_code, answer.mimetype) for part, answer in served.items()} == {
        "docs/favicon-32x32.png": (200, "image/png"),
        "docs/swagger-ui.css": (200, "text/css"),
        "docs/swagger-ui-bundle.js": (200, "text/javascript"),
        "docs/start.js": (200, "text/javascript"),
    }
    style = served["docs/swagger-ui.css"].text
    loaded = re.findall(r"url\(['\"]?([^)]{5})|@import", style)
    assert set(loaded) == {"data:"}
    script = served["docs/start.js"].text
    assert "//" not in re.sub(r"^// .*", "", script)
    assert 'url: "openapi.json"' in script
    assert "validatorUrl: null" in script


@pytest.mark.parametrize("name", ["oauth2-redirect.html", "nothing", "..%2fdocs.html", "docs.html"])
def test_only_the_listed_parts_of_the_page_exist(client, name):
    assert client.get(f"/docs/{name}").status_code == 404


def test_a_browser_shows_every_operation_on_the_page(tmp_path):
    browser = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
    if browser is None:
        pytest.skip("there is no Chromium to show the page")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000"]
    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    profile = f"--user-data-dir={tmp_path}/profile"
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path}/jirafe.db"}
    settings["JIRAFE_API_SITES"] = f"{SITE}:{TOKEN}"
    with serving("app:app", "--workers=1", **settings) as port:
        address = f"http://127.0.0.1:{port}/jirafe/docs"
        page = subprocess.run(
            [browser, *flags, nowhere, profile, "--dump-dom", address],
            capture_output=True, text=True, timeout=120, check=True,
        ).stdout  # fmt: skip
    assert set(re.findall(r'data-path="([^"]*)"', page)) == described("/")["paths"].keys()
