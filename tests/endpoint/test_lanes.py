"""Lanes: many threads, one site, and every message gets its own results."""

import itertools
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from jirafe_endpoint.jirafe import batching_policy as pace_module
from jirafe_endpoint.jirafe.encoding import Outgoing
from jirafe_endpoint.jirafe.lanes import Lanes
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result

FAILED = Result(Outcome.UNAVAILABLE, reason="down")


def Pace(**paced):  # noqa: N802 - stands in for it, with defaults
    usual = {
        "interval": 0.005,
        "in_flight": 16,
        "most_events": 500,
        "post_time": 0.05,
        "waiters": 48,
        "failures": 5,
        "pause": 5.0,
    }
    return pace_module.Pace(**usual | paced)


FAST = Pace(interval=0.0005, in_flight=4, most_events=10, post_time=0.05, failures=10**9)
SOON = 5.0


def event(name, key=None):
    return Outgoing("cart", ("order", key) if key else None, name.encode())


def name(sent):
    return sent.data.decode()


class Site:
    """Answers posts as `answer` says, and knows which keys were under way together."""

    def __init__(self, answer=lambda groups: None):
        self.answer = answer
        self.posts = []
        self.together = []
        self._lock = threading.Lock()
        self._keys = Counter()

    def __call__(self, groups):
        keys = [key for group in groups for key in {sent.key for sent in group if sent.key}]
        with self._lock:
            self.posts.append([[name(sent) for sent in group] for group in groups])
            self._keys.update(keys)
            self.together += [key for key, count in self._keys.items() if count > 1]
        try:
            told = self.answer(groups)
            return told or [[ACCEPTED for _ in group] for group in groups]
        finally:
            with self._lock:
                self._keys.subtract(keys)

    @property
    def sent(self):
        return [sent for post in self.posts for group in post for sent in group]


def lanes(site, pace=FAST):
    return Lanes(lambda *_: site, pace)


def deliver(lane, *events, site="1", seconds=SOON):
    return lane.deliver(site, "token", events, time.monotonic() + seconds)


def wait_until(true):
    deadline = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.0005)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(64) as running:
        yield running


class Gate:
    """An answer that waits until it is let go."""

    def __init__(self, told=lambda groups: None):
        self.told = told
        self.waiting = threading.Semaphore(0)
        self.open = threading.Semaphore(0)

    def __call__(self, groups):
        self.waiting.release()
        assert self.open.acquire(timeout=SOON)
        return self.told(groups)


def test_an_idle_lane_sends_at_once():
    site = Site()
    lane = lanes(site, Pace(interval=60))

    assert deliver(lane, event("a"), event("b")) == [ACCEPTED, ACCEPTED]
    assert deliver(lane, event("c")) == [ACCEPTED]
    assert site.posts == [[["a", "b"]], [["c"]]]


def test_what_gathers_while_a_post_is_under_way_goes_together(pool):
    gate = Gate()
    site = Site(gate)
    lane = lanes(site, Pace(in_flight=1))
    first = pool.submit(deliver, lane, event("a"))
    assert gate.waiting.acquire(timeout=SOON)
    rest = [pool.submit(deliver, lane, event(n)) for n in "bcd"]
    wait_until(lambda: len(next(iter(lane._lanes.values()))._parcels) == 4)
    gate.open.release(2)

    assert [done.result(SOON) for done in (first, *rest)] == [[ACCEPTED]] * 4
    assert [sorted(n for (n,) in post) for post in site.posts] == [["a"], ["b", "c", "d"]]


def test_each_message_gets_its_own_results(pool):
    def answer(groups):
        return [[Result(Outcome.REFUSED, {"": name(sent)}) for sent in group] for group in groups]

    lane = lanes(Site(answer), Pace(in_flight=1))
    told = pool.map(lambda n: deliver(lane, event(f"{n}a"), event(f"{n}b")), range(200))

    assert [[result.errors[""] for result in results] for results in told] == [
        [f"{n}a", f"{n}b"] for n in range(200)
    ]


