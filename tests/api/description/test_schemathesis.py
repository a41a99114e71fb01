"""The API does what its description says, whatever schemathesis makes of that."""

import pytest
import schemathesis
from hypothesis import settings

from jirafe_api import create_api
from jirafe_api.contract.kinds import V1_TRACKED
from tests.api.described import described
from tests.api.events import SITE, TOKEN


class Served:
    """An API that is made when the tests run, and not when they are collected."""

    api = None

    def __call__(self, environ, start_response):
        return self.api(environ, start_response)


SERVED = Served()
NOT_ASKED = {"enabled": False}
CONFIG = schemathesis.Config.from_dict(
    {
        "seed": 1,
        "parameters": {"path.site": SITE},
        "auth": {"openapi": {"token": {"bearer": TOKEN}}},
        "generation": {"allow-extra-parameters": False},  # they are ignored, as by most of the web
        # Jirafe answers 403, and not 401, where there is no token.
        "checks": {"missing_required_header": NOT_ASKED},
        "operations": [
            {  # These addresses are also those of a kind, as far as other methods go.
                "include-path": [
                    "/v1/schema/{name}.json",
                    "/v2/{site}/batch",
                    "/v2/{site}/events",
                    "/v2/schema/{name}.json",
                    "/v2/tracker/pageview",
                    "/v2/tracker/visit",
                    "/v2/tracker/pageview.gif",
                    "/v2/tracker/visit.gif",
                    *(f"/v2/{{site}}/{kind}" for kind in V1_TRACKED),
                ],
                "checks": {"unsupported_method": NOT_ASKED, "allow_header_conformance": NOT_ASKED},
            },
            {  # What has the right form is 422 where it cannot be, such as a date that is none.
                "include-path-regex": "^/v1/{",
                "checks": {"positive_data_acceptance": {"expected-statuses": ["200", "422"]}},
            },
            {  # An id that nothing has.
                "include-path-regex": "/{event_id}$",
                "checks": {"positive_data_acceptance": {"expected-statuses": ["200", "404"]}},
            },
            {  # Whatever an image is asked to keep, it is a pixel.
                "include-path-regex": "[.]gif$",
                "checks": {"negative_data_rejection": NOT_ASKED},
            },
        ],
    }
)
schema = schemathesis.openapi.from_dict(described("/"), config=CONFIG)
schema.app = SERVED


@schema.hook
def map_body(context, body):
    """Whole numbers as such: Jirafe's schemas (Draft 4) take 1 for an integer, but not 1.0.

    Trackers name the only site, so that they are not refused for that.
    """
    if isinstance(body, dict):
        known = {"site": SITE} if isinstance(body.get("site"), str) else {}
        return {name: map_body(context, member) for name, member in (body | known).items()}
    if isinstance(body, list):
        return [map_body(context, member) for member in body]
    return int(body) if isinstance(body, float) and body.is_integer() else body


@pytest.fixture(scope="module", autouse=True)
def _served(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('described')}/jirafe.db"
    SERVED.api = create_api(DATABASE_URL=url, JIRAFE_API_SITES=f"{SITE}:{TOKEN}")
    yield
    SERVED.api.extensions["jirafe_api"].store.close()


@schema.exclude(method="PUT").parametrize()  # PUT is POST, as tests of its own show
@settings(max_examples=5, deadline=None, derandomize=True, database=None)
def test_every_operation_does_what_its_description_says(case):
    case.call_and_validate()
