import pytest
from hypothesis import given, settings
from jsonschema import Draft4Validator, Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from jirafe_api.contract.json_schemas import SCHEMAS
from jirafe_api.contract.kinds import V1, schema_of
from jirafe_api.contract.validation import check
from jirafe_api.description.draft_2020_12 import modern
from tests.api.mutations import mutated
from tests.api.v1_events import RESOURCES, TRACKED


def asis(name):
    return name


@pytest.mark.parametrize(
    ("draft4", "today"),
    [
        ({"type": "string", "minLength": 1}, {"type": "string", "minLength": 1}),
        (
            {"$schema": "http://json-schema.org/draft-04/schema#", "id": "x", "type": "null"},
            {"type": "null"},
        ),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        (
            {"maximum": 9, "exclusiveMaximum": True, "minimum": 0},
            {"exclusiveMaximum": 9, "minimum": 0},
        ),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        (
            {"type": "array", "minimum": 1, "maximum": 5, "items": {"type": "string", "id": "x"}},
            {"type": "array", "items": {"type": "string"}},
        ),
        ({"type": ["array", "null"], "minimum": 1}, {"type": ["array", "null"]}),
        (
            {"type": ["string", "number"], "minimum": 1, "exclusiveMinimum": True},
            {"type": ["string", "number"], "exclusiveMinimum": 1},
        ),
        (
            {"type": "object", "properties": {"id": {"type": "string"}, "minimum": {"id": "y"}}},
            {"type": "object", "properties": {"id": {"type": "string"}, "minimum": {}}},
        ),
        ({"anyOf": [{"id": "x"}, {"$ref": "a.json"}]}, {"anyOf": [{}, {"$ref": "a.json"}]}),
        ({"additionalProperties": False}, {"additionalProperties": False}),
        ({"not": {"minimum": 1, "exclusiveMinimum": True}}, {"not": {"exclusiveMinimum": 1}}),
        ({"enum": [{"id": "x"}, "$schema"]}, {"enum": [{"id": "x"}, "$schema"]}),
    ],
)
def test_a_draft_4_schema_is_translated_to_the_current_draft(draft4, today):
    assert modern(draft4, asis) == today
    Draft4Validator.check_schema(draft4)
    Draft202012Validator.check_schema(today)


def test_translated_references_point_to_their_new_place():
    schema = {"properties": {"a": {"$ref": "a.json"}}, "items": {"$ref": "b.json"}}
    assert modern(schema, str.upper) == {
        "properties": {"a": {"$ref": "A.JSON"}},
        "items": {"$ref": "B.JSON"},
    }


TODAYS = {name: modern(schema, asis) for name, schema in SCHEMAS.items()}
REGISTRY = Registry().with_resources(
    (f"{name}.json", DRAFT202012.create_resource(schema)) for name, schema in TODAYS.items()
)


def has_a_whole_float(value):
    """Whether the drafts differ on it: 1.0 became an integer."""
    if isinstance(value, dict | list):
        members = value.values() if isinstance(value, dict) else value
        return any(map(has_a_whole_float, members))
    return isinstance(value, float) and value.is_integer()


EXAMPLES = [(f"v1/{kind}", event) for kind, event in RESOURCES.items()]
EXAMPLES += [(schema_of(V1, event["event_type"]), event) for event in TRACKED]


@settings(max_examples=200, deadline=None)
@given(mutated() | mutated(examples=EXAMPLES))
def test_a_translated_schema_accepts_what_the_contract_accepts(example):
    kind, event = example
    validator = Draft202012Validator({"$ref": f"{kind}.json"}, registry=REGISTRY)
    if validator.is_valid(event):
        assert check(kind, event) == {} or has_a_whole_float(event)
    else:
        assert check(kind, event) != {}
