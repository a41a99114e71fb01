"""Many processes at work on the same messages, and some of them killed."""

import fcntl
import os
import random
import secrets
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from database.errors import DatabaseUnavailableError
from jirafe_endpoint.state.claims import Busy
from jirafe_endpoint.state.results import Claim, Finished
from mappers import Key
from tests.state.fixtures import (
    LEASE,
    MESSAGE,
    ORDER,
    REPLY,
    SITE,
    Clock,
    claimed,
    fact,
    finish,
    forking,
    make_database,
    make_state,
    running,
)

PROCESSES = 5
NUMBERS = [Key("order", str(number)) for number in range(4)]


def _claim_ten_times(url, clock, barrier, outcomes):
    state = make_state(url, clock)
    barrier.wait()
    for _ in range(10):
        outcomes.put(type(state.claims.claim(SITE, MESSAGE, [ORDER])))
    state.database.close()


def outcomes_of_fifty_claims(url, clock):
    barrier, outcomes = forking.Barrier(PROCESSES, timeout=30), forking.Queue()
    with running(_claim_ten_times, *[(url, clock, barrier, outcomes)] * PROCESSES):
        return sorted((outcomes.get(timeout=30) for _ in range(50)), key=str)


def test_only_one_of_fifty_simultaneous_claims_of_a_message_succeeds(ready_url):
    assert outcomes_of_fifty_claims(ready_url, Clock()) == [Busy] * 49 + [Claim]


def test_an_expired_lease_is_taken_over_by_only_one_of_many(ready_url, state, clock):
    claimed(state)
    clock.move(LEASE)

    assert outcomes_of_fifty_claims(ready_url, clock) == [Busy] * 49 + [Claim]


def _deliver(url, barrier, deliveries):
    """Deliver the message as the service would: claim until it is finished."""
    state = make_state(url)
    barrier.wait()
    while True:
        claim = state.claims.claim(SITE, MESSAGE, [ORDER])
        if isinstance(claim, Finished):
            break
        if isinstance(claim, Claim):
            deliveries.put(claim.lease.owner)
            state.claims.settle(claim, reply=REPLY)
    state.database.close()


def test_a_message_delivered_by_many_processes_is_sent_once(ready_url):
    barrier, deliveries = forking.Barrier(PROCESSES, timeout=30), forking.Queue()
    with running(_deliver, *[(ready_url, barrier, deliveries)] * PROCESSES):
        deliveries.get(timeout=30)

    assert deliveries.empty()


def _work_on_several(url, seed, held, wrong, claims):
    """Claim some of the orders again and again, and note who else holds them."""
    state, chance = make_state(url), random.Random(seed)
    for _ in range(60):
        places = chance.sample(range(len(NUMBERS)), 2)
        keys = [NUMBERS[place] for place in places]
        claim = state.claims.claim(SITE, secrets.token_hex(4), keys)
        if isinstance(claim, Claim):
            with claims.get_lock():
                claims.value += 1
            for place in places:
                with held.get_lock():
                    wrong.value += held[place] != 0
                    held[place] += 1
            for place in places:
                with held.get_lock():
                    held[place] -= 1
            state.claims.settle(claim, reply=REPLY)
    state.database.close()


def test_no_two_processes_ever_hold_the_same_order(ready_url):
    held, wrong, claims = forking.Array("i", len(NUMBERS)), *(forking.Value("i") for _ in "ab")
    parts = [(ready_url, seed, held, wrong, claims) for seed in range(PROCESSES)]
    with running(_work_on_several, *parts):
        pass

    assert (wrong.value, list(held), claims.value > PROCESSES) == (0, [0] * len(NUMBERS), True)


def _claim_and_stay(url, pipe):
    claimed(make_state(url))
    pipe.send("claimed")
    time.sleep(60)


def _stop_in_mid_claim(url, pipe):
    def clock():
        pipe.send("in the transaction")
        time.sleep(60)

    make_state(url, clock).claims.claim(SITE, MESSAGE, [ORDER])


def kill_during(work, url):
    ours, theirs = forking.Pipe()
    process = forking.Process(target=work, args=(url, theirs))
    process.start()
    assert ours.poll(30)
    process.kill()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL


def test_claims_of_a_killed_process_expire_with_the_lease(ready_url, state, clock):
    kill_during(_claim_and_stay, ready_url)
    assert state.claims.claim(SITE, MESSAGE, [ORDER]) == Busy()
    clock.move(LEASE)

    assert isinstance(state.claims.claim(SITE, MESSAGE, [ORDER]), Claim)


def test_a_process_killed_while_claiming_leaves_nothing_locked(ready_url, state):
    kill_during(_stop_in_mid_claim, ready_url)

    assert isinstance(state.claims.claim(SITE, MESSAGE, [ORDER]), Claim)


def _prepare(url, barrier):
    database = make_database(url)
    barrier.wait()
    database.prepare()
    database.close()


@pytest.mark.parametrize("_attempt", range(3))
def test_many_processes_may_bring_an_sqlite_file_up_to_date_at_once(sqlite_url, _attempt):
    barrier = forking.Barrier(PROCESSES, timeout=30)
    with running(_prepare, *[(sqlite_url, barrier)] * PROCESSES):
        pass

    state = make_state(sqlite_url)
    finish(state)
    state.database.close()


WAL_WRITE, WAL_RECOVER = 120, 122  # the bytes of its index that SQLite locks for these two


def _recover_for_a_while(path, started, seen):
    with Path(f"{path}-shm").open("r+b") as index:
        for lock in (WAL_WRITE, WAL_RECOVER):
            fcntl.lockf(index, fcntl.LOCK_EX, 1, lock)
        index.write(bytes(96))  # the header is what tells others that a recovery is needed
        index.flush()
        started.set()
        seen.wait(30)
        time.sleep(0.2)
        os._exit(0)


def test_a_process_waits_for_another_to_recover_the_file(sqlite_url):
    path = sqlite_url.removeprefix("sqlite:///")
    started, seen = forking.Event(), forking.Event()
    state = make_state(sqlite_url)
    state.database.prepare()

    with running(_recover_for_a_while, (path, started, seen)):
        assert started.wait(30)
        with pytest.raises(sqlite3.OperationalError) as turned_away:
            sqlite3.connect(path, timeout=0).execute("BEGIN IMMEDIATE")
        assert turned_away.value.sqlite_errorname == "SQLITE_BUSY_RECOVERY"
        seen.set()
        finish(state)

    state.database.close()


def _claim_and_settle(url, seed, failures):
    """Claim and settle orders in several threads, as long as nothing fails."""
    state, chance = make_state(url), random.Random(seed)

    def work():
        for _ in range(25):
            keys = [NUMBERS[place] for place in chance.sample(range(len(NUMBERS)), 2)]
            try:
                claim = state.claims.claim(SITE, secrets.token_hex(4), keys)
                if isinstance(claim, Claim):
                    state.claims.settle(claim, reply=REPLY, facts=[fact(key) for key in keys])
            except DatabaseUnavailableError as error:
                failures.put(str(error))

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work) for _ in range(8)]:
            done.result()
    state.database.close()


def test_claims_and_results_of_several_processes_do_not_deadlock(ready_url):
    failures = forking.Queue()
    with running(_claim_and_settle, *[(ready_url, seed, failures) for seed in range(PROCESSES)]):
        pass

    assert failures.empty(), failures.get()
