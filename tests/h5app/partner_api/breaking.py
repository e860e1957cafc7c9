"""What breaks a partner's program between two descriptions of the partner API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
PLAIN = ("type", "format", "const")


def faults_between(old: Json, new: Json) -> list[str]:
    """Return each breaking change, in plain words. An added path, answer field or optional request field is none."""
    return [*_paths(old, new)]


def _paths(old: Json, new: Json) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method, operation in methods.items():
            where = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{where} is gone"
                continue
            yield from _operation(where, operation, now, _Both(old, new))


class _Both:
    """Both documents, to look up what a schema refers to."""

    def __init__(self, old: Json, new: Json) -> None:
        self._documents = (old, new)

    def of(self, old: Json, new: Json) -> tuple[Json, Json]:
        return _found(self._documents[0], old), _found(self._documents[1], new)


def _found(document: Json, schema: Json) -> Json:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document["components"]["schemas"][name]
    return schema


def _operation(where: str, old: Json, new: Json, both: _Both) -> Iterator[str]:
    if old["operationId"] != new["operationId"]:
        yield f"{where} has another name, {new['operationId']}"
    yield from _scopes(where, old, new)
    before = {(one["in"], one["name"]): one for one in old["parameters"]}
    now = {(one["in"], one["name"]): one for one in new["parameters"]}
    for key, one in before.items():
        if key not in now:
            yield f"{where}: the parameter {key[1]} is gone"
        else:
            yield from _asked(f"{where} {key[1]}", one["schema"], now[key]["schema"], both)
    for key, one in now.items():
        if one["required"] and not before.get(key, {"required": False})["required"]:
            yield f"{where}: the parameter {key[1]} is required"
    for kind, body in _contents(new.get("requestBody", {})).items():
        known = _contents(old.get("requestBody", {})).get(kind)
        if known is not None:
            yield from _asked(f"{where} body", known, body, both)
    if ("requestBody" in old) != ("requestBody" in new):
        yield f"{where}: the body has come or gone"
    for status, response in old["responses"].items():
        if status not in new["responses"]:
            yield f"{where}: the answer {status} is gone"
            continue
        for kind, answer in _contents(response).items():
            now_answer = _contents(new["responses"][status]).get(kind)
            if now_answer is None:
                yield f"{where}: the answer is no {kind}"
            else:
                yield from _answered(f"{where} answer", answer, now_answer, both)


def _scopes(where: str, old: Json, new: Json) -> Iterator[str]:
    before = {scope for one in old["security"] for scopes in one.values() for scope in scopes}
    now = {scope for one in new["security"] for scopes in one.values() for scope in scopes}
    if added := now - before:
        yield f"{where}: needs the scope {', '.join(sorted(added))}"


def _contents(part: Json) -> dict[str, Json]:
    return {kind: content["schema"] for kind, content in part.get("content", {}).items()}


def _asked(where: str, old: Json, new: Json, both: _Both, depth: int = 0) -> Iterator[str]:
    """What a request may hold must not become less."""
    old, new = both.of(old, new)
    yield from _same_kind(where, old, new)
    if gone := set(map(str, old.get("enum", []))) - set(map(str, new.get("enum", old.get("enum", [])))):
        yield f"{where}: no longer takes {', '.join(sorted(gone))}"
    if "enum" in new and "enum" not in old and "const" not in old:
        yield f"{where}: takes a few values only"
    for name, sign in {"maxLength": 1, "maximum": 1, "maxItems": 1, "minLength": -1, "minimum": -1}.items():
        if name in new and (name not in old or sign * new[name] < sign * old[name]):
            yield f"{where}: {name} is narrower"
    if new.get("pattern", old.get("pattern")) != old.get("pattern"):
        yield f"{where}: the pattern is another"
    for added in set(new.get("required", [])) - set(old.get("required", [])):
        yield f"{where}: {added} is required"
    yield from _parts(where, old, new, both, depth, _asked)


def _answered(where: str, old: Json, new: Json, both: _Both, depth: int = 0) -> Iterator[str]:
    """What an answer holds must not become less, and what was always there stays so."""
    old, new = both.of(old, new)
    yield from _same_kind(where, old, new)
    for gone in set(old.get("required", [])) - set(new.get("required", [])):
        yield f"{where}: {gone} may be missing"
    yield from _parts(where, old, new, both, depth, _answered)


def _parts(where: str, old: Json, new: Json, both: _Both, depth: int, compare: Any) -> Iterator[str]:
    assert depth < 20, "a schema that contains itself"
    for name, one in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{where}: {name} is gone"
        else:
            yield from compare(f"{where}.{name}", one, new["properties"][name], both, depth + 1)
    if "items" in old and "items" in new:
        yield from compare(f"{where}[]", old["items"], new["items"], both, depth + 1)
    choices, now = old.get("anyOf", []), new.get("anyOf", [])
    if len(choices) != len(now):
        yield f"{where}: has other choices"
    for one, other in zip(choices, now, strict=False):
        yield from compare(where, one, other, both, depth + 1)


def _same_kind(where: str, old: Json, new: Json) -> Iterator[str]:
    for name in PLAIN:
        if old.get(name) != new.get(name):
            yield f"{where}: {name} was {old.get(name)} and is {new.get(name)}"
