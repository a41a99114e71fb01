"""No token and no personal data in any log line or answer to the hub, in any test.

The fixtures' own e-mail addresses, names, streets, phones and tokens are looked for in every log
record, in the output of every server that a test starts, and in every answer to the hub.
"""

import json
import logging
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from flask import Response, request

import logs
from tests.api.events import CUSTOMER
from tests.api.events import TOKEN as API_TOKEN

FIXTURES = Path(__file__).parents[1] / "fixtures"

PERSONAL = {"email", "lastname", "last_name", "address1", "address2", "phone"}
TOKENS = {"jirafe.access_token"}


def _texts(value: Any) -> Iterator[str]:
    """Yield the secrets of a message."""
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        yield from (str(value[name]) for name in PERSONAL & value.keys() if value[name])
        if value.get("name") in TOKENS:
            yield value["value"]
        yield from _texts(list(value.values()))


SECRETS = sorted(
    {
        secret
        for path in FIXTURES.glob("*.json")
        for secret in _texts(json.loads(path.read_text()))
        if len(secret) > 3
    }
    | {API_TOKEN, CUSTOMER["email"]}
)
_ANY = re.compile("|".join(re.escape(secret) for secret in SECRETS), re.IGNORECASE)


def leaked(text: str) -> list[str]:
    """Return the places of a text that hold one of the secrets."""
    return [text[max(0, m.start() - 80) : m.end() + 80] for m in _ANY.finditer(text)]


class Watch(logging.Handler):
    """Keeps what leaks, of each record: its text, its extras, and the line that it becomes."""

    def __init__(self) -> None:
        super().__init__()
        self.leaks: list[str] = []
        self.setFormatter(logs.formatter("json"))

    def emit(self, record: logging.LogRecord) -> None:
        raw = {"exc_info", "exc_text", "msg", "args"}  # no line shows these as they are
        rest = {name: fields for name, fields in vars(record).items() if name not in raw}
        self.leaks += leaked(f"{record.getMessage()} {rest} {self.format(record)}")


@pytest.fixture(autouse=True)
def watch() -> Iterator[Watch]:
    """Fail a test in which a secret is logged."""
    watch = Watch()
    ours = [logging.getLogger(name) for name in ("jirafe_endpoint", "jirafe_api")]
    levels = [logger.level for logger in ours]
    logging.getLogger().addHandler(watch)
    for logger in ours:
        logger.setLevel(logging.DEBUG)
    yield watch
    logging.getLogger().removeHandler(watch)
    for logger, level in zip(ours, levels, strict=True):
        logger.setLevel(level)
    assert watch.leaks == []


@contextmanager
def watched_output() -> Iterator[IO[bytes]]:
    """Yield a file for the output of a process, and fail if it contains a secret.

    pytest shows the output of a test that fails.
    """
    with tempfile.TemporaryFile() as output:
        try:
            yield output
        finally:
            output.seek(0)
            text = output.read().decode(errors="replace")
            sys.stdout.write(text)
        assert leaked(text) == []


def watch_answer(response: Response) -> Response:
    """Return an answer to the hub, in which there must be no secret.

    A preview is asked for the very events of a message, and so shows what is in them.
    """
    if request.blueprint == "previews":
        return response
    assert leaked(response.get_data(as_text=True)) == [], request.path
    return response
