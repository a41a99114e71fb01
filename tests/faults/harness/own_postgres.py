"""A Postgres server of the tests' own, which they may stop."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import free_port


class Postgres:
    """A server in a folder, run by the user postgres if this one is root."""

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        self.programs, self.data, self.port = programs, folder / "data", port
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        self.user = "postgres" if os.getuid() == 0 else None
        self.run("initdb", "--auth=trust", "--username=postgres", "--no-sync")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the programs of Postgres on the folder."""
        command = [str(self.programs / program), "-D", str(self.data), *arguments]
        log = self.data.parent / f"{program}.log"
        with log.open("ab") as output:  # a pipe would be held open by the server
            subprocess.run(
                command,
                user=self.user,
                cwd="/",
                check=True,
                timeout=30,
                stdout=output,
                stderr=output,
            )

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        # What is not on disk at a commit stays in memory for so long, to be lost in a crash.
        later = "-c wal_writer_delay=10s"
        options = f"-p {self.port} -k '' -c fsync=off -c listen_addresses=127.0.0.1 {later}"
        self.run("pg_ctl", "--wait", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; "immediate" is as good as a crash."""
        self.run("pg_ctl", "--wait", "-m", mode, "stop")

    def is_running(self) -> bool:
        """Return whether the server runs."""
        try:
            self.run("pg_ctl", "status")
        except subprocess.CalledProcessError:
            return False
        return True


def postgres_programs() -> Path | None:
    """Return the folder with the programs of a Postgres server, None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return found[-1] if found and (found[-1] / "initdb").exists() else None


@contextmanager
def own_postgres(programs: Path, folder: Path | None = None) -> Iterator[Postgres]:
    """Run a server while the block does, in the folder or in a temporary one."""
    place = folder or Path(tempfile.mkdtemp(prefix="postgres-"))
    if os.getuid() == 0:
        shutil.chown(place, "postgres")
    server = Postgres(programs, place, free_port())
    server.start()
    try:
        yield server
    finally:
        subprocess.run(
            [programs / "pg_ctl", "-D", server.data, "-m", "immediate", "stop"],
            user=server.user,
            cwd="/",
            check=False,
            capture_output=True,
        )
        if folder is None:
            shutil.rmtree(place)
