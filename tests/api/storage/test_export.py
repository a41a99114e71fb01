"""Events as files: complete or not at all, exact, and with the same columns for all events."""

import csv
import json
import os
import pty
import resource
import subprocess
import sys
import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import jirafe_api.export
from jirafe_api.contract.kinds import STORED
from jirafe_api.export.columns import DECIMALS, DIGITS, Sheet
from jirafe_api.storage.events import StoredEvent
from tests.api.events import (
    ACCEPTED,
    CANCELLED,
    CART,
    CATEGORY,
    CUSTOMER,
    PLACED,
    VALID,
)

ROOT = Path(__file__).parents[3]
NOON = "2026-01-01T12:00:00.000Z"
CATEGORY_NAMES = [
    "seq",
    *("site", "version", "received_at", "id", "name", "create_date", "change_date"),
    *("parent_categories", "rest"),
]


@pytest.fixture
def store(api):
    return api.extensions["jirafe_api"].store


@pytest.fixture
def export(api, tmp_path):
    """Export the events and return the content of the file."""

    def run(form, *options):
        output = tmp_path / f"events.{form}"
        words = ["events", "export", "--format", form, "--output", str(output), *options]
        result = api.test_cli_runner().invoke(args=words)
        assert result.exit_code == 0, result.output
        content = output.read_bytes()
        assert result.output.startswith("Exported ")
        assert [file.name for file in tmp_path.iterdir() if "part" in file.name] == []
        return content

    return run


def table(content):
    """Return the column names of a CSV file, and its rows as dicts without empty cells."""
    names, *rows = csv.reader(content.decode().splitlines(keepends=True))
    shown = [dict(zip(names, row, strict=True)) for row in rows]
    return names, [{name: text for name, text in row.items() if text} for row in shown]


def exact(line):
    """Return JSON with every number as a Decimal: Postgres writes 1e300 as 301 digits."""
    return json.loads(line, parse_int=Decimal, parse_float=Decimal)


def test_json_lines_hold_the_events_and_their_metadata(store, export):
    odd = CATEGORY | {"id": "é\n", "n": [10**49, 1e300, -0.0]}
    store.add("1", [("order", ACCEPTED), ("category", odd)])
    store.add("2", [("product", {"id": "p"})], version=1)
    accepted, odd = (exact(json.dumps(event)) for event in (ACCEPTED, odd))
    lines = [exact(line) for line in export("jsonl").splitlines()]
    first = {"seq": ANY, "site": "1", "version": 2, "received_at": NOON}
    assert lines == [
        first | {"kind": "order", "id": "R123", "status": "accepted", "event": accepted},
        first | {"kind": "category", "id": "é\n", "status": None, "event": odd},
        {
            "seq": ANY,
            "site": "2",
            "kind": "product",
            "version": 1,
            "id": "p",
            "status": None,
            "received_at": "2026-01-01T12:00:01.000Z",
            "event": {"id": "p"},
        },
    ]
    ids = ["R123", "é\n", "p"]
    for options, chosen in {
        ("--site", "1"): ids[:2],
        ("--kind", "product"): ids[2:],
        ("--received", "--since", "2026-01-01T12:00:01Z"): ids[2:],
        ("--received", "--until", "2026-01-01T12:00:01Z"): ids[:2],
        ("--received", "--since", "2026-01-01", "--until", "2026-01-01T13:00:01+01:00"): ids[:2],
        ("--since", "2014-01-02T10:00:00Z", "--until", "2014-01-02T10:00:00.001Z"): ids[:2],
        ("--since", "2027-01-01"): [],
    }.items():
        assert [json.loads(line)["id"] for line in export("jsonl", *options).splitlines()] == chosen


def test_a_table_flattens_objects_and_writes_lists_as_json(store, export):
    cart = CART | {"total": 0.1, "note": {"a": [1]}, "customer": CUSTOMER | {"shoe": 9}}
    store.add("1", [("cart", cart), ("category", CATEGORY)])
    names, rows = table(export("csv", "--kind", "cart"))
    fields = {
        "seq": "1",
        "site": "1",
        "version": "2",
        "received_at": NOON,
        **{name: cart[name] for name in ("id", "create_date", "change_date", "currency")},
        **{f"customer.{name}": text for name, text in CUSTOMER.items()},
        **{f"visit.{name}": text for name, text in CART["visit"].items() if text},
        "subtotal": "20.0",
        "total": "0.1",
        "total_tax": "1.5",
        "total_shipping": "5",
        "total_payment_cost": "0",
        "total_discounts": "0",
        "cookies": "{}",
    }
    assert rows[0] | fields == rows[0]
    assert rows[0].keys() - fields.keys() == {"items", "previous_items", "rest"}
    assert json.loads(rows[0]["items"]) == CART["items"]
    assert json.loads(rows[0]["rest"]) == {"note": {"a": [1]}, "customer": {"shoe": 9}}
    assert names[:5] == ["seq", "site", "version", "received_at", "id"]
    assert names[-1] == "rest"
    assert len(set(names)) == len(names)


