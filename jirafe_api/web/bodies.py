"""Bodies in progress: how many bytes they may have together."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

from jirafe_api.errors import BadJson, RateLimited

MEGABYTE = 1024 * 1024

LARGEST, SMALL = 10 * MEGABYTE, 64 * 1024
"""The bytes of the largest body that is accepted, and of the largest that is called small."""

TOGETHER, SHARE = 32 * MEGABYTE, 16 * MEGABYTE
"""The bytes of all bodies in progress together, and of those of one sender.

A body takes up to thirty times its size of memory until it is answered.
"""

PATIENCE = 3.0
"""Seconds that a body waits for room before it is refused."""

RETRY_AFTER = 5
"""Seconds after which it can be sent again."""

_CHUNK = 64 * 1024


@dataclass(eq=False)
class _Body:
    size: int
    sender: str
    is_held: bool = False
    turn: threading.Event | None = None
    """Set once it gets its bytes, if they were not free at once."""


class ByteLimit:
    """A number of bytes that bodies may have together, given to them in the order of arrival.

    Each sender has a share. Bodies beyond it wait without holding up those of other senders.
    """

    def __init__(self, most: int, share: int) -> None:
        """Allow `most` bytes, and `share` of one sender; no body may be larger."""
        self._free = most
        self._share = share
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()
        self._waiting: dict[_Body, None] = {}  # oldest first

    @contextmanager
    def hold(self, size: int, sender: str, patience: float) -> Iterator[None]:
        """Hold bytes. Raise RateLimited if they are not free within `patience` seconds."""
        body = _Body(size, sender)
        with self._lock:
            self._waiting[body] = None
            self._let_in()
            if not body.is_held:
                body.turn = threading.Event()
        try:
            if body.turn and not body.turn.wait(patience):
                raise RateLimited(RETRY_AFTER)
            yield
        finally:
            with self._lock:
                self._leave(body)
                self._let_in()

    def _let_in(self) -> None:
        for body in list(self._waiting):
            if self._held[body.sender] + body.size > self._share:
                continue
            if body.size > self._free:
                return  # smaller ones behind it would take what becomes free, again and again
            del self._waiting[body]
            self._free -= body.size
            self._held[body.sender] += body.size
            body.is_held = True
            if body.turn:
                body.turn.set()

    def _leave(self, body: _Body) -> None:
        if not body.is_held:
            del self._waiting[body]
            return
        self._free += body.size
        self._held[body.sender] -= body.size
        if not self._held[body.sender]:
            del self._held[body.sender]


class Bodies:
    """Bodies in progress, from the reading of each until it is answered.

    Small ones have bytes of their own, so that large ones do not hold them up. They are read
    before they need any, since clients that announce them and send nothing would take all.
    """

    def __init__(self, share: int = SHARE) -> None:
        """Allow each sender `share` bytes of small bodies, and as many of large ones."""
        self._small, self._large = (ByteLimit(TOGETHER, share) for _ in range(2))

    def read(
        self,
        held: ExitStack,
        stream: IO[bytes],
        announced: int | None,
        sender: str = "",
        most: int = LARGEST,
    ) -> bytes:
        """Return a body, or the first `most` bytes of a longer one and one more.

        `announced` is its length, None if that is unknown. Its bytes are held until `held` is
        closed. Raise RateLimited if there is no room, BadJson if it is cut off.
        """
        size = min(announced or 0, most)
        start = b"" if size > SMALL else _read(stream, SMALL + 1)
        if len(start) > SMALL:
            size = most
        held.enter_context(self.room(size or len(start), sender))
        return start + _read(stream, most + 1 - len(start)) if size > SMALL else start

    def room(self, size: int, sender: str) -> AbstractContextManager[None]:
        """Hold bytes of a body. Raise RateLimited if there are none within a few seconds."""
        limit = self._small if size <= SMALL else self._large
        return limit.hold(size, sender, PATIENCE)


def _read(stream: IO[bytes], most: int) -> bytes:
    content = bytearray()
    try:
        while left := most - len(content):
            if not (chunk := stream.read(min(_CHUNK, left))):
                break
            content += chunk
    except Exception as error:  # servers raise different errors for a damaged body
        raise BadJson from error
    return bytes(content)
