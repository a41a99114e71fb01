"""The API does what its description says, for any request that schemathesis generates."""

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test

from jirafe_api import create_api
from jirafe_api.contract.kinds import V1_TRACKED
from tests.api.described import described
from tests.api.events import SITE, TOKEN

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
OPERATIONS = [
    f"{method.upper()} {path}"
    for path, methods in described("/")["paths"].items()
    for method in methods
    if method != "put"  # PUT is POST, as tests of its own show
]


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


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('described')}/jirafe.db"
    api = create_api(DATABASE_URL=url, JIRAFE_API_SITES=f"{SITE}:{TOKEN}")
    yield api
    api.extensions["jirafe_api"].store.close()


@pytest.fixture(scope="module")
def schema(served):
    schema = schemathesis.openapi.from_dict(described("/"), config=CONFIG)
    schema.app = served
    schema.hook(map_body)
    return schema


@settings(max_examples=5, deadline=None, derandomize=True, database=None)
def call(case):
    case.call_and_validate()


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_does_what_its_description_says(schema, name):
    # Not by `schema.parametrize`, which makes up all requests while tests are collected: that
    # takes each of pytest's processes eight seconds.
    check = build_operation_test(
        config=schema.config,
        operation=schema.find_operation_by_label(name),
        test_func=call,
        given_kwargs={},
        feedback=FeedbackSources(),
    )
    check()
