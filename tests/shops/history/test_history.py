"""Importing a shop's history, syncing it, and checking what arrived."""

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from jirafe_endpoint import utc_now
from tests.endpoint.fixtures import SITE
from tests.serving import NOT_INHERITED, ROOT
from tests.shops.processes import SETTINGS
from tests.shops.service import Service
from tests.shops.test_webhooks import last_states, through_the_hub
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.shop import FakeShop
from tests.spree.shops import BY_TIME, KIND_OF, VERSIONS, small_shop
from tests.state.fixtures import migrated
from tests.waiting import wait_until


@pytest.fixture
def make(sqlite_url):
    """Return a function that makes services whose clock is set after the shop's history."""
    made = []

    def make(shop, url=sqlite_url, version="5.6"):
        made.append(Service(migrated(url), version))
        made[-1].clock.now = shop.now + timedelta(days=1)
        return made[-1]

    yield make
    for service in made:
        service.close()


def connect(service, fake, version):
    kind, credential = KIND_OF[version]
    service.connect(fake.url, kind, credential=credential)


def run(service, *words):
    result = service.app.test_cli_runner().invoke(args=["shop", *words])
    return result.exit_code, result.stdout, result.stderr


def table(printed):
    return [line.split("\t") for line in printed.splitlines()]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_import_sends_the_orders_that_the_hub_would_have_sent(make, tmp_path, version):
    shop = small_shop()
    service, other = make(shop, version=version), make(shop, f"sqlite:///{tmp_path}/hub.db")
    with serving_shop(shop, version) as fake:
        connect(service, fake, version)
        status, _, said = run(service, "import", SITE)
        again = table(run(service, "import", SITE)[1])
    through_the_hub(other, shop)

    assert status == 0, said
    completed = {order.number for order in shop.orders if order.completed_at}
    imported = last_states(service.events)
    assert imported.keys() == completed
    placed = [
        order["order_number"] for order in service.events["order"] if order["status"] == "placed"
    ]
    assert sorted(placed) == sorted(completed)
    assert {number: (order["status"], order["total"]) for number, order in imported.items()} == {
        number: (order["status"], order["total"])
        for number, order in last_states(other.events).items()
    }
    rows = {row[0]: row[1:] for row in again if row[0] in ("products", "customers", "orders")}
    assert {row[1] for row in rows.values()} == {"0"}  # nothing was sent again


def test_an_import_reports_what_it_read_and_what_the_shop_sold(make):
    shop = small_shop()
    service = make(shop)
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        _, printed, said = run(service, "import", SITE)
    bought = shop.orders[0]

    assert table(printed) == [
        ["list", "read", "sent", "repeated", "left_out", "refused"],
        ["taxons", "5", "0", "0", "5", "0"],
        ["products", "3", "3", "0", "0", "0"],
        ["customers", "1", "1", "0", "0", "0"],
        ["orders", "3", "3", "0", "0", "0"],
        ["month", "currency", "orders", "total", "shop's own total"],
        *(
            ["2026-03", currency, str(orders), str(total), str(total)]
            for currency, orders, total in (("EUR", 0, Decimal(0)), ("USD", 1, bought.total))
        ),
    ]
    assert "orders: 3 read\n" in said


@pytest.mark.parametrize("version", BY_TIME)
def test_an_interrupted_import_continues_where_it_stopped(make, version):
    shop = small_shop()
    service = make(shop, version=version)
    with serving_shop(shop, version) as fake:
        connect(service, fake, version)
        fake.largest_page = 1
        _stop_after_pages(service, 1)
        first = run(service, "import", SITE)
        second = run(service, "import", SITE)

    assert (first[0], second[0]) == (1, 0)
    assert "orders: 1 read\n" in first[2]
    orders = next(row for row in table(second[1]) if row[0] == "orders")
    assert orders[1:3] == ["3", "3"]
    statuses = Counter(
        (order["order_number"], order["status"]) for order in service.events["order"]
    )
    assert set(statuses.values()) == {1}