def test_the_three_statuses_of_an_order_are_rows_of_one_table(store, export):
    store.add("1", [("order", event) for event in (PLACED, ACCEPTED, CANCELLED)])
    _, rows = table(export("csv", "--kind", "order"))
    shown = ("order_number", "status", "order_date", "total", "cancel_date")
    assert [[row.get(name) for name in shown] for row in rows] == [
        ["R123", "placed", "2014-01-02T10:00:00.000Z", None, None],
        ["R123", "accepted", "2014-01-02T10:00:00.000Z", "26.5", None],
        ["R123", "cancelled", None, None, "2014-01-03T10:00:00Z"],
    ]
    assert [row.get("delivery_address.city") for row in rows] == [None, "London", None]
    assert [row.get("visit.visitor_id") for row in rows] == ["2", "2", None]
    assert [row.get("rest") for row in rows] == [None] * 3


def test_parquet_has_the_same_columns_with_types_and_exact_numbers(store, export, tmp_path):
    carts = [CART | {"id": str(n), "total": n / 10, "subtotal": -(10**19) - n} for n in range(9)]
    store.add("1", [("cart", cart) for cart in carts])
    names, rows = table(export("csv", "--kind", "cart"))
    export("parquet", "--kind", "cart")
    read = parquet.read_table(tmp_path / "events.parquet")
    assert read.column_names == names
    assert read["total"].to_pylist() == [Decimal(n) / 10 for n in range(9)]
    assert sum(read["total"].to_pylist()) == Decimal("3.6")
    assert read["subtotal"].to_pylist() == [-(10**19) - n for n in range(9)]
    assert read["received_at"].to_pylist() == [datetime(2026, 1, 1, 12, tzinfo=UTC)] * 9
    assert read["version"].to_pylist() == [2] * 9
    assert [row["items"] for row in rows] == read["items"].to_pylist()
    assert read["customer.phone"].to_pylist() == [None] * 9


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_values_that_do_not_fit_their_column_go_to_the_rest_column(store, export, tmp_path, form):
    odd = {"id": 5, "total": 10**20, "subtotal": "12", "currency": None, "visit": []}
    event = odd | {"cookies": 1}
    store.add("1", [("cart", event), ("cart", event | {"id": True, "total": 1e-19})], version=1)
    content = export(form, "--kind", "cart")
    if form == "csv":
        rest = [row["rest"] for row in table(content)[1]]
    else:
        rest = parquet.read_table(tmp_path / "events.parquet")["rest"].to_pylist()
    assert [json.loads(text) for text in rest] == [odd, odd | {"id": True, "total": 1e-19}]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+2", "'=1+2"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@a", "'@a"),
        ("\t=1", "'\t'=1"),
        ("\n=1", "'\n'=1"),
        ("＝1", "'＝1"),
        ("tea;=1", "tea;'=1"),
        ("tea\t@a", "tea\t'@a"),
        ("tea\n+1", "tea\n'+1"),
        ("a-b=c; d", "a-b=c; d"),
    ],
)
def test_a_text_that_looks_like_a_formula_is_escaped_only_in_csv(
    store, export, tmp_path, text, shown
):
    store.add("-1", [("category", CATEGORY | {"name": text})])
    row = next(iter(csv.DictReader(export("csv", "--kind", "category").decode().splitlines(True))))
    assert (row["name"], row["site"]) == (shown, "'-1")
    assert json.loads(export("jsonl"))["event"]["name"] == text
    export("parquet", "--kind", "category")
    assert parquet.read_table(tmp_path / "events.parquet")["name"].to_pylist() == [text]


