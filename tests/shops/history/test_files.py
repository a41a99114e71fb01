"""`flask import orders`: orders from files."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest

from jirafe_endpoint import utc_now
from tests.endpoint.fixtures import SITE, fixture
from tests.serving import NOT_INHERITED, ROOT
from tests.shops.history.test_history import table
from tests.shops.processes import SETTINGS, each_once, sent
from tests.shops.service import Service
from tests.spree.fake_spree.formats import hub, v1
from tests.spree.fake_spree.shop import FakeShop
from tests.spree.shops import small_shop
from tests.state.fixtures import migrated
from tests.waiting import wait_until

HEADER = ["read", "sent", "repeated", "left_out", "refused", "unreadable"]


@pytest.fixture
def service(sqlite_url):
    service = Service(migrated(sqlite_url))
    service.clock.now = small_shop().now + timedelta(days=1)
    yield service
    service.close()


def run(service, path, **more):
    words = ["import", "orders", "--site", SITE, str(path)]
    result = service.app.test_cli_runner().invoke(args=words, **more)
    return result.exit_code, table(result.stdout), result.stderr


def written(path, *lines):
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def dumped(value):
    return json.dumps(value).encode()


def api_orders():
    return [dumped(v1.order(one, is_solidus=False)) for one in small_shop().orders]


def test_imported_orders_of_an_api_are_sent_once(service, tmp_path):
    file = written(tmp_path / "orders.jsonl", *api_orders())
    first, again = run(service, file), run(service, file)

    assert first == (0, [HEADER, ["3", "3", "0", "0", "0", "0"]], "3 lines read\n")
    assert again[:2] == (0, [HEADER, ["3", "0", "3", "0", "0", "0"]])
    placed = [one["order_number"] for one in service.events["order"] if one["status"] == "placed"]
    assert sorted(placed) == sorted(one.number for one in small_shop().orders if one.completed_at)


def test_hub_messages_are_read_from_the_input_with_any_line_endings(service):
    message = fixture("order_new")
    text = b"\xef\xbb\xbf" + dumped(message) + b"\r\n\r\n"

    assert run(service, "-", input=text)[:2] == (0, [HEADER, ["1", "1", "0", "0", "0", "0"]])
    assert {one["order_number"] for one in service.events["order"]} == {
        message["payload"]["order"]["number"]
    }


def test_a_bad_line_is_named_and_the_others_are_sent(service, tmp_path):
    first, second, third = api_orders()
    refused = dumped({"message": "order:new", "message_id": "m", "payload": {"order": {}}})
    file = written(tmp_path / "orders.jsonl", first, b"{", second, b'{"a": 1}', third, refused)
    status, printed, said = run(service, file)

    assert (status, printed) == (1, [HEADER, ["6", "3", "0", "0", "1", "2"]])
    assert "line 2: not valid JSON: " in said
    assert "line 4: neither a hub message nor an order\n" in said
    assert f"To see why: flask dead-letters list --site {SITE}\n" in said
    assert len(service.dead_letters) == 1


def test_messages_about_one_order_keep_their_order(service, tmp_path):
    order = hub.order(small_shop().orders[0])
    states = []
    for place in range(50):
        updated_at = f"2026-03-02T10:{place:02}:00Z"
        order = {**order, "updated_at": updated_at}
        states.append({"message": "order:updated", "payload": {"order": order}})
    file = written(tmp_path / "orders.jsonl", *map(dumped, states))

    assert run(service, file)[1] == [HEADER, ["50", "50", "0", "0", "0", "0"]]


def test_a_killed_import_is_completed_by_the_next(sqlite_url, tmp_path):
    shop = FakeShop()
    shop.now = utc_now().replace(microsecond=0) - timedelta(days=30)
    for _ in range(210):
        order = shop.start_cart("USD")
        shop.add(order, "WAX", 1)
        shop.place(order)
    lines = [dumped(v1.order(order, is_solidus=False)) for order in shop.orders]
    file = written(tmp_path / "orders.jsonl", *lines)
    service = Service(migrated(sqlite_url), clock=utc_now)
    environment = {n: value for n, value in os.environ.items() if n not in NOT_INHERITED}
    environment |= SETTINGS | {"DATABASE_URL": sqlite_url}
    command = [sys.executable, "-m", "flask", "import", "orders", "--site", SITE, str(file)]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        wait_until(lambda: sent(service))
        process.kill()
    service.forget_killed_processes()
    before = len(sent(service))
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=120)
    counts = sent(service)
    service.close()

    assert done.returncode == 0
    assert 0 < before < 420
    assert counts == each_once(Counter(order.number for order in shop.orders))
