"""The pages in a real Chromium: every report, on a desk and on a phone, by day and by night."""

from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.analytics.fixtures import at, cart, order, visit
from tests.analytics.made_up.shop import Page, Shop, events_of
from tests.backoffice.conftest import PASSWORD, serve
from tests.serving import serving

WIDTHS = {"desk": 1280, "phone": 390}
LEFT = "net::ERR_ABORTED"
JUNE = "site=shop&period=custom&from=2026-06-01&to=2026-06-30"
PAGES = [
    *(f"{path}?{JUNE}" for path in ("", "/sales", "/marketing", "/merchandising")),
    *(f"{path}?{JUNE}" for path in ("/customers", "/carts")),
    *(f"?{JUNE}&{segment}" for segment in ("product=MUG", "category=7", "channel=direct")),
    "?site=shop&from=2026-06-10&to=2026-06-10",
    "/definitions",
]
SHOP = Shop(
    [
        order(
            f"R{day}", at(6, day), f"{day * 1234}.50", visit=f"v{day}", email=f"{day}@example.com"
        )
        for day in range(1, 29)
    ],
    [cart(f"c{day}", at(6, day), f"{day * 99}") for day in range(1, 29, 2)],
    [
        visit(f"v{day}", at(6, day), Page(at(6, day), "product", sku="MUG-RED"), channel=(channel,))
        for day in range(1, 29)
        for channel in ["a campaign with a rather long name for a phone" if day % 2 else "direct"]
    ],
)


def violations(page):
    """Return what axe finds wrong with a page: the rule, and where."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], node["target"]) for one in found for node in one["nodes"]]


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory):
    """The address of a dashboard with a month of sales that is served by gunicorn."""

    folder = tmp_path_factory.mktemp("shop")
    app = serve(folder, lambda: datetime.now(UTC), events_of(SHOP))
    app.extensions["jirafe_api"].store.close()
    with serving(
        "app:app",
        APP_ENV="development",
        DATABASE_URL=f"sqlite:///{folder}/jirafe.db",
        JIRAFE_API_SITES="shop:shop-token",
        DASHBOARD_PASSWORD=PASSWORD,
        WEB_CONCURRENCY="1",
    ) as port:
        yield f"http://127.0.0.1:{port}/dashboard"


def sign_in(page, password):
    """Sign in by keyboard, once the browser has put the cursor into the field."""
    page.wait_for_selector("#password:focus")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


@pytest.fixture(scope="module")
def session(browser, dashboard):
    """The cookies of a merchant who has signed in by keyboard."""
    context = browser.new_context()
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{dashboard}?{JUNE}")
    sign_in(page, PASSWORD)
    page.wait_for_url(f"**/dashboard?{JUNE}")
    assert said == []
    yield context.storage_state()
    context.close()


@pytest.fixture
def open_page(browser, dashboard, session):
    """A maker of signed-in pages; an error or warning in their console fails the test."""
    contexts, complaints = [], []

    def make(width=1280, scheme="light"):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, storage_state=session
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "requestfailed",  # but not where the test left a page that was still loading
            lambda request: request.failure == LEFT or complaints.append(request.url),
        )
        page.on(
            "response",
            lambda answer: answer.status >= 400 and complaints.append((answer.status, answer.url)),
        )
        page.goto(f"{dashboard}?{JUNE}")
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_every_page_fits_its_screen_and_loads_completely(open_page, dashboard, width, scheme):
    page = open_page(width, scheme)

    for path in PAGES:
        page.goto(f"{dashboard}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
        assert page.evaluate("document.styleSheets[0].cssRules.length") > 50
        clipped = page.eval_on_selector_all(
            ".card",
            "cards => cards.filter(one => one.scrollWidth > one.clientWidth)"
            ".map(one => one.innerText)",
        )
        assert clipped == [], path
        assert violations(page) == [], path
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(247, 247, 245)", "dark": "rgb(17, 19, 20)"}[scheme]


PUBLIC = {"/": 200, "/docs": 404, "/import_order": 405, "/jirafe/": 404}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_pages_for_unknown_addresses_look_like_the_others(browser, dashboard, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()

    for path, status in PUBLIC.items():
        assert page.goto(dashboard.removesuffix("/dashboard") + path).status == status
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
        assert violations(page) == [], path
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(247, 247, 245)", "dark": "rgb(17, 19, 20)"}[scheme]
    context.close()


PROBLEMS = {
    "nothing": 404,
    "sales?from=2026-06-20&to=2026-06-10": 400,
    "?site=elsewhere": 404,
    "?period=custom&from=2026-05-01&to=2026-05-31&site=shop": 200,  # nothing was sold yet
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_error_pages_and_empty_pages_fit_and_can_be_used(
    browser, dashboard, session, width, scheme
):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, storage_state=session
    )
    page = context.new_page()

    for path, status in PROBLEMS.items():
        assert page.goto(f"{dashboard}/{path}").status == status
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
        assert violations(page) == [], path
    context.clear_cookies()
    page.goto(f"{dashboard}/sign-in")
    sign_in(page, "wrong")
    page.wait_for_selector("#problem")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page) == []
    context.close()


def test_the_form_is_filled_in_and_sent_by_keyboard(open_page):
    page = open_page()
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.innerText")
        )
        if reached[-1] == "Show":
            break

    assert reached[0] == "Skip to content"
    fields = [
        one for one in reached if one in ("site", "period", "from", "to", "compare", "currency")
    ]
    assert list(dict.fromkeys(fields)) == ["site", "period", "from", "to", "compare", "currency"]
    page.focus("#compare")
    page.keyboard.type("Nothing")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**compare=none**")
    assert page.locator(".legend li").count() == 1


def test_a_card_opens_its_chart_and_the_chart_its_table(open_page):
    page = open_page()

    page.click("text=Average order")
    page.click("summary")

    assert page.locator(".chart h2").inner_text() == "Average order by day"
    assert page.locator("li.chosen .name").inner_text() == "Average order"
    rows = page.locator("details tbody tr")
    assert rows.count() == 30
    assert rows.first.inner_text().split("\t")[:2] == ["Mon 1 Jun", "€1,234.50"]


def test_date_fields_are_shown_only_for_a_custom_period(open_page):
    page = open_page()
    assert page.is_visible("#from")

    page.select_option("#period", "last_7_days")

    assert not page.is_visible("#from")


def test_a_merchant_signs_out(open_page, dashboard):
    page = open_page()

    page.click("text=Sign out")
    page.wait_for_url("**/sign-in")
    page.goto(f"{dashboard}/sales")

    assert page.locator("h1").inner_text() == "Sign in"
