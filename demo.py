"""Fill a database with a year of a made-up shop, print the dashboard's address, and serve it.

The database is var/demo.db, recreated each day. Nothing else is touched.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import orjson

from analytics.feed import StoredFeed
from analytics.refresh import refresh
from analytics.sites import change_settings
from jirafe_api.storage.store import Store
from jirafe_endpoint.messages import envelopes
from jirafe_endpoint.messages.services import ANY, SERVICES, read
from mappers import MappingError, read_message
from run import check_port, serve
from tests.simulator import Change, Product, Shop, Site, messages

SITE = Site("demo-shop", "demo-token")
DAYS = 365
FILE = Path(__file__).parent / "var" / "demo.db"

_WELCOME = f"""
The dashboard of a made-up shop: {{url}}; stop with Ctrl-C. Commands work on its database, too:

  DATABASE_URL=sqlite:///var/{FILE.name} .venv/bin/flask analytics summary --site {SITE.id}
"""

_Event = tuple[str, dict[str, Any]]


def main() -> None:
    """Fill the database unless it was filled today, then serve it."""
    port = os.environ.get("PORT", "5000")
    check_port(port, "make demo")
    now = datetime.now(UTC)
    url = f"sqlite:///{FILE}"
    if not _is_of(now):
        fill(url, now)
    print(_WELCOME.format(url=f"http://127.0.0.1:{port}/dashboard"))
    settings = {
        "APP_ENV": "development",
        "DATABASE_URL": url,
        "JIRAFE_API_SITES": f"{SITE.id}:{SITE.token}",
        "LOCALE": "en_US",
        "LOG_FORMAT": "console",
        "LOG_LEVEL": "error",
    }
    os.chdir(Path(__file__).parent)
    serve(port, settings)


def fill(url: str, now: datetime, days: int = DAYS, *, is_quiet: bool = False) -> None:
    """Store the events of a shop that opened `days` ago, and compute its figures."""
    for file in FILE.parent.glob(f"{FILE.name}*") if url.endswith(str(FILE)) else ():
        file.unlink()
    clock = [now]
    store = Store(url, lambda: clock[0])
    store.prepare()
    start = now - timedelta(days=days)
    shop = Shop(seed=40, start=start, days=days, visits_per_day=40, conversion=0.12, products=24)
    changes = [change for change in shop.history() if change.at <= now]
    with click.progressbar(changes, label="A year of a shop", hidden=is_quiet) as shown:
        for at, events in _by_day(shown):
            clock[0] = at
            store.add(SITE.id, events)
    clock[0] = now
    with store.database.writing() as connection:
        change_settings(connection, SITE.id, timezone="America/New_York")
    feed = StoredFeed(store)
    with click.progressbar(length=feed.last(), label="Its figures    ", hidden=is_quiet) as bar:
        refresh(store.database, feed, now, progress=bar.update)
    store.close()


def _by_day(changes: Iterable[Change]) -> Iterator[tuple[datetime, list[_Event]]]:
    """Yield the events of each day with the time of the last one."""
    memory: dict[Any, Any] = {}
    events: list[_Event] = []
    last = None
    for change in changes:
        if last and change.at.date() != last.date():
            yield last, events
            events = []
        last = change.at
        events += _events(change, memory)
    if last:
        yield last, events


def _events(change: Change, memory: dict[Any, Any]) -> Iterator[_Event]:
    """Yield the events of a change, mapped from its message as the service does.

    No message has the costs of products, so they are sent as a shop's own program would.
    """
    if isinstance(change.subject, Product) and change.action == "new":
        yield from _costs(change.subject, change.at)
    for sent in messages([change], SITE, seed=1, styles=["v5 with original"]):
        if sent.to_api:
            yield sent.path.rpartition("/")[2], sent.body
            continue
        service = SERVICES.get(sent.path.strip("/"), ANY)
        message = read(service, envelopes.parsed(orjson.dumps(sent.body)))
        parameters = message.mapping_parameters
        try:
            draft = read_message(message.type, message.payload, parameters, change.at)
            mapped = draft.events(memory)
        except MappingError:
            continue
        for event in mapped.events:
            if not event.is_outdated:
                memory.update({fact.key: fact.value for fact in event.facts})
                yield event.kind, event.body
        memory.update({fact.key: fact.value for fact in mapped.facts})


def _costs(product: Product, at: datetime) -> Iterator[_Event]:
    """Yield the cost of each variant: 35 to 65 percent of the price."""
    share = Decimal(35 + product.id % 4 * 10) / 100
    for variant in (product.master, *product.variants):
        yield (
            "product.cost",
            {
                "sku_code": variant.identity,
                "sku_cost": float(round(variant.price * share, 2)),
                "effective_date": at.date().isoformat(),
                "change_date": at.isoformat(),
            },
        )


def _is_of(now: datetime) -> bool:
    """Return whether the database was filled today."""
    if not FILE.exists():
        return False
    return datetime.fromtimestamp(FILE.stat().st_mtime, UTC).date() == now.date()


if __name__ == "__main__":
    main()
