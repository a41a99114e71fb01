"""The production worker, with its stack written down once per millisecond of CPU time."""

import atexit
import json
import os
import signal
from collections import Counter
from pathlib import Path
from types import FrameType

from gevent_worker import Worker

SAMPLES = "BENCH_SAMPLES"
"""The environment variable that names the file for the samples: `[[stack, count], …]` as JSON."""

INTERVAL = 0.001
"""Seconds of CPU time between two samples; many kernels take them only every four milliseconds."""


class ProfiledWorker(Worker):
    """Takes samples, which a profiler of calls cannot replace: green threads change stacks."""

    def run(self) -> None:
        """Work until stopped, then write the samples."""
        self._stacks: Counter[tuple[str, ...]] = Counter()
        atexit.register(self._write)
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
        super().run()

    def _sample(self, _signal: int, frame: FrameType | None) -> None:
        stack = []
        while frame:
            code = frame.f_code
            stack.append(f"{code.co_filename}:{code.co_name}")
            frame = frame.f_back
        self._stacks[tuple(reversed(stack))] += 1

    def _write(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        Path(os.environ[SAMPLES]).write_text(json.dumps(list(self._stacks.items())))
