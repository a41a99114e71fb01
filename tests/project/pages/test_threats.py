"""The attacks of docs/threats.md that no other test tries."""

import ast
import json
import re
import socket
import sqlite3
from contextlib import closing

import pytest

from jirafe_endpoint.state import EXTENSION
from tests.api.described import described
from tests.endpoint.fixtures import SITE, TOKEN, events_of, fixture, message
from tests.serving import ROOT, serving

DOCUMENT = (ROOT / "docs" / "threats.md").read_text()
SQL = "R1'; DROP TABLE endpoint_messages; DELETE FROM jirafe_events; --"
HTML = "<script>alert(1)</script>"


def test_every_threat_is_tried_by_tests_that_exist():
    defined = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    cells = [row.split(" | ") for row in re.findall(r"^\| (.+) \|$", DOCUMENT, re.M)]
    threats = [row for row in cells if row[-1] != "tests" and row[0] != "---"]
    tried = [re.findall(r"`(test_\w+)`", row[-1]) for row in threats]

    assert {len(row) for row in cells} == {3}
    assert len(threats) > 40
    assert [row for row, tests in zip(threats, tried, strict=True) if not tests] == []
    assert {test for tests in tried for test in tests} - defined == set()


def order(number, **more):
    fields = {"number": number, "line_items": [], "totals": {"item": 0, "order": 0}}
    return message("order:updated", {"order": fields | more})


@pytest.fixture
def hub_on_each_database(make_app, ready_url):
    app = make_app(DATABASE_URL=ready_url)
    yield app.test_client()
    app.extensions[EXTENSION].database.close()
    app.extensions["jirafe_api"].store.close()


@pytest.mark.parametrize("number", [SQL, "' OR '1'='1", '" OR ""="', "%", "\\"])
def test_sql_in_a_message_stays_text(hub_on_each_database, number):
    hub, bearer = hub_on_each_database, {"Authorization": f"Bearer {TOKEN}"}

    sent = [order("R2") | {"message_id": "m-2"}, order(number) | {"message_id": number}]
    answers = [hub.post("/", json=one) for one in sent]
    found = hub.get(f"/jirafe/v2/{SITE}/order", query_string={"id": number}, headers=bearer)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [event["id"] for event in found.json["events"]] == [number]
    assert [event["order_number"] for event in events_of(hub)["order"]] == ["R2", number]
    assert hub.get(f"/jirafe/v2/{SITE}' OR 1=1/order", headers=bearer).status_code == 403


def test_no_url_in_a_message_is_called(hub_to_upstream, upstream):
    line = {"sku": "T", "quantity": 1, "price": 1, "variant": {"images": [{"url": upstream.url}]}}
    sent = order("R1", line_items=[line], callback_url=upstream.url)
    sent["payload"]["parameters"] += [
        {"name": f"jirafe.{name}", "value": f"{upstream.url}/{name}"}
        for name in ("store_url", "api_url", "url")
    ]

    assert hub_to_upstream.post("/", json=sent).status_code == 200
    assert [request.path for request in upstream.requests] == [f"/v2/{SITE}/order"]


def test_no_url_shows_personal_data_without_key_and_token(make_app):
    app = make_app(ENDPOINT_KEY="k")
    hub, bearer = app.test_client(), {"Authorization": f"Bearer {TOKEN}"}
    order = fixture("order_new")["payload"]["order"]
    order_number, email = order["number"], order["email"]
    sent = [fixture("order_new"), fixture("order_new") | {"message": "x", "message_id": "dead"}]
    for one in sent:
        hub.post("/", json=one, headers={"X-Hub-Token": "k"})
    dead = app.test_cli_runner().invoke(args=["dead-letters", "list"]).output

    values = {"site": SITE, "event_id": order_number, "name": "cart", "file": "start.js"}
    operations = described("/")["paths"].items()
    paths = [f"/jirafe{path.format(**values)}" for path, methods in operations if "get" in methods]
    paths += [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    paths += ["/dead-letters", "/dead-letters/1", "/jirafe/v2/sites", "/jirafe/v2/customers"]
    answers = {path: hub.get(path) for path in paths}
    shown = hub.get(f"/jirafe/v2/{SITE}/order/{order_number}", headers=bearer)

    assert json.loads(dead)["message_id"] == "dead"
    assert email in shown.text
    assert {f"/jirafe/v2/{SITE}/order/{order_number}", "/metrics", "/ready"} <= answers.keys()
    assert {answer.status_code for answer in answers.values()} == {200, 302, 401, 403, 404, 405}
    secrets = (email, order_number, TOKEN)
    given = {path: [one for one in secrets if one.encode() in answers[path].data] for path in paths}
    assert {path: found for path, found in given.items() if found} == {}


def test_a_preview_stores_nothing(make_app, tmp_path):
    hub = make_app().test_client()
    before = tables(tmp_path)
    assert hub.post("/preview", json=fixture("order_new")).status_code == 200
    assert hub.post("/preview", json=fixture("order_new") | {"message": "x"}).status_code == 200
    after_previews = tables(tmp_path)
    hub.post("/", json=fixture("order_new"))

    assert after_previews == before
    assert tables(tmp_path) != before


def tables(folder):
    """Return the content of an SQLite database as text."""
    with closing(sqlite3.connect(folder / "events.db")) as connection:
        return list(connection.iterdump())


def test_a_netrc_of_the_machine_does_not_replace_the_token(
    hub_to_upstream, upstream, tmp_path, monkeypatch
):
    (tmp_path / "netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    hub_to_upstream.post("/", json=order("R1"))

    (request,) = upstream.requests
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_html_in_a_message_comes_back_as_json_or_escaped(hub, sqlite_url):
    answers = [
        hub.post("/", json=order(HTML)),
        hub.post("/", json=message(HTML, {})),
        hub.post("/", json=message("order:new", {"order": {HTML: HTML, "line_items": HTML}})),
        hub.post(f"/{HTML}", json={}),
        hub.get(f"/jirafe/v2/{HTML}/order"),
        hub.get(f"/jirafe/{HTML}"),
    ]
    assert {answer.mimetype for answer in answers} == {"application/json"}

    with (
        serving("app:app", DATABASE_URL=sqlite_url) as port,
        socket.create_connection(("127.0.0.1", port), timeout=20) as connection,
    ):
        connection.sendall(f"GET /{HTML} HTTP/{HTML}\r\n\r\n".encode())
        given = connection.makefile("rb").read().decode()

    assert " 400 Bad Request\r\n" in given
    assert "<script>" not in given