def test_odd_texts_do_not_break_a_table(store, export, tmp_path):
    texts = ['a"b,c;d\r\ne', "é😀", "'", " "]
    store.add("1", [("category", CATEGORY | {"name": text}) for text in texts])
    content = export("csv", "--kind", "category").decode()
    rows = list(csv.DictReader(content.splitlines(keepends=True)))
    assert [row["name"] for row in rows] == texts
    export("parquet", "--kind", "category")
    assert parquet.read_table(tmp_path / "events.parquet")["name"].to_pylist() == texts


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_table_without_events_has_its_columns(export, tmp_path, form):
    content = export(form, "--kind", "category")
    if form == "csv":
        assert content.decode() == ",".join(f'"{name}"' for name in CATEGORY_NAMES) + "\r\n"
    else:
        read = parquet.read_table(tmp_path / "events.parquet")
        assert (read.column_names, read.num_rows) == (CATEGORY_NAMES, 0)


@pytest.mark.parametrize("kind", STORED)
def test_every_kind_has_a_table_with_distinct_names(kind):
    names = Sheet(kind).names
    assert len(set(names)) == len(names)
    assert names[:3] == CATEGORY_NAMES[:3]


@pytest.mark.parametrize(("kind", "event"), VALID)
def test_a_valid_event_fits_its_columns(kind, event):
    sheet = Sheet(kind)
    row = dict(
        zip(sheet.names, sheet.row(StoredEvent(1, "1", 2, kind, "", "", "", event)), strict=True)
    )
    assert row["rest"] is None or kind == "order"
    assert {name for name, value in row.items() if value is not None} >= {"site", "version"}


NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=300, deadline=None)
@given(NUMBERS)
def test_a_number_is_exact_or_goes_to_the_rest_column(number):
    sheet = Sheet("cart")
    row = sheet.row(StoredEvent(1, "1", 2, "cart", "", "", "", {"total": number}))
    shown = dict(zip(sheet.names, row, strict=True))
    if shown["total"] is None:
        assert json.loads(shown["rest"]) == {"total": number}
    else:
        assert shown["total"] == Decimal(repr(number))
        assert shown["total"].as_tuple().exponent >= -DECIMALS
        assert abs(shown["total"]) < 10 ** (DIGITS - DECIMALS)


