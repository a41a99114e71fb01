"""The state cannot be used for a while: locked, out of room, down, or outdated."""

import resource
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from tests.faults.harness.books import Books
from tests.faults.harness.faults import held, in_turn
from tests.faults.harness.hub import (
    deliver,
    deliver_all,
    endpoint,
    expected,
    hub_message,
    missing,
    post,
)

SETTINGS = {"DELIVERY_DEADLINE": "2", "JIRAFE_TIMEOUT": "1"}
SEVERAL = 8


@pytest.fixture
def books(upstream):
    books = Books()
    upstream.answer = books.answer
    return books


def soon():
    return time.monotonic() + 15


def carts(version):
    return [hub_message("cart:new", f"R{number}", version) for number in range(SEVERAL)]


def statuses(deliveries):
    return [delivery.statuses for delivery in deliveries]


@contextmanager
def locked(path):
    """Have another connection write to the database, and never come to an end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_locked_state_is_answered_503_and_used_again_when_it_is_free(
    tmp_path, sqlite_url, upstream, books
):
    with endpoint(sqlite_url, upstream.url, **SETTINGS) as service:
        post(service.port, hub_message("product:none", "R0", 1))  # answered once a worker is up
        with locked(tmp_path / "jirafe.db"), ThreadPoolExecutor(SEVERAL) as pool:
            start = time.monotonic()
            during = list(pool.map(lambda one: post(service.port, one), carts(1)))
            took = time.monotonic() - start
            sent = len(books.entries)
        after = deliver_all(service.port, carts(1), SEVERAL, seconds=15)

    assert took < 2 * float(SETTINGS["DELIVERY_DEADLINE"])  # the machine may be busy
    assert statuses(during) == [[503]] * SEVERAL
    assert [delivery.retry_after for delivery in during] == [["5"]] * SEVERAL
    assert sent == 0
    assert {one.statuses[-1] for one in after} == {200}
    assert len(books.accepted) == SEVERAL
    assert missing(after, books) == []


def test_a_sent_but_unstored_message_is_retried(tmp_path, sqlite_url, upstream, books):
    with (
        held() as (hold, come, go),
        endpoint(sqlite_url, upstream.url, workers=1, **SETTINGS) as service,
        ThreadPoolExecutor() as pool,
    ):
        deliver(
            service.port, hub_message("product:none", "R1", 1), soon()
        )  # done once a worker is up
        books.choose = in_turn(hold)
        in_progress = pool.submit(post, service.port, hub_message("cart:updated", "R1", 2))
        assert come.wait(20)
        with locked(tmp_path / "jirafe.db"):
            go.set()
            first = in_progress.result(30)
        again = deliver(service.port, first.envelope, soon())
        older = deliver(service.port, hub_message("cart:updated", "R1", 1), soon())

    assert (first.statuses, first.retry_after) == ([503], ["5"])
    assert (again.statuses[-1], again.levels) == (200, {"info"})
    assert (older.statuses[-1], older.left_out) == (200, 1)
    assert books.accepted == 2 * expected(first.envelope)


def test_a_message_is_refused_permanently_only_once_its_dead_letter_is_stored(
    tmp_path, sqlite_url, upstream, books
):
    unmapped, refused = hub_message("cart:new", "", 1), hub_message("cart:new", "R1", 1)
    books.refuses = lambda _: True
    with (
        held() as (hold, come, go),
        endpoint(sqlite_url, upstream.url, workers=1, **SETTINGS) as service,
        ThreadPoolExecutor() as pool,
    ):
        books.choose = in_turn(hold)
        in_progress = pool.submit(post, service.port, refused)
        assert come.wait(20)
        with locked(tmp_path / "jirafe.db"):
            go.set()
            during = [in_progress.result(30), post(service.port, unmapped)]
        after = deliver_all(service.port, [refused, unmapped], 2, seconds=15)

    assert statuses(during) == [[503], [503]]
    assert [(one.statuses[-1], one.levels) for one in after] == [(200, {"error"})] * 2
    with closing(sqlite3.connect(tmp_path / "jirafe.db")) as kept:
        assert kept.execute("SELECT count(*) FROM endpoint_dead_letters").fetchone() == (2,)


@pytest.fixture(params=["a full disk", "a limit of file sizes"])
def room(request, tmp_path):
    """Yield a folder for a database, and a function that fills its disk while the service runs."""
    if request.param == "a limit of file sizes":
        yield tmp_path, _limited
        return
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], check=False)
    if made.returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield disk, _full
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


@contextmanager
def _full(folder, _service):
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            yield
    ballast.unlink()


@contextmanager
def _limited(folder, service):
    size = max(path.stat().st_size for path in folder.glob("jirafe.db*"))
    _set_limit(service, size)
    yield
    _set_limit(service, resource.RLIM_INFINITY)


def _set_limit(service, size):
    for pid in service.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_is_answered_503_and_used_again_when_there_is_room(room, upstream, books):
    folder, without_room = room
    url = f"sqlite:///{folder}/jirafe.db"
    with endpoint(url, upstream.url, **SETTINGS) as service:
        before = deliver_all(service.port, carts(1), SEVERAL, seconds=15)
        during = []
        with without_room(folder, service):
            for version in range(2, 6):
                during += [post(service.port, one) for one in carts(version)]
        after = deliver_all(
            service.port, [one.envelope for one in during], threads=SEVERAL, seconds=15
        )

    assert statuses(before) == [[200]] * SEVERAL
    refused = [one for one in during if one.statuses == [503]]
    assert len(refused) >= SEVERAL
    assert {status for one in during for status in one.statuses} <= {200, 503}
    assert missing([one for one in during if one.statuses == [200]], books) == []
    assert {one.statuses[-1] for one in after} == {200}
    assert missing(after, books) == []
    # Events whose result could not be stored are sent again, because the answer was 503.
    unstored = {key for one in refused for key in expected(one.envelope)}
    assert set(books.sent_after_the_service_knew()) <= unstored
    assert books.last_states() == books.newest_states()
