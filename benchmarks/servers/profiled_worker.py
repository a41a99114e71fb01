"""A gunicorn worker that profiles what its threads do for messages, in CPU time."""

import atexit
import cProfile
import os
import pstats
import threading
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]  # has no types

PROFILE = "BENCH_PROFILE"
"""The environment variable that names the file for the profile."""


class ProfiledWorker(ThreadWorker):  # type: ignore[misc]  # has no types
    """Handles each request, from parsing to answering, under its thread's profiler."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take gunicorn's arguments."""
        super().__init__(*args, **kwargs)
        self._local = threading.local()
        self._profiles: list[cProfile.Profile] = []

    def init_process(self) -> None:
        """Work until told to stop, and write the profile then."""
        atexit.register(self._write)
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Handle what has come on a connection."""
        profile = getattr(self._local, "profile", None)
        if profile is None:
            # Waiting for the upstream, for a lock or for other threads is no CPU time.
            profile = self._local.profile = cProfile.Profile(time.thread_time)
            self._profiles.append(profile)
        profile.enable()
        try:
            return super().handle(conn)
        finally:
            profile.disable()

    def _write(self) -> None:
        used = [profile for profile in self._profiles if profile.getstats()]
        if used:
            pstats.Stats(*used).dump_stats(os.environ[PROFILE])
