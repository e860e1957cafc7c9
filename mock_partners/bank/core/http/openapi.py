"""The OpenAPI 3.1 document, made from the route map and the wire models.

`make openapi` writes the committed copy, docs/openapi/core.json.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.bank.core.http.endpoint import Endpoint
from partner_adapters.core_bank.wire import BUSINESS_DATE_HEADER
from partner_adapters.kit.values.problems import PROBLEM_JSON, ProblemBody

Json = dict[str, Any]
_KEY_PARAMETER: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The intent. The same key with the same body gets the answer of the first time. Keys that begin with"
    " `auto-` are reserved for the core.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,64}$"},
}
# A query parameter whose schema has one of these is required.
_REQUIRED = {"minItems", "minLength"}
_SECURITY: dict[str, list[Json]] = {
    "api": [{"client_credentials": ["api"]}],
    "proof": [{"client_credentials": ["proof"]}],
    "cases": [{"client_credentials": ["cases"]}],
    "switches": [{"client_credentials": ["switches"]}],
    "dates": [{"client_credentials": ["dates"]}],
    "accounts": [{"client_credentials": ["accounts"]}],
    "differences": [{"client_credentials": ["differences"]}],
    "due_diligence": [{"client_credentials": ["due_diligence"]}],
    "products": [{"client_credentials": ["products"]}],
    "parameters": [{"client_credentials": ["parameters"]}],
    "reviews": [{"client_credentials": ["reviews"]}],
    "blacklist": [{"client_credentials": ["blacklist"]}],
    "client": [{"client_secret": []}],
    "signature": [],
    "open": [],
}


async def serve(request: Request) -> Response:
    """Answer the document."""
    return JSONResponse(request.app.state.openapi())


def document(endpoints: Sequence[Endpoint]) -> Json:
    """Return the whole document as JSON-ready data."""
    schemas, definitions = _schemas(endpoints)
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
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
                            "scopes": {
                                "api": "a partner's calls",
                                "proof": "read the proof and the differences",
                                "cases": "read and answer what people asked the bank's staff",
                                "switches": "stop and start actions, products, partners and outside parties",
                                "dates": "confirm the business date after a leap of the clock",
                                "differences": "look at the compared days, and resolve differences in pairs",
                                "due_diligence": "read risk grades and photographs of identity cards",
                                "blacklist": "keep the bank's own list of whom it does not lend to, in pairs",
                                "products": "propose, decide and undo changes of products, in pairs",
                                "parameters": "propose, decide and undo changes of parameters, in pairs",
                                "reviews": "read what waits for a person, and decide",
                            },
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
    for endpoint in endpoints:
        if endpoint.command is not None:
            wanted.append((endpoint.command, "validation"))
        answers = [model for model in (endpoint.answer, endpoint.refusal) if model is not None]
        wanted += [(model, "serialization") for model in answers if issubclass(model, BaseModel)]
    by_model, top = models_json_schema(
        list(dict.fromkeys(wanted)), ref_template="#/components/schemas/{model}"
    )
    return {(model, mode): schema for (model, mode), schema in by_model.items()}, top["$defs"]


def _operation(endpoint: Endpoint, schemas: dict[tuple[type, str], Json]) -> Json:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", endpoint.path)
    ]
    parameters += [
        {
            "name": name,
            "in": "query",
            "required": not schema.keys().isdisjoint({"minItems", "minLength"}),
            "schema": dict(schema),
        }
        for name, schema in endpoint.query.items()
    ]
    operation: Json = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": [*parameters, *([_KEY_PARAMETER] if endpoint.has_intent else [])],
        "security": _SECURITY[endpoint.access],
        "responses": {
            str(endpoint.status): _success(endpoint, schemas),
            "default": _refused(endpoint, schemas),
        },
    }
    if endpoint.command is not None:
        kind = "application/x-www-form-urlencoded" if endpoint.access == "client" else "application/json"
        content = {kind: {"schema": schemas[endpoint.command, "validation"]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _success(endpoint: Endpoint, schemas: dict[tuple[type, str], Json]) -> Json:
    response: Json = {
        "description": "Success.",
        "headers": {BUSINESS_DATE_HEADER: {"$ref": "#/components/headers/BusinessDate"}},
    }
    if endpoint.answer is bytes:
        response["content"] = {endpoint.media_type: {"schema": {"type": "string", "format": "binary"}}}
    elif endpoint.answer is not None:
        response["content"] = {"application/json": {"schema": schemas[endpoint.answer, "serialization"]}}
    return response


def _refused(endpoint: Endpoint, schemas: dict[tuple[type, str], Json]) -> Json:
    if endpoint.refusal is None:
        return {"$ref": "#/components/responses/Problem"}
    content = {"application/json": {"schema": schemas[endpoint.refusal, "serialization"]}}
    return {**_problem(schemas), "content": content | _problem(schemas)["content"]}


def _problem(schemas: dict[tuple[type, str], Json]) -> Json:
    return {
        "description": "The refusal as of RFC 9457, with a stable code.",
        "content": {PROBLEM_JSON: {"schema": schemas[ProblemBody, "serialization"]}},
    }
