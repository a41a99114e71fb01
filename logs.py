"""How a log line looks: one JSON object, or a line for people, without secrets or personal data.

It is no part of a package, for gunicorn's first process reads it and must not load those.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

FORMATS = ("json", "console")
LEVELS = ("debug", "info", "warning", "error", "critical")

_LONGEST = 10_000
_FRAMES = 30

_SUSPECT = re.compile(r"[@=]|bearer|basic", re.IGNORECASE)
"""What each of these needs: most texts have none of it."""

_SECRETS = [
    (re.compile(r"://[^\s@]++@"), "://(secret)@"),
    (re.compile(r"\b(bearer|basic)\s+[!-~]+", re.IGNORECASE), r"\1 (secret)"),
    (
        re.compile(r"(?<!\w)(?=\w*(?:token|secret|password|key))(\w++)=[^\s&]+", re.IGNORECASE),
        r"\1=(secret)",
    ),
    (re.compile(r"\?[^\s=?]*+=\S*+"), "?(query)"),
    (re.compile(r"(?<![\w.%+-])[\w.%+-]++@[\w-]++(?:\.[\w-]++)++"), "(e-mail)"),
]
_OURS = ("jirafe_endpoint", "jirafe_api", "database")


def configure(form: str, level: str, stream: TextIO = sys.stdout) -> None:
    """Have everything that is logged in this process written so to the stream.

    Raises ValueError where `form` is none of FORMATS, or `level` none of LEVELS.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(form))
    if level.lower() not in LEVELS:
        raise ValueError(f"LOG_LEVEL: is none of {', '.join(LEVELS)}")
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.raiseExceptions = False  # what cannot be written would be shown raw
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # never shown


def formatter(form: str) -> logging.Formatter:
    """Return what makes a line of a record; ValueError where `form` is none of FORMATS."""
    if form not in FORMATS:
        raise ValueError(f"LOG_FORMAT: is none of {', '.join(FORMATS)}")
    render: Processor = structlog.processors.JSONRenderer(serializer=_json)
    if form == "console":
        render = structlog.dev.ConsoleRenderer(colors=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.processors.TimeStamper(fmt="iso", key="time"),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ExtraAdder(),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _tell_exception,
            _redact,
            render,
        ],
    )


def request_id() -> str:
    """Return the id of the request at work, "" where there is none."""
    bound: str = structlog.contextvars.get_contextvars().get("request_id", "")
    return bound


def redacted(text: str) -> str:
    """Return the text without what looks like a secret or an e-mail address, within bounds."""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    if _SUSPECT.search(text):
        for pattern, told in _SECRETS:
            text = pattern.sub(told, text)
    return text


def shows_its_text(module: str, name: str) -> bool:
    """Whether the text of an exception, by its class, may be shown: others quote what they met.

    Ours promise to hold no secret; the import system and files tell of the machine only.
    """
    harmless = ("ImportError", "ModuleNotFoundError", "FileNotFoundError", "PermissionError")
    return module.partition(".")[0] in _OURS or (module == "builtins" and name in harmless)


def _json(line: EventDict, default: Callable[[Any], Any], **_: Any) -> str:
    try:
        return orjson.dumps(line, default=default).decode()
    except orjson.JSONEncodeError:  # a lone surrogate, or an integer of more than 64 bits
        return json.dumps(line, default=default)


def _tell_exception(_logger: object, _name: str, line: EventDict) -> EventDict:
    info = line.pop("exc_info", None)
    if isinstance(info, tuple) and info[1] is not None:
        errors = list(_causes(info[1]))[::-1]
        line["exception"] = "\n".join(chain.from_iterable(map(_told, errors)))
    return line


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception, and those that it was raised from or after."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> Iterator[str]:
    """Yield the lines for an exception: where it was, its class, and its text where harmless."""
    yield "Traceback (most recent call last):"
    for frame in traceback.extract_tb(error.__traceback__, limit=-_FRAMES):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
        yield f"    {frame.line}"
    kind = type(error)
    text = f": {error}" if shows_its_text(kind.__module__, kind.__name__) else ""
    yield f"{kind.__module__}.{kind.__qualname__}{text}"


def _redact(_logger: object, _name: str, line: EventDict) -> EventDict:
    return {key: redacted(told) if isinstance(told, str) else told for key, told in line.items()}
