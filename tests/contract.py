"""docs/openapi.yaml as a judge: does an answer of the REST API say what the schema promises, and no word more?"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, oas30_format_checker

COMMITTED = Path(__file__).resolve().parents[1] / "docs" / "openapi.yaml"
PROBLEM = "application/problem+json"
# tus' own ways to ask (docs/api.md), and what every address answers: no operations that a generated client would want.
SILENT = {("OPTIONS", "/api/v1/uploads"), ("OPTIONS", "/api/v1/uploads/{id}"), ("POST", "/api/v1/uploads/{id}")}
UNDESCRIBED = ("/api/v1/schema", "/api/v1/docs")


@cache
def schema() -> dict[str, Any]:
    """The committed file, with each object closed: a field that isn't written there is a fault."""
    document: dict[str, Any] = yaml.load(COMMITTED.read_text(), yaml.CSafeLoader)
    _close(document)
    return document


def operation(method: str, path: str) -> tuple[str, dict[str, Any]]:
    """The schema's address that `path` belongs to, and what it says of `method`; "" and nothing where it is silent."""
    for pattern, address in _addresses():
        if pattern.fullmatch(path):
            operations = schema()["paths"][address]
            named = operations.get(method.lower()) or (operations.get("get") if method == "HEAD" else None)
            if named or (method, address) in SILENT:
                return address, named or {}
    return "", {}


def faults_of_answer(method: str, path: str, *, status: int, content_type: str, body: bytes) -> list[str]:
    """What is wrong with an answer. `path` is decoded and without the query; an answer to HEAD has no body."""
    if not path.startswith("/api/v1/") or path in UNDESCRIBED:
        return []
    address, told = operation(method, path)
    responses = told.get("responses", {})
    if not address and status not in (404, 405, 406) and status < 500:
        return [f"{status} where the schema knows no such operation"]
    promised = responses.get(str(status))
    if promised is None:
        if status < 400 and (method, address) not in SILENT:
            return [f"{status} isn't among {sorted(responses)}"]
        promised = {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}} if status >= 400 else {}
    content = promised.get("content", {})
    if not content or method == "HEAD":
        return [f"{len(body)} bytes where the schema has none"] if body else []
    kind = content_type.partition(";")[0]
    if kind not in content:
        return [f"{kind or 'no type'} instead of {', '.join(content)}"]
    return _faults(json.loads(body), content[kind]["schema"], OAS30ReadValidator)


def faults_of_request(told: dict[str, Any], body: Any) -> list[str]:
    """What makes a JSON body one that the operation's schema refuses."""
    content = told.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return []
    return _faults(body, content["application/json"]["schema"], OAS30WriteValidator)


def faults_of_query(told: dict[str, Any], query: dict[str, str]) -> list[str]:
    """What makes a query one that the operation's schema refuses, by parameter."""
    known = {one["name"]: one["schema"] for one in told.get("parameters", ()) if one["in"] == "query"}
    found = [f"{name}: unknown" for name in query if name not in known]
    for name, text in query.items():
        if name in known:
            faults = _faults(_meant(text, known[name]), known[name], OAS30WriteValidator)
            found += [f"{name}: {fault}" for fault in faults or ([f"{name}: nothing"] if not text else [])]
    return found


def _meant(text: str, wanted: dict[str, Any]) -> Any:
    """A parameter's text as the type that the schema has; as it is where it can't be one."""
    kind = wanted.get("type")
    if kind == "array":
        return [_meant(part, wanted["items"]) for part in text.split(",")]
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind == "integer" and re.fullmatch("-?[0-9]+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?", text):
        return float(text)
    return text


def _faults(value: Any, wanted: dict[str, Any], validator: Any) -> list[str]:
    judge = validator({**wanted, "components": schema()["components"]}, format_checker=oas30_format_checker)
    return [f"{error.json_path}: {error.message[:300]}" for error in judge.iter_errors(value)]


@cache
def _addresses() -> list[tuple[re.Pattern[str], str]]:
    """Words before variables, as the router has it; a variable may hold slashes (names of task flows)."""
    known = sorted(schema()["paths"], key=_words, reverse=True)
    return [(re.compile(re.sub(r"\{\w+\}", ".+", address), re.DOTALL), address) for address in known]


def _words(address: str) -> int:
    return sum(not part.startswith("{") for part in address.split("/"))


def _close(node: Any) -> None:
    for inner in _inner(node):
        _close(inner)
    if isinstance(node, dict) and isinstance(node.get("properties"), dict) and node.get("type") == "object":
        node.setdefault("additionalProperties", False)


def _inner(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node
