"""Send the orders and hub messages in a file.

Progress is not stored: if the file is sent again, nothing is sent twice.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from threading import Event

from jirafe_endpoint.messages.message import Message
from jirafe_endpoint.shops.history.reading import AT_ONCE, Send, patiently
from spree.lines import LineError, read_line
from spree.messages import HubMessage

_LINES = 200  # read before they are sent; lines about the same order are sent one after another


@dataclass
class Lines:
    """The progress so far: bytes and lines read, messages by outcome, problems by line number."""

    bytes: int = 0
    read: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    problems: dict[int, str] = field(default_factory=dict)


def send_lines(lines: Iterable[bytes], send: Send) -> Iterator[Lines]:
    """Send all lines, and yield the progress from time to time.

    Lines that cannot be read are reported as problems. Raise an EndpointError if nothing can be
    sent.
    """
    done, numbered = Lines(), enumerate(lines, 1)

    def send_all(queue: list[HubMessage]) -> list[str | None]:
        return [patiently(send, Event(), message) for message in queue]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        while chunk := list(islice(numbered, _LINES)):
            outcomes = pool.map(send_all, _queues(done, chunk))
            done.outcomes += Counter(one or "left_out" for one in chain.from_iterable(outcomes))
            yield done


def _queues(done: Lines, lines: Iterable[tuple[int, bytes]]) -> list[list[HubMessage]]:
    """Return the messages of the lines, grouped by order or cart."""
    queues: defaultdict[object, list[HubMessage]] = defaultdict(list)
    for number, line in lines:
        done.bytes += len(line)
        text = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not text:
            continue
        done.read += 1
        try:
            messages = read_line(text)
        except LineError as error:
            done.problems[number] = str(error)
            continue
        for message in messages:
            about = Message(message.type, message.id, message.payload, {}).number
            queues[about or (number, message.id)].append(message)
    return list(queues.values())
