"""Log lines as JSON or for a console, without secrets or personal data.

This module is not in a package because gunicorn's main process uses it and must not load the
service.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import chain
from typing import Any, TextIO

import orjson

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the current request, "" outside of one; included in every line."""

_LONGEST = 10_000
_FRAMES = 30
_OURS = ("config", "jirafe_endpoint", "jirafe_api", "database")
_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}

_SUSPECT = re.compile(r"[@=]|bearer|basic|server at|host name", re.IGNORECASE)
"""Quick check: every secret contains one of these, most texts none."""

# The patterns are possessive, or start only where an earlier match cannot have started, so they
# take linear time.
_USER_INFO = re.compile(r"://[^\s@]*+(@?)")
_SECRETS = [
    (re.compile(r"\b(bearer|basic)\s++[!-~]++", re.IGNORECASE), r"\1 (secret)"),
    (
        re.compile(r"(?<!\w)(?=\w*(?:token|secret|password|key))(\w++)=[^\s&]++", re.IGNORECASE),
        r"\1=(secret)",
    ),
    (re.compile(r"\?[^\s=?]*+=\S*+"), "?(query)"),
    # Errors of the Postgres driver name the database's host.
    (re.compile(r'\b(server at|host name) "[^"]*+"(?:, port \d++)?+(?: failed)?+'), r"\1 (host)"),
    (re.compile(r"(?<![\w.%+-])[\w.%+-]++@[\w-]++(?:\.[\w-]++)++"), "(e-mail)"),
]


def configure(form: str, level: str, stream: TextIO = sys.stdout) -> None:
    """Log to the stream, in the format `json` or `console`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(form))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.raiseExceptions = False  # a record that cannot be written would be printed unredacted
    # Not shown, and slow to determine.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    threading.excepthook = _log_uncaught  # by default, it prints the exception unredacted


def formatter(form: str) -> logging.Formatter:
    """Return the formatter for a LOG_FORMAT."""
    return _ConsoleFormatter() if form == "console" else _JsonFormatter()


def _log_uncaught(args: threading.ExceptHookArgs) -> None:
    """Log the exception that ended a thread."""
    if args.exc_value and not isinstance(args.exc_value, SystemExit):
        name = args.thread.name if args.thread else ""
        logging.getLogger(__name__).error("Thread %s failed", name, exc_info=args.exc_value)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = _line(record)
        try:
            return orjson.dumps(line, default=repr).decode()
        except orjson.JSONEncodeError:  # a lone surrogate, or an integer of more than 64 bits
            return json.dumps(line, default=repr)


class _ConsoleFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = _line(record)
        exception = line.pop("exception", None)
        event, time, level, logger = (line.pop(n) for n in ("event", "time", "level", "logger"))
        rest = " ".join(f"{name}={value}" for name, value in line.items())
        text = f"{time[11:19]} {level:<8} {event}  {rest} [{logger}]"
        return f"{text}\n{exception}" if exception else text


def _line(record: logging.LogRecord) -> dict[str, Any]:
    """Return the fields of a line: the standard ones, then those given as `extra`."""
    line: dict[str, Any] = {
        "event": redacted(record.getMessage()),
        "time": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    if request_id := REQUEST_ID.get():
        line["request_id"] = request_id
    for name, value in vars(record).items():
        if name not in _STANDARD:
            line[name] = redacted(value) if isinstance(value, str) else value
    if record.exc_info and record.exc_info[1]:
        line["exception"] = redacted(described(record.exc_info[1]))
    return line


def redacted(text: str) -> str:
    """Return the text, shortened, without anything that looks like a secret or e-mail address."""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    if _SUSPECT.search(text):
        text = _USER_INFO.sub(lambda found: "://(secret)@" if found[1] else found[0], text)
        for pattern, replacement in _SECRETS:
            text = pattern.sub(replacement, text)
    return text


def shows_its_text(module: str, name: str) -> bool:
    """Return whether the text of an exception of this class is safe to log.

    Ours contain no secrets, and those of imports and files describe only the machine. Others may
    quote their input.
    """
    harmless = ("ImportError", "ModuleNotFoundError", "FileNotFoundError", "PermissionError")
    return module.partition(".")[0] in _OURS or (module == "builtins" and name in harmless)


def described(error: BaseException) -> str:
    """Return the tracebacks of an exception and its causes, oldest first, without their texts."""
    return "\n".join(chain.from_iterable(map(_described, list(_causes(error))[::-1])))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and the chain of its causes and contexts."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _described(error: BaseException) -> Iterator[str]:
    yield "Traceback (most recent call last):"
    for frame in traceback.extract_tb(error.__traceback__, limit=-_FRAMES):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
        yield f"    {frame.line}"
    kind = type(error)
    text = f": {error}" if shows_its_text(kind.__module__, kind.__name__) else ""
    yield f"{kind.__module__}.{kind.__qualname__}{text}"
