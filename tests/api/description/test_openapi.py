"""The API's own description: schemas and OpenAPI."""

import json
import re
from urllib.parse import quote

import pytest
import schemathesis
from jsonschema import Draft4Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from jirafe_api.contract.json_schemas import SCHEMAS
from jirafe_api.contract.kinds import KINDS, V1, V1_RESOURCES, V1_TRACKED, schema_of
from jirafe_api.description.pages import OPERATIONS
from jirafe_api.description.shared import EXAMPLES
from jirafe_api.errors import InvalidType, Refused
from tests.api.described import described
from tests.api.events import BEARER, OK, SITE, TOKEN, post

NOTHING = {
    "success": False,
    "error_type": "unknown",
    "message": "Not found.",
}


@pytest.fixture
def api(make_api, sqlite_url):
    """Return an API on SQLite only, since the description does not depend on the database."""
    return make_api(sqlite_url)


def schema_path(name):
    """Where a schema such as `cart` or `v1/cart` is served."""
    version, _, own = name.rpartition("/")
    return f"/{version or 'v2'}/schema/{own}.json"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_served_to_everybody(client, name):
    answer = client.get(schema_path(name))
    assert (answer.status_code, answer.get_json()) == (200, SCHEMAS[name])
    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_every_documented_schema_is_served():
    documented = {"order-placed", "order-accepted", "order-cancelled", "batch"}
    assert documented | set(KINDS) | {"pageview", "visit"} <= set(SCHEMAS)


def test_every_kind_has_a_schema_an_example_and_a_place_in_batches():
    shown = {"order" if name.startswith("order-") else name for name in EXAMPLES if "/" not in name}
    assert set(KINDS) == shown - {"batch", "pageview", "visit"}
    assert set(KINDS) == set(SCHEMAS["batch"]["properties"])


def test_every_kind_of_version_1_has_a_schema_and_an_example():
    shown = {name for name in EXAMPLES if "/" in name}
    assert shown == {f"v1/{name}" for name in (*V1_RESOURCES, "wrapper")}
    schemas = {schema_of(V1, kind) for kind in (*V1_RESOURCES, *V1_TRACKED)}
    assert schemas | shown <= set(SCHEMAS)


