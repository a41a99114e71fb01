"""The inbox: which jobs are taken, by whom, and in which order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, text

from jirafe_endpoint.shops import inbox as inbox_module
from jirafe_endpoint.shops.inbox import AT_ONCE_PER_SITE, Depth, Inbox, Job, Received
from jirafe_endpoint.shops.tables import INBOX
from jirafe_endpoint.shops.workers import background
from tests.state.fixtures import NOON, Clock, count, letter
from tests.waiting import wait_until

LEASE = 60


@pytest.fixture
def inbox(state, clock):
    return Inbox(state.database, clock, LEASE)


def put(inbox, subject, body="{}", site="shop", delay=0.0):
    inbox.put(Received(site, subject, {"x-time": "1"}, body, delay))


def taken(inbox, limit=99):
    return [
        (job.site, job.subject, [one.body for one in job.webhooks]) for job in inbox.take(limit)
    ]


def one(inbox) -> Job:
    (job,) = inbox.take(99)
    return job


def waiting_for_locks(database):
    """Return how many connections to a Postgres database wait for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with database.reading() as connection:
        return connection.scalar(text(f"{query} AND wait_event_type = 'Lock'"))


def test_webhooks_about_one_subject_form_one_job_in_order_of_arrival(inbox):
    put(inbox, "order R1", "1")
    put(inbox, "order R2", "2")
    put(inbox, "order R1", "3")

    assert sorted(taken(inbox)) == [("shop", "order R1", ["1", "3"]), ("shop", "order R2", ["2"])]
    assert taken(inbox) == []


def test_a_job_has_a_limit_of_bytes_and_others_follow_in_order(inbox, monkeypatch):
    monkeypatch.setattr(inbox_module, "_BYTES_PER_JOB", 8)
    bodies = ["1234", "ééé", "1", "123456789", "2"]
    for body in bodies:
        put(inbox, "order R1", body)

    taken = []
    for _ in range(4):
        job = one(inbox)
        taken.append([webhook.body for webhook in job.webhooks])
        inbox.finish(job)
    assert taken == [["1234"], ["ééé", "1"], ["123456789"], ["2"]]


def test_a_webhook_is_stored_completely(inbox):
    put(inbox, "order R1", '{"name":"é"}')
    (webhook,) = one(inbox).webhooks

    assert webhook == (webhook.id, {"x-time": "1"}, '{"name":"é"}', 0, NOON)


def test_webhooks_that_arrive_during_a_deletion_wait_for_its_end(inbox):
    put(inbox, "order R1", "1")
    job = one(inbox)
    put(inbox, "order R1", "2")

    assert taken(inbox) == []
    inbox.finish(job)
    assert taken(inbox) == [("shop", "order R1", ["2"])]


def test_a_delayed_webhook_gathers_others_and_is_taken_with_them(inbox, clock):
    put(inbox, "order R1", "1", delay=2)
    clock.move(1)
    put(inbox, "order R1", "2", delay=2)
    assert taken(inbox) == []

    clock.move(1)
    assert taken(inbox) == [("shop", "order R1", ["1", "2"])]


def test_a_job_of_a_killed_process_is_taken_by_another_once_its_lease_has_ended(inbox, clock):
    put(inbox, "order R1", "1")
    lost = one(inbox)
    clock.move(LEASE - 1)
    assert taken(inbox) == []

    clock.move(1)
    job = one(inbox)
    assert inbox.renew(lost) is False
    inbox.finish(lost)
    inbox.retry(lost, 0)
    inbox.replace_by_dead_letters(lost, [letter()])
    assert inbox.renew(job) is True
    assert inbox.depth().webhooks == 1


def test_a_renewed_lease_starts_again(inbox, clock):
    put(inbox, "order R1")
    job = one(inbox)
    clock.move(LEASE - 1)
    assert inbox.renew(job)
    clock.move(LEASE - 1)

    assert taken(inbox) == []


