"""Bodies in progress take a bounded number of bytes, which they get in the order of arrival."""

import gzip
import io
import json
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from jirafe_api.errors import RateLimited
from jirafe_api.web.bodies import LARGEST, SHARE, SMALL, Bodies, ByteLimit
from tests.api.events import BEARER, CATEGORY, OK, SITE, TOKEN, refused
from tests.api.v1_events import BEGUN, wrapped

LIMITED = refused("rate_limited")


@pytest.fixture
def held():
    """Hold bytes until the end of the test."""
    with ExitStack() as held:
        yield held


@pytest.fixture
def impatient(monkeypatch):
    """Refuse bodies at once."""
    monkeypatch.setattr("jirafe_api.web.bodies.PATIENCE", 0.0)


def holds(limit, size, sender, held, patience=0):
    """Hold bytes; return whether there were enough."""
    try:
        held.enter_context(limit.hold(size, sender, patience))
    except RateLimited:
        return False
    return True


def test_bodies_have_a_limit_of_bytes_together_and_each_sender_has_a_share(held):
    limit = ByteLimit(10, share=6)
    asked = [(6, "a"), (1, "a"), (5, "b"), (4, "b"), (1, "c")]

    assert [holds(limit, *one, held) for one in asked] == [True, False, False, True, False]


def test_answered_and_refused_bodies_free_their_bytes(held):
    limit = ByteLimit(10, share=10)
    for _ in range(3):
        with ExitStack() as some:
            assert [holds(limit, 10, "a", some) for _ in range(2)] == [True, False]
    with pytest.raises(ValueError, match="broken"), limit.hold(10, "a", 0):
        raise ValueError("broken")

    assert holds(limit, 10, "b", held)


def served_in_order(limit, bodies):
    """Let bodies wait one after the other for bytes; return the order in which they got them."""
    served = []

    def serve(size, sender):
        with limit.hold(size, sender, 20):
            served.append((size, sender))

    with ThreadPoolExecutor(len(bodies)) as pool, limit.hold(10, "first", 0):
        for place, body in enumerate(bodies, 1):
            pool.submit(serve, *body)
            wait_until(lambda count=place: len(limit._waiting) == count)
    return served


def wait_until(condition):
    woken = threading.Event()
    for _ in range(20_000):
        if condition():
            return
        woken.wait(0.001)
    raise AssertionError("it does not happen")


def test_bodies_get_bytes_in_order_of_arrival_whatever_their_size():
    bodies = [(10, "a"), (1, "b"), (10, "c"), (1, "d"), (2, "e")]

    served = served_in_order(ByteLimit(10, share=10), bodies)

    assert served[:3] == bodies[:3]
    assert sorted(served) == sorted(bodies)


def test_a_sender_beyond_its_share_delays_only_itself(held):
    limit = ByteLimit(10, share=5)
    assert holds(limit, 5, "a", held)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(holds, limit, 5, "a", ExitStack(), 20)
        wait_until(lambda: limit._waiting)
        assert holds(limit, 5, "b", held)
        held.close()
        assert waiting.result(20)


def test_bodies_in_many_threads_stay_within_the_limits_and_all_get_their_turn():
    limit, lock, held, most = ByteLimit(100, share=60), threading.Lock(), Counter(), Counter()
    chance = random.Random(7)
    bodies = [(chance.randint(1, 60), chance.choice("abc")) for _ in range(300)]

    def serve(size, sender):
        with limit.hold(size, sender, 60):
            with lock:
                held[sender] += size
                most["all"] = max(most["all"], held.total())
                most["one"] = max(most["one"], held[sender])
            with lock:
                held[sender] -= size

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(serve, *zip(*bodies, strict=True)))
    assert (most["all"] <= 100, most["one"] <= 60) == (True, True)
    assert (limit._free, limit._held, limit._waiting) == (100, {}, {})


