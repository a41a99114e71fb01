"""Reading messages in many threads of a process that has just started."""

import subprocess
import sys

from tests.serving import ROOT

FIRST_READINGS = """
import sys
from threading import Barrier, Thread

from msgspec import defstruct

from mappers.reading.objects import HubObject, Number
from mappers.reading.refusals import read

def read_at_once(of):
    together.wait(30)
    found.append(read(of, {"lines": [{"sku": "TEE"}], "address": {"zip": "1"}})[0])

sys.setswitchinterval(1e-6)
for place in range(150):
    names = [f"name_{number}" for number in range(60)]
    fields = [(name, Number, None) for name in ("sku", "zip", *names)]
    inner = [defstruct(name, fields, bases=(HubObject,), gc=False) for name in ("Line", "Address")]
    fields = [("lines", list[inner[0]] | None, None), ("address", inner[1] | None, None)]
    of = defstruct("Payload", fields, bases=(HubObject,), gc=False)
    together, found = Barrier(8), []
    threads = [Thread(target=read_at_once, args=[of]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [(one.lines[0].sku, one.address.zip) for one in found] == [("TEE", "1")] * 8
"""


def test_the_first_messages_of_a_process_may_be_read_in_many_threads_at_once():
    done = subprocess.run(
        [sys.executable, "-c", FIRST_READINGS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert (done.returncode, done.stderr) == (0, "")