def test_a_busy_lane_keeps_its_pace(pool):
    starts = []

    def answer(groups):
        starts.append(time.monotonic())
        time.sleep(0.1)

    lane = lanes(Site(answer), Pace(interval=0.02, in_flight=64, most_events=1))
    list(pool.map(lambda n: deliver(lane, event(str(n))), range(5)))

    starts.sort()
    assert all(later - earlier >= 0.02 for earlier, later in itertools.pairwise(starts))


def test_no_more_posts_are_under_way_than_allowed(pool):
    gate = Gate()
    site = Site(gate)
    lane = lanes(site, Pace(interval=0, in_flight=3, most_events=1))
    done = [pool.submit(deliver, lane, event(str(n))) for n in range(10)]
    for _ in range(3):
        assert gate.waiting.acquire(timeout=SOON)
    assert not gate.waiting.acquire(timeout=0.05)
    gate.open.release(10)

    assert [one.result(SOON) for one in done] == [[ACCEPTED]] * 10


def test_messages_about_one_order_go_one_after_the_other_in_their_order(pool):
    gate = Gate()
    site = Site(gate)
    lane = lanes(site, Pace(interval=0))
    done = []
    for n in range(4):
        done.append(pool.submit(deliver, lane, event(f"R{n}", key="R"), event(f"x{n}")))
        wait_until(lambda n=n: len(next(iter(lane._lanes.values()))._parcels) == n + 1)
    for _ in range(4):
        assert gate.waiting.acquire(timeout=SOON)
        gate.open.release()

    assert [one.result(SOON) for one in done] == [[ACCEPTED, ACCEPTED]] * 4
    assert site.posts == [[[f"R{n}", f"x{n}"]] for n in range(4)]


def test_a_batch_holds_no_more_events_and_bytes_than_allowed(pool):
    gate = Gate()
    site = Site(gate)
    lane = lanes(site, Pace(in_flight=1, interval=0, most_events=5, most_bytes=20))
    sizes = [("a", 1), ("b", 3), ("c", 3), ("d" * 15, 1), ("e" * 15, 1), ("f" * 50, 1), ("g", 9)]
    done = []
    for n, (text, count) in enumerate(sizes):
        done.append(pool.submit(deliver, lane, *[event(text)] * count))
        wait_until(lambda n=n: len(next(iter(lane._lanes.values()))._parcels) == n + 1)
        if n == 0:
            assert gate.waiting.acquire(timeout=SOON)
    gate.open.release(20)
    assert all(result is ACCEPTED for one in done for result in one.result(SOON))

    for post in site.posts[1:]:
        events = [text for group in post for text in group]
        assert len(post) == 1 or (len(events) <= 5 and sum(map(len, events)) <= 20)
    assert Counter(site.sent) == Counter(dict(sizes))


def test_a_message_that_is_late_is_never_sent(pool):
    gate = Gate()
    site = Site(gate)
    lane = lanes(site, Pace(in_flight=1, post_time=0.05))
    first = pool.submit(deliver, lane, event("a"))
    assert gate.waiting.acquire(timeout=SOON)
    start = time.monotonic()

    (late,) = deliver(lane, event("late"), seconds=0.15)

    assert time.monotonic() - start < 0.14
    assert (late.outcome, late.reason) == (
        Outcome.UNAVAILABLE,
        "Jirafe is busy; the events were not sent in time.",
    )
    gate.open.release(9)
    assert first.result(SOON) == [ACCEPTED]
    deliver(lane, event("b"))
    assert site.sent == ["a", "b"]