def test_a_failed_export_leaves_the_previous_file(api, store, tmp_path, monkeypatch):
    output = tmp_path / "events.csv"
    output.write_text("before")
    store.add("1", [("category", CATEGORY)] * 3)
    words = ["--format", "csv", "--kind", "category", "--output", str(output)]

    def failing(self, stored):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Sheet, "row", failing)
    result = api.test_cli_runner().invoke(args=["events", "export", *words])
    assert (result.exit_code, result.output) == (1, "Error: [Errno 28] No space left on device\n")
    assert output.read_text() == "before"
    assert [file.name for file in tmp_path.iterdir() if ".part" in file.name] == []


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_full_disk_ends_an_export_and_leaves_no_file(make_api, sqlite_url, tmp_path, form):
    api = make_api(sqlite_url)
    store = api.extensions["jirafe_api"].store
    store.add("1", [("category", CATEGORY | {"name": os.urandom(500).hex()}) for _ in range(2000)])
    store.close()
    folder = tmp_path / "full"
    folder.mkdir()
    words = ["events", "export", "--format", form, "--kind", "category"]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, limits[1]))
    try:
        done = api.test_cli_runner().invoke(args=[*words, "--output", str(folder / "events")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "Error: [Errno 27] File too large\n"
    assert list(folder.iterdir()) == []


def test_an_export_continues_while_events_come_in(make_api, database_url, tmp_path):
    api = make_api(database_url)
    store = api.extensions["jirafe_api"].store
    store.add("1", [("category", CATEGORY | {"id": str(number)}) for number in range(3000)])
    is_done = threading.Event()
    added = []

    def write():
        while not (added and is_done.is_set()):
            store.add("1", [("category", CATEGORY | {"id": "new"})])
            added.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for form in ("jsonl", "csv"):
            output = tmp_path / f"events.{form}"
            words = ["--format", form, "--kind", "category", "--output", str(output)]
            result = api.test_cli_runner().invoke(args=["events", "export", *words])
            assert result.exit_code == 0, result.output
    finally:
        is_done.set()
        writer.join(30)
    ids = [json.loads(line)["id"] for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert ids[:3000] == [str(number) for number in range(3000)]
    assert set(ids[3000:]) <= {"new"}
    assert added


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--format", "xml", "--output", "x"], "'xml' is not one of"),
        (["--format", "csv"], "Missing option '--output'"),
        (["--format", "csv", "--output", "."], "is a directory"),
        (["--format", "csv", "--output", "/dev/null"], "/dev/null is not a file."),
        (["--format", "csv", "--output", "x", "--since", "soon"], "'soon' is not an ISO 8601 time"),
        (["--format", "csv", "--output", "x", "--kind", "visitor"], "'visitor' is not one of"),
        (["--format", "csv", "--output", "x", "--latest"], "need --site and --kind"),
        (["--format", "csv", "--output", "x", "--kind", "order_items"], "need --site and --kind"),
        (["--format", "csv", "--output", "x", "--site", "a b"], "a site is 1 to 64 letters"),
    ],
)
def test_an_invalid_export_is_refused(api, words, message):
    result = api.test_cli_runner().invoke(args=["events", "export", *words])
    assert result.exit_code == 2
    assert message in result.output


def test_an_impossible_export_says_why(api, tmp_path, monkeypatch):
    def run(form, *words, output="x"):
        words = ["--format", form, "--output", str(tmp_path / output), *words]
        result = api.test_cli_runner().invoke(args=["events", "export", *words])
        assert not (tmp_path / output).exists()
        return result.exit_code, result.output

    need_kind = "Error: A table has the columns of one kind of event: choose it with --kind.\n"
    assert run("csv") == (1, need_kind)
    assert run("parquet") == (1, need_kind)
    code, output = run("jsonl", output="no/such/folder")
    assert (code, output.startswith("Error: [Errno 2] No such file or directory: ")) == (1, True)
    monkeypatch.delattr(jirafe_api.export, "parquet", raising=False)
    monkeypatch.delitem(sys.modules, "jirafe_api.export.parquet", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    needs = "Error: Parquet needs pyarrow: pip install -r requirements-export.txt\n"
    assert run("parquet", "--kind", "cart") == (1, needs)


def test_a_terminal_shows_how_far_an_export_is(make_api, sqlite_url, tmp_path):
    store = make_api(sqlite_url).extensions["jirafe_api"].store
    store.add("1", [("category", CATEGORY), ("order", PLACED), ("category", {**CATEGORY, "x": 1})])
    store.close()
    output = ["--output", str(tmp_path / "x.csv")]
    words = ["events", "export", "--format", "csv", "--kind", "category", *output]
    terminal, end = pty.openpty()
    with open(end, "wb") as end, open(terminal, "rb", buffering=0) as terminal:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "jirafe_api:create_api()", *words],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": sqlite_url, "JIRAFE_API_SITES": "1:a"},
            stdout=subprocess.PIPE,
            stderr=end,
            timeout=60,
        )
        shown = terminal.read(10_000)
    assert (done.returncode, b"Exported 2 events" in done.stdout) == (0, True)
    assert b"100%" in shown


def test_booleans_are_words_in_csv_and_booleans_in_parquet(store, export, tmp_path):
    people = [CUSTOMER | {"active_flag": True}, CUSTOMER | {"active_flag": False}, CUSTOMER]
    store.add("1", [("customer", person) for person in people])
    _, rows = table(export("csv", "--kind", "customer"))
    assert [row.get("active_flag") for row in rows] == ["true", "false", None]
    export("parquet", "--kind", "customer")
    read = parquet.read_table(tmp_path / "events.parquet")
    assert read["active_flag"].to_pylist() == [True, False, None]


def test_an_exported_file_is_for_its_owner_only(export, tmp_path):
    export("jsonl")
    assert (tmp_path / "events.jsonl").stat().st_mode & 0o777 == 0o600


def test_the_service_does_without_the_library_for_parquet():
    code = "import sys, app; sys.exit('pyarrow' in sys.modules)"
    environment = os.environ | {"DATABASE_URL": "sqlite:////no/such/folder/jirafe.db"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, timeout=60)


def test_a_latest_export_has_one_row_per_order(store, export):
    store.add("1", [("order", event) for event in (PLACED, ACCEPTED, CANCELLED)])
    store.add("1", [("order", ACCEPTED | {"order_number": "R1", "total": 10.5})])
    store.add("2", [("order", ACCEPTED)])

    _, rows = table(export("csv", "--site", "1", "--kind", "order", "--latest"))

    shown = ("order_number", "status", "order_date", "total", "cancel_date")
    assert [[row.get(name) for name in shown] for row in rows] == [
        ["R1", "accepted", "2014-01-02T10:00:00.000Z", "10.5", None],
        ["R123", "cancelled", "2014-01-02T10:00:00.000Z", "26.5", "2014-01-03T10:00:00Z"],
    ]


