"""The upstream: accept every event after a delay, a limited number at a time, and count them.

`python -m benchmarks.servers.upstream --port 8001 --delay 0.02 --limit 4`
"""

import argparse
import asyncio
from contextlib import nullcontext
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ACCEPTED = {"success": True}
NUMBERS = {"cart": "id", "order": "order_number"}


class Upstream:
    """Answers events, alone and in batches, and messages that came unmapped."""

    def __init__(self, delay: float, limit: int) -> None:
        """Take the seconds per request, and how many are served at a time, 0 for all."""
        self._delay = delay
        self._places = asyncio.Semaphore(limit) if limit else nullcontext()
        self._requests = 0
        self._seen: dict[str, set[str]] = {kind: set() for kind in NUMBERS}

    async def take(self, request: Request) -> Response:
        """Accept an event, or each event of a batch."""
        kind = request.path_params["kind"]
        body = orjson.loads(await request.body())
        async with self._places:
            if self._delay:
                await asyncio.sleep(self._delay)
        self._requests += 1
        events = body if kind == "batch" else {kind: [body]}
        for name, key in NUMBERS.items():
            self._seen[name].update(_number(event, name, key) for event in events.get(name, ()))
        if kind != "batch":
            return _json(ACCEPTED)
        return _json({name: [ACCEPTED] * len(some) for name, some in body.items()})

    async def stats(self, _: Request) -> Response:
        """Return the number of requests so far, and of different carts and orders in them."""
        numbers = {kind: len(seen) for kind, seen in self._seen.items()}
        return _json({"requests": self._requests, **numbers})


def application(delay: float, limit: int) -> Starlette:
    """Return the upstream as an ASGI application."""
    upstream = Upstream(delay, limit)
    return Starlette(
        routes=[
            Route("/v2/{site}/{kind}", upstream.take, methods=["POST"]),
            Route("/stats", upstream.stats),
        ]
    )


def _number(event: dict[str, Any], kind: str, key: str) -> str:
    """Return the number of an event's cart or order, or of that in a hub message."""
    number: str = event["payload"][kind]["number"] if "payload" in event else event[key]
    return number


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--limit", type=int, default=0)
    options = parser.parse_args()
    uvicorn.run(
        application(options.delay, options.limit),
        port=options.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=60,  # idle connections outlive a run, so that none breaks in mid-use
    )


if __name__ == "__main__":
    main()