def test_nobody_waits_past_the_deadline_for_another_ones_post(pool):
    gate = Gate()
    lane = lanes(Site(gate), Pace(in_flight=1, post_time=0.05))
    first = pool.submit(deliver, lane, event("a"))
    assert gate.waiting.acquire(timeout=SOON)
    leader = pool.submit(deliver, lane, event("b"))
    wait_until(lambda: len(next(iter(lane._lanes.values()))._parcels) == 2)
    follower = pool.submit(deliver, lane, event("c"), seconds=0.3)
    wait_until(lambda: len(next(iter(lane._lanes.values()))._parcels) == 3)
    gate.open.release()  # ends the first post; b and c are then together in one that hangs
    assert gate.waiting.acquire(timeout=SOON)

    (unknown,) = follower.result(SOON)

    assert (unknown.outcome, unknown.reason) == (
        Outcome.UNAVAILABLE,
        "Jirafe did not answer in time.",
    )
    gate.open.release()
    assert (first.result(SOON), leader.result(SOON)) == ([ACCEPTED], [ACCEPTED])


def test_a_sender_that_breaks_leaves_nobody_waiting(pool):
    def answer(groups):
        raise ZeroDivisionError

    lane = lanes(Site(answer), FAST)
    ends = [pool.submit(deliver, lane, event(str(n))) for n in range(50)]

    outcomes = Counter(
        "raised" if done.exception(SOON) else done.result()[0].reason for done in ends
    )
    assert set(outcomes) <= {"raised", "Jirafe did not answer in time."}
    assert outcomes["raised"] >= 1


def test_a_slow_lane_takes_no_more_than_its_share_of_threads(pool, monkeypatch):
    clock = [0.0]
    gate = Gate()
    lane = Lanes(lambda *_: Site(gate), Pace(in_flight=1, waiters=3), now=lambda: clock[0])

    def send(n):
        return lane.deliver("1", "token", [event(n)], 1000.0)

    done = []
    for count, n in enumerate("abcd"):
        done.append(pool.submit(send, n))
        wait_until(lambda count=count: len(next(iter(lane._lanes.values()))._parcels) == count + 1)
    clock[0] = 1.5

    (refused,) = send("e")

    assert (refused.outcome, refused.reason) == (
        Outcome.UNAVAILABLE,
        "Jirafe is slow; too many messages wait for it.",
    )
    gate.open.release(9)
    assert [one.result(SOON) for one in done] == [[ACCEPTED]] * 4


def test_a_lane_that_keeps_failing_fails_fast_probes_and_closes_by_itself():
    clock = [0.0]
    site = Site(lambda groups: [[FAILED for _ in group] for group in groups])
    lane = Lanes(lambda *_: site, Pace(failures=3, pause=5.0), now=lambda: clock[0])

    def send(n):
        (result,) = lane.deliver("1", "token", [event(n)], clock[0] + 60)
        return result

    assert [send(n) for n in "abc"] == [FAILED] * 3
    fast = Result(
        Outcome.UNAVAILABLE,
        reason="Jirafe failed several times in a row and is given a rest.",
        retry_after=5,
    )
    assert send("d") == fast
    clock[0] = 3.5
    assert send("e").retry_after == 2
    clock[0] = 5.0
    assert send("f") == FAILED
    assert send("g") == fast
    site.answer = lambda groups: None
    clock[0] = 10.0
    assert [send(n) for n in "hij"] == [ACCEPTED] * 3
    assert site.sent == ["a", "b", "c", "f", "h", "i", "j"]
    assert len(lane) == 0


def test_while_one_probes_the_others_fail_fast(pool):
    clock = [0.0]
    site = Site(lambda groups: [[FAILED for _ in group] for group in groups])
    lane = Lanes(lambda *_: site, Pace(failures=1, pause=5.0), now=lambda: clock[0])
    assert lane.deliver("1", "token", [event("a")], 60.0) == [FAILED]
    gate = Gate()
    site.answer = gate
    clock[0] = 5.0
    probe = pool.submit(lane.deliver, "1", "token", [event("probe")], 60.0)
    assert gate.waiting.acquire(timeout=SOON)

    (fast,) = lane.deliver("1", "token", [event("b")], 60.0)

    gate.open.release()
    assert (fast.outcome, fast.retry_after) == (Outcome.UNAVAILABLE, 5)
    assert probe.result(SOON) == [ACCEPTED]


