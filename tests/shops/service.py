"""The endpoint with a connected shop, and a clock that the tests set."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, text, update

from jirafe_endpoint import create_app
from jirafe_endpoint.shops import EXTENSION, Shops
from jirafe_endpoint.shops.connections import ConnectedShop
from jirafe_endpoint.shops.tables import INBOX, SHOPS
from jirafe_endpoint.state import EXTENSION as STATE
from jirafe_endpoint.state.tables import LEASES
from tests.endpoint.fixtures import SITE, TOKEN, events_of
from tests.leaks import watch_answer
from tests.spree.fake_spree.records import Change
from tests.spree.fake_spree.shop import FakeShop
from tests.spree.fake_spree.webhooks import Sent, WebhookSender
from tests.state.fixtures import Clock
from tests.waiting import wait_until

SECRET = WebhookSender(FakeShop(), "5.6").secret
UNSIGNED = ("4.4", "4.5")


@dataclass
class Service:
    """An endpoint, the clock that it goes by, and the version of the shop that sends."""

    url: str
    version: str = "5.6"
    settings: dict[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        settings = {"JIRAFE_API_SITES": f"{SITE}:{TOKEN}", **self.settings}
        self.app: Flask = create_app(self.clock, DATABASE_URL=self.url, **settings)
        self.app.after_request(watch_answer)
        self.client: FlaskClient = self.app.test_client()
        self.shops: Shops = self.app.extensions[EXTENSION]
        self.path = f"/spree/{SITE}/{SECRET}" if self.version in UNSIGNED else f"/spree/{SITE}"

    def connect(self, url: str = "https://shop.example.com", kind: str = "", **more: Any) -> None:
        shop = ConnectedShop(SITE, url, TOKEN, kind, webhook_secrets=(SECRET,), **more)
        self.shops.connections.connect(shop)

    def post(self, request: Sent, path: str | None = None, **headers: str) -> tuple[int, Any]:
        answer = self.client.post(
            path or self.path, data=request.body, headers={**request.headers, **headers}
        )
        return answer.status_code, answer.json

    def tell(self, shop: FakeShop, changes: Sequence[Change]) -> list[int]:
        """Let the shop send its webhooks about the changes, at the time of each."""
        sender, statuses = WebhookSender(shop, self.version), []
        for change in changes:
            self.clock.now = change.at + timedelta(seconds=1)
            statuses += [self.post(request)[0] for request in sender.requests([change])]
        return statuses

    def work(self, seconds: float = 2.0) -> int:
        """Let time pass, and process all that is due then; return how many jobs that was."""
        self.clock.move(seconds)
        done = 0
        while jobs := self.shops.inbox.take(8):
            for job in jobs:
                self.shops.jobs.process(job)
            done += len(jobs)
        return done

    def forget_killed_processes(self) -> None:
        """End the leases, claims and turns of killed processes at once, as time would."""
        wait_until(lambda: not self._is_being_written())
        with self.app.extensions[STATE].database.writing() as connection:
            connection.execute(update(INBOX).values(owner="", leased_until=0, due_at=0))
            connection.execute(update(SHOPS).values(reader="", read_at=0))
            connection.execute(delete(LEASES))

    def _is_being_written(self) -> bool:
        """Whether the database still works on what a killed process asked for."""
        with self.app.extensions[STATE].database.reading() as connection:
            if connection.dialect.name == "sqlite":  # its writers die with their processes
                return False
            busy = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                "backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()"
            )
            return bool(connection.scalar(busy))

    @property
    def events(self) -> dict[str, list[Any]]:
        return events_of(self.client)

    @property
    def dead_letters(self) -> list[Any]:
        return list(self.app.extensions[STATE].dead_letters.list())

    def close(self) -> None:
        self.app.extensions[STATE].database.close()
        if hosted := self.app.extensions.get("jirafe_api"):
            hosted.store.close()
