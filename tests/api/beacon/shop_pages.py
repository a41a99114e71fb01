"""A small shop of static pages, the hosted API beside it, and a real browser to visit it with."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jirafe_api.storage.events import EventFilter
from jirafe_api.storage.store import Store
from tests.serving import ROOT

CATEGORY = {"id": 9, "name": "Teapots"}
PRODUCT = {"product_code": "TEAPOT-EN", "sku_code": "", "name": "Enamel “Teapot”"}
SEARCH = {"term": 'tea "pot" </script> \'n 🫖', "page": "1", "total_results": "12"}
PAGES = {
    "/": ("homepage", {}),
    "/category": ("category", {"category": CATEGORY}),
    "/search": ("search", {"search": SEARCH}),
    "/product": ("product", {"product": PRODUCT}),
    "/cart": ("cart", {}),
    "/checkout": ("checkout", {"customer": {"id": "7", "email": "june@example.com"}}),
    "/thanks": ("order_success", {"customer": {"firstname": "June"}}),
    "/attic": ("attic", {}),
}
LINKS = "".join(f'<a href="{path}">{path}</a> ' for path in PAGES)
ORDER = "R514820377"


def documented_snippets():
    """Return the snippets in docs/beacon.md, for most pages and for the page after an order."""
    document = (ROOT / "docs" / "beacon.md").read_text()
    return re.findall(r"```html\n(<script>.*?)```", document, re.S)


class Shop:
    """Pages with the snippet of the documentation, for a site of the API at `api`."""

    def __init__(self, port, api, site, database_url):
        self.port = port
        self.api = api
        self.site = site
        self._store = Store(database_url, lambda: datetime.now(UTC))

    def url(self, path="/", host="shop.localhost"):
        return f"http://{host}:{self.port}/{self.site}{path}"

    def events(self, number):
        """Wait for this many events of the site and return them, visits before pageviews."""
        deadline = time.monotonic() + 30
        while len(found := list(self._store.events(EventFilter(self.site)))) < number:
            assert time.monotonic() < deadline, f"{found} are all that came"
            time.sleep(0.02)
        self._store.close()
        assert len(found) == number
        return sorted(
            ((event.kind, event.event) for event in found if event.kind in {"visit", "pageview"}),
            key=lambda found: (found[1]["timestamp"], found[0] == "pageview"),
        )

    def by_kind(self, kind):
        found = [event.event for event in self._store.events(EventFilter(self.site, kind))]
        self._store.close()
        return found


def page(api, site, path):
    """Return the HTML of a page with the snippet and links to all other pages."""
    kind, data = PAGES[path]
    snippet, thanks = documented_snippets()
    if kind == "order_success":
        call = re.search(r"jirafe_api\.order\.success\(.*\);", thanks)[0]
        snippet = snippet.replace("jirafe_api.pageview", f"{call}\n    jirafe_api.pageview")
    written = json.dumps(data).replace("<", "\\u003c")
    snippet = re.sub(r"var type = .*;", lambda _: f'var type = "{kind}";', snippet)
    snippet = re.sub(r"var data = .*;", lambda _: f"var data = {written};", snippet)
    snippet = snippet.replace("https://jirafe.example.com/jirafe", api).replace("my-shop", site)
    links = LINKS.replace('href="', f'href="/{site}')
    head = f'<meta charset="utf-8"><title>{kind}</title><link rel="icon" href="data:,">'
    return f"<!doctype html>{head}{links}{snippet}"


class _Pages(BaseHTTPRequestHandler):
    api = ""

    def do_GET(self):
        _, site, path = self.path.partition("?")[0].split("/", 2)
        content = page(self.api, site, f"/{path}").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextmanager
def pages_served() -> Iterator[ThreadingHTTPServer]:
    """Serve every site's pages under /SITE/ while the block runs; `api` is to be set on it."""
    handler = type("Pages", (_Pages,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(30)