def test_the_number_of_open_breakers_is_told_when_it_changes():
    clock, told = [0.0], []
    site = Site(lambda groups: [[FAILED for _ in group] for group in groups])
    pace = Pace(failures=2, pause=5.0)
    lane = Lanes(lambda *_: site, pace, now=lambda: clock[0], breakers_are_open=told.append)

    for name_of_site in ("1", "1", "1", "2", "2", "2"):
        lane.deliver(name_of_site, "token", [event("a")], clock[0] + 60)
    assert told == [1, 2]

    site.answer = lambda groups: None
    clock[0] = 5.0
    lane.deliver("1", "token", [event("b")], clock[0] + 60)
    assert told == [1, 2, 1]

    clock[0] = 11.0
    lane.deliver("3", "token", [event("c")], clock[0] + 60)
    assert (told, len(lane)) == ([1, 2, 1, 0], 0)


def test_a_refused_event_is_no_failure_of_the_site():
    refused = Result(Outcome.REFUSED, {"": "no"})
    site = Site(lambda groups: [[refused for _ in group] for group in groups])
    lane = Lanes(lambda *_: site, Pace(failures=1))

    assert [deliver(lane, event(n)) for n in "abc"] == [[refused]] * 3


def trial(seed):
    """Send from many threads at random, with failures and tight deadlines, and check it all."""
    chance = random.Random(seed)
    sent = []

    def answer(groups):
        mood = chance.random()
        if mood < 0.3:
            time.sleep(chance.random() * 0.002)
        if mood < 0.02:
            raise ZeroDivisionError
        outcomes = [ACCEPTED, FAILED, Result(Outcome.REFUSED, {"": "no"})]
        told = [[chance.choice(outcomes) for _ in group] for group in groups]
        sent.extend(
            (name(s), r)
            for g, rs in zip(groups, told, strict=True)
            for s, r in zip(g, rs, strict=True)
        )
        return told

    sites = {"0": Site(answer), "1": Site(answer)}
    pace = Pace(
        interval=chance.choice([0, 0.0005, 0.002]),
        in_flight=chance.choice([1, 2, 16]),
        most_events=chance.choice([1, 3, 500]),
        post_time=0.0005,
        failures=chance.choice([2, 10**9]),
        pause=0.001,
    )
    lane = Lanes(lambda site, _: sites[site], pace)
    plans = [
        (
            [
                event(f"{n}.{i}", key=str(chance.randrange(4)) if chance.random() < 0.5 else None)
                for i in range(chance.randint(1, 3))
            ],
            chance.choice([0.001, 0.01, SOON]),
            str(chance.randrange(2)),
        )
        for n in range(24)
    ]
    results = {}

    def work(plan):
        events, seconds, site_id = plan
        try:
            told = deliver(lane, *events, site=site_id, seconds=seconds)
        except ZeroDivisionError:
            return
        for one, result in zip(events, told, strict=True):
            results[name(one)] = result

    threads = [threading.Thread(target=work, args=(plan,), daemon=True) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON * 2)
        assert not thread.is_alive(), f"seed {seed}: a wake-up was lost"
    return sites, dict(sent), results, lane


@pytest.mark.parametrize("part", range(10))
def test_in_a_thousand_trials_no_wake_up_is_lost_and_each_gets_its_own(part):
    for seed in range(part * 120, part * 120 + 120):
        sites, sent, results, lane = trial(seed)

        posted = Counter(text for site in sites.values() for text in site.sent)
        wrong = {
            one: (result, sent.get(one))
            for one, result in results.items()
            if result.outcome is not Outcome.UNAVAILABLE and sent.get(one) is not result
        }
        late = [one for one, told in results.items() if "not sent" in told.reason and one in posted]
        assert set(posted.values()) <= {1}, f"seed {seed}: an event was sent twice"
        assert wrong == {}, f"seed {seed}: a result went to another"
        assert late == [], f"seed {seed}: a late event was sent after all"
        assert [site.together for site in sites.values()] == [[], []], f"seed {seed}"
        assert not any(one.users for one in lane._lanes.values()), f"seed {seed}"
