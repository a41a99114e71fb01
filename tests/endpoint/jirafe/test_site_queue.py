"""The queue of one site, without threads: every schedule keeps the order and the limits.

A simulated clock and simulated threads stand in for real ones: a thread wakes when it is woken or
when the time comes that it asked for, and a post ends when the test says so.
"""

import math
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jirafe_endpoint.jirafe.encoding import EncodedEvent
from jirafe_endpoint.jirafe.results import ACCEPTED, Outcome, Result
from jirafe_endpoint.jirafe.site_queue import Limits, QueuedMessage, SiteQueue, State

POST_TIME = 1.0
FAILED = Result(Outcome.UNAVAILABLE, reason="down")
BROKEN = Result(Outcome.UNAVAILABLE, reason="broken", is_server_error=True)
LATE = "Jirafe is busy; the events were not sent in time."


def event(text, key=None):
    return EncodedEvent("cart", ("order", key) if key else None, text.encode())


class Simulation:
    """A site, its clock, the threads that wait for it, and the posts that they make."""

    def __init__(self, **limits):
        self.limits = Limits(**limits)
        self.queue = SiteQueue(self.limits)
        self.now = 0.0
        self.messages = []
        self.posts = []
        self.in_progress = []
        self.starts = []

    def send(self, *events, token="token", seconds=60.0):
        deadline = self.now + seconds
        message = QueuedMessage(events, token, deadline - POST_TIME, deadline)
        self.messages.append(message)
        self.queue.add(message, self.now)
        self._run_threads()
        return message

    def end(self, place=0, result=ACCEPTED):
        batch = self.in_progress.pop(place)
        self.queue.settle(batch, [[result] * len(one.events) for one in batch], self.now)
        self._run_threads()

    def advance(self, seconds):
        """Let time pass, waking each thread when it asked for it."""
        until = self.now + seconds
        while (alarm := min(map(self._wakes_at, self.messages), default=math.inf)) <= until:
            self.now = max(self.now, alarm)
            for message in self.messages:
                if self._wakes_at(message) <= self.now:
                    self.queue.wake_up(message, self.now)
            self._run_threads()
        self.now = until

    def texts(self, place):
        return [[one.data.decode() for one in message.events] for message in self.posts[place]]

    def _wakes_at(self, message):
        waits = message.state in (State.QUEUED, State.IN_FLIGHT)
        return message.wakes_at if waits else math.inf

    def _run_threads(self):
        """Let each thread that was woken post its batch; one that is done leaves."""
        for message in self.messages:
            if message.state is State.POSTING and message.batch not in self.in_progress:
                self.posts.append(message.batch)
                self.in_progress.append(message.batch)
                self.starts.append(self.now)
        assert len(self.posts) < 10_000, "they have no end"
        for message in [one for one in self.messages if one.state is State.DONE]:
            self.messages.remove(message)
            self.queue.leave(message, self.now)


def test_messages_that_arrive_during_a_post_are_sent_together():
    site = Simulation(in_flight=1)
    for text in "abcd":
        site.send(event(text))
    site.end()

    assert [site.texts(place) for place in range(2)] == [[["a"]], [["b"], ["c"], ["d"]]]


def test_a_busy_site_keeps_its_interval():
    site = Simulation(interval=0.02, events=1)
    for text in "abcde":
        site.send(event(text))
    site.advance(1)

    assert site.starts[0] == 0
    assert all(later - earlier == pytest.approx(0.02) for earlier, later in pairwise(site.starts))
    assert len(site.posts) == 5


def test_posts_do_not_pile_up_at_an_api_that_answers_one_at_a_time():
    site, waiting = Simulation(in_flight=16), []
    for _ in range(500):
        for _ in range(10):
            site.send(event("a"))
            site.advance(0.002)
        site.end()
        waiting.append(len(site.in_progress))

    assert max(waiting[100:]) < 8


def test_a_slow_api_that_answers_all_posts_alike_gets_one_for_each_message():
    site, sent = Simulation(), 500
    for _ in range(sent):
        site.send(event("a"))
        site.advance(0.01)
        if len(site.in_progress) == 10:  # each post takes 0.1 seconds
            site.end()

    assert len(site.posts) == sent


def test_no_more_posts_are_in_progress_than_allowed():
    site = Simulation(interval=0, in_flight=3, events=1)
    for text in "abcde":
        site.send(event(text))

    assert len(site.in_progress) == 3


