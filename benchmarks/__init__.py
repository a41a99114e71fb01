"""What is fast here, measured against what: `make bench`, or `make bench QUICK=1` for a few cells.

Everything is measured on the machine at hand, in turn, in one run. Nothing is asserted about
speed: read the ratios and their ranges, and take figures of two runs or machines for no
comparison.

(a) The service and a bare pass-through (`passthrough.py`: a Flask view that forwards the body
with a pooled `requests.Session`) under the same `gunicorn.conf.py`, in front of the same upstream
(`upstream.py`: uvicorn and starlette), loaded by wrk. Every message is the fixture with a
message_id and a number of its own, so no repeat and no order of one number spares or costs
anything. A ratio is the service's figure over the pass-through's of the same round, and a round
is a fresh start of both: the median of the rounds, and the least and greatest in brackets. More
than 1 is better for messages per second, and worse for all others. With many callers the range
is wide by nature: each start deals the callers' connections out to the workers again, and a
worker that gets more of them than it has threads lets some wait.

The service is measured on SQLite and on Postgres (`TEST_POSTGRES_URL`), in front of the upstream
and with the hosted API, as it runs by default. Then it has no upstream, and the pass-through has
one that answers at once.

- `p50`, `p99` are milliseconds as wrk tells them; `CPU` is microseconds that all workers spend on
  a message, in user and system mode; it varies least of all.
- `RSS`/`PSS` are MiB of all workers together after the run; PSS counts what they share once.
  A server keeps running while its number of callers grows down a block of the table, so that
  memory there is that of the largest number so far.
- `posts` are requests at the upstream per message.
- `check` is `ok` where every answer was 200 and the number of every message that was answered was
  seen by the upstream, or is in the hosted API's database. What was under way when wrk stopped has
  no answer and is not counted.

Load generator and upstream share the processors with what they measure.

(b) The cost of one message in one process, by step, without gunicorn; the steps are called in
turn, so that each finds the processor's caches as it does in life. CPU is this process's own;
wall is what passes meanwhile, which for a post includes the upstream's work.

(c) How the cost grows with the items of an order, and with what is remembered.

(d) By `make bench API=1`: the hosted API and a bare view (`bare_api.py`) under the same
`gunicorn.conf.py`, each with an empty database of its own on SQLite and on Postgres
(`TEST_POSTGRES_URL`). Rates and CPU are of events, `p50` and `p99` of requests, of which one may
have 500 events. `check` is `ok` where every answer was 200 and every event answered for is in the
database. The API checks each event and keeps it under three indexes; the bare view does neither.

`python -m benchmarks --profile` shows where one worker spends its CPU time under load.
"""
