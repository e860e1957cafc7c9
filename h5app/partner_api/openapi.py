"""The OpenAPI 3.1 document of the partner API, made from the rows and the wire models.

`make openapi` writes the committed copy, docs/openapi/partner-v1.json.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from h5app.partner_api import idempotency, versions
from h5app.partner_api.codes import CODES
from h5app.partner_api.core_reads import EVENT_TYPES
from h5app.partner_api.endpoint import Endpoint
from h5app.partner_api.keys import SCOPES
from h5app.partner_api.problems import ApiProblem
from h5app.partner_api.serving import ID
from h5app.partner_api.webhooks.messages import WebhookEvent
from partner_adapters.kit.values.problems import PROBLEM_JSON

Json = dict[str, Any]
_REF = "#/components/schemas/{model}"
_NAMED = {"EventType": list(EVENT_TYPES)}
_VERSION: Json = {
    "name": versions.HEADER,
    "in": "header",
    "required": False,
    "description": "The version of the API. Without it, the key's own.",
    "schema": {"type": "string", "enum": [version.name for version in versions.VERSIONS]},
}
_KEY: Json = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": True,
    "description": "New for each new thing. The same key with the same request gets the answer of the first time,"
    " for 30 days.",
    "schema": {"type": "string", "pattern": idempotency.PATTERN},
}
_HEADERS: Json = {
    "Request-Id": ("Names the request in every log.", {"type": "string"}),
    versions.HEADER: ("The version that served the request.", {"type": "string"}),
    "RateLimit-Policy": ("The limit of your key.", {"type": "string"}),
    "RateLimit": ("What is left of it, and in how many seconds more is.", {"type": "string"}),
}


def document(endpoints: Sequence[Endpoint]) -> Json:
    """Return the whole document as JSON-ready data."""
    schemas, definitions = _schemas(endpoints)
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.full_path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Partner API",
            "version": versions.NEWEST,
            "description": "What a partner's server may do and learn. A partner learns states, times and its own"
            " references, of customers who consented to it (`partner_status`). Never an amount, a name or a number.",
        },
        "paths": paths,
        "webhooks": {"event": _webhook()},
        "components": {
            "schemas": definitions,
            "responses": {"Problem": _problem()},
            "headers": {
                name: {"description": description, "schema": schema}
                for name, (description, schema) in _HEADERS.items()
            },
            "securitySchemes": {
                "access_token": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": "/partner/v1/token",
                            "scopes": {scope: scope for scope in SCOPES},
                        }
                    },
                },
                "client_secret": {"type": "http", "scheme": "basic"},
            },
        },
        "x-error-codes": {
            code: {"status": known.status, "title": known.title} for code, known in sorted(CODES.items())
        },
    }


def _schemas(endpoints: Sequence[Endpoint]) -> tuple[dict[tuple[type, str], Json], Json]:
    wanted: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        (ApiProblem, "serialization"),
        (WebhookEvent, "serialization"),
    ]
    for endpoint in endpoints:
        if endpoint.body is not None:
            wanted.append((endpoint.body, "validation"))
        if endpoint.answer is not None and issubclass(endpoint.answer, BaseModel):
            wanted.append((endpoint.answer, "serialization"))
    by_model, top = models_json_schema(list(dict.fromkeys(wanted)), ref_template=_REF)
    return {(model, mode): schema for (model, mode), schema in by_model.items()}, _with_named(top["$defs"])


def _with_named(definitions: Json) -> Json:
    """Return the schemas with each list of values that has a name as a schema of its own, beside it."""

    def named(part: Any) -> Any:
        if isinstance(part, list):
            return [named(one) for one in part]
        if not isinstance(part, dict):
            return part
        for name, values in _NAMED.items():
            if part.get("enum") == values:
                return {"$ref": _REF.format(model=name)}
        return {key: named(value) for key, value in part.items()}

    schemas: Json = named(definitions)
    return schemas | {name: {"type": "string", "enum": values} for name, values in _NAMED.items()}


def _webhook() -> Json:
    """Return what is posted to a partner's endpoint."""
    headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    content = {"application/json": {"schema": {"$ref": _REF.format(model="WebhookEvent")}}}
    return {
        "post": {
            "operationId": "event",
            "summary": "An event, posted to your endpoint. Any 2xx answer within 10 seconds takes it.",
            "parameters": [
                {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
                for name in headers
            ],
            "requestBody": {"required": True, "content": content},
            "responses": {
                "2XX": {"description": "You have it."},
                "410": {"description": "Post nothing more."},
            },
        }
    }


def _operation(endpoint: Endpoint, schemas: dict[tuple[type, str], Json]) -> Json:
    parameters = [_path_parameter(endpoint, name) for name in re.findall(r"\{(\w+)\}", endpoint.path)]
    parameters += _query_parameters(endpoint)
    if endpoint.plain is None:
        parameters += [_VERSION, *([_KEY] if endpoint.once else [])]
    operation: Json = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.name.rpartition("_")[0]],
        "parameters": parameters,
        "security": _security(endpoint),
        "responses": {
            str(endpoint.status if endpoint.answer else 204): _success(endpoint, schemas),
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if endpoint.sandbox:
        operation["x-sandbox-only"] = True
    if endpoint.body is not None:
        kind = "application/x-www-form-urlencoded" if endpoint.form else "application/json"
        content = {kind: {"schema": schemas[endpoint.body, "validation"]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path_parameter(endpoint: Endpoint, name: str) -> Json:
    words = endpoint.words.get(name)
    schema: Json = (
        {"type": "string", "enum": list(words)} if words else {"type": "string", "pattern": f"^{ID}$"}
    )
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(endpoint: Endpoint) -> list[Json]:
    if endpoint.query is None:
        return []
    schema = endpoint.query.model_json_schema(ref_template=_REF)
    required = set(schema.get("required", []))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(one)}
        for name, one in schema.get("properties", {}).items()
    ]


def _without_null(schema: Json) -> Json:
    """Return the schema of a parameter, which is left out and never null."""
    choices = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "title", "default")}
    if schema.get("default") is not None:
        rest["default"] = schema["default"]
    return {**choices[0], **rest} if len(choices) == 1 else rest | ({"anyOf": choices} if choices else {})


def _security(endpoint: Endpoint) -> list[Json]:
    if endpoint.plain is not None:
        # A client assertion stands in the form.
        return [{"client_secret": []}, {}] if endpoint.form else []
    return [{"access_token": [endpoint.scope] if endpoint.scope else []}]


def _success(endpoint: Endpoint, schemas: dict[tuple[type, str], Json]) -> Json:
    headers = ["Request-Id"] if endpoint.plain is not None else list(_HEADERS)
    response: Json = {
        "description": "Success.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
    }
    if endpoint.answer is None:
        return response
    is_model = issubclass(endpoint.answer, BaseModel)
    schema = schemas[endpoint.answer, "serialization"] if is_model else {"type": "object"}
    response["content"] = {"application/json": {"schema": schema}}
    return response


def _problem() -> Json:
    return {
        "description": "The refusal as of RFC 9457, with a stable code.",
        "headers": {"Request-Id": {"$ref": "#/components/headers/Request-Id"}},
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ApiProblem"}}},
    }