def test_messages_about_one_order_are_sent_one_at_a_time():
    site = Simulation(interval=0)
    for n in range(3):
        site.send(event(f"R{n}", key="R"), event(f"x{n}"))
    for _ in range(3):
        assert len(site.in_progress) == 1
        site.end()

    assert [site.texts(n) for n in range(3)] == [[[f"R{n}", f"x{n}"]] for n in range(3)]


def test_a_batch_holds_no_more_events_and_bytes_than_allowed():
    site = Simulation(in_flight=1, events=5, size=20)
    site.send(event("first"))
    sizes = [("b", 3), ("c", 3), ("d" * 15, 1), ("e" * 15, 1), ("f" * 50, 1), ("g", 9)]
    for text, count in sizes:
        site.send(*[event(text)] * count)
    while site.in_progress:
        site.end()

    for post in site.posts:
        events = [one for message in post for one in message.events]
        assert len(post) == 1 or (len(events) <= 5 and sum(len(one.data) for one in events) <= 20)
    assert sum(len(post) for post in site.posts) == 7


def test_a_message_with_too_little_time_left_is_not_sent():
    site = Simulation(in_flight=1)
    site.send(event("a"))
    late = site.send(event("late"), seconds=POST_TIME + 0.5)
    site.advance(0.5)
    site.end()

    assert [(one.outcome, one.reason) for one in late.results] == [(Outcome.UNAVAILABLE, LATE)]
    assert len(site.posts) == 1


def test_messages_behind_one_that_gives_up_are_sent_at_once():
    site = Simulation(in_flight=2)
    site.send(event("a", key="A"))
    site.send(event("b", key="A"), event("c", key="B"), seconds=POST_TIME + 0.5)
    behind = site.send(event("d", key="B"))
    assert behind.state is State.QUEUED
    site.advance(0.5)

    assert behind.state is State.POSTING


def test_a_message_in_another_threads_post_is_not_awaited_past_its_deadline():
    site = Simulation(in_flight=1)
    site.send(event("a"))
    site.send(event("b"))
    impatient = site.send(event("c"), seconds=2)
    site.end()
    assert impatient.state is State.IN_FLIGHT
    site.advance(2)

    assert [one.reason for one in impatient.results] == ["Jirafe did not answer in time."]
    site.end()
    assert [one.reason for one in impatient.results] == ["Jirafe did not answer in time."]


def test_a_site_that_keeps_failing_fails_at_once_and_is_tried_after_each_pause():
    site = Simulation(failures=2, pause=5.0)
    for _ in range(2):
        site.send(event("a"))
        site.end(result=FAILED)

    site.advance(3.5)
    (result,) = site.send(event("b")).results
    assert (result.outcome, result.retry_after) == (Outcome.UNAVAILABLE, 2)
    site.advance(1.5)
    trial = site.send(event("c"))
    assert trial.state is State.POSTING
    assert site.send(event("d")).results[0].retry_after == 5
    site.end()
    assert site.send(event("e")).state is State.POSTING


def test_a_refused_event_does_not_count_as_a_failure_of_the_site():
    site = Simulation(failures=1)
    site.send(event("a"))
    site.end(result=Result(Outcome.REFUSED, {"": "no"}))

    assert site.send(event("b")).state is State.POSTING


def test_each_message_of_a_batch_is_sent_alone_after_a_server_error():
    site = Simulation(in_flight=1, interval=0)
    for text in "abc":
        site.send(event(text))
    site.end()
    site.end(result=BROKEN)
    site.send(event("d"))
    while site.in_progress:
        site.end()

    assert [site.texts(place) for place in range(5)] == [
        [["a"]],
        [["b"], ["c"]],
        [["b"]],
        [["c"]],
        [["d"]],
    ]


def test_a_message_without_time_for_a_post_of_its_own_keeps_the_result_of_the_batch():
    site = Simulation(in_flight=1, interval=0)
    for text in "abc":
        site.send(event(text), seconds=4)
    site.end()
    site.end(result=BROKEN)
    _, *rest = site.messages
    site.advance(3)

    assert [one.results for one in rest] == [[BROKEN]]


def test_an_outage_costs_only_the_posts_that_open_the_breaker():
    site = Simulation(in_flight=1, interval=0, failures=5)
    for n in range(50):
        site.send(event(str(n)))
    while site.in_progress:
        site.end(result=BROKEN)

    assert len(site.posts) == 5
    assert site.messages == []


