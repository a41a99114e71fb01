"""Whole shops are delivered, and the API's data equals their books to the cent.

`make soak` delivers many more.
"""

from urllib.parse import urlsplit

from tests.faults.harness.hub import endpoint
from tests.faults.soak import (
    Soak,
    as_sent,
    chains,
    complaints,
    differences,
    histories_of,
    hosted,
    kill_a_worker,
    sites_of,
)
from tests.simulator import interrupting, play, sender

SEEDS = range(4)


def test_the_api_agrees_with_the_books_of_the_shops(ready_url):
    histories = histories_of(SEEDS, days=2)
    with endpoint(ready_url, "", JIRAFE_API_SITES=sites_of(SEEDS)) as service:
        url = f"http://127.0.0.1:{service.port}"
        outcomes = play(as_sent(histories), sender(url, f"{url}/jirafe"), seconds=40)

    assert complaints(outcomes) == []
    with hosted(ready_url, SEEDS) as api:
        assert differences(api, histories) == []
        assert chains(api, SEEDS) == []


def test_the_hosted_api_agrees_with_the_books_after_kills(ready_url):
    histories = histories_of(SEEDS, days=1)
    with endpoint(ready_url, "", JIRAFE_API_SITES=sites_of(SEEDS)) as service:
        url = f"http://127.0.0.1:{service.port}"
        send = interrupting(sender(url, f"{url}/jirafe"), 60, lambda: kill_a_worker(service))
        outcomes = play(as_sent(histories), send, seconds=60)

    assert complaints(outcomes) == []
    with hosted(ready_url, SEEDS) as api:
        assert differences(api, histories) == []
        assert chains(api, SEEDS) == []


def test_the_api_agrees_with_the_books_after_faults_and_kills(ready_url, tmp_path):
    is_file = urlsplit(ready_url).scheme == "sqlite"
    api_url = f"sqlite:///{tmp_path}/api.db" if is_file else ready_url
    outcomes, found = Soak(SEEDS, kill_every=60).run(ready_url, api_url)

    assert complaints(outcomes) == []
    assert found == []
