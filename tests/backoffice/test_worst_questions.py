"""No question that anybody can send makes a report fail, on either database."""

from backoffice.reports.reports import REPORTS
from tests.analytics.fixtures import at, cart, order, visit
from tests.analytics.made_up.shop import Page, Shop, events_of
from tests.backoffice.conftest import BROWSER

QUESTIONS = [
    "from=0001-01-01&to=0001-01-05",
    "from=0001-01-01&to=0001-03-31&compare=year",
    "from=0002-01-01&to=0011-01-01&compare=year",
    "from=1970-01-01&to=1970-01-31&compare=year",
    "from=1970-01-01&to=1980-01-07&compare=previous&product=MUG",
    "from=2016-06-23&to=2026-06-30",
    "from=2016-06-23&to=2026-06-30&product=MUG",
    "from=2016-06-23&to=2026-06-30&category=7",
    "from=2016-06-23&to=2026-06-30&channel=direct",
    "from=2024-02-29&to=2024-02-29&compare=year&interval=month",
    "period=today&product=%00",
    "period=today&channel=direct&channel=%00",
    "period=today&product=%ED%A0%80",
    "period=today&category=" + "9" * 5000,
    "period=this_month&currency=XXXXXXXX",
]


def test_every_report_is_answered_or_the_question_refused(make_office, database_url):
    shop = Shop(
        [order("R1", visit="v1")],
        [cart()],
        [visit("v1", at(6, 1), Page(at(6, 1), "product", "MUG-RED"))],
    )
    client = make_office(events_of(shop), DATABASE_URL=database_url).test_client()

    answers = {
        (name, question): client.get(
            f"/dashboard{'' if name == 'overview' else f'/{name}'}?site=shop&{question}",
            headers=BROWSER,
        ).status_code
        for name in REPORTS
        for question in QUESTIONS
    }

    assert {one for one, status in answers.items() if status not in (200, 400)} == set()
    assert {name for (name, _), status in answers.items() if status == 200} == set(REPORTS)
