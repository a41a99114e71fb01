"""Import a long history while the import is killed: `python -m tests.shops.history.soak`.

Prints how fast that was, how much memory it took, and how many orders are missing or doubled.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from jirafe_endpoint import utc_now
from tests.endpoint.fixtures import SITE
from tests.serving import NOT_INHERITED, ROOT
from tests.shops.history.test_history import connect
from tests.shops.processes import SETTINGS
from tests.shops.service import Service
from tests.spree.fake_spree.apis import FakeSpree, Query
from tests.spree.fake_spree.records import Line, Order
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.shop import FakeShop
from tests.state.fixtures import migrated

_COMMAND = [sys.executable, "-m", "flask", "shop", "import", SITE]
_COUNT = text(
    "SELECT status, count(*), count(DISTINCT event_id) FROM jirafe_events "
    "WHERE kind = 'order' GROUP BY status ORDER BY status"
)


class LongHistory(FakeSpree):
    """A shop with many orders, which has to find them by bisection."""

    def _chosen(self, query: Query, form: str, sort: str) -> list[Order]:
        def place(name: str, time: Callable[[Order], datetime], default: int) -> int:
            bound = query.get(form.format(name))
            orders = self.shop.orders
            return (
                bisect_left(orders, datetime.fromisoformat(bound), key=time) if bound else default
            )

        start = place("updated_at_gteq", lambda order: order.updated_at, 0)
        start = place("completed_at_gteq", lambda order: order.updated_at, start)
        end = place("completed_at_lt", lambda order: order.updated_at, len(self.shop.orders))
        return self.shop.orders[start:end]


def shop_of(count: int) -> FakeShop:
    """Return a shop with `count` placed orders of the last two years."""
    shop = FakeShop()
    wax, scarf = shop.variant("WAX"), shop.variant("SCARF-BLU")
    start = utc_now().replace(microsecond=0) - timedelta(days=730)
    for place in range(count):
        at = start + timedelta(days=729) * place / count
        at = at.replace(microsecond=0) + timedelta(milliseconds=place % 1000)
        order = Order(10_000 + place, f"R{place:09}", "USD", at, at, f"p{place}@example.com")
        order.completed_at, order.state = at, "complete"
        order.payment_state, order.shipment_state = "paid", "ready"
        order.lines = [
            Line(id=2 * place + extra, variant=variant, price=variant.price, quantity=1 + extra)
            for extra, variant in enumerate((wax, scarf))
        ]
        shop.orders.append(order)
    shop.orders.sort(key=lambda order: order.updated_at)
    return shop


def _peak(process: int) -> int:
    """Return the most memory that a process has had, in MiB."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    peak = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(next(peak, "0")) // 1024


def run(orders: int, kills: int, url: str) -> None:
    """Import a shop with `orders` orders into a database, and print the result."""
    shop = shop_of(orders)
    service = Service(migrated(url), clock=utc_now)
    environment = {name: one for name, one in os.environ.items() if name not in NOT_INHERITED}
    environment |= SETTINGS | {"DATABASE_URL": url}
    peak, killed, started = 0, 0, time.monotonic()
    with serving_shop(shop, "5.6", LongHistory) as fake:
        connect(service, fake, "5.6")
        pages = orders / fake.largest_page
        while True:
            with subprocess.Popen(_COMMAND, cwd=ROOT, env=environment) as process:
                while process.poll() is None:
                    time.sleep(0.05)
                    peak = max(peak, _peak(process.pid))
                    if killed < kills and len(fake.asked) > pages * (killed + 1) / (kills + 1):
                        process.kill()
                        killed += 1
            if process.returncode >= 0:
                break
    seconds = time.monotonic() - started
    service.close()
    engine = create_engine(url)
    with engine.connect() as connection:
        counts = [tuple(row) for row in connection.execute(_COUNT)]
    engine.dispose()
    lines = [
        f"{orders} orders, {killed} kills, exit {process.returncode}",
        f"{seconds:.0f} s, {orders / seconds:.0f} orders a second, at most {peak} MiB",
        *(
            f"{status}: {orders - one} missing, {all_ - one} doubled"
            for status, all_, one in counts
        ),
    ]
    sys.stdout.write("\n".join([*lines, ""]))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.shops.history.soak")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--database", help="the URL of an empty one; default: an SQLite file")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(asked.orders, asked.kills, asked.database or f"sqlite:///{folder}/soak.db")


if __name__ == "__main__":
    main()
