"""SQLite files that several processes use at once, with the driver's connections."""

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_PAGES_AT_ONCE = 1000
"""Pages freed per transaction: about 4 MB, for which writers wait some ten milliseconds."""


def create_file(path: Path) -> None:
    """Create the file, readable by its owner only; leave an existing one alone.

    SQLite gives its log the same permissions. An existing file is not even opened, because closing
    it would release all locks that this process has on it.
    """
    path.parent.mkdir(exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one at the same path, or None if it is missing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def retry_while_busy(connection: Any, statement: str, wait: float, pause: float) -> Any:
    """Execute a statement, retrying for up to `wait` seconds while other processes block it.

    Return its cursor.
    """
    deadline = time.monotonic() + wait
    while True:
        try:
            return connection.execute(statement)
        except sqlite3.OperationalError as error:
            # The upper bits give the reason, for example recovery after a switch to WAL.
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(pause)


def release_space(connection: Any) -> int:
    """Return free pages to the file system, a few at a time; return the number of bytes.

    A file that was created without incremental vacuum is rewritten once, which blocks writers.
    """
    before = _size(connection)
    if pragma(connection, "auto_vacuum") == 0:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("VACUUM")
    for _ in range(0, pragma(connection, "freelist_count"), _PAGES_AT_ONCE):
        # `execute` would free a single page, because it stops at the first result.
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
    return before - _size(connection)


def _size(connection: Any) -> int:
    return pragma(connection, "page_count") * pragma(connection, "page_size")


def pragma(connection: Any, name: str) -> int:
    """Return the value of a numeric PRAGMA."""
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)
