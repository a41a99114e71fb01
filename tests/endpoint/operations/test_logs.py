"""The format of log lines, and data that they never contain."""

import json
import logging
import subprocess
import sys

import pytest

import logs
from database.errors import DatabaseUnavailableError
from tests.leaks import SECRETS, leaked
from tests.serving import ROOT


@pytest.fixture
def logger():
    """Return a logger with no other handlers, and the lines that it writes."""
    lines = []

    class Handler(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Handler()
    logger = logging.Logger("shop")  # noqa: LOG001 - no other handler
    logger.addHandler(handler)

    def write(form="json"):
        handler.setFormatter(logs.formatter(form))
        return logger, lines

    return write


def test_a_log_line_is_a_json_object_with_all_fields(logger):
    shop, lines = logger()
    token = logs.REQUEST_ID.set("r-1")
    shop.warning("Closed at %s", "noon", extra={"door": {"left": 2}})
    logs.REQUEST_ID.reset(token)

    (line,) = map(json.loads, lines)
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "Closed at noon",
        "level": "warning",
        "logger": "shop",
        "request_id": "r-1",
        "door": {"left": 2},
    }


def test_a_console_line_has_the_same_content(logger):
    shop, lines = logger("console")
    shop.info("Open", extra={"door": "left"})

    assert "Open" in lines[0]
    assert "door=left" in lines[0]


def test_an_exception_is_logged_with_its_class_and_place_but_not_its_text(logger):
    shop, lines = logger()
    try:
        try:
            int("june@example.com")
        except ValueError as error:
            raise DatabaseUnavailableError("The database is gone.") from error
    except DatabaseUnavailableError:
        shop.exception("It failed")

    line = json.loads(lines[0])
    given = line["exception"].splitlines()
    assert given[0] == "Traceback (most recent call last):"
    assert '    int("june@example.com")' not in given  # an address, wherever it stands
    assert given[3] == "builtins.ValueError"
    assert given[-1] == "database.errors.DatabaseUnavailableError: The database is gone."
    assert "invalid literal" not in lines[0]


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("to june.okafor@example.co.uk.", "to (e-mail)."),
        ("postgres://ann:pa.s/s@db:5432/x", "postgres://(secret)@db:5432/x"),
        ("Authorization: Bearer abc/+=.z", "Authorization: Bearer (secret)"),
        ("GET /import_cart?access_token=1&a=b HTTP/1.1", "GET /import_cart?(query) HTTP/1.1"),
        ("access_token=abc", "access_token=(secret)"),
        ("an @ and an = alone stay", "an @ and an = alone stay"),
        ("a" * 20_000, "a" * 10_000 + "…"),
        ("a://b@c://d e://f", "a://(secret)@c://d e://f"),
        ("?" * 9_000 + "@" * 900, "?" * 9_000 + "@" * 900),
        ("key" * 3_000 + "@", "key" * 3_000 + "@"),
    ],
)
def test_anything_that_looks_like_a_secret_is_redacted(text, given):
    assert logs.redacted(text) == given


@pytest.mark.parametrize("odd", ["\ud800", 10**400, float("nan"), object(), {1: {2}}, "\n\x1b[31m"])
def test_anything_logged_becomes_one_line(logger, odd):
    shop, lines = logger()
    shop.info("odd", extra={"odd": odd})

    assert json.loads(lines[0])["event"] == "odd"
    assert len(lines[0].splitlines()) == 1
    assert lines[0].isascii()
    assert lines[0].isprintable()


def test_a_configured_process_writes_the_lines_of_every_logger():
    script = (
        "import logging, logs, threading\n"
        "logs.configure('json', 'warning')\n"
        "logging.getLogger('library').warning('one')\n"
        "logging.getLogger('library').info('two')\n"
        "logging.getLogger('library').warning('%d', 'june@example.com')\n"
        "threading.Thread(target=int, args=['june@example.com'], name='background').start()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    line, of_thread = map(json.loads, done.stdout.splitlines())
    assert (line["event"], line["logger"], done.stderr) == ("one", "library", "")
    assert of_thread["event"] == "Thread background failed"
    assert of_thread["exception"].endswith("\nbuiltins.ValueError")


def test_the_leak_watch_knows_the_fixtures_and_reads_every_log_record(watch):
    assert {"demo-token", "Okafor", "18 Harbour Lane", "june.okafor@example.com"} <= set(SECRETS)
    assert leaked("a letter to OKAFOR") == ["a letter to OKAFOR"]

    logging.getLogger("any").error("with %s", "demo-token")
    logging.getLogger("jirafe_endpoint.any").info("with", extra={"one": ["Okafor"]})

    assert len(watch.leaks) >= 2
    watch.leaks.clear()
