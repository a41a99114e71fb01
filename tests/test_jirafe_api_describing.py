"""What the API tells of itself: schemas, OpenAPI and the page to try it by."""

import json
import re
import shutil
import subprocess
from urllib.parse import urljoin

import pytest
import schemathesis
from jsonschema import Draft4Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from jirafe_api.contract import KINDS, SCHEMAS
from jirafe_api.describing import description
from jirafe_api.errors import Refused
from jirafe_api.operations import EXAMPLES, OPERATIONS, REFUSALS
from tests.jirafe_api_testing import BEARER, OK, SITE, TOKEN, post
from tests.serving import serving

NOTHING = {
    "success": False,
    "error_type": "unknown",
    "message": "There is nothing of that name here.",
}


@pytest.fixture
def api(make_api, sqlite_url):
    """An API on SQLite alone: what it tells of itself is in no database."""
    return make_api(sqlite_url)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_served_to_everybody(client, name):
    answer = client.get(f"/v2/schema/{name}.json")
    assert (answer.status_code, answer.get_json()) == (200, SCHEMAS[name])
    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_the_documented_schemas_are_among_them():
    documented = {"order-placed", "order-accepted", "order-cancelled", "batch"}
    assert documented | set(KINDS) <= set(SCHEMAS)


def test_every_kind_has_a_schema_an_example_and_a_place_in_batches():
    shown = {"order" if name.startswith("order-") else name for name in EXAMPLES}
    assert set(KINDS) == shown - {"batch"} == set(SCHEMAS["batch"]["properties"])


@pytest.mark.parametrize("name", ["nothing", "Cart", "cart.json", "..", "é", "%00", "cart%2f"])
def test_there_is_no_other_schema(client, name):
    answer = client.get(f"/v2/schema/{name}.json")
    assert (answer.status_code, answer.get_json()["error_type"]) == (404, "unknown")


def test_a_missing_schema_is_told_in_the_form_of_the_other_errors(client):
    answer = client.get("/v2/schema/nothing.json")
    assert (answer.status_code, answer.get_json()) == (404, NOTHING)


def test_a_cached_schema_need_not_be_sent_again(client):
    first = client.get("/v2/schema/cart.json")
    again = client.get("/v2/schema/cart.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get("/v2/schema/order.json", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_validator_that_fetches_references_by_their_urls_can_use_the_schemas(client, name):
    base = "http://localhost/v2/schema/"

    def fetch(url):
        assert url.startswith(base)
        return DRAFT4.create_resource(client.get(url).get_json())

    root = urljoin(base, f"{name}.json")
    validator = Draft4Validator({"$ref": root}, registry=Registry(retrieve=fetch))
    assert list(validator.iter_errors(EXAMPLES[name])) == []
    assert list(validator.iter_errors("no event")) != []


def test_the_description_is_valid_openapi():
    schemathesis.openapi.from_dict(description("/")).validate()


def test_the_description_is_served_to_everybody(client):
    answer = client.get("/openapi.json")
    assert (answer.status_code, answer.get_json()) == (200, description("/"))
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_description_names_the_prefix_under_which_the_api_is_mounted(api):
    client = Client(DispatcherMiddleware(api, {"/jirafe": api}))
    served = client.get("/jirafe/openapi.json").get_json()
    assert served == description("/jirafe")
    assert served["servers"] == [{"url": "/jirafe"}]


def test_every_route_is_described_and_nothing_else(api):
    routed = {
        (method, rule.rule)
        for rule in api.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    described = {(method, one.rule) for one in OPERATIONS for method in one.methods}
    silent, invented = sorted(routed - described), sorted(described - routed)
    assert not silent, f"add an Operation to OPERATIONS in jirafe_api/operations.py for {silent}"
    assert not invented, f"take these out of OPERATIONS in jirafe_api/operations.py: {invented}"


def test_every_described_address_leads_to_its_route(api):
    served = description("/")["paths"]
    addresses = api.url_map.bind("localhost")
    for one in OPERATIONS:
        for method in one.methods:
            assert method.lower() in served[one.path]
            rule, _ = addresses.match(re.sub("{.*?}", "x", one.path), method, return_rule=True)
            assert rule.rule == one.rule


def test_every_reference_of_the_description_leads_somewhere():
    told = description("/")
    names = set(re.findall(r"#/components/schemas/([^\"]+)", json.dumps(told)))
    assert names <= set(told["components"]["schemas"])


def test_every_sort_of_refusal_is_described():
    assert {type(refusal) for refusal in REFUSALS} == set(Refused.__subclasses__())


def test_each_answer_to_an_event_is_described():
    responses = description("/")["paths"]["/v2/{site}/cart"]["post"]["responses"]
    told = {
        status: sorted(response["content"]["application/json"]["examples"])
        for status, response in responses.items()
    }
    assert told == {
        "200": ["kept"],
        "400": ["bad_json", "validation"],
        "403": ["authorization", "invalid_token"],
        "413": ["too_large"],
        "415": ["bad_encoding"],
        "503": ["unknown"],
    }


def test_only_what_is_public_needs_no_token():
    paths = description("/")["paths"]
    public = {path for path in paths for told in paths[path].values() if told["security"] == []}
    assert public == {"/v2/schema/{name}.json", "/openapi.json", "/docs", "/docs/{file}"}


def test_every_example_of_the_description_is_accepted(client):
    shown = 0
    for path, methods in description("/")["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {})
            for example in content.get("application/json", {}).get("examples", {}).values():
                address = path.replace("{site}", SITE)
                body = example["value"]
                answer = client.open(address, method=method.upper(), json=body, headers=BEARER)
                if path.endswith("/batch"):
                    expected = {kind: [OK] * len(events) for kind, events in body.items()}
                else:
                    expected = OK
                assert (answer.status_code, answer.get_json()) == (200, expected)
                shown += 1
    assert shown == 2 * len(EXAMPLES)  # by POST and by PUT


def test_what_is_listed_is_described(client):
    post(client, f"{SITE}/order", EXAMPLES["order-accepted"])
    operation = schemathesis.openapi.from_dict(description("/"))["/v2/{site}/order"]["GET"]
    answer = client.get(f"/v2/{SITE}/order", headers=BEARER)
    assert len(answer.get_json()["events"]) == 1
    operation.validate_response(answer)


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def test_the_page_forbids_itself_everything_from_elsewhere(client):
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
def test_the_page_has_no_other_parts(client, name):
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
    assert set(re.findall(r'data-path="([^"]*)"', page)) == {one.path for one in OPERATIONS}