@pytest.mark.parametrize("announced", [None, True])
@pytest.mark.parametrize("size", [0, 1, SMALL, SMALL + 1, LARGEST])
def test_a_body_of_up_to_10_mb_is_read_completely(size, announced):
    body = random.Random(1).randbytes(size)
    with ExitStack() as held:
        assert Bodies().read(held, io.BytesIO(body), announced and size) == body


@pytest.mark.parametrize("announced", [None, LARGEST + 1, 10**12])
def test_only_one_byte_beyond_10_mb_of_a_larger_body_is_read(announced):
    stream = io.BytesIO(bytes(LARGEST + 99))
    with ExitStack() as held:
        content = Bodies().read(held, stream, announced)
    assert (len(content), stream.tell()) == (LARGEST + 1, LARGEST + 1)


def test_large_bodies_wait_unread_and_do_not_delay_small_ones(held, impatient):
    bodies = Bodies()
    for sender in "abc":
        held.enter_context(bodies.room(LARGEST, sender))
    stream = io.BytesIO(bytes(5_000_000))

    with pytest.raises(RateLimited):
        bodies.read(held, stream, 5_000_000, "d")
    assert stream.tell() == 0
    with pytest.raises(RateLimited):  # which turns out to be large
        bodies.read(held, stream, None, "d")
    assert stream.tell() == SMALL + 1
    assert bodies.read(held, io.BytesIO(b"small"), 5, "d") == b"small"


@pytest.fixture
def client(make_api, sqlite_url):
    return make_api(sqlite_url, JIRAFE_API_SITES=f"{SITE}:{TOKEN} other:b").test_client()


def categories(size):
    return json.dumps({"category": [CATEGORY | {"odd": "x" * size}]}).encode()


def test_a_site_beyond_its_share_is_answered_429_and_others_are_served(client, held, impatient):
    held.enter_context(client.application.extensions["jirafe_api"].clients.room(LARGEST, SITE))

    def post(path, body, **headers):
        answer = client.post(path, data=body, headers=BEARER | headers)
        return answer.status_code, answer.headers.get("Retry-After"), answer.json

    large, small = categories(9_000_000), categories(1)
    for path in (f"/v2/{SITE}/batch", f"/v2/{SITE}/category", f"/v1/{SITE}/category"):
        assert post(path, large) == (429, "5", LIMITED)
    assert post(f"/v2/{SITE}/batch", small) == (200, None, {"category": [OK]})
    assert post("/v2/other/batch", large, Authorization="Bearer b")[0] == 200
    packed = {"Content-Encoding": "gzip"}
    assert post(f"/v2/{SITE}/batch", gzip.compress(large), **packed) == (429, "5", LIMITED)
    assert post(f"/v2/{SITE}/batch", gzip.compress(small), **packed)[0] == 200
    held.close()
    assert post(f"/v2/{SITE}/batch", gzip.compress(large), **packed)[0] == 200
    assert post(f"/v2/{SITE}/batch", large)[0] == 200


def test_a_browser_beyond_its_share_is_answered_429_and_others_are_served(client, held, impatient):
    api = client.application.extensions["jirafe_api"]
    held.enter_context(api.browsers.room(SHARE, "127.0.0.1"))
    context = {"page": {"current_title": "x" * 100_000}}
    wrapper = wrapped(BEGUN, **context)

    refusal = client.post("/v1/tracker", json=wrapper)
    other = client.post("/v1/tracker", json=wrapper, environ_base={"REMOTE_ADDR": "192.0.2.1"})

    assert (refusal.status_code, refusal.headers["Retry-After"], refusal.json) == (
        429,
        "5",
        LIMITED,
    )
    assert other.status_code == 200
    assert api.trackers.counts() == {("wrapper", "rate_limited"): 1, ("wrapper", "accepted"): 1}


def test_a_body_that_breaks_off_is_bad_json(client):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise ConnectionResetError

        readinto = read

    for size in (5, 5_000_000):
        answer = client.post(
            f"/v2/{SITE}/batch", input_stream=Broken(), content_length=size, headers=BEARER
        )
        assert (answer.status_code, answer.json) == (400, refused("bad_json"))
