"""A clock of the service's processes that can be set while they run."""

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")


class Clock:
    """What the time of day of processes is off by; monotonic clocks go on as they are."""

    def __init__(self, folder: Path) -> None:
        self._offset = folder / "offset"
        self._library = folder / "clock.so"
        self.set(0)
        command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(self._library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True, timeout=60)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables that give a process this clock."""
        return {"LD_PRELOAD": str(self._library), "CLOCK_OFFSET": str(self._offset)}

    def set(self, seconds: int) -> None:
        """Set the clock ahead, or back, of the machine's."""
        with self._offset.open("r+b" if self._offset.exists() else "wb", buffering=0) as file:
            file.write(struct.pack("l", seconds))


def can_be_set() -> bool:
    """Return whether there is a compiler, which makes the library."""
    return shutil.which("cc") is not None
