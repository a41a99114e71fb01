"""The benchmarks run: what they measure is the service's present code."""

import sqlite3

import pytest

from benchmarks.in_process.state import remembering
from benchmarks.messages import KINDS


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_messages_are_claimed_and_settled_beside_remembered_ones(tmp_path, kind):
    with remembering(tmp_path, 2) as make:
        work = make(kind)
        work()
        work()

    with sqlite3.connect(tmp_path / "state-2.db") as database:
        (messages,) = database.execute("SELECT count(*) FROM endpoint_messages").fetchone()
        (leases,) = database.execute("SELECT count(*) FROM endpoint_leases").fetchone()
    assert (messages, leases) == (4, 0)
