"""An operation as it is called from a shell, from Python and from JavaScript. Pure.

The samples run as they stand, but for the key, the id and the files (tests/api/test_docs.py).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from generations.api.guide import Operation, Parameter


@dataclass(frozen=True)
class Sample:
    """`language` is curl, python or javascript."""

    language: str
    name: str
    text: str


def build_samples(operation: Operation, *, base_url: str, key: str) -> list[Sample]:
    """`base_url` ends with a slash."""
    url = base_url + re.sub(r"{(\w+)}", lambda found: found[1].upper(), operation.path)
    query = "&".join(f"{each.name}={each.example}" for each in _sent(operation, "query"))
    url = f"{url}?{query}" if query else url
    writers: dict[str, tuple[str, Callable[[Operation, str, str], str]]] = {
        "curl": ("curl", _curl),
        "python": ("Python", _python),
        "javascript": ("JavaScript", _javascript),
    }
    return [
        Sample(language, name, write(operation, url, key))
        for language, (name, write) in writers.items()
    ]


def _sent(operation: Operation, place: str) -> list[Parameter]:
    return [each for each in operation.parameters if each.place == place and each.example]


def _curl(operation: Operation, url: str, key: str) -> str:
    method = {"GET": "", "POST": "-X POST "}.get(operation.method, f"-X {operation.method} ")
    lines = [f'curl {method}"{url}"', f'-H "X-API-Key: {key}"']
    if operation.answers_with_a_file:
        lines.append("--fail -o video.mp4")
    option = "-F" if operation.is_multipart else "-d"
    for field in _sent(operation, "form"):
        mark = "@" if field.kind == "file" else ""
        lines.append(f'{option} "{field.name}={mark}{field.example}"')
    return " \\\n  ".join(lines)


def _python(operation: Operation, url: str, key: str) -> str:
    fields = _sent(operation, "form")
    files = [f'"{each.name}": open("{each.example}", "rb")' for each in fields if _is_file(each)]
    texts = [f'"{each.name}": "{each.example}"' for each in fields if not _is_file(each)]
    lines = [
        "import requests",
        "",
        f"answer = requests.{operation.method.lower()}(",
        f'    "{url}",',
        f'    headers={{"X-API-Key": "{key}"}},',
        *_dictionary("files", files),
        *_dictionary("data", texts),
        "    timeout=60,",
        ")",
    ]
    if operation.answers_with_a_file:
        lines += [
            "answer.raise_for_status()",
            'with open("video.mp4", "wb") as file:',
            "    file.write(answer.content)",
        ]
    else:
        lines.append("print(answer.json())")
    return "\n".join(lines)


def _dictionary(name: str, entries: list[str]) -> list[str]:
    if not entries:
        return []
    return [f"    {name}={{", *(f"        {entry}," for entry in entries), "    },"]


def _javascript(operation: Operation, url: str, key: str) -> str:
    fields = _sent(operation, "form")
    body = []
    if fields:
        kind = "FormData" if operation.is_multipart else "URLSearchParams"
        body = [f"const form = new {kind}();", *map(_append, fields), ""]
    lines = [*_imports(operation), *body, f'const answer = await fetch("{url}", {{']
    if operation.method != "GET":
        lines.append(f'  method: "{operation.method}",')
    lines.append(f'  headers: {{ "X-API-Key": "{key}" }},')
    if fields:
        lines.append("  body: form,")
    lines.append("});")
    if operation.answers_with_a_file:
        lines.append('await writeFile("video.mp4", Buffer.from(await answer.arrayBuffer()));')
    else:
        lines.append("console.log(await answer.json());")
    return "\n".join(lines)


def _imports(operation: Operation) -> list[str]:
    if operation.answers_with_a_file:
        return ['import { writeFile } from "node:fs/promises";', ""]
    if any(_is_file(field) for field in operation.parameters):
        return ['import { openAsBlob } from "node:fs";', ""]
    return []


def _append(field: Parameter) -> str:
    if not _is_file(field):
        return f'form.append("{field.name}", "{field.example}");'
    return f'form.append("{field.name}", await openAsBlob("{field.example}"), "{field.example}");'


def _is_file(field: Parameter) -> bool:
    return field.kind == "file"