def test_a_lease_that_was_renewed_a_moment_later_is_kept(inbox, state, clock):
    """A process that looks for jobs may read the clock before another renews its lease."""
    put(inbox, "order R1")
    job = one(inbox)
    assert Inbox(state.database, Clock(clock.now + timedelta(seconds=1)), LEASE).renew(job)

    assert taken(inbox) == []


def test_a_job_that_is_finished_while_another_process_takes_it_is_not_taken(inbox, state, clock):
    put(inbox, "order R1")
    put(inbox, "order R2")
    one_of = {job.subject: job for job in inbox.take(99)}
    clock.move(LEASE)
    with ThreadPoolExecutor() as pool:
        with state.database.writing() as connection:
            connection.execute(delete(INBOX).where(INBOX.c.owner == one_of["order R1"].owner))
            taking = pool.submit(taken, inbox)
            if connection.dialect.name == "postgresql":
                wait_until(lambda: waiting_for_locks(state.database))
        assert taking.result(20) == [("shop", "order R2", ["{}"])]


def test_a_clock_that_was_set_back_blocks_nothing(inbox, clock):
    put(inbox, "order R1")
    one(inbox)
    clock.move(-3600)
    put(inbox, "order R1")

    assert [subject for _, subject, _ in taken(inbox)] == ["order R1"]


def test_a_failed_job_is_retried_later_and_counts_its_attempts(inbox, clock):
    put(inbox, "order R1")
    inbox.retry(one(inbox), 10)
    clock.move(9)
    assert taken(inbox) == []

    clock.move(1)
    (webhook,) = one(inbox).webhooks
    assert (webhook.attempts, webhook.received_at) == (1, NOON)


def test_a_job_that_was_not_started_is_released(inbox):
    put(inbox, "order R1", "1")
    inbox.hand_back(one(inbox))

    assert taken(inbox) == [("shop", "order R1", ["1"])]


def test_a_job_that_failed_for_three_days_becomes_dead_letters(inbox, state):
    put(inbox, "order R1")
    inbox.replace_by_dead_letters(one(inbox), [letter("m-1"), letter("m-2")])

    assert inbox.depth() == Depth(0, 0.0)
    assert [one.message_id for one in state.dead_letters.list()] == ["m-2", "m-1"]


def test_a_site_with_many_webhooks_leaves_room_for_others(inbox):
    for number in range(AT_ONCE_PER_SITE + 5):
        put(inbox, f"order R{number}", site="busy")
    put(inbox, "order R1", site="quiet")

    sites = [site for site, _, _ in taken(inbox)]
    assert (sites.count("busy"), sites.count("quiet")) == (AT_ONCE_PER_SITE, 1)
    assert taken(inbox) == []


def test_no_more_jobs_are_taken_than_there_is_room_for(inbox):
    for number in range(5):
        put(inbox, f"order R{number}")

    assert [len(taken(inbox, limit)) for limit in (2, 2, 2)] == [2, 2, 1]


def test_the_job_that_is_due_longest_is_taken_first(inbox, clock):
    for number in (3, 1, 2):
        put(inbox, f"order R{number}", delay=number)
    clock.move(5)

    assert [subject for _, subject, _ in taken(inbox, 2)] == ["order R1", "order R2"]


def test_the_depth_shows_how_many_webhooks_wait_and_for_how_long(inbox, clock, state):
    put(inbox, "order R1")
    clock.now = NOON + timedelta(seconds=90)
    put(inbox, "order R2")

    assert inbox.depth() == Depth(2, 90.0)
    assert count(state, INBOX) == 2


def test_an_unexpected_error_delays_the_work_and_does_not_end_it(inbox, state, clock, monkeypatch):
    monkeypatch.setattr(background, "FAILURE_PAUSE", 0.01)
    put(inbox, "order R1")
    times, done = iter([None, None]), []

    def failing_clock():
        return next(times, clock()) or 1 / 0

    inbox_worker = background.InboxWorker(Inbox(state.database, failing_clock, LEASE), done.append)
    inbox_worker.start()
    wait_until(lambda: done)
    inbox_worker.stopping.set()
    inbox_worker.join(20)

    assert [job.subject for job in done] == ["order R1"]
