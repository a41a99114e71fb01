"""The description of an API in OpenAPI 3.1, from a table of what it takes and answers."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urljoin

from jirafe_api.description.draft_2020 import Schema, modern
from jirafe_api.errors import Refused, unknown

Described = dict[str, Any]

JSON = "application/json"
_VARIABLE = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>")


@dataclass(frozen=True)
class Operation:
    """One sort of request to one route, and what comes of it.

    `rule` is the route's, as Flask has it, and `values` are those of its variables that this
    operation is about; the others become parameters, and `variables` tell the form of each.
    `body` and `answer` are OpenAPI's contents: media types with a `schema` and `examples`;
    `query` are its parameters.
    """

    methods: tuple[str, ...]
    rule: str
    tag: str
    summary: str
    answer: Described
    values: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Schema] = field(default_factory=dict)
    query: tuple[Described, ...] = ()
    body: Described | None = None
    refusals: tuple[Refused, ...] = ()
    needs_token: bool = True

    @property
    def path(self) -> str:
        """The address as OpenAPI has it, such as `/v2/{site}/cart`."""
        return _VARIABLE.sub(lambda found: self.values.get(found[1], f"{{{found[1]}}}"), self.rule)


def reference(name: str) -> Described:
    """The schema of that name, such as `cart` or `v1/cart`, by reference."""
    return {"$ref": _address(name)}


def content(
    schema: Described, examples: Mapping[str, Any] | None = None, media: str = JSON
) -> Described:
    """The contents of a body or an answer, with examples by name."""
    shown = {name: {"value": value} for name, value in (examples or {}).items()}
    return {media: {"schema": schema} | ({"examples": shown} if shown else {})}


def describe(
    info: Described,
    server: str,
    operations: Iterable[Operation],
    schemas: Mapping[str, Schema],
    refusals: Iterable[Refused],
) -> Described:
    """The description of an API under the path `server`.

    `schemas` (Draft 4) and `refusals` are what operations refer to, by name and by error type.
    """
    paths: dict[str, Described] = {}
    for operation in operations:
        for method in operation.methods:
            told = _operation(method, operation)
            paths.setdefault(operation.path, {})[method.lower()] = told
    events = {
        _component(name): modern(schema, partial(_located, name))
        for name, schema in schemas.items()
    }
    answers = [_FAILURE, *(refusal.answer() for refusal in refusals)]
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
    """The address of the file `target` as the schema refers to it, from its own folder."""
    return _address(urljoin(schema, target).removesuffix(".json"))


def _operation(method: str, operation: Operation) -> Described:
    names = re.findall(r"{(\w+)}", operation.path)
    words = re.findall(r"\w+", f"{method.lower()} {operation.path}")
    told = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": "_".join(words),
        "security": [{"token": []}] if operation.needs_token else [],
        "parameters": [_variable(name, operation) for name in names] + list(operation.query),
        "responses": _answers(operation),
    }
    if operation.body:
        told["requestBody"] = {"required": True, "content": operation.body}
    return told


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
