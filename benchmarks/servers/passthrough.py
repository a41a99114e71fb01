"""The baseline for the service: a view that forwards each message unchanged.

It is the obvious solution: a Flask view and a pooled session of requests.
"""

import os

import requests
from flask import Flask, Response, request
from requests.adapters import HTTPAdapter

UPSTREAM = "BENCH_UPSTREAM"
"""The environment variable that names the URL to forward to."""

app = Flask(__name__, static_folder=None)
_url = os.environ.get(UPSTREAM, "")
_session = requests.Session()
_session.mount("http://", HTTPAdapter(pool_maxsize=256))


@app.post("/<path>")
def forward(path: str) -> Response:  # noqa: ARG001 - the same paths as the service
    """Answer with the upstream's answer."""
    answer = _session.post(
        _url,
        data=request.get_data(),
        headers={"Content-Type": "application/json"},
        timeout=30,
    )
    return Response(answer.content, answer.status_code, content_type="application/json")
