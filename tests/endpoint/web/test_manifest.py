"""The manifest, and whether it is true."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from jirafe_endpoint import __version__
from jirafe_endpoint.messages.parameters import PARAMETERS
from jirafe_endpoint.messages.services import MESSAGE_TYPES
from jirafe_endpoint.web.manifest import manifest
from tests.endpoint.fixtures import SITE, TOKEN, events_of

ROOT = Path(__file__).parents[3]
ENTRIES = {entry["name"]: entry for entry in manifest()["services"]}
VALUES = {"site_id": SITE, "access_token": TOKEN, "product_category_taxonomy": "1"}
LINE = {"sku": "S", "quantity": 1, "price": 2}
THING = {"id": 1, "number": "R1", "sku": "S", "name": "N", "taxonomy_id": 1, "currency": "USD"}
THING["line_items"] = [LINE]


def posts(entry):
    """Return every body that the entry recommends, with the required parameters."""
    required = [p["name"] for p in entry["requires"]["parameters"] if not p.get("optional")]
    if kinds := entry["recommends"]["messages"]:
        given = [
            {"name": f"jirafe.{name}", "value": VALUES[name.removeprefix("jirafe_")]}
            for name in required
        ]
        for kind in kinds:
            payload = {kind.partition(":")[0]: THING, "parameters": given}
            yield {"message": kind, "message_id": kind, "payload": payload}
    else:
        subject = entry["name"].partition("_")[2]
        given = {name: VALUES[name.removeprefix("jirafe_")] for name in required}
        yield {"request_id": "r", subject: THING, "parameters": given}


def test_the_manifest_describes_the_endpoint(hub):
    answer = hub.get("/endpoint.json").json

    assert (answer["name"], answer["display"], answer["icon_url"]) == (
        "jirafe",
        "Jirafe",
        "icon.svg",
    )
    names = [entry["name"] for entry in answer["services"]]
    assert names[:3] == ["import_cart", "import_new_order", "import_updated_order"]
    assert {"import_category", "add_order", "cancel_order", "update_customer"} <= set(names)
    assert all(entry["path"] == f"/{entry['name']}" for entry in answer["services"])
    assert all(re.fullmatch("[a-z_]+", name) for name in names)
    assert {
        kind for entry in answer["services"] for kind in entry["recommends"]["messages"]
    } == set(MESSAGE_TYPES)


def test_an_entry_lists_what_a_service_needs_in_the_hubs_format():
    assert ENTRIES["import_category"] == {
        "name": "import_category",
        "path": "/import_category",
        "description": "Sends the taxons of one taxonomy as categories.",
        "requires": {
            "parameters": [
                {
                    "name": "site_id",
                    "description": "The site at the Jirafe Events API.",
                    "data_type": "string",
                    "allowed": "^[A-Za-z0-9_-]{1,64}$",
                },
                {
                    "name": "access_token",
                    "description": "The site's access token at the Jirafe Events API.",
                    "data_type": "string",
                    "allowed": "^[!-~]{1,512}$",
                },
                {
                    "name": "product_category_taxonomy",
                    "description": "The id of the taxonomy with the shop's categories.",
                    "data_type": "string",
                },
            ]
        },
        "recommends": {
            "messages": ["taxon:new", "taxon:updated", "taxon:persist"],
            "identifiers": {},
            "filters": [],
            "options": {"retries_allowed": True},
        },
    }


def test_the_manifest_says_how_to_recognize_repeats_of_carts_and_orders():
    for subject, names in {
        "cart": ["import_cart"],
        "order": ["import_new_order", "import_updated_order", "import_order"],
    }.items():
        for name in names:
            assert ENTRIES[name]["recommends"]["identifiers"] == {
                "message": "message",
                f"{subject}_number": f"payload.{subject}.number",
                f"{subject}_updated_at": f"payload.{subject}.updated_at",
            }


@pytest.mark.parametrize("name", ENTRIES)
def test_a_service_accepts_what_the_manifest_recommends(hub, name):
    for body in posts(ENTRIES[name]):
        answer = hub.post(ENTRIES[name]["path"], json=body)

        assert (answer.status_code, "error" in answer.text) == (200, False)
        assert "sent to Jirafe" in answer.text
    assert events_of(hub) != {}


@pytest.mark.parametrize("name", ENTRIES)
def test_a_service_asks_for_each_parameter_that_the_manifest_requires(hub, name):
    entry = ENTRIES[name]
    for parameter in entry["requires"]["parameters"]:
        for body in posts(entry):
            place = body.get("payload", body)
            given = place["parameters"]
            key = parameter["name"]
            if isinstance(given, dict):
                place["parameters"] = {n: v for n, v in given.items() if n != key}
            else:
                place["parameters"] = [one for one in given if one["name"] != f"jirafe.{key}"]
            answer = hub.post(entry["path"], json=body)

            missing = f"{key}: Missing data for required parameter."
            if parameter.get("optional"):
                assert answer.status_code == 200
            else:
                assert (answer.status_code, missing in answer.text) == (500, True)


@pytest.mark.parametrize("name", ["import_", "add_user", "import_taxon", "endpoint"])
def test_paths_outside_the_manifest_are_not_found(hub, name):
    assert hub.post(f"/{name}", json={}).status_code == 404


def test_the_page_lists_every_parameter_and_service():
    page = (ROOT / "docs" / "messages.md").read_text()

    assert re.findall(r"^\| `jirafe\.([a-z_]+)` \|", page, re.M) == [p.name for p in PARAMETERS]
    assert [name for name in ENTRIES if f"`/{name}`" not in page] == []


def test_the_icon_is_a_small_picture(hub):
    answer = hub.get("/icon.svg")
    picture = ET.fromstring(answer.data)

    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert int(picture.attrib["width"]) <= 130
    assert int(picture.attrib["height"]) <= 130


def test_the_root_is_a_page_with_links(hub):
    answer = hub.get("/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert f"Jirafe endpoint {__version__}" in answer.text
    assert {"/endpoint.json", "/ready", "/jirafe/docs", "/dashboard"} <= set(
        re.findall('href="([^"]+)"', answer.text)
    )
    assert all(f"<code>/{name}</code>" in answer.text for name in ENTRIES)


def test_the_root_is_json_on_request(hub):
    answer = hub.get("/", headers={"Accept": "application/json"})

    assert answer.json == {
        "name": "jirafe-endpoint",
        "version": __version__,
        "description": "Sends carts, orders, categories, products and customers to Jirafe.",
        "manifest": "/endpoint.json",
        "health": "/health",
        "ready": "/ready",
        "documentation": "README.md",
        "api": "/jirafe/docs",
    }


def test_a_remote_api_is_not_linked(make_app):
    hub = make_app(JIRAFE_API_URL="https://jirafe.example.com/v2").test_client()

    assert "api" not in hub.get("/", headers={"Accept": "application/json"}).json
    page = hub.get("/", headers={"Accept": "text/html"}).text
    assert [path for path in ("/jirafe", "/dashboard") if path in page] == []


def test_public_pages_need_no_key_and_auth_checks_it(make_app):
    hub = make_app(ENDPOINT_KEY="right-key").test_client()

    for path in ("/", "/endpoint.json", "/icon.svg"):
        answer = hub.get(path)
        assert (answer.status_code, "right-key" in answer.text) == (200, False)
    assert hub.get("/auth").status_code == 401
    assert hub.get("/auth", headers={"X-Hub-Token": "another-key"}).status_code == 401
    right = hub.get("/auth", headers={"X-Augury-Token": "right-key"})
    assert (right.status_code, right.json) == (200, {"authorized": True})


def test_auth_succeeds_without_a_key_set(hub):
    assert hub.get("/auth").status_code == 200
