"""The beacon in a real Chromium, with the service behind it on a real socket."""

import itertools
import json
import re
import time
import urllib.request
from contextlib import ExitStack
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from jirafe_api.beacon import SCRIPT
from tests.api.beacon.shop_pages import ORDER, Shop, pages_served
from tests.endpoint.fixtures import fixture
from tests.serving import serving

HTTPS = "https://shop.example"
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
NO_ROBOT = "Object.defineProperty(Navigator.prototype, 'webdriver', {get: () => false})"
SITES = [f"shop-{number}" for number in range(50)]


@pytest.fixture(scope="module")
def shops(browser, tmp_path_factory):
    """Shops, each with a site that accepts events from http://shop.localhost and 127.0.0.1."""
    database_url = f"sqlite:///{tmp_path_factory.mktemp('shop')}/events.db"
    with ExitStack() as stack:
        server = stack.enter_context(pages_served())
        port = server.server_address[1]
        own = [f"http://{host}:{port}" for host in ("shop.localhost", "127.0.0.1")]
        api_port = stack.enter_context(
            serving(
                "app:app",
                DATABASE_URL=database_url,
                JIRAFE_API_SITES=" ".join(f"{site}:{site}-token" for site in SITES),
                JIRAFE_TRACKER_ORIGINS=" ".join(
                    f"{site}:{origin}" for site in SITES for origin in own
                ),
            )
        )
        api = f"http://127.0.0.1:{api_port}/jirafe"
        server.RequestHandlerClass.api = api
        yield (Shop(port, api, site, database_url) for site in SITES)


@pytest.fixture
def shop(shops):
    return next(shops)


@pytest.fixture
def visitor(browser):
    """Return a function that makes browsers without cookies that record tracker requests."""
    contexts = []

    def make(**options):
        context = browser.new_context(**{"user_agent": PERSON} | options)
        context.add_init_script(NO_ROBOT)
        context.set_default_timeout(60_000)
        context.sent = []
        context.on(
            "request",
            lambda request: "/v2/tracker/" in request.url and context.sent.append(request),
        )
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


def cookies(context):
    return {cookie["name"]: cookie["value"] for cookie in context.cookies()}


def ids(context):
    """Return the ids as the shop's server adds them to an order."""
    found = cookies(context)
    names = {
        "visit_id": "jirafe_vid",
        "visitor_id": "jirafe_vis",
        "pageview_id": "jirafe_pvid",
        "last_pageview_id": "jirafe_lpvid",
    }
    return {name: found.get(cookie, "") for name, cookie in names.items()}


def show(context, url, body, content_type="text/html"):
    """Answer a URL without any server."""
    context.route(url, lambda route: route.fulfill(content_type=content_type, body=body))


def short(events):
    return [(kind, *event[kind].get("tag_attribution", ())) for kind, event in events]


