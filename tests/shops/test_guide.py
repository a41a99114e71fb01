"""docs/spree.md, followed word for word by the owner of each kind of shop."""

import json
import re
from datetime import timedelta

import pytest

from tests.serving import ROOT
from tests.shops.service import UNSIGNED, Service
from tests.spree.fake_spree.formats import hub
from tests.spree.fake_spree.server import serving_shop
from tests.spree.fake_spree.webhooks import GENERATIONS, Sent, WebhookSender
from tests.spree.shops import KIND_OF, small_shop
from tests.state.fixtures import migrated

GUIDE = (ROOT / "docs/spree.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    flask (.+)$", GUIDE, re.M)
API_OF = {"4.4": "4.4", "5.4": None, "5.6": "5.6", "6.0": "5.6", "solidus": "solidus"}
"""The API of each shop as the guide's table has it: Platform API unless named here."""
REPLACED = {"url": "https://shop.example.com", "since": "2026-11-01"}


class Owner:
    """A shop owner who types the guide's commands and answers their prompts."""

    def __init__(self, service):
        self._run = service.app.test_cli_runner().invoke

    def types(self, beginning, *more, answers=(), **instead):
        """Type the guide's command with this beginning, with the shop's own URL or another date."""
        command = next(one for one in COMMANDS if one.startswith(beginning))
        for name, documented in REPLACED.items():
            command = command.replace(documented, instead.get(name, documented))
        asked = "".join(f"{one}\n" for one in answers)
        done = self._run(args=[*command.split(), *more], input=asked)
        assert done.exit_code == 0, done.output
        return done.stdout


def tell(service, shop, generation, path, secret):
    """Place an order in the shop, which sends its webhooks, or has its gem push it."""
    service.clock.now = shop.now
    if generation == "solidus":
        order = next(one for one in shop.orders if one.completed_at)
        headers = {"X-Hub-Store": "my-shop", "X-Hub-Access-Token": secret, "X-Hub-Timestamp": "1"}
        body = json.dumps({"orders": [hub.order(order)]}).encode()
        assert service.post(Sent(headers, body), f"{path}/push")[0] == 202
        return order.number
    change = next(change for change in shop.changes if change.what == "order.placed")
    sender = WebhookSender(shop, generation, secret=secret)
    if generation in ("5.3", "5.4", "5.6", "6.0"):
        reason = service.post(sender.test(shop.now), path)[1]["reason"]
        assert reason.startswith("This is a test: the webhook works")
    service.clock.now = change.at + timedelta(seconds=1)
    for request in sender.requests([change]):
        assert service.post(request, path)[0] == 202
    return change.order.number


@pytest.mark.parametrize("generation", [*GENERATIONS, "solidus"])
def test_the_guide_leads_each_shop_from_nothing_to_its_dashboard(sqlite_url, generation):
    shop, version = small_shop(), API_OF.get(generation, "5.3")
    service = Service(migrated(sqlite_url), settings={"JIRAFE_API_SITES": ""})
    owner = Owner(service)
    with serving_shop(shop, version or "5.3") as fake:
        kind, credential = KIND_OF[version] if version else ("", {})
        chosen = ("--kind", kind) if version else ("--webhooks-only",)
        owner.types("shop connect", *chosen, answers=credential.values(), url=fake.url)
        path, secret = "/spree/my-shop", "a-webhook-secret"
        if generation in UNSIGNED:
            path = owner.types("shop secret add my-shop --generate").split("\t")[1].strip()
            secret = path.rpartition("/")[2]
        else:
            owner.types("shop secret add my-shop", answers=[secret])
        number = tell(service, shop, generation, path, secret)
        service.work()
        events = map(json.loads, owner.types("events list").splitlines())
        assert f'"{number}"' in json.dumps(list(events))
        if version:
            service.clock.now = shop.now
            imported = owner.types("shop import")
            assert re.search(r"^orders\t3\t\d\t\d\t\d\t0$", imported, re.M), imported
            owner.types("shop sync")
            assert owner.types("shop check", since="2026-01-01") == ""
    page = service.client.get("/dashboard", follow_redirects=True)
    service.close()

    assert (page.status_code, "my-shop" in page.text, service.dead_letters) == (200, True, [])
