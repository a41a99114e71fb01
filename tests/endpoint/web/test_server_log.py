"""What gunicorn itself logs about requests, whatever is wrong with them: no key, path or body."""

import os
import socket
import subprocess
import sys

from tests.serving import ROOT, free_port, wait_for

SECRET = "nobody-may-read-this"
HEAD = f"POST /{SECRET}?token={SECRET} HTTP/1.1\r\nHost: x\r\nX-Hub-Token: {SECRET}\r\n"
CHUNKED = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n"
BROKEN = [
    f"{SECRET}\r\n\r\n",
    f"GE({SECRET} / HTTP/1.1\r\n\r\n",
    f"GET /{SECRET} HTTP/9.{SECRET}\r\n\r\n",
    f"PROXY {SECRET}\r\n\r\n",
    f"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{SECRET}",
    HEAD,
    f"{HEAD} {SECRET}\r\n\r\n",
    f"{HEAD}X-{SECRET} : {SECRET}\r\n\r\n",
    f"{HEAD}X-Odd: \x00{SECRET}\r\n\r\n",
    f"{HEAD}Content-Length: {SECRET}\r\n\r\n",
    f"{HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    f"{HEAD}Transfer-Encoding: {SECRET}\r\n\r\n",
    f"{HEAD}Expect: {SECRET}\r\n\r\n",
    f"{HEAD}Upgrade: h2c\r\nConnection: Upgrade\r\nHTTP2-Settings: {SECRET}\r\n\r\n",
    f"{HEAD}X-Odd: {SECRET * 500}\r\n\r\n",
    HEAD + f"X-Odd: {SECRET}\r\n" * 70 + "\r\n",
    f"{HEAD}Content-Length: 5000\r\n\r\n{SECRET}",
    f"{CHUNKED}{SECRET}\r\n",
    f"{CHUNKED}5;{SECRET}\x00\r\n{SECRET}\r\n",
    f"{CHUNKED}2\r\n{SECRET}\r\n0\r\n\r\n",
    f"{CHUNKED}14\r\n{SECRET}\r\n0\r\n{SECRET}: (\x00\r\n\r\n",
]
ASKED = ["fail", "fail-late", "bad-header", "bad-status", "bad-chunk", "exit"]
"""A correct request to the application below."""

APPLICATION = """
def app(environ, start_response):
    asked = environ.get("HTTP_X_ASKED")
    text = "".join(map(str, environ.items())) + environ["wsgi.input"].read().decode()
    if asked == "fail":
        raise ValueError(text)
    if asked == "exit":
        raise SystemExit(text)
    if asked == "bad-status":
        start_response(None, text)
    start_response("200 OK", [("X-Odd", text + "\\n")] if asked == "bad-header" else [])
    return answer(asked, text)


def answer(asked, text):
    yield text if asked == "bad-chunk" else b"a part"
    if asked == "fail-late":
        raise OSError(text)
"""


def test_no_line_of_gunicorn_quotes_a_request(tmp_path):
    (tmp_path / "failing.py").write_text(APPLICATION)
    log, port = tmp_path / "log", free_port()
    options = ["--bind", f"127.0.0.1:{port}", "--workers=1"]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, "failing:app"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(tmp_path), "LOG_LEVEL": "debug"},
            stdout=output,
            stderr=output,
        ) as server,
    ):
        wait_for(port, server)
        for request in BROKEN:
            sent(port, request)
        for asked in ASKED:
            sent(port, f"{HEAD}X-Asked: {asked}\r\nContent-Length: {len(SECRET)}\r\n\r\n{SECRET}")
        answer = sent(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        server.terminate()

    lines = log.read_text()
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert "Invalid request: InvalidRequestMethod" in lines
    assert "Invalid request: InvalidHeader" in lines
    assert "builtins.ValueError" in lines
    assert SECRET not in lines


def sent(port, request):
    """Send raw bytes and no more, and return the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request.encode("latin-1"))
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()