def _stop_after_pages(service, pages):
    """Interrupt the next import once `pages` pages of orders were stored."""
    proceed, left = service.shops.imports.proceed, [pages]

    def failing(one, cursor, report):
        if one.list == "orders":
            left[0] -= 1
            if left[0] == -1:
                raise KeyboardInterrupt
        return proceed(one, cursor, report)

    service.shops.imports.proceed = failing


def test_a_check_names_lost_orders_and_a_sync_finds_them(make):
    shop = small_shop()
    service = make(shop)
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        run(service, "import", SITE)
        assert run(service, "check", SITE) == (0, "", "2 orders compared, 0 differ.\n")

        shop.now = service.clock.now = service.clock.now + timedelta(days=1)
        order = shop.start_cart("USD")
        shop.add(order, "WAX", 2)
        shop.place(order)  # and no webhook comes
        service.clock.move(60)
        checked = run(service, "check", SITE, "--since", f"{shop.now:%Y-%m-%d}")
        synced = run(service, "sync", SITE)

        assert checked == (
            1,
            (
                f"{order.number}\twas not sent\n"
                "day\tcurrency\torders\ttotal\tsent\tsent total\n"
                f"{order.completed_at:%Y-%m-%d}\tUSD\t1\t{order.total}\t0\t0\n"
            ),
            "1 orders compared, 1 differ.\n",
        )
        assert (synced[0], run(service, "check", SITE)[0]) == (0, 0)
    assert last_states(service.events)[order.number]["total"] == float(order.total)


def test_a_check_lists_the_days_with_different_counts_or_sums(make):
    shop = small_shop()
    service = make(shop)
    bought, guest, _ = shop.orders
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        run(service, "import", SITE)
        sent = bought.total
        bought.by_hand += 5
        guest.state, guest.canceled_at = "complete", None
        _, printed, _ = run(service, "check", SITE)

    day = f"{bought.completed_at:%Y-%m-%d}"
    assert table(printed)[2:] == [
        ["day", "currency", "orders", "total", "sent", "sent total"],
        [day, "EUR", "1", str(guest.total), "0", "0"],
        [day, "USD", "1", str(bought.total), "1", str(sent)],
    ]


def test_a_check_warns_about_orders_older_than_its_memory(make):
    shop = small_shop()
    service = make(shop)
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        run(service, "import", SITE)
        long_ago = run(service, "check", SITE, "--since", "2020-01-01")
        service.clock.move(timedelta(days=91).total_seconds())
        recent = run(service, "check", SITE)

    assert long_ago[0] == 0
    assert "Orders sent before 2025-12-03 may be reported as not sent" in long_ago[2]
    assert recent == (0, "", "0 orders compared, 0 differ.\n")


def test_a_shop_without_a_readable_api_cannot_be_imported(make):
    service = make(small_shop())
    service.connect()

    assert run(service, "import", SITE)[::2] == (
        1,
        f"Error: The shop of site {SITE} was connected with --webhooks-only.\n",
    )
    assert run(service, "sync", "other")[::2] == (
        1,
        "Error: No shop is connected for site other.\n",
    )


def test_an_import_killed_repeatedly_misses_and_duplicates_nothing(sqlite_url):
    shop = FakeShop()
    shop.now = utc_now().replace(microsecond=0) - timedelta(days=30)
    for _ in range(120):
        order = shop.start_cart("USD")
        shop.add(order, "WAX", 1)
        shop.place(order)
        shop.now += timedelta(minutes=5)
    service = Service(migrated(sqlite_url), clock=utc_now)
    environment = {n: value for n, value in os.environ.items() if n not in NOT_INHERITED}
    environment |= SETTINGS | {"DATABASE_URL": sqlite_url}
    command = [sys.executable, "-m", "flask", "shop", "import", SITE]
    with serving_shop(shop, "5.6") as fake:
        connect(service, fake, "5.6")
        fake.largest_page = 10
        for _ in range(2):
            asked = len(fake.asked)
            with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
                wait_until(lambda asked=asked: len(fake.asked) >= asked + 9)
                process.kill()
            service.forget_killed_processes()
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=120)
    assert done.returncode == 0
    counts = Counter((one["order_number"], one["status"]) for one in service.events["order"])
    service.close()

    assert counts == Counter(
        (order.number, status) for order in shop.orders for status in ("placed", "accepted")
    )
