"""The API under a real server, and with a database that fails."""

import gzip
import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from jirafe_api.api import current_api
from tests.api.events import (
    BAD_ENCODING,
    BEARER,
    CATEGORY,
    CUSTOMER,
    OK,
    SITE,
    TOKEN,
    TOO_LARGE,
    get,
    listed,
    post,
    refused,
)
from tests.serving import ROOT, serving

UNKNOWN = refused("unknown") | {"message": "An unexpected error occurred. Please try again later."}
MEGABYTE = b" " * 1024 * 1024


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """Where gunicorn serves the API with two workers, which start at once on an empty folder."""
    arguments = ["--workers=2", f"--config={ROOT}/gunicorn.conf.py"]
    file = tmp_path_factory.mktemp("served") / "var" / "jirafe.db"
    settings = {"DATABASE_URL": f"sqlite:///{file}", "JIRAFE_API_SITES": f"{SITE}:{TOKEN}"}
    with serving("jirafe_api:create_api()", *arguments, **settings) as port:
        yield port
    assert file.exists()


def _post(port, kind, body, headers=BEARER):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    chunked = not isinstance(body, bytes)
    connection.request("POST", f"/v2/{SITE}/{kind}", body, headers, encode_chunked=chunked)
    answer = connection.getresponse()
    status, value = answer.status, json.loads(answer.read())
    connection.close()
    return status, value


CHUNKED = BEARER | {"Transfer-Encoding": "chunked"}


def test_a_body_over_10_mb_is_answered_413_to_a_client_that_sends_all_of_it(port):
    assert _post(port, "cart", MEGABYTE * 11) == (413, TOO_LARGE)
    assert _post(port, "batch", (MEGABYTE for _ in range(11)), CHUNKED) == (413, TOO_LARGE)
    assert _post(port, "batch", (MEGABYTE for _ in range(50)), CHUNKED) == (413, TOO_LARGE)


def test_a_body_of_10_mb_is_read(port):
    padding = " " * (10 * 1024 * 1024 - len(json.dumps(CATEGORY)))
    body = (json.dumps(CATEGORY) + padding).encode()
    assert _post(port, "category", body) == (200, OK)
    assert _post(port, "category", iter([body]), CHUNKED) == (200, OK)
    assert _post(port, "category", iter([body, b" "]), CHUNKED) == (413, TOO_LARGE)


def test_a_compressed_body_is_limited_by_its_uncompressed_size(port):
    compressed = BEARER | {"Content-Encoding": "gzip"}
    bomb = gzip.compress(MEGABYTE) * 1000
    assert _post(port, "category", gzip.compress(json.dumps(CATEGORY).encode()), compressed) == (
        200,
        OK,
    )
    assert _post(port, "category", bomb, compressed) == (413, TOO_LARGE)
    assert _post(port, "category", iter([bomb, MEGABYTE]), CHUNKED | compressed) == (413, TOO_LARGE)
    assert _post(port, "category", MEGABYTE * 11, compressed) == (413, TOO_LARGE)


def test_a_refusal_reaches_a_client_that_still_sends(port):
    assert _post(port, "cart", MEGABYTE * 9, {}) == (403, refused("invalid_token"))
    assert _post(port, "visit", MEGABYTE * 9) == (400, refused("invalid_type"))
    zstd = BEARER | {"Content-Encoding": "zstd"}
    assert _post(port, "cart", MEGABYTE * 9, zstd) == (415, BAD_ENCODING)


def test_a_malformed_chunk_is_bad_json(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(
            f"POST /v2/{SITE}/cart HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            f"Authorization: Bearer {TOKEN}\r\n\r\nzz\r\n".encode()
        )
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == refused("bad_json")


def test_many_callers_at_once_lose_nothing(port):
    events = [json.dumps(CUSTOMER | {"id": str(number)}).encode() for number in range(200)]
    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda body: _post(port, "customer", body), events))
    assert answers == [(200, OK)] * 200
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", f"/v2/{SITE}/customer?limit=500", headers=BEARER)
    shown = json.loads(connection.getresponse().read())["events"]
    connection.close()
    assert sorted(int(entry["id"]) for entry in shown) == list(range(200))


def test_an_unreachable_database_is_answered_503_and_logged_without_secrets(make_api, caplog):
    client = make_api("postgres://ann:pass-word@127.0.0.1:1/shop").test_client()
    assert "Requests are answered 503 until it is available." in caplog.text
    assert post(client, "123/customer", CUSTOMER) == (503, UNKNOWN)
    assert post(client, "123/batch", {"customer": [CUSTOMER]}) == (503, UNKNOWN)
    assert get(client, "123/customer") == (503, UNKNOWN)
    assert post(client, "123/customer", CUSTOMER, {"Authorization": "Bearer x"}) == (503, UNKNOWN)
    assert "Answered 503 to v2_resources.post_event of site 123" in caplog.text
    assert "Traceback" in caplog.text
    for secret in ("pass-word", TOKEN, "ann@example.com"):
        assert secret not in caplog.text


def test_requests_that_need_no_database_are_answered_without_one(make_api):
    client = make_api("postgres://127.0.0.1:1/shop").test_client()
    assert post(client, "123/customer", b"{") == (400, refused("bad_json"))
    assert post(client, "123/batch", {}) == (200, {})


def test_a_database_that_comes_up_later_is_used_from_then_on(make_api, tmp_path):
    client = make_api(f"sqlite:///{tmp_path}/volume/api/jirafe.db").test_client()
    assert post(client, "123/category", CATEGORY) == (503, UNKNOWN)
    (tmp_path / "volume").mkdir()
    assert post(client, "123/category", CATEGORY) == (200, OK)
    assert listed(client, "123/category") == [CATEGORY]


def test_a_postgres_that_restarts_between_two_requests_is_not_noticed(make_api, postgres_url):
    client = make_api(postgres_url).test_client()
    assert post(client, "123/category", CATEGORY) == (200, OK)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert post(client, "123/category", CATEGORY) == (200, OK)


def test_a_full_disk_is_answered_503_and_keeps_nothing_of_the_batch(make_api, sqlite_url, caplog):
    api = make_api(sqlite_url)
    client = api.test_client()
    post(client, "123/category", CATEGORY)
    with api.app_context(), current_api().store.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=20")
    big = [CUSTOMER | {"id": str(number), "name": "Ann " * 5000} for number in range(9)]
    assert post(client, "123/batch", {"customer": big}) == (503, UNKNOWN)
    assert listed(client, "123/customer") == []
    assert "Ann" not in caplog.text
    assert "ann@example.com" not in caplog.text


def test_a_reader_does_not_wait_for_a_writer(make_api, sqlite_url):
    api = make_api(sqlite_url)
    with api.app_context(), current_api().store.database.writing():
        start = time.monotonic()
        assert listed(api.test_client(), "123/category") == []
        assert time.monotonic() - start < 5
