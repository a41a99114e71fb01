"""Benchmarks against simple baselines: `make bench`, or `make bench QUICK=1` for a few cells.

Everything is measured on the same machine, in turn, in one run. Nothing is asserted about speed.
Read the ratios and their ranges, and do not compare figures from different runs or machines.

(a) The service and a bare pass-through (`passthrough.py`: a Flask view that forwards the body
with a pooled `requests.Session`) under the same `gunicorn.conf.py`, in front of the same upstream
(`upstream.py`: uvicorn and starlette), loaded by wrk. Every message is the fixture with its own
message_id and number, so there are no repeats. A ratio is the service's figure divided by the
pass-through's of the same round. A round is a fresh start of both. The table shows the median of
the rounds, and the least and greatest in brackets. More than 1 is better for messages per second,
and worse for everything else. With many callers the range is wide, because each start distributes
their connections differently among the workers.

The service is measured on SQLite and on Postgres (`TEST_POSTGRES_URL`), in front of the upstream
and with the hosted API, as it runs by default. Then it has no upstream, and the pass-through has
one that answers at once.

- `p50`, `p99` are milliseconds as reported by wrk. `CPU` is the microseconds that all workers spend
  on a message, in user and system mode; it varies least of all.
- `RSS`/`PSS` are MiB of all workers together after the run; PSS counts shared memory once. A server
  keeps running while the number of callers grows down a block of the table, so its memory is that
  of the largest number so far.
- `posts` are requests to the upstream per message.
- `check` is `ok` if every answer was 200 and the number of every answered message was seen by the
  upstream, or is in the hosted API's database. Messages in progress when wrk stopped have no answer
  and are not counted.

The load generator and the upstream share the processors with the servers they measure.

(b) The cost of one message in one process, by step, without gunicorn. The steps are called in turn,
so that the state of the processor's caches is realistic. CPU is that of this process; wall time of
a post includes the upstream's work.

(c) How the cost grows with the items of an order, and with what is remembered.

(d) With `make bench API=1`: the hosted API and a bare view (`bare_api.py`) under the same
`gunicorn.conf.py`, each with its own empty database on SQLite and on Postgres
(`TEST_POSTGRES_URL`). Rates and CPU are per event, `p50` and `p99` per request, which may have 500
events. `check` is `ok` if every answer was 200 and every answered event is in the database. The API
validates each event and stores it with three indexes; the bare view does neither.

`python -m benchmarks --profile` shows where one worker spends its CPU time under load.
"""
