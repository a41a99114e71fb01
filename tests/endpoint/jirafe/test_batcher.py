"""The batcher with real threads: many at once, one site, and every message gets its own results."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from jirafe_endpoint.jirafe.batcher import Batcher
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result
from jirafe_endpoint.jirafe.site_queue import Limits

FAILED = Result(Outcome.UNAVAILABLE, reason="down")
BROKEN = Result(Outcome.UNAVAILABLE, reason="broken", is_server_error=True)
POST_TIME = 0.05
SOON = 5.0


@dataclass(frozen=True)
class Event:
    body: str
    subject: tuple[str, str] | None = None
    kind: str = "cart"


def event(name, key=None):
    return Event(name, ("order", key) if key else None)


def name(sent):
    return sent.data.decode().strip('"')


class Site:
    """A client that answers posts with `answer`, and records which were in progress together."""

    def __init__(self, answer=lambda events: None):
        self.answer = answer
        self.posts = []
        self.tokens = []
        self.together = []
        self._lock = threading.Lock()
        self._keys = Counter()

    def send(self, site, token, events, deadline):
        # A message, named before the dot, may have several events with the same key.
        keys = {(sent.key, name(sent).partition(".")[0]) for sent in events if sent.key}
        keys = [key for key, _ in keys]
        with self._lock:
            self.posts.append([name(sent) for sent in events])
            self.tokens.append(token)
            self._keys.update(keys)
            self.together += [key for key, count in self._keys.items() if count > 1]
        try:
            return self.answer(events) or [ACCEPTED] * len(events)
        finally:
            with self._lock:
                self._keys.subtract(keys)

    @property
    def sent(self):
        return [sent for post in self.posts for sent in post]


def batcher(site, post_time=POST_TIME, now=time.monotonic, on_breakers=lambda _: None, **limits):
    return Batcher(site, post_time, Limits(**limits), now=now, on_breakers=on_breakers)


def send(to, *events, site="1", token="token", seconds=SOON):
    return to.send(site, token, events, time.monotonic() + seconds)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(64) as running:
        yield running


class Gate:
    """An answer that waits until it is released, for posts with a certain event."""

    def __init__(self, held=None):
        self.held = held
        self.waiting = threading.Semaphore(0)
        self.open = threading.Semaphore(0)

    def __call__(self, events):
        if self.held in (None, *map(name, events)):
            self.waiting.release()
            assert self.open.acquire(timeout=SOON)


def test_an_idle_site_is_posted_to_at_once():
    site = Site()
    to = batcher(site, interval=60)

    assert send(to, event("a"), event("b")) == [ACCEPTED, ACCEPTED]
    assert send(to, event("c")) == [ACCEPTED]
    assert site.posts == [["a", "b"], ["c"]]
    assert len(to) == 0


def test_nothing_is_posted_for_a_message_without_events():
    site = Site()

    assert send(batcher(site)) == []
    assert site.posts == []


def test_each_message_gets_its_own_results(pool):
    def answer(events):
        return [Result(Outcome.REFUSED, {"": name(sent)}) for sent in events]

    to = batcher(Site(answer), in_flight=1)
    each = pool.map(lambda n: send(to, event(f"{n}a"), event(f"{n}b")), range(200))

    assert [[result.errors[""] for result in results] for results in each] == [
        [f"{n}a", f"{n}b"] for n in range(200)
    ]


def test_messages_of_several_tokens_share_no_post(pool):
    site = Site(lambda _: time.sleep(0.002))
    to = batcher(site)
    plans = [(str(n), f"token-{n % 3}") for n in range(100)]
    list(pool.map(lambda plan: send(to, event(plan[0]), token=plan[1]), plans))

    used = {
        sent: token for token, post in zip(site.tokens, site.posts, strict=True) for sent in post
    }
    assert used == dict(plans)


def test_a_message_that_waits_for_its_order_delays_no_other_message(pool):
    gate = Gate("R1 first")
    site = Site(gate)
    to = batcher(site)
    first = pool.submit(send, to, event("R1 first", key="R1"))
    assert gate.waiting.acquire(timeout=SOON)
    second = pool.submit(send, to, event("R1 second", key="R1"))

    others = [pool.submit(send, to, event(f"x{n}"), seconds=2) for n in range(20)]
    assert [one.result(SOON) for one in others] == [[ACCEPTED]] * 20
    assert not first.done()
    assert not second.done()
    gate.open.release()

    assert (first.result(SOON), second.result(SOON)) == ([ACCEPTED], [ACCEPTED])
    assert [sent for sent in site.sent if sent.startswith("R1")] == ["R1 first", "R1 second"]


def test_no_message_waits_past_its_deadline_for_the_post_of_another_thread(pool):
    gate = Gate()
    to = batcher(Site(gate), in_flight=1, interval=0)
    first = pool.submit(send, to, event("a"))
    assert gate.waiting.acquire(timeout=SOON)
    started = time.monotonic()

    (late,) = send(to, event("b"), seconds=0.2)

    assert time.monotonic() - started < 0.2
    assert late.reason == "Jirafe is busy; the events were not sent in time."
    gate.open.release()
    assert first.result(SOON) == [ACCEPTED]


def test_a_crash_of_the_client_leaves_no_message_waiting(pool):
    def answer(events):
        raise ZeroDivisionError

    to = batcher(Site(answer))
    ends = [pool.submit(send, to, event(str(n))) for n in range(50)]

    outcomes = Counter(
        "raised" if done.exception(SOON) else done.result()[0].outcome for done in ends
    )
    assert set(outcomes) <= {"raised", Outcome.UNAVAILABLE}
    assert outcomes["raised"] >= 1


def test_only_the_message_to_blame_fails_in_a_batch_that_breaks_jirafe(pool):
    gate = Gate("first")

    def answer(events):
        gate(events)
        return [BROKEN] * len(events) if "poison" in map(name, events) else None

    site = Site(answer)
    to = batcher(site, in_flight=1)
    first = pool.submit(send, to, event("first"))
    assert gate.waiting.acquire(timeout=SOON)
    good = [pool.submit(send, to, event(f"good {n}"), event(f"more {n}")) for n in range(4)]
    bad = pool.submit(send, to, event("poison"))
    time.sleep(0.1)  # for all to be in the queue; too short would only make the test easier
    gate.open.release()

    assert [one.result(SOON) for one in (first, *good)] == [[ACCEPTED]] + [[ACCEPTED] * 2] * 4
    assert bad.result(SOON) == [BROKEN]


def test_the_number_of_open_breakers_is_reported_when_it_changes():
    clock, reported = [0.0], []
    site = Site(lambda events: [FAILED] * len(events))
    to = batcher(site, now=lambda: clock[0], on_breakers=reported.append, failures=2, pause=5.0)

    for site_id in ("1", "1", "1", "2", "2", "2"):
        to.send(site_id, "token", [event("a")], clock[0] + 60)
    assert reported == [1, 2]

    site.answer = lambda events: None
    clock[0] = 5.0
    to.send("1", "token", [event("b")], clock[0] + 60)
    assert reported == [1, 2, 1]

    clock[0] = 11.0
    to.send("3", "token", [event("c")], clock[0] + 60)
    assert (reported, len(to)) == ([1, 2, 1, 0], 0)


def trial(seed):  # noqa: C901 - one random plan
    """Send from many threads at random, with failures and tight deadlines, and check it all."""
    chance = random.Random(seed)
    sent = []

    def answer(events):
        mood = chance.random()
        if mood < 0.3:
            time.sleep(chance.random() * 0.002)
        if mood < 0.02:
            raise ZeroDivisionError
        if mood > 0.95:
            return [BROKEN] * len(events)
        outcomes = [ACCEPTED, FAILED, Result(Outcome.REFUSED, {"": "no"})]
        results = [chance.choice(outcomes) for _ in events]
        sent.extend(zip(map(name, events), results, strict=True))
        return results

    sites = {"0": Site(answer), "1": Site(answer)}

    class Client:
        def send(self, site, *args):
            return sites[site].send(site, *args)

    to = batcher(
        Client(),
        post_time=0.0005,
        interval=chance.choice([0, 0.0005, 0.002]),
        in_flight=chance.choice([1, 2, 16]),
        events=chance.choice([1, 3, 500]),
        failures=chance.choice([2, 10**9]),
        pause=0.001,
    )
    plans = [
        (
            [
                event(f"{n}.{i}", key=str(chance.randrange(4)) if chance.random() < 0.5 else None)
                for i in range(chance.randint(1, 3))
            ],
            chance.choice([0.001, 0.01, SOON]),
            str(chance.randrange(2)),
            str(chance.randrange(2)),
        )
        for n in range(24)
    ]
    results = {}

    def work(plan):
        events, seconds, site_id, token = plan
        try:
            own = send(to, *events, site=site_id, token=token, seconds=seconds)
        except ZeroDivisionError:
            return
        for one, result in zip(events, own, strict=True):
            results[one.body] = result

    threads = [threading.Thread(target=work, args=(plan,), daemon=True) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON * 2)
        assert not thread.is_alive(), f"seed {seed}: a wake-up was lost"
    return sites, dict(sent), results, to


@pytest.mark.parametrize("part", range(6))
def test_in_hundreds_of_trials_no_wake_up_is_lost_and_each_message_gets_its_own_results(part):
    for seed in range(part * 100, part * 100 + 100):
        sites, sent, results, to = trial(seed)

        wrong = {
            one: (result, sent.get(one))
            for one, result in results.items()
            if result.outcome is not Outcome.UNAVAILABLE and sent.get(one) is not result
        }
        posted = {text for site in sites.values() for text in site.sent}
        late = [
            one for one, found in results.items() if "not sent" in found.reason and one in posted
        ]
        assert wrong == {}, f"seed {seed}: a result went to another message"
        assert late == [], f"seed {seed}: a late event was sent after all"
        assert [site.together for site in sites.values()] == [[], []], f"seed {seed}"
        assert not any(queue.users for queue in to._queues.values()), f"seed {seed}"
