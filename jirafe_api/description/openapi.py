"""OpenAPI 3.1 from a table of operations and the routes of an application."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urljoin

from werkzeug.routing import Map

from jirafe_api.contract.json_schemas import Schema
from jirafe_api.description.draft_2020_12 import modern
from jirafe_api.errors import InvalidType, Refused, unknown

Described = dict[str, Any]

JSON = "application/json"
_VARIABLE = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>")


@dataclass(frozen=True)
class Operation:
    """One use of a route: its parameters, its body and its answers.

    `endpoint` is Flask's name of the route. `values` fix some of its variables; the others become
    parameters with the schemas in `variables`. `body` and `answer` are OpenAPI media types with a
    `schema` and `examples`, and `query` has OpenAPI parameters.
    """

    endpoint: str
    tag: str
    summary: str
    answer: Described
    values: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Schema] = field(default_factory=dict)
    query: tuple[Described, ...] = ()
    body: Described | None = None
    refusals: tuple[Refused, ...] = ()
    needs_token: bool = True

    def path(self, rule: str) -> str:
        """Return the path of a Flask rule in OpenAPI's form, such as `/v2/{site}/cart`."""
        return _VARIABLE.sub(lambda found: self.values.get(found[1], f"{{{found[1]}}}"), rule)


def reference(name: str) -> Described:
    """Return a reference to a schema by name, such as `cart` or `v1/cart`."""
    return {"$ref": _address(name)}


def content(
    schema: Described, examples: Mapping[str, Any] | None = None, media: str = JSON
) -> Described:
    """Return the content of a body or an answer, with examples by name."""
    shown = {name: {"value": value} for name, value in (examples or {}).items()}
    return {media: {"schema": schema} | ({"examples": shown} if shown else {})}


def describe(
    info: Described,
    server: str,
    routes: Map,
    operations: Iterable[Operation],
    schemas: Mapping[str, Schema],
) -> Described:
    """Return the description of an API under the path `server`.

    The paths and methods are those of `routes`; `schemas` (Draft 4) are referred to by name.
    """
    rules = {rule.endpoint: rule for rule in routes.iter_rules()}
    paths: dict[str, Described] = {}
    refusals = {InvalidType.error_type: InvalidType().answer()}  # of an event in a batch
    for operation in operations:
        rule = rules[operation.endpoint]
        path = operation.path(rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(method, path, operation)
        refusals |= {one.error_type: one.answer() for one in operation.refusals}
    events = {
        _component(name): modern(schema, partial(_located, name))
        for name, schema in schemas.items()
    }
    answers = (refusals | {"unknown": _FAILURE}).values()
    errors = {_error_name(answer): _shape(answer) for answer in answers}
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": events | errors,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _component(schema: str) -> str:
    return schema.replace("/", ".")  # OpenAPI allows no slash in a name


def _address(schema: str) -> str:
    return f"#/components/schemas/{_component(schema)}"


def _located(schema: str, target: str) -> str:
    """Return the address of a schema file that another schema refers to from its own folder."""
    return _address(urljoin(schema, target).removesuffix(".json"))


def _operation(method: str, path: str, operation: Operation) -> Described:
    names = re.findall(r"{(\w+)}", path)
    words = re.findall(r"\w+", f"{method.lower()} {path}")
    described = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": "_".join(words),
        "security": [{"token": []}] if operation.needs_token else [],
        "parameters": [_variable(name, operation) for name in names] + list(operation.query),
        "responses": _answers(operation),
    }
    if operation.body:
        described["requestBody"] = {"required": True, "content": operation.body}
    return described


def _variable(name: str, operation: Operation) -> Described:
    schema = dict(operation.variables[name])
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _answers(operation: Operation) -> Described:
    by_status: dict[int, list[Described]] = {}
    for refusal in operation.refusals:
        by_status.setdefault(refusal.status, []).append(refusal.answer())
    by_status[503] = [_FAILURE]
    refused = {str(status): _refused(answers) for status, answers in sorted(by_status.items())}
    return {"200": {"description": "Done.", "content": operation.answer}} | refused


def _refused(answers: list[Described]) -> Described:
    references = [reference(_error_name(answer)) for answer in answers]
    examples = {answer["error_type"]: answer for answer in answers}
    schema = references[0] if len(references) == 1 else {"oneOf": references}
    return {
        "description": "Refused: " + ", ".join(examples) + ".",
        "content": content(schema, examples),
    }


def _error_name(answer: Described) -> str:
    return f"error.{answer['error_type']}"


def _shape(answer: Described) -> Described:
    forms = {
        "success": {"const": False},
        "error_type": {"const": answer["error_type"]},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
        "message": {"type": "string"},
    }
    return {
        "type": "object",
        "required": list(answer),
        "properties": {name: forms[name] for name in answer},
        "additionalProperties": False,
    }


_FAILURE = unknown("An unexpected error occurred. Please try again later.")