def test_a_latest_export_of_several_pages_has_a_row_for_every_order(store, export):
    numbers = [f"R{number:04}" for number in range(1201)]
    store.add("1", [("order", ACCEPTED | {"order_number": number}) for number in numbers])

    _, rows = table(export("csv", "--site", "1", "--kind", "order", "--latest"))

    assert [row["order_number"] for row in rows] == numbers


def test_orders_are_selected_by_their_own_date_in_utc(store, export):
    dates = ["2026-01-01T00:30:00+01:00", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]
    orders = [
        ACCEPTED | {"order_number": f"R{number}", "order_date": date}
        for number, date in enumerate(dates)
    ]
    store.add("1", [("order", order) for order in orders])
    latest = ("--site", "1", "--kind", "order", "--latest")

    _, rows = table(export("csv", *latest, "--since", "2026-01-01", "--until", "2026-02-01"))

    assert [row["order_number"] for row in rows] == ["R1"]


def test_items_are_exported_as_rows_beside_their_order(store, export, tmp_path):
    item = ACCEPTED["items"][0]
    items = [item | {"id": "a", "price": 0.1}, item | {"id": "b", "price": 0.2, "note": 1}]
    store.add("1", [("order", PLACED), ("order", ACCEPTED | {"items": [item]})])
    later = {"change_date": "2014-01-02T11:00:00Z", "items": items}
    store.add("1", [("order", ACCEPTED | later), ("order", CANCELLED)])

    export("parquet", "--site", "1", "--kind", "order_items")
    read = parquet.read_table(tmp_path / "events.parquet")
    lines = export("jsonl", "--site", "1", "--kind", "order_items").splitlines()

    assert read["id"].to_pylist() == ["a", "b"]
    assert read["order_number"].to_pylist() == ["R123"] * 2
    assert read["order.status"].to_pylist() == ["cancelled"] * 2
    assert read["order.currency"].to_pylist() == [ACCEPTED["currency"]] * 2
    assert read["order.order_date"].to_pylist() == [datetime(2014, 1, 2, 10, tzinfo=UTC)] * 2
    assert sum(read["price"].to_pylist()) == Decimal("0.3")
    assert [rest and json.loads(rest) for rest in read["rest"].to_pylist()] == [None, {"note": 1}]
    assert [json.loads(line)["event"]["price"] for line in lines] == [0.1, 0.2]


def test_dates_in_parquet_are_utc_and_unreadable_ones_go_to_the_rest_column(
    store, export, tmp_path
):
    dates = ["2026-03-01T01:00:00.123456+02:00", "soon"]
    store.add("1", [("category", CATEGORY | {"change_date": date}) for date in dates])

    export("parquet", "--kind", "category")

    read = parquet.read_table(tmp_path / "events.parquet")
    assert read["change_date"].to_pylist() == [
        datetime(2026, 2, 28, 23, 0, 0, 123456, tzinfo=UTC),
        None,
    ]
    assert [rest and json.loads(rest) for rest in read["rest"].to_pylist()] == [
        None,
        {"change_date": "soon"},
    ]


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_an_export_can_be_piped_and_ends_quietly_when_the_reader_does(make_api, sqlite_url, form):
    store = make_api(sqlite_url).extensions["jirafe_api"].store
    store.add("1", [("category", CATEGORY | {"name": os.urandom(500).hex()}) for _ in range(2000)])
    store.close()
    flask = f"{sys.executable} -m flask --app 'jirafe_api:create_api()' events"
    line = f"{flask} export --format {form} --kind category --output -"

    def run(command):
        environment = os.environ | {"DATABASE_URL": sqlite_url, "JIRAFE_API_SITES": "1:a"}
        return subprocess.run(
            ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, timeout=60
        )

    whole, cut = run(line), run(f"{line} | head -c 4")

    assert (whole.returncode, whole.stderr) == (0, b"Exported 2000 events to standard output.\n")
    assert len(whole.stdout) > 1_000_000
    assert (cut.stdout, cut.stderr) == (whole.stdout[:4], b"")
    if form == "jsonl":
        listed = run(f"{flask} list | head -c 4")
        assert (listed.stdout, listed.stderr) == (b'{"se', b"")