@pytest.mark.parametrize("name", ["nothing", "Cart", "cart.json", "..", "é", "%00"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_an_unknown_schema_is_answered_404(client, version, name):
    answer = client.get(f"/{version}/schema/{name}.json")
    assert (answer.status_code, answer.get_json()["error_type"]) == (404, "unknown")


@pytest.mark.parametrize("name", ["cart%2f", "v1/cart", "v1%2fcart", "../cart", "%2e%2e/cart"])
def test_a_schema_address_cannot_leave_its_folder(client, name):
    answer = client.get(f"/v2/schema/{name}.json")
    assert (answer.status_code in (403, 404), answer.get_json()["success"]) == (True, False)


@pytest.mark.parametrize("path", ["/v2/schema/nothing.json", "/v1/schema/employee.json"])
def test_a_missing_schema_is_answered_404_in_the_usual_error_format(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.get_json()) == (404, NOTHING)


def test_a_cached_schema_need_not_be_sent_again(client):
    first = client.get("/v2/schema/cart.json")
    again = client.get("/v2/schema/cart.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get("/v2/schema/order.json", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_validator_that_fetches_references_by_their_urls_can_use_the_schemas(client, name):
    root = f"http://localhost{schema_path(name)}"
    folder = root.rpartition("/")[0]

    def fetch(url):
        assert url.rpartition("/")[0] == folder
        return DRAFT4.create_resource(client.get(url).get_json())

    validator = Draft4Validator({"$ref": root}, registry=Registry(retrieve=fetch))
    assert list(validator.iter_errors(EXAMPLES[name])) == []
    assert list(validator.iter_errors("no event")) != []


def test_the_description_is_valid_openapi():
    schemathesis.openapi.from_dict(described("/")).validate()


def test_the_description_is_served_to_everybody(client):
    answer = client.get("/openapi.json")
    assert (answer.status_code, answer.get_json()) == (200, described("/"))
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_description_names_the_prefix_of_a_mounted_api(api):
    client = Client(DispatcherMiddleware(api, {"/jirafe": api}))
    served = client.get("/jirafe/openapi.json").get_json()
    assert served == described("/jirafe")
    assert served["servers"] == [{"url": "/jirafe"}]


def test_every_route_is_described(api):
    routed = {rule.endpoint for rule in api.url_map.iter_rules()}
    missing = sorted(routed - {operation.endpoint for operation in OPERATIONS})
    assert not missing, f"add an Operation in jirafe_api/description/ for {missing}"


def test_every_described_address_leads_to_its_route(api):
    addresses = api.url_map.bind("localhost")
    endpoints = {operation.endpoint for operation in OPERATIONS}
    for path, methods in described("/")["paths"].items():
        for method in methods:
            endpoint, _ = addresses.match(re.sub("{.*?}", "x", path), method.upper())
            assert endpoint in endpoints


def test_every_reference_in_the_description_resolves():
    given = described("/")
    names = set(re.findall(r"#/components/schemas/([^\"]+)", json.dumps(given)))
    assert names <= set(given["components"]["schemas"])


def test_references_between_schemas_of_version_1_stay_in_version_1():
    schemas = described("/")["components"]["schemas"]
    assert schemas["v1.cart"]["properties"]["items"]["items"] == {
        "$ref": "#/components/schemas/v1.product"
    }
    assert schemas["cart"] != schemas["v1.cart"]
    given = json.dumps([schema for name, schema in schemas.items() if name.startswith("v1.")])
    assert {name[:3] for name in re.findall(r"#/components/schemas/([^\"]+)", given)} == {"v1."}


def kinds_of(refusal):
    """Return a refusal class and all its subclasses."""
    return {refusal}.union(*map(kinds_of, refusal.__subclasses__()))


def test_every_kind_of_refusal_is_described_and_can_occur():
    met = {InvalidType} | {type(refusal) for one in OPERATIONS for refusal in one.refusals}
    assert met == kinds_of(Refused) - {Refused}  # an event of a batch may have an unknown kind
    names = {f"error.{one.error_type}" for one in met} | {"error.unknown"}
    schemas = described("/")["components"]["schemas"]
    assert {name for name in schemas if name.startswith("error.")} == names


WRITING = {
    "200": ["stored"],
    "400": ["bad_json", "validation"],
    "403": ["authorization", "invalid_token"],
    "413": ["too_large"],
    "415": ["bad_encoding"],
    "429": ["rate_limited"],
    "503": ["unknown"],
}


BROWSER = WRITING | {"403": ["authorization"]}


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/v2/{site}/cart", WRITING),
        ("/v1/{site}/cart", WRITING | {"422": ["validation"]}),
        ("/v1/{org}/{site}/cart", WRITING | {"422": ["validation"]}),
        ("/v1/tracker", BROWSER),
        ("/v2/tracker/visit", BROWSER),
    ],
)
def test_each_answer_to_an_event_is_described(path, answers):
    responses = described("/")["paths"][path]["post"]["responses"]
    expected = {
        status: sorted(response["content"]["application/json"]["examples"])
        for status, response in responses.items()
    }
    assert expected == answers


def test_only_public_addresses_need_no_token():
    paths = described("/")["paths"]
    public = {path for path in paths for found in paths[path].values() if found["security"] == []}
    assert public == {
        "/v2/schema/{name}.json",
        "/v1/schema/{name}.json",
        "/v2/tracker/pageview",
        "/v2/tracker/pageview.gif",
        "/v2/tracker/visit",
        "/v2/tracker/visit.gif",
        "/v1/tracker",
        "/jirafe_api.js",
        "/openapi.json",
        "/docs",
        "/docs/{name}",
    }


@pytest.fixture
def shop(make_api, sqlite_url):
    """Return a client of an API for the site in the tracker examples and one more."""
    return make_api(sqlite_url, JIRAFE_API_SITES=f"{SITE}:{TOKEN} my-shop:other").test_client()


def test_every_example_of_a_body_is_accepted(shop):
    shown = []
    for path, methods in described("/")["paths"].items():
        for method, given in methods.items():
            content = given.get("requestBody", {}).get("content", {})
            for name, example in content.get("application/json", {}).get("examples", {}).items():
                address = path.format(site=SITE, org="acme")
                body = example["value"]
                answer = shop.open(address, method=method.upper(), json=body, headers=BEARER)
                if path.endswith("/batch"):
                    expected = {kind: [OK] * len(events) for kind, events in body.items()}
                else:
                    expected = OK
                assert (answer.status_code, answer.get_json()) == (200, expected)
                shown.append((method, path, name))
    assert len(shown) == len(set(shown)) == 2 * (12 + 11 + 2)  # version 2's, version 1's, tracked


@pytest.mark.parametrize(
    ("path", "query"),
    [("events", "limit=0"), ("order", "limit=0"), ("order/R1", "version=3")],
)
def test_the_refusal_of_wrong_and_unknown_parameters_is_described_truthfully(client, path, query):
    answer = client.get(f"/v2/{SITE}/{path}?{query}&colour=red", headers=BEARER)

    own = next(
        operations["get"]
        for template, operations in described()["paths"].items()
        if template == f"/v2/{{site}}/{path.replace('R1', '{event_id}')}"
    )
    examples = own["responses"]["400"]["content"]["application/json"]["examples"]
    assert answer.status_code == 400
    assert answer.json in [example["value"] for example in examples.values()]


@pytest.mark.parametrize("kind", ["pageview", "visit"])
def test_every_example_of_an_image_is_accepted(shop, kind):
    (data,) = described("/")["paths"][f"/v2/tracker/{kind}.gif"]["get"]["parameters"]
    (example,) = data["content"]["application/json"]["examples"].values()
    shop.get(f"/v2/tracker/{kind}.gif?data={quote(json.dumps(example['value']))}")
    kept = shop.application.extensions["jirafe_api"].store.events()
    assert [(event.kind, event.event) for event in kept] == [(kind, EXAMPLES[kind])]


def test_listed_events_of_both_versions_are_described(client):
    post(client, f"{SITE}/order", EXAMPLES["order-accepted"])
    client.post(f"/v1/{SITE}/order", json=EXAMPLES["v1/order"], headers=BEARER)
    operation = schemathesis.openapi.from_dict(described("/"))["/v2/{site}/order"]["GET"]
    answer = client.get(f"/v2/{SITE}/order", headers=BEARER)
    assert len(answer.get_json()["events"]) == 2
    operation.validate_response(answer)