def submit(shop, message):
    """Send a message from the hub to the endpoint."""
    request = urllib.request.Request(
        shop.api.replace("/jirafe", "/import_new_order"),
        json.dumps(message).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def order_message(shop, visit):
    message = fixture("order_new")
    message["payload"]["original"] |= visit
    for parameter in message["payload"]["parameters"]:
        if parameter["name"] == "jirafe.site_id":
            parameter["value"] = shop.site
        if parameter["name"] == "jirafe.access_token":
            parameter["value"] = f"{shop.site}-token"
    return message


def test_an_order_finds_the_visit_and_the_pages_that_led_to_it(shop, visitor):
    context = visitor()
    page = context.new_page()
    show(context, "http://news.localhost/", f"<a href='{shop.url('/?a=1#top')}'>teapots!</a>")
    page.goto("http://news.localhost/")
    page.click("a")
    for number, path in enumerate(
        ["/category", "/search", "/product", "/cart", "/checkout", "/thanks"], start=2
    ):
        shop.events(number)
        page.click(f"a[href='/{shop.site}{path}']")
    (_, visit), *views = shop.events(8)
    seen = ids(context)

    assert submit(shop, order_message(shop, seen))["message_id"] == "65e333317765623d5a000003"

    pages = [view["page"]["page_id"] for _, view in views]
    who = {"id": seen["visit_id"], "visitor": seen["visitor_id"]}
    assert visit == {
        "visit": who
        | {
            "landing_url": shop.url(),
            "referrer_url": "http://news.localhost/",
            "user_agent": page.evaluate("navigator.userAgent"),
            "tag_attribution": [],
            "rule_attribution": ["referral", "news.localhost"],
        },
        "site": shop.site,
        "timestamp": visit["timestamp"],
        "page": {"page_id": pages[0]},
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", visit["timestamp"])
    paths = ["/", "/category", "/search", "/product", "/cart", "/checkout", "/thanks"]
    assert [(kind, view["pageview"]) for kind, view in views] == [
        (
            "pageview",
            given | {"path": f"/{shop.site}{path}", "title": given["page_type"]},
        )
        for path, given in zip(
            paths,
            (
                {"page_type": "homepage"},
                {"page_type": "category", "category": {"id": "9", "name": "Teapots"}},
                {
                    "page_type": "search",
                    "search": {
                        "term": 'tea "pot" </script> \'n 🫖',
                        "page": 1,
                        "total_results": 12,
                    },
                },
                {
                    "page_type": "product",
                    "product": {"product_code": "TEAPOT-EN", "name": "Enamel “Teapot”"},
                },
                {"page_type": "cart"},
                {"page_type": "checkout"},
                {"page_type": "order_success", "order": {"num": ORDER}},
            ),
            strict=True,
        )
    ]
    assert [view["visit"] for _, view in views] == [who] * 7
    assert [view["page"].get("prev_page_id") for _, view in views] == [None, *pages[:-1]]
    assert (seen["pageview_id"], seen["last_pageview_id"]) == (pages[-1], pages[-2])
    assert len(set(pages)) == 7
    placed = next(event for event in shop.by_kind("order") if event["status"] == "placed")
    (cart,) = shop.by_kind("cart")
    assert (placed["order_number"], placed["visit"], cart["visit"]) == (ORDER, seen, seen)


def test_a_shop_sends_while_clients_use_the_api(shop, visitor):
    context = visitor()
    context.new_page().goto(shop.url("/attic", host="127.0.0.1"))

    (_, visit), (_, view) = shop.events(2)
    assert visit["visit"]["rule_attribution"] == ["direct"]
    assert view["pageview"] == {
        "page_type": "other",
        "path": f"/{shop.site}/attic",
        "title": "attic",
    }
    assert [request.url for request in context.sent] == [
        f"{shop.api}/v2/tracker/visit",
        f"{shop.api}/v2/tracker/pageview",
    ]


def test_pages_of_another_origin_may_not_send(shop, visitor):
    context = visitor()
    page = context.new_page()
    page.goto(shop.url(host="thief.localhost"))
    with page.expect_response("**/v2/tracker/pageview") as refused:
        page.goto(shop.url("/cart", host="thief.localhost"))
    assert refused.value.status == 403
    page.goto(shop.url("/cart"))

    assert short(shop.events(2)) == [("visit",), ("pageview",)]


def test_attribution_begins_a_visit_and_empty_attribution_changes_nothing(shop, visitor):
    page = visitor().new_page()
    shown = []
    for number, path in [
        (2, "/"),
        (4, "/?jirafe_atr3=%F0%9F%AB%96+red&b&jirafe_atr1=email&jirafe_atr1=x"),
        (5, "/cart"),
        (6, "/?jirafe_atr1=email&jirafe_atr3=%F0%9F%AB%96%20red"),
        (8, "/?jirafe_atr2=%ff"),
    ]:
        page.goto(shop.url(path))
        shown.append(shop.events(number)[-1][1]["pageview"].get("attribution"))

    email = ["email", "", "🫖 red"]
    assert shown == [None, email, email, email, ["", "%ff"]]
    assert short(shop.events(8)) == [
        ("visit",),
        ("pageview",),
        ("visit", *email),
        ("pageview",),
        ("pageview",),
        ("pageview",),
        ("visit", "", "%ff"),
        ("pageview",),
    ]
    pages = [event for kind, event in shop.events(8) if kind == "pageview"]
    assert len({event["visit"]["id"] for event in pages}) == 3
    assert len({event["visit"]["visitor"] for event in pages}) == 1
    assert [("prev_page_id" in event["page"]) for event in pages] == [0, 0, 1, 1, 0]


def test_attribution_is_read_from_the_named_parameters_in_order(shop, visitor):
    page = visitor().new_page()
    page.goto(shop.url("/?b=2&a=1+1+1&c=&__proto__=p&%62b=3=4"))
    page.wait_for_function("window.jirafe_api")

    answer = page.evaluate(
        "[['a', 'b', 'c', 'd', 'bb', 'constructor'], [], ['c']].map(jirafe_parseAttribution)"
    )
    assert answer == [["1 1 1", "2", "", "", "3=4"], [], []]


def test_attribution_is_cut_to_the_size_of_a_cookie(shop, visitor):
    page = visitor().new_page()
    page.goto(shop.url())
    shop.events(2)
    page.evaluate(
        "([site, attribution]) => jirafe_api.pageview('', site, 'other', {attribution})",
        [shop.site, ["", None, "é" * 101, 7, "3", "4", "5", "6"]],
    )
    kept = ["", "", "é" * 100, "7", "3"]
    (_, visit), (_, view) = shop.events(4)[2:]
    assert (visit["visit"]["tag_attribution"], view["pageview"]["attribution"]) == (kept, kept)
    page.goto(shop.url())
    assert shop.events(5)[-1][1]["pageview"]["attribution"] == kept


CAMPAIGNS = [
    ("utm_campaign=may&utm_source=news", ["campaign", "news", "", "may"]),
    ("utm_source=g&utm_medium=cpc&utm_term=tea&gclid=1", ["campaign", "g", "cpc", "", "tea"]),
    ("gclid=abc", ["paid", "google"]),
    ("msclkid=abc", ["paid", "microsoft"]),
    ("fbclid=abc", ["paid", "facebook"]),
]


def test_a_campaign_or_paid_click_starts_one_new_visit(shop, visitor):
    page = visitor().new_page()
    page.goto(shop.url())
    shop.events(2)
    for number, (query, _) in enumerate(CAMPAIGNS):
        page.goto(shop.url(f"/cart?{query}"))
        shop.events(4 + 3 * number)
        page.goto(shop.url(f"/cart?{query}"))
        shop.events(5 + 3 * number)

    visits = [event["visit"] for kind, event in shop.events(17) if kind == "visit"]
    assert [visit["rule_attribution"] for visit in visits] == [
        ["direct"], *(rule for _, rule in CAMPAIGNS)
    ]  # fmt: skip
    assert [visit["tag_attribution"] for visit in visits] == [[]] * 6
    assert len({visit["visitor"] for visit in visits}) == 1


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        ("www.google.co.uk", ["search", "www.google.co.uk"]),
        ("duckduckgo.com", ["search", "duckduckgo.com"]),
        ("m.facebook.com", ["social", "m.facebook.com"]),
        ("gemini.google.com", ["ai", "gemini.google.com"]),
        ("chatgpt.com", ["ai", "chatgpt.com"]),
        ("www.netflix.com", ["referral", "www.netflix.com"]),
    ],
)
def test_a_referrer_is_classed_by_its_host(visitor, host, rule):
    context = visitor()
    show(context, f"{HTTPS}/jirafe_api.js", SCRIPT, "text/javascript")
    show(context, f"{HTTPS}/v2/**", "{}")
    show(context, f"{HTTPS}/", "<script src='jirafe_api.js'></script>")
    show(context, f"https://{host}/", f"<a href='{HTTPS}/'>shop</a>")
    page = context.new_page()
    page.goto(f"https://{host}/")
    page.click("a")
    page.wait_for_url(f"{HTTPS}/")  # it waits for the page's scripts, as a click does not
    with page.expect_request("**/v2/tracker/visit") as sent:
        page.evaluate("jirafe_api.pageview('', 'x', 'homepage')")

    visit = json.loads(sent.value.post_data)["visit"]
    assert (visit["rule_attribution"], visit["referrer_url"]) == (rule, f"https://{host}/")


