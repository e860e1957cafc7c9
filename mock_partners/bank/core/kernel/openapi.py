"""The OpenAPI 3.1 document, made from the route map and the wire models.

`python -m mock_partners.bank.core > docs/openapi/core.json` writes the committed copy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.bank.core.kernel.endpoint import Endpoint
from partner_adapters.core_bank.wire import BUSINESS_DATE_HEADER
from partner_adapters.kit.values.problems import PROBLEM_JSON, ProblemBody

Json = dict[str, Any]
_KEY_PARAMETER: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The intent: the same key with the same body is answered as the first time. Keys that begin with"
    " `auto-` are the core's own.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,64}$"},
}
_SECURITY: dict[str, list[Json]] = {
    "api": [{"client_credentials": ["api"]}],
    "proof": [{"client_credentials": ["proof"]}],
    "client": [{"client_secret": []}],
    "signature": [],
    "open": [],
}


async def serve(request: Request) -> Response:
    """This document."""
    return JSONResponse(request.app.state.openapi())


def document(endpoints: Sequence[Endpoint]) -> Json:
    """The whole document as JSON-ready data."""
    schemas, definitions = _schemas(endpoints)
    paths: dict[str, Json] = {}
    for line in endpoints:
        paths.setdefault(line.path, {})[line.method.lower()] = _operation(line, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lending core",
            "version": "1",
            "description": "Customers, accounts, credit and loans of the member banks. The access token decides"
            " the bank. Money is a string of yuan with two decimals, rates are integer parts per million a year.",
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "responses": {"Problem": _problem(schemas)},
            "headers": {
                "BusinessDate": {
                    "description": "The bank's business date.",
                    "schema": {"type": "string", "format": "date"},
                }
            },
            "securitySchemes": {
                "client_credentials": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": "oauth/token",
                            "scopes": {"api": "a partner's calls", "proof": "read the proof of the books"},
                        }
                    },
                },
                "client_secret": {"type": "http", "scheme": "basic"},
            },
        },
    }


def _schemas(endpoints: Sequence[Endpoint]) -> tuple[dict[tuple[type, str], Json], Json]:
    wanted: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        (ProblemBody, "serialization")
    ]
    for line in endpoints:
        if line.command is not None:
            wanted.append((line.command, "validation"))
        answers = [model for model in (line.answer, line.refusal) if model is not None]
        wanted += [(model, "serialization") for model in answers if issubclass(model, BaseModel)]
    found, top = models_json_schema(list(dict.fromkeys(wanted)), ref_template="#/components/schemas/{model}")
    return {(model, mode): schema for (model, mode), schema in found.items()}, top["$defs"]


def _operation(line: Endpoint, schemas: dict[tuple[type, str], Json]) -> Json:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", line.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": "minItems" in schema, "schema": dict(schema)}
        for name, schema in line.query.items()
    ]
    operation: Json = {
        "operationId": line.name,
        "summary": (line.handler.__doc__ or "").partition("\n")[0],
        "parameters": [*parameters, *([_KEY_PARAMETER] if line.intent else [])],
        "security": _SECURITY[line.access],
        "responses": {
            str(line.status): _success(line, schemas),
            "default": _refused(line, schemas),
        },
    }
    if line.command is not None:
        kind = "application/x-www-form-urlencoded" if line.access == "client" else "application/json"
        content = {kind: {"schema": schemas[line.command, "validation"]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _success(line: Endpoint, schemas: dict[tuple[type, str], Json]) -> Json:
    response: Json = {
        "description": "As asked.",
        "headers": {BUSINESS_DATE_HEADER: {"$ref": "#/components/headers/BusinessDate"}},
    }
    if line.answer is bytes:
        response["content"] = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    elif line.answer is not None:
        response["content"] = {"application/json": {"schema": schemas[line.answer, "serialization"]}}
    return response


def _refused(line: Endpoint, schemas: dict[tuple[type, str], Json]) -> Json:
    if line.refusal is None:
        return {"$ref": "#/components/responses/Problem"}
    content = {"application/json": {"schema": schemas[line.refusal, "serialization"]}}
    return {**_problem(schemas), "content": content | _problem(schemas)["content"]}


def _problem(schemas: dict[tuple[type, str], Json]) -> Json:
    return {
        "description": "RFC 9457: why it was refused, with a stable code.",
        "content": {PROBLEM_JSON: {"schema": schemas[ProblemBody, "serialization"]}},
    }
