"""The Ruby of docs/beacon.md that puts a visit into an order, run with stand-ins of Rails."""

import json
import re
import shutil
import subprocess

import pytest

from tests.serving import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("ruby"), reason="ruby is not installed")

CONCERN, INITIALIZER = re.findall(
    r"```ruby\n(.*?)```", (ROOT / "docs/beacon.md").read_text(encoding="utf-8"), re.DOTALL
)
SOLIDUS = INITIALIZER.replace(":private_metadata", ":admin_metadata").replace(
    "Spree::StoreController.include", "StoreController.include"
)
RAILS = """
require "json"
module Rails
  def self.application = self
  def self.config = self
  def self.to_prepare = yield
end
class Order
  attr_reader :columns
  def initialize(columns) = @columns = columns
  def private_metadata = @columns.fetch("private_metadata")
  def admin_metadata = @columns.fetch("admin_metadata")
  def update_columns(changed)
    changed.each { |name, value| @columns[name.to_s] = value }
  end
end
class Controller
  class << self
    attr_reader :actions
    def before_action(name) = (@actions ||= []) << name
  end
  attr_reader :cookies, :current_order
  def initialize(cookies, order)
    @cookies, @current_order = cookies, order
  end
  def request! = self.class.actions.each { |name| send(name) }
end
class StoreController < Controller; end
module Spree; class StoreController < Controller; end; end
"""
REQUEST = """
request = JSON.parse(ARGV[0])
order = request["order"] && Order.new(request["order"])
cookies = request["cookies"].transform_keys(&:to_sym)
Object.const_get(request["controller"]).new(cookies, order).request!
puts JSON.generate(order && order.columns)
"""
COOKIES = {"jirafe_vid": "20260302-5", "jirafe_vis": "7", "jirafe_pvid": "2", "jirafe_lpvid": "1"}
VISIT = {
    "visit_id": "20260302-5",
    "visitor_id": "7",
    "pageview_id": "2",
    "last_pageview_id": "1",
}
SHOPS = [
    (INITIALIZER, "Spree::StoreController", "private_metadata"),
    (SOLIDUS, "StoreController", "admin_metadata"),
]


def ruby(initializer, controller, order, cookies):
    """Return the order's columns after a request to a page of the shop."""
    fields = {"controller": controller, "order": order, "cookies": cookies}
    program = f"{RAILS}\n{CONCERN}\n{initializer}\n{REQUEST}"
    run = subprocess.run(
        ["ruby", "-W", "-e", program, json.dumps(fields)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return json.loads(run.stdout)


@pytest.mark.parametrize(("initializer", "controller", "column"), SHOPS)
@pytest.mark.parametrize("before", [None, {}, {"gift": "yes", "jirafe": {"visit_id": "old"}}])
def test_a_page_stores_the_visit_in_the_order_and_changes_nothing_else(
    initializer, controller, column, before
):
    columns = ruby(initializer, controller, {column: before, "number": "R1"}, COOKIES)
    assert columns == {column: {**(before or {}), "jirafe": VISIT}, "number": "R1"}


@pytest.mark.parametrize(("initializer", "controller", "column"), SHOPS)
def test_a_cookie_that_is_missing_is_empty(initializer, controller, column):
    cookies = {name: value for name, value in COOKIES.items() if name != "jirafe_lpvid"}
    columns = ruby(initializer, controller, {column: {}}, cookies)
    assert columns == {column: {"jirafe": VISIT | {"last_pageview_id": ""}}}


@pytest.mark.parametrize(("initializer", "controller", "column"), SHOPS)
@pytest.mark.parametrize("cookies", [{}, {"jirafe_vis": "7"}, {"jirafe_vid": ""}])
def test_an_order_without_a_visit_is_unchanged(initializer, controller, column, cookies):
    before = {column: {"jirafe": VISIT}}
    assert ruby(initializer, controller, before, cookies) == before


@pytest.mark.parametrize(("initializer", "controller", "column"), SHOPS)
def test_a_page_without_an_order_is_served(initializer, controller, column):
    assert ruby(initializer, controller, None, COOKIES) is None
