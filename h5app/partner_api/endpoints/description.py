"""`/openapi.json`: this API's description, for everyone."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from h5app.partner_api.endpoint import Endpoint


async def show(request: Request) -> Response:
    """Answer the document."""
    return JSONResponse(request.app.state.openapi())


ENDPOINT = Endpoint("GET", "/openapi.json", "openapi_get", "This description.", dict, plain=show)
