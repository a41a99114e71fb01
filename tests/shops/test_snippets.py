"""The Ruby of docs/spree.md, run with stand-ins of Spree and its gems."""

import json
import re
import shutil
import subprocess
import threading

import pytest
from werkzeug.serving import make_server

from tests.endpoint.fixtures import SITE
from tests.serving import ROOT
from tests.shops.service import SECRET, Service
from tests.spree.fake_spree.formats import hub
from tests.spree.shops import small_shop
from tests.state.fixtures import migrated

pytestmark = pytest.mark.skipif(not shutil.which("ruby"), reason="ruby is not installed")

SUBSCRIBER, INITIALIZER = re.findall(
    r"```ruby\n(.*?)```", (ROOT / "docs/spree.md").read_text(encoding="utf-8"), re.DOTALL
)
SUBSCRIBERS = """
require "json"
module Spree
  module Webhooks
    Subscriber = Struct.new(:url, :subscriptions, :active, keyword_init: true) do
      def self.create!(**attributes)
        raise "active is false by default" unless attributes[:active]
        STDERR.puts JSON.generate(attributes)
        new(**attributes)
      end
      def secret_key = "a-secret-of-the-shop"
    end
  end
end
"""
GEMS = """
require "json"
require "net/http"
Configuration = Struct.new(:push_url, :connection_id, :connection_token) do
  def configure = yield(self)
end
module Spree
  module Wombat; Config = Configuration.new; end
  module Flowlink; Config = Configuration.new; end
end
"""
PUSH = """
config = Spree::%s::Config
headers = {
  "Content-Type" => "application/json",
  "X-Hub-Store" => config.connection_id,
  "X-Hub-Access-Token" => config.connection_token,
  "X-Hub-Timestamp" => Time.now.utc.to_i.to_s,
}
answer = Net::HTTP.post(URI(config.push_url), STDIN.read, headers)
raise "Push not successful: #{answer.code}" unless answer.code == "202"
"""


def ruby(program, **more):
    return subprocess.run(
        ["ruby", "-W", "-e", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **more,
    )


@pytest.fixture
def service(sqlite_url):
    service = Service(migrated(sqlite_url))
    service.clock.now = small_shop().now
    service.connect()
    yield service
    service.close()


@pytest.fixture
def address(service):
    """Serve on a port, and return where."""
    server = make_server("127.0.0.1", 0, service.app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/spree/{SITE}"
    server.shutdown()
    thread.join(30)
    server.server_close()


def test_the_subscriber_is_active_for_all_events_and_its_secret_is_shown():
    run = ruby(SUBSCRIBERS + SUBSCRIBER)

    assert (run.returncode, run.stdout) == (0, "a-secret-of-the-shop\n"), run.stderr
    assert json.loads(run.stderr) == {
        "url": "https://jirafe.example.com/spree/my-shop",
        "subscriptions": ["*"],
        "active": True,
    }


@pytest.mark.parametrize("gem", ["Wombat", "Flowlink"])
def test_a_gem_that_is_set_up_as_documented_pushes_orders(service, address, gem):
    documented = "https://jirafe.example.com/spree/my-shop"
    assert documented in INITIALIZER
    initializer = INITIALIZER.replace(documented, address).replace("Spree::Wombat", f"Spree::{gem}")
    completed = [order for order in small_shop().orders if order.completed_at]
    run = ruby(
        GEMS + initializer + PUSH % gem,
        input=json.dumps({"orders": [hub.order(order) for order in completed]}),
        env={"PATH": "/usr/bin:/bin", "JIRAFE_SECRET": SECRET, "LANG": "C.UTF-8"},
    )
    service.work()

    assert (run.returncode, run.stderr) == (0, "")
    placed = {one["order_number"] for one in service.events["order"] if one["status"] == "placed"}
    assert placed == {order.number for order in completed}