def test_addresses_keep_only_campaigns_clicks_and_own_tags_of_a_query(shop, visitor):
    query = "email=ann%40example.com&utm_source=news&jirafe_atr1=a&token=s3cret&gclid=1&utm=2"
    mail, cart = "http://mail.localhost/read", shop.url(f"/cart?{query}#ann@example.com")
    context = visitor()
    show(context, f"{mail}**", f"<a href='{cart}' referrerpolicy='unsafe-url'>teapots!</a>")
    page = context.new_page()
    page.goto(f"{mail}?{query}")
    page.click("a")

    (_, visit), (_, view) = shop.events(2)
    kept = "utm_source=news&jirafe_atr1=a&gclid=1"
    assert visit["visit"]["landing_url"] == shop.url(f"/cart?{kept}")
    assert visit["visit"]["referrer_url"] == f"{mail}?{kept}"
    assert view["pageview"]["path"] == f"/{shop.site}/cart"


def test_pageviews_without_cookies_are_marked_and_belong_to_no_visit(shop, visitor):
    context = visitor()
    context.add_init_script(
        "Object.defineProperty(Document.prototype, 'cookie', {get: () => '', set: () => {}})"
    )
    page = context.new_page()
    for number, path in enumerate(["/", "/cart", "/checkout"], start=1):
        page.goto(shop.url(path))
        shop.events(number)

    events = shop.events(3)
    assert short(events) == [("pageview",)] * 3
    assert [event["pageview"]["is_sessionless"] for _, event in events] == [True] * 3
    assert [event.get("visit") for _, event in events] == [None] * 3


