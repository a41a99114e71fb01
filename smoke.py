"""Send one message of each documented type to a running service, and show the results.

Starts the service on a free port with a temporary database. Exits with 1 if anything was refused.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

HERE = Path(__file__).parent
SITE, TOKEN = "demo-shop", "demo-token"
MESSAGES = (
    ("/import_cart", "cart_new"),
    ("/import_cart", "cart_updated"),
    ("/import_new_order", "order_new"),
    ("/import_updated_order", "order_update"),
    ("/import_updated_order", "order_update_canceled"),
    ("/import_category", "taxon_new"),
    ("/import_category", "taxon_updated"),
    ("/import_product", "product_updated"),
    ("/import_customer", "user_updated"),
)
KINDS = ("category", "cart", "order", "product", "customer")


def main() -> int:
    """Send the messages, and return the exit status."""
    with tempfile.TemporaryDirectory() as folder, serving(folder) as url:
        refused = sum(send(url, path, name) for path, name in MESSAGES)
        stored = ", ".join(f"{count_events(url, kind)} {kind}" for kind in KINDS)
    print(f"Stored events: {stored}.")
    print(f"{len(MESSAGES)} messages sent, {refused} refused.")
    return 1 if refused else 0


def send(url: str, path: str, name: str) -> bool:
    """Send a fixture, show what it became in a line, and return whether anything was refused."""
    message = json.loads((HERE / "fixtures" / f"{name}.json").read_text())
    answer = requests.post(url + path, json=message, timeout=30)
    notifications = answer.json()["notifications"]
    levels = {note["level"] for note in notifications}
    subjects = [note["subject"].partition(" event")[0] for note in notifications]
    print(f"{answer.status_code} {message['message']:16}{path:23}{', '.join(subjects)}")
    for note in notifications:
        if note["level"] != "info":
            print(f"    {note['level']}: {note['description']}")
    return answer.status_code != requests.codes.ok or levels != {"info"}


def count_events(url: str, kind: str) -> int:
    """Return how many events of a kind are stored."""
    answer = requests.get(
        f"{url}/jirafe/v2/{SITE}/{kind}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30
    )
    return len(answer.json()["events"])


@contextmanager
def serving(folder: str) -> Iterator[str]:
    """Serve the endpoint with the demo site while the block runs; yield its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "DATABASE_URL": f"sqlite:///{folder}/smoke.db",
        "JIRAFE_API_SITES": f"{SITE}:{TOKEN}",
        "JIRAFE_API_URL": "",
        "ENDPOINT_KEY": "",
        "APP_ENV": "development",
    }
    gunicorn = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "app:app"],
        cwd=HERE,
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(gunicorn, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        gunicorn.terminate()
        gunicorn.wait(30)


def wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Return once the port accepts connections. Raise SystemExit if it does not within 30 s."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("The service did not start; `make run` shows why.")


if __name__ == "__main__":
    sys.exit(main())
