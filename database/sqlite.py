"""A file in SQLite and those who use it at once, for connections of the driver."""

import math
import sqlite3
import time
from pathlib import Path
from typing import Any


def file_identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another of its name, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def begin_immediate(connection: Any, wait: float) -> None:
    """Starts to write, trying anew all the time while another process does.

    SQLite's own waiting sleeps through many free moments, for up to 100 ms each time.
    """
    try:
        connection.execute("PRAGMA busy_timeout=0")
        when_not_busy(connection, "BEGIN IMMEDIATE", wait, pause=0.001)
    finally:
        connection.execute(f"PRAGMA busy_timeout={math.ceil(wait * 1000)}")


def when_not_busy(connection: Any, statement: str, wait: float, pause: float) -> None:
    """Executes a statement, anew after each pause while others are in the way of it."""
    deadline = time.monotonic() + wait
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            # The upper bits tell why: a newly switched file, say, is busy with its recovery.
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(pause)
        else:
            return