def test_a_thread_that_dies_before_its_post_holds_nothing_up():
    site = Simulation(in_flight=1)
    doomed = QueuedMessage([event("a", key="R")], "token", 60, 61)
    site.queue.add(doomed, 0)
    assert doomed.state is State.POSTING
    behind = site.send(event("b", key="R"))
    site.queue.leave(doomed, 0)

    assert behind.state is State.POSTING


class Schedules(RuleBasedStateMachine):
    """Any order of messages, ends of posts, deaths of threads and time."""

    def __init__(self):
        super().__init__()
        self.site = Simulation(in_flight=3, events=4, failures=3, pause=2.0, interval=0.25)
        self.all = []

    @rule(
        keys=st.lists(st.sampled_from(["A", "B", "C", None]), min_size=1, max_size=3),
        token=st.sampled_from(["t1", "t2"]),
        seconds=st.sampled_from([0.5, 1.5, 3.0, 20.0]),
    )
    def send(self, keys, token, seconds):
        events = [event(f"{len(self.all)}.{n}", key) for n, key in enumerate(keys)]
        self.all.append(self.site.send(*events, token=token, seconds=seconds))

    @precondition(lambda self: self.site.in_progress)
    @rule(place=st.integers(0, 9), result=st.sampled_from([ACCEPTED, ACCEPTED, FAILED, BROKEN]))
    def end(self, place, result):
        self.site.end(place % len(self.site.in_progress), result)

    @rule(seconds=st.sampled_from([0.1, 0.25, 0.3, 1.0, 5.0]))
    def advance(self, seconds):
        self.site.advance(seconds)

    @precondition(lambda self: any(one.state is State.QUEUED for one in self.site.messages))
    @rule(place=st.integers(0, 99))
    def die(self, place):
        queued = [one for one in self.site.messages if one.state is State.QUEUED]
        victim = queued[place % len(queued)]
        self.site.messages.remove(victim)
        self.site.queue.leave(victim, self.site.now)
        self.site._run_threads()

    @invariant()
    def no_key_is_in_two_posts(self):
        keys = [key for batch in self.site.in_progress for one in batch for key in one.keys]
        assert len(keys) == len(set(keys))
        assert self.site.queue._busy == set(keys)

    @invariant()
    def a_post_has_one_token_and_no_more_posts_are_in_progress_than_allowed(self):
        assert all(len({one.token for one in batch}) == 1 for batch in self.site.in_progress)
        assert len(self.site.in_progress) <= self.site.limits.in_flight

    @invariant()
    def messages_about_one_object_go_in_the_order_in_which_they_came(self):
        place = {id(one): n for n, one in enumerate(self.all)}
        first = {}
        for batch in self.site.posts:
            for one in batch:
                for key in one.keys:
                    if place[id(one)] not in first.setdefault(key, []):
                        first[key].append(place[id(one)])
        assert all(places == sorted(places) for places in first.values())

    @invariant()
    def no_message_waits_while_a_post_could_start(self):
        assert not self._startable(self.site.now)

    @invariant()
    def a_thread_wakes_when_the_next_post_can_start(self):
        start = self.site.starts[-1] + self.site.limits.interval if self.site.starts else 0
        queued = [one for one in self.site.messages if one.state is State.QUEUED]
        if start > self.site.now and self._startable(start):
            assert min(one.wakes_at for one in queued) <= start

    def _startable(self, now):
        """Return a message that could be posted at that time, by the rules as a user knows them."""
        in_progress = self.site.in_progress
        if len(in_progress) >= self.site.limits.in_flight:
            return None
        if in_progress and now < self.site.starts[-1] + self.site.limits.interval:
            return None
        blocked = {key for batch in in_progress for one in batch for key in one.keys}
        for message in self.site.messages:
            if message.state is State.QUEUED and now < message.latest_start:
                if not blocked & message.keys:
                    return message
                blocked |= message.keys
        return None

    def teardown(self):
        """Once all posts have ended and time has passed, everybody has an answer."""
        while self.site.in_progress:
            self.site.end()
        self.site.advance(60)
        while self.site.in_progress:
            self.site.end()
        assert self.site.messages == []
        assert self.site.queue._busy == set()
        for message in self.all:
            assert len(message.results) == len(message.events)


TestSchedules = Schedules.TestCase
TestSchedules.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
