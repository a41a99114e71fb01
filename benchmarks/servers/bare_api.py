"""The baseline for the hosted API: a Flask view that stores what it gets without validation.

It stores JSON with SQLAlchemy in a table whose only index is its key, as written in ten
minutes. The rows of a request are one transaction.
"""

import json
import os
from functools import cache
from typing import Any

from flask import Flask, request
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    insert,
)

DATABASE = "BENCH_DATABASE"
"""The environment variable with the URL of the database."""

TABLE = Table("bare", MetaData(), Column("id", Integer, primary_key=True), Column("body", Text))

app = Flask(__name__, static_folder=None)


@cache
def _engine() -> Engine:
    """Return an engine with as many connections in each process as the API has."""
    engine = create_engine(os.environ[DATABASE], pool_size=4, max_overflow=0)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune)
    return engine


def _tune(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


@app.post("/<path:path>")
def keep(path: str) -> dict[str, bool]:
    """Store the event, or the events of a batch."""
    body = request.get_json()
    events = body["cart"] if path.endswith("/batch") else [body]
    with _engine().begin() as connection:
        connection.execute(insert(TABLE), [{"body": json.dumps(one)} for one in events])
    return {"success": True}
