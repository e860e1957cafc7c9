"""`/sdk/<version>/sunbridge.js`: the module that partners' pages load, from any origin, checked there by its hash.

An address never changes its content: other content is another version. Earlier releases stay, because pages of
partners name them.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from partner_adapters.kit.pages.static_files import FOREVER

RELEASES = Path(__file__).parent
HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": FOREVER, "Vary": "Accept-Encoding"}


def sdk_routes() -> list[Route]:
    """Return one route for each release."""
    return [_route(module.parent.name, module.read_bytes()) for module in RELEASES.glob("*/sunbridge.js")]


def _route(version: str, body: bytes) -> Route:
    packed = gzip.compress(body, 9, mtime=0)

    async def show(request: Request) -> Response:
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers = HEADERS | {"Content-Encoding": "gzip"}
            return Response(packed, media_type="text/javascript", headers=headers)
        return Response(body, media_type="text/javascript", headers=HEADERS)

    return Route(f"/sdk/{version}/sunbridge.js", show, name=f"sdk_{version}")
