"""The operations of the API as its pages show them, read from its schema. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generations.api.responses import ALWAYS
from generations.api.schemas import HOST

# A list of more is not spelled out in a description.
MOST_SPELLED_OUT = 6
MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Parameter:
    """`place` is path, query, header or form; `kind` file, integer or string."""

    name: str
    place: str
    kind: str
    is_required: bool
    description: str
    default: str
    choices: tuple[str, ...]
    example: str

    @property
    def spelled_out(self) -> tuple[str, ...]:
        return self.choices if len(self.choices) <= MOST_SPELLED_OUT else ()


@dataclass(frozen=True)
class Answer:
    """`status` is the example's own, where several examples tell them apart."""

    status: str
    body: str


@dataclass(frozen=True)
class Operation:
    """`path` begins after the API's root: "football", "status/{task_id}"."""

    slug: str
    method: str
    path: str
    description: str
    content_type: str
    parameters: tuple[Parameter, ...]
    answers: tuple[Answer, ...]
    fields: tuple[tuple[str, str], ...]
    errors: tuple[int, ...]

    @property
    def is_multipart(self) -> bool:
        return self.content_type == MULTIPART

    @property
    def answers_with_a_file(self) -> bool:
        return not self.answers


def read_operations(schema: Mapping[str, Any], *, host: str) -> list[Operation]:
    """In the order of the schema. `host` takes the place of the one in examples."""
    return [
        _read(schema, method, path.removeprefix("/"), details, host)
        for path, methods in schema["paths"].items()
        for method, details in methods.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]


def _read(
    schema: Mapping[str, Any], method: str, path: str, details: Mapping[str, Any], host: str
) -> Operation:
    content_type, form = next(_contents(details.get("requestBody", {})), ("", {}))
    told = [_parameter(each, each["in"], each["schema"]) for each in details["parameters"]]
    found = [*told, *_form_parameters(_resolve(schema, form))]
    answer = details["responses"].get(200) or details["responses"].get("200") or {}
    shape = _resolve(schema, dict(_contents(answer)).get("application/json", {}))
    words = re.sub(r"{\w+}", "", path).replace("/", " ").split()
    return Operation(
        slug="-".join([method, *words]),
        method=method.upper(),
        path=path,
        description=details.get("description", ""),
        content_type=content_type,
        parameters=tuple(sorted(found, key=_importance)),
        answers=tuple(_answers(schema, shape, host)),
        fields=tuple(_described_fields(schema, shape)),
        errors=tuple(sorted({int(status) for status in details["responses"]} - {200, *ALWAYS})),
    )


def _contents(part: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for content_type, content in part.get("content", {}).items():
        yield content_type, content.get("schema", {})


def _resolve(schema: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in found:
        return found
    shape: Mapping[str, Any] = schema["components"]["schemas"][found["$ref"].rsplit("/", 1)[1]]
    return shape


def _form_parameters(form: Mapping[str, Any]) -> Iterator[Parameter]:
    required = form.get("required", [])
    for name, found in form.get("properties", {}).items():
        yield _parameter({"name": name, "required": name in required}, "form", found)


def _parameter(told: Mapping[str, Any], place: str, found: Mapping[str, Any]) -> Parameter:
    kind = "file" if found.get("format") == "binary" else found.get("type", "string")
    return Parameter(
        name=told["name"],
        place=place,
        kind=kind,
        is_required=bool(told.get("required")),
        description=told.get("description") or found.get("description", ""),
        default=str(found.get("default", "")),
        choices=tuple(str(choice) for choice in found.get("enum", ())),
        example=str(found.get("example", "")),
    )


def _importance(parameter: Parameter) -> tuple[bool, bool]:
    """What is needed first, headers last."""
    return not parameter.is_required, parameter.place == "header"


def _answers(schema: Mapping[str, Any], shape: Mapping[str, Any], host: str) -> Iterator[Answer]:
    examples = shape.get("examples", [])
    for example in examples:
        body = json.dumps(_arrange(schema, shape, example), indent=2).replace(HOST, host)
        yield Answer(example["status"] if len(examples) > 1 else "", body)


def _arrange(schema: Mapping[str, Any], shape: Mapping[str, Any], example: Any) -> Any:
    """The example with its fields in the order of the schema."""
    shape = _resolve(schema, shape)
    if isinstance(example, list):
        return [_arrange(schema, shape["items"], each) for each in example]
    if not isinstance(example, dict) or "properties" not in shape:
        return example
    properties = shape["properties"]
    return {
        name: _arrange(schema, properties[name], example[name])
        for name in properties
        if name in example
    }


def _described_fields(
    schema: Mapping[str, Any], shape: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Those that need a word, also of the things in a list."""
    for name, found in shape.get("properties", {}).items():
        if "description" in found:
            yield name, found["description"]
        yield from _described_fields(schema, _resolve(schema, found.get("items", {})))
