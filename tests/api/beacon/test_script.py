import json
import re

import jirafe_endpoint
from jirafe_api.beacon import SCRIPT
from jirafe_api.contract.validation import check
from jirafe_api.web.trackers.v2 import GIF
from tests.serving import ROOT

DOCUMENT = (ROOT / "docs" / "beacon.md").read_text()


def test_the_script_is_small_and_kept_for_an_hour(client):
    answer = client.get("/jirafe_api.js")

    assert answer.status_code == 200
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.text == SCRIPT
    assert len(answer.data) < 9000


def test_a_cached_script_is_answered_304(client):
    etag = client.get("/jirafe_api.js").headers["ETag"]
    answer = client.get("/jirafe_api.js", headers={"If-None-Match": etag})

    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_the_script_states_its_version():
    assert SCRIPT.startswith(f"/*! jirafe_api {jirafe_endpoint.__version__} */")


def test_the_script_names_no_host_and_is_plain_es5():
    source = (ROOT / "jirafe_api" / "beacon" / "jirafe_api.js").read_text()

    assert re.findall(r"https?://|=>|\b(?:let|const|class|async|await|import)\b|`", source) == []


def test_the_embedded_api_serves_the_script(hub):
    assert hub.get("/jirafe/jirafe_api.js").text == SCRIPT


def test_the_documented_page_types_match_the_api_and_the_script():
    schema = json.loads(
        (ROOT / "jirafe_api" / "contract" / "schemas" / "pageview.json").read_text()
    )
    types = set(schema["properties"]["pageview"]["properties"]["page_type"]["enum"])
    table = DOCUMENT.partition("## Page types")[2].partition("Numbers can be")[0]
    rows = re.findall(r"^\| (`[a-z_`, ]+)", table, re.M)

    assert set(re.findall(r"`([a-z_]+)`", "".join(rows))) - {"type"} == types
    assert set(re.search(r"TYPES='([a-z_ ]+)'", SCRIPT)[1].split()) == types


def test_the_documented_cookies_match_the_script():
    documented = set(re.findall(r"^\| `(jirafe_[a-z]+)` \|", DOCUMENT, re.M))

    assert documented == set(re.findall(r"\b[A-Z_]+='(jirafe_[a-z]+)'", SCRIPT))


def test_the_documented_event_and_image_are_accepted(make_api, sqlite_url):
    client = make_api(sqlite_url, JIRAFE_API_SITES="my-shop:token").test_client()
    (event,) = re.findall(r"```json\n(.*?)```", DOCUMENT, re.S)
    (image,) = re.findall(r'src="https://jirafe.example.com/jirafe(/v2/tracker/[^"]+)"', DOCUMENT)

    assert check("pageview", json.loads(event)) == {}
    assert client.post("/v2/tracker/pageview", data=event).get_json() == {"success": True}
    assert client.get(image).data == GIF
    assert client.application.extensions["jirafe_api"].trackers.counts() == {
        ("pageview", "accepted"): 2
    }
