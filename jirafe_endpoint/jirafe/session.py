"""The HTTP session that events leave through."""

from http.cookiejar import DefaultCookiePolicy

import requests

from jirafe_endpoint.jirafe.deadline import DeadlineAdapter

POOL = 64
"""Connections kept open to the API: as many as a process has threads to send from."""


def build_session(user_agent: str) -> requests.Session:
    """Return a session that reuses connections and sends nothing but what it is given.

    It takes no proxy or `.netrc` from the machine, which could replace the token, keeps no
    cookies, which would go from one site's requests to another's, and asks for no compression,
    which could hide an answer of any size.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update(
        {"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "identity"}
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, DeadlineAdapter(POOL))
    return session