ROBOTS = {
    "a driven browser": {},
    "Googlebot": {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"},
    "a headless browser": {"user_agent": PERSON.replace("Chrome", "HeadlessChrome")},
}


@pytest.mark.parametrize("options", ROBOTS.values(), ids=ROBOTS)
def test_robots_send_nothing(visitor, options):
    context = visitor(**options)
    if not options:
        context.add_init_script(
            NO_ROBOT.replace("Navigator.prototype", "navigator").replace("false", "true")
        )
    show(context, f"{HTTPS}/", "<script src='jirafe_api.js'></script>")
    show(context, f"{HTTPS}/jirafe_api.js", SCRIPT, "text/javascript")
    show(context, f"{HTTPS}/v2/**", "{}")
    page = context.new_page()
    page.goto(f"{HTTPS}/")
    page.evaluate("jirafe_api.pageview('', 'x', 'cart')")
    page.evaluate("fetch('/v2/tracker/end')")  # whatever the script sent came before

    assert [request.url for request in context.sent] == [f"{HTTPS}/v2/tracker/end"]
    assert cookies(context) == {}


def test_a_misspelt_page_type_is_sent_as_other_with_a_warning(shop, visitor):
    page = visitor().new_page()
    said = []
    page.on("console", lambda message: said.append((message.type, message.text)))
    page.goto(shop.url("/attic"))

    assert shop.events(2)[1][1]["pageview"]["page_type"] == "other"
    ((level, text),) = said
    assert level == "warning"
    assert text.startswith("jirafe_api: there is no page type attic; use one of: homepage ")


@pytest.mark.parametrize(
    ("host", "words"),
    [("shop.localhost", "jirafe_api: accepted"), ("thief.localhost", "refused or unreachable")],
)
def test_the_debug_switch_explains_the_outcome_of_each_event(shop, visitor, host, words):
    page = visitor().new_page()
    with page.expect_console_message(lambda message: words in message.text) as said:
        page.goto(shop.url("/cart?jirafe_debug=1", host=host))

    assert f'"site":"{shop.site}"' in said.value.text


def test_the_debug_switch_explains_why_nothing_is_sent(visitor):
    context = visitor(user_agent="Googlebot/2.1")
    show(context, f"{HTTPS}/*", "<script src='jirafe_api.js'></script>")
    show(context, f"{HTTPS}/jirafe_api.js", SCRIPT, "text/javascript")
    page = context.new_page()
    page.goto(f"{HTTPS}/?jirafe_debug")
    with page.expect_console_message() as said:
        page.evaluate("jirafe_api.pageview('', 'x', 'cart')")

    assert said.value.text.strip() == "jirafe_api: nothing is sent: the browser is a robot"


def test_an_image_address_is_cut_to_the_length_servers_accept(shop, visitor):
    context = visitor()
    context.add_init_script("Navigator.prototype.sendBeacon = undefined")
    page = context.new_page()
    page.goto(shop.url())
    shop.events(2)
    page.evaluate(
        """site => jirafe_api.pageview('', site, 'search',
        {search: {term: '茶'.repeat(1000), page: 2}, category: {name: '茶'.repeat(1000)}})""",
        shop.site,
    )

    view = shop.events(3)[-1][1]
    assert len(context.sent[-1].url) <= 8000
    assert view["pageview"]["search"] == {"term": "茶" * 250, "page": 2}
    assert len(view["visit"]["id"]) == 41


def test_a_visit_lives_for_half_an_hour_after_its_last_page(shop, visitor):
    context = visitor()
    page = context.new_page()
    page.goto(shop.url("/?jirafe_atr1=email"))
    first = shop.events(2)
    before = time.time()
    page.goto(shop.url("/cart"))
    shop.events(3)
    after = time.time()
    lives = {cookie["name"]: cookie["expires"] for cookie in context.cookies()}
    visitor_lives = lives.pop("jirafe_vis")
    assert set(lives) == {"jirafe_vid", "jirafe_pvid", "jirafe_lpvid", "jirafe_atr"}
    assert all(before - 1 < expires - 1800 < after + 1 for expires in lives.values())
    assert visitor_lives > after + 399 * 86400

    for name in lives:  # as half an hour would
        context.clear_cookies(name=name)
    page.goto(shop.url("/cart"))

    second = shop.events(5)[3:]
    assert short(second) == [("visit",), ("pageview",)]
    assert second[0][1]["visit"]["visitor"] == first[0][1]["visit"]["visitor"]
    assert second[0][1]["visit"]["id"] != first[0][1]["visit"]["id"]
    assert "prev_page_id" not in second[1][1]["page"]


def test_a_visit_ends_at_the_visitor_s_midnight(shop, visitor):
    zone = ZoneInfo("America/New_York")
    context = visitor(timezone_id=zone.key)
    page = context.new_page()
    for number, moment in [
        (2, datetime(2026, 3, 9, 19, 50, tzinfo=zone)),
        (3, datetime(2026, 3, 9, 20, 10, tzinfo=zone)),  # another day in UTC
        (4, datetime(2026, 3, 9, 23, 59, tzinfo=zone)),
        (6, datetime(2026, 3, 10, 0, 1, tzinfo=zone)),
    ]:
        page.clock.set_fixed_time(moment)
        page.goto(shop.url("/?jirafe_atr1=email" if number == 2 else "/"))
        shop.events(number)

    visits = [event for kind, event in shop.events(6) if kind == "visit"]
    assert [event["timestamp"] for event in visits] == [
        "2026-03-09T23:50:00.000Z",
        "2026-03-10T04:01:00.000Z",
    ]
    assert [event["visit"]["id"].split("-")[0] for event in visits] == ["20260309", "20260310"]
    assert [event["visit"]["tag_attribution"] for event in visits] == [["email"], []]


@pytest.mark.parametrize(("name", "value"), [("doNotTrack", "'1'"), ("globalPrivacyControl", "1")])
def test_visitors_who_opt_out_are_not_tracked(shop, visitor, name, value):
    context = visitor()
    page = context.new_page()
    page.goto(shop.url("/?jirafe_atr1=email"))
    shop.events(2)
    sent = len(context.sent)
    context.add_init_script(
        f"Object.defineProperty(Navigator.prototype, '{name}', {{get: () => {value}}})"
    )
    page.goto(shop.url("/thanks?jirafe_atr1=other"))
    page.wait_for_function("window.jirafe_api")
    page.evaluate("jirafe_deferred(jirafe_api)")  # can be called, and does nothing
    page.evaluate(f"fetch('{shop.api}/v2/tracker/visit', {{method: 'POST', body: '{{}}'}})")

    assert [request.method for request in context.sent[sent:]] == ["POST"]
    assert cookies(context) == {}
    shop.events(2)


@pytest.mark.parametrize("beacon", ["undefined", "() => false"])
def test_events_are_sent_by_image_where_nothing_else_works(shop, visitor, beacon):
    context = visitor()
    context.add_init_script(f"Navigator.prototype.sendBeacon = {beacon}")
    page = context.new_page()
    long = "%C3%A9%22" * 300
    page.goto(shop.url(f"/search?q={long}"))

    (_, visit), (_, view) = shop.events(2)
    assert visit["visit"]["landing_url"] == shop.url("/search")
    assert view["pageview"]["search"]["term"] == 'tea "pot" </script> \'n 🫖'
    assert [request.resource_type for request in context.sent] == ["image", "image"]
    answers = [request.response() for request in context.sent]
    assert [answer.headers["content-type"] for answer in answers] == ["image/gif"] * 2


def test_a_deferred_function_defined_late_is_called_once(visitor):
    context = visitor()
    show(context, f"{HTTPS}/jirafe_api.js", SCRIPT, "text/javascript")
    page = context.new_page()
    page.clock.install()
    show(context, f"{HTTPS}/", "<script async src='jirafe_api.js'></script>")
    page.goto(f"{HTTPS}/")
    page.wait_for_function("window.jirafe_api")
    page.clock.run_for(30_000)
    page.evaluate("calls = []; jirafe_deferred = function () { calls.push(arguments) }; null")
    page.clock.run_for(100_000)

    assert page.evaluate("[calls.length, calls[0].length, calls[0][0] === jirafe_api]") == [
        1,
        1,
        True,
    ]


def test_a_script_included_twice_calls_the_deferred_function_once(visitor):
    context = visitor()
    show(context, f"{HTTPS}/jirafe_api.js", SCRIPT, "text/javascript")
    page = context.new_page()
    page.clock.install()
    counting = "<script>var calls = 0; function jirafe_deferred() { calls += 1 }</script>"
    show(context, f"{HTTPS}/", counting + "<script src='jirafe_api.js'></script>" * 2)
    page.goto(f"{HTTPS}/")
    page.clock.run_for(100_000)

    assert page.evaluate("calls") == 1


DATA = [
    ({"search": {"term": 5, "page": 2, "total_results": "1,234"}}, {"term": "5", "page": 2}),
    ({"search": {"term": None, "page": "x", "total_results": 1e21}}, {}),
    ({"search": {"term": [], "page": " 3 ", "total_results": "9" * 16}}, {"page": 3}),
    ({"search": {"term": "a" * 999 + "🫖"}}, {"term": "a" * 999}),
]


def test_page_data_of_any_type_becomes_valid_events(shop, visitor):
    page = visitor().new_page()
    page.goto(shop.url())
    shop.events(2)
    numbers = itertools.count(3)

    def given(type_, data):
        call = "([site, type, data]) => jirafe_api.pageview('', site, type, data)"
        page.evaluate(call, [shop.site, type_, data])
        given = shop.events(next(numbers))[-1][1]["pageview"]
        return {name: given[name] for name in given if name not in ("path", "title")}

    for data, expected in DATA:
        assert given("search", data) == {"page_type": "search", "search": expected}
    assert given("product", {"product": {"name": "no code"}}) == {"page_type": "product"}
    assert given("toString", None) == {"page_type": "other"}
    assert given(7, {"category": "x", "product": [], "attribution": {}}) == {"page_type": "other"}


def test_an_order_is_tracked_on_a_page_that_tracks_nothing_else(shop, visitor):
    page = visitor().new_page()
    page.goto(shop.url())
    shop.events(2)
    page.evaluate("site => jirafe_api.order.success('', site, {order: {num: 7}})", shop.site)

    assert shop.events(3)[-1][1]["pageview"] == {
        "page_type": "order_success",
        "order": {"num": "7"},
        "path": f"/{shop.site}/",
        "title": "homepage",
    }


def test_wrong_calls_do_not_break_the_page(shop, visitor):
    context = visitor()
    page = context.new_page()
    page.goto(shop.url())
    shop.events(2)
    page.evaluate("jirafe_api.pageview(); jirafe_api.order.success(); jirafe_api.pageview('', {})")
    page.evaluate(f"fetch('{shop.api}/v2/tracker/visit', {{method: 'POST', body: '{{}}'}})")

    assert len(context.sent) == 3


def test_cookies_are_the_shop_s_own_and_secure_on_https(visitor):
    context = visitor()
    page = context.new_page()
    show(context, f"{HTTPS}/", "<script src='jirafe_api.js'></script>")
    show(context, f"{HTTPS}/jirafe_api.js", SCRIPT, "text/javascript")
    show(context, f"{HTTPS}/v2/**", "{}")
    page.goto(f"{HTTPS}/")
    page.evaluate("jirafe_api.pageview('', 'x', 'cart'); jirafe_api.pageview('', 'x', 'cart')")

    kept = context.cookies()
    assert {cookie["name"] for cookie in kept} == {
        "jirafe_vis",
        "jirafe_vid",
        "jirafe_pvid",
        "jirafe_lpvid",
    }
    for cookie in kept:
        given = (cookie["domain"], cookie["path"], cookie["secure"], cookie["sameSite"])
        assert given == ("shop.example", "/", True, "Lax")
