import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import jirafe_api.description
from analytics.cli import commands
from jirafe_api.storage.store import Store
from tests.analytics.fixtures import NOW

EXAMPLES = Path(jirafe_api.description.__file__).parent / "examples"

DAY = """\
shop, Monday 3 March 2014 (UTC), in EUR

Overview                                        day before      change
Revenue                              64.50            0.00         new
Orders                                   1               0         new
Visits                                   0               0
Conversion rate                          –               –
Average order                        64.50               –         new
Revenue per visit                        –               –
Abandon rate                        0.00 %               –

Sales                                           day before      change
Gross sales                          57.00            0.00         new
Discounts                             0.00            0.00
Tax                                   2.50            0.00         new
Shipping                              5.00            0.00         new
Fees                                  0.00            0.00
Other                                 0.00            0.00
Revenue                              64.50            0.00         new
Orders                                   1               0         new
Cancelled orders                         0               0
Cancelled revenue                     0.00            0.00
Waiting orders                           0               0

Visitors and customers                          day before      change
Visitors                                 0               0
Bounce rate                              –               –
Orders without a visit                   1               0         new
Customers with an order                  1               0         new
New customers                            1               0         new
Returning customers                      0               0

Carts                                           day before      change
Carts                                    1               0         new
Abandoned carts                          0               0
Abandoned revenue                     0.00            0.00
"""


@pytest.fixture
def run(database, database_url):
    store = Store(database_url, lambda: NOW)
    for name in ("cart", "order-placed", "order-accepted"):
        event = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
        store.add("shop", [(name.partition("-")[0], event)])

    def invoke(*arguments):
        result = CliRunner().invoke(commands(lambda: store), arguments)
        return result.exit_code, result.output

    yield invoke
    store.close()


def test_refresh_counts_new_events_and_rebuild_counts_all_events(run):
    printed = [run(command) for command in ("refresh", "refresh", "rebuild")]

    assert [(code, output.splitlines()[-1]) for code, output in printed] == [
        (0, "Counted 3 events."),
        (0, "Counted 0 events."),
        (0, "Counted 3 events."),
    ]


def test_summary_prints_the_figures_of_a_day(run):
    assert run("summary", "--site", "shop", "--day", "2014-03-03") == (0, DAY)


def test_summary_of_an_unknown_site_or_day_says_so(run):
    assert run("summary", "--site", "other") == (1, "Error: There are no events of site other.\n")
    code, output = run("summary", "--site", "shop", "--day", "yesterday")
    assert code == 2
    assert "'yesterday' is not a date such as 2026-11-26" in output
    code, output = run("summary", "--site", "shop", "--day", "0001-01-01")
    assert code == 2
    assert "0001-01-01 is too early: the first day is 1970-01-01" in output


def test_site_settings_are_changed_and_printed(run):
    run("refresh")

    changed = run("settings", "--site", "shop", "--timezone", "Asia/Tokyo", "--currency", "eur")

    assert changed == (0, "timezone\tAsia/Tokyo\ncurrency\tEUR\nabandoned-after\t24\n")
    assert run("settings", "--site", "shop", "--timezone", "Tokyo") == (
        1,
        "Error: timezone: 'Tokyo' is not a time zone such as Europe/Paris\n",
    )
    assert run("summary", "--site", "shop", "--day", "2014-03-03")[1].startswith(
        "shop, Monday 3 March 2014 (Asia/Tokyo), in EUR"
    )
